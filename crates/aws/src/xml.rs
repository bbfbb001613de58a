//! XML as a small tree, without namespaces, attributes or comments. Bounded in
//! depth; its size is bounded by the size of the text.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

/// Deeper answers are refused; AWS's own stay below 20.
const MAX_DEPTH: usize = 64;

/// One element.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub name: String,
    pub text: String,
    pub children: Vec<Element>,
}

impl Element {
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }
}

/// Reads the root element.
///
/// # Errors
/// Says what is not well formed.
pub(crate) fn parse(text: &str) -> Result<Element, String> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| format!("not well-formed XML: {error}"))?;
        let closed = match event {
            Event::Start(tag) => {
                if open.len() >= MAX_DEPTH {
                    return Err(format!("XML nested deeper than {MAX_DEPTH} elements"));
                }
                open.push(Element {
                    name: tag.local_name().into_inner().to_owned(),
                    ..Element::default()
                });
                None
            }
            Event::Empty(tag) => Some(Element {
                name: tag.local_name().into_inner().to_owned(),
                ..Element::default()
            }),
            Event::End(_) => open.pop(),
            Event::Text(part) => {
                if let Some(top) = open.last_mut() {
                    top.text.push_str(&part.xml_content(XmlVersion::Implicit1_0));
                }
                None
            }
            Event::CData(part) => {
                if let Some(top) = open.last_mut() {
                    top.text.push_str(&part.xml_content(XmlVersion::Implicit1_0));
                }
                None
            }
            Event::GeneralRef(reference) => {
                if let Some(top) = open.last_mut() {
                    match reference.resolve_char_ref() {
                        Ok(Some(character)) => top.text.push(character),
                        Ok(None) => {
                            let name = reference.into_inner();
                            let found = resolve_predefined_entity(&name)
                                .ok_or_else(|| format!("unknown XML entity {name}"))?;
                            top.text.push_str(found);
                        }
                        Err(error) => return Err(format!("not well-formed XML: {error}")),
                    }
                }
                None
            }
            Event::DocType(_) => return Err("XML with a document type".to_owned()),
            Event::Eof => return Err("XML that ends too early".to_owned()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => None,
        };
        if let Some(element) = closed {
            match open.last_mut() {
                Some(parent) => parent.children.push(element),
                None => return Ok(element),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_text_entities_and_cdata_are_read() {
        let root = parse(
            "<?xml version=\"1.0\"?><a xmlns=\"u\"><!-- c --><b>x &amp; &#34;y&#x22;</b><b/><p:c><![CDATA[<z>]]></p:c></a>",
        )
        .unwrap();
        assert_eq!(root.name, "a");
        assert_eq!(root.text_of("b"), Some("x & \"y\""));
        assert_eq!(root.text_of("c"), Some("<z>"));
        assert_eq!(root.children.len(), 3);
    }

    #[test]
    fn broken_or_hostile_xml_is_refused() {
        for text in [
            "",
            "plain",
            "<a><b></a>",
            "<a>",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "<a>&nosuch;</a>",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"<a>".repeat(100_000)).is_err());
    }
}
