//! What an answer says: an AWS body as JSON in the AWS CLI's shape, and the code
//! and message of an AWS error in whatever form it comes.
//!
//! JSON protocols pass as they are, without nulls. XML is laid out by the output shapes: names,
//! lists and types are those of the AWS CLI; times stay as they came; an absent
//! member stays absent, an empty list is empty; IAM's policy documents are decoded
//! to JSON, as the AWS CLI does.

use serde_json::{Map, Value};

use crate::model::{Kind, Member, Protocol, Shape, Shapes, kind};
use crate::operations::Operation;
use crate::xml::{self, Element};

/// Reads the body of a successful answer.
///
/// # Errors
/// Says what is not as AWS's model wants it.
pub(crate) fn read(operation: &Operation, body: &[u8]) -> Result<Value, String> {
    let (service, model) = (operation.service.model(), operation.model());
    let text = std::str::from_utf8(body).map_err(|_| "not UTF-8".to_owned())?;
    if let Some(member) = &model.payload
        && payload_is_text(&service.outputs, model.output.as_deref(), member)
    {
        return Ok(single(member, Value::from(text)));
    }
    match service.protocol {
        Protocol::Json | Protocol::RestJson => {
            if text.trim().is_empty() {
                return Ok(Value::Object(Map::new()));
            }
            let mut value: Value =
                serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
            if value.is_object() {
                drop_nulls(&mut value);
                Ok(value)
            } else {
                Err("JSON, but not an object".to_owned())
            }
        }
        Protocol::Query | Protocol::Ec2 | Protocol::RestXml => {
            let root = xml::parse(text)?;
            if root.name.eq_ignore_ascii_case("html") {
                return Err("an HTML page".to_owned());
            }
            let Some(shape) = &model.output else {
                return Ok(Value::Object(Map::new()));
            };
            if let Some(member) = &model.bare {
                let text = root.text.trim();
                return Ok(if text.is_empty() {
                    single(member, Value::Null)
                } else {
                    single(member, Value::from(text))
                });
            }
            let content = match &model.wrapper {
                Some(wrapper) => {
                    root.child(wrapper).ok_or_else(|| format!("no element {wrapper}"))?
                }
                None => &root,
            };
            value(&service.outputs, shape, content)
        }
    }
}

/// A member that is null is absent, as for the AWS CLI.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(entries) => entries.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn single(member: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(member.to_owned(), value)]))
}

fn payload_is_text(shapes: &Shapes, output: Option<&str>, member: &str) -> bool {
    let Some(Kind::Shape(Shape::Structure(members))) = output.and_then(|name| kind(shapes, name))
    else {
        return false;
    };
    let of = members.get(member).and_then(|m| kind(shapes, m.kind()));
    matches!(of, Some(Kind::Text | Kind::Blob))
}

fn value(shapes: &Shapes, name: &str, element: &Element) -> Result<Value, String> {
    let text = &element.text;
    let odd = || format!("{}: {text:?} is not of type {name}", element.name);
    match kind(shapes, name) {
        None => Err(format!("unknown shape {name}")),
        Some(Kind::Text | Kind::Timestamp | Kind::Blob | Kind::FreeDocument) => {
            Ok(Value::from(text.as_str()))
        }
        Some(Kind::Integer) => {
            let number: Result<i64, _> = text.trim().parse();
            number.map(Value::from).map_err(|_| odd())
        }
        Some(Kind::Float) => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::from(number)),
            _ => Err(odd()),
        },
        Some(Kind::Boolean) => match text.trim() {
            "true" | "True" | "1" => Ok(Value::Bool(true)),
            "false" | "False" | "0" => Ok(Value::Bool(false)),
            _ => Err(odd()),
        },
        Some(Kind::PolicyDocument) => {
            let decoded = unescape(text);
            Ok(serde_json::from_str(&decoded).unwrap_or(Value::from(decoded)))
        }
        Some(Kind::Shape(Shape::Structure(members))) => structure(shapes, members, element),
        Some(Kind::Shape(Shape::List(_, of, wire, _))) => {
            list(shapes, of, element.children.iter().filter(|c| c.name == *wire))
        }
        Some(Kind::Shape(Shape::Map(_, of))) => {
            map(shapes, of, element.children.iter().filter(|c| c.name == "entry"))
        }
    }
}

fn structure(
    shapes: &Shapes,
    members: &std::collections::BTreeMap<String, Member>,
    element: &Element,
) -> Result<Value, String> {
    let mut fields = Map::new();
    for (name, member) in members {
        let wire = member.wire(name);
        // A flattened list has no element of its own: its entries stand here.
        if let Some(Kind::Shape(Shape::List(_, of, entry, true))) = kind(shapes, member.kind()) {
            let wire = if entry.is_empty() { wire } else { entry };
            let mut entries = element.children.iter().filter(|c| c.name == wire).peekable();
            if entries.peek().is_some() {
                fields.insert(name.clone(), list(shapes, of, entries)?);
            }
            continue;
        }
        let Some(child) = element.child(wire) else {
            continue;
        };
        let number = matches!(
            kind(shapes, member.kind()),
            Some(Kind::Integer | Kind::Float | Kind::Boolean)
        );
        if number && child.text.trim().is_empty() {
            continue;
        }
        fields.insert(name.clone(), value(shapes, member.kind(), child)?);
    }
    Ok(Value::Object(fields))
}

fn list<'a>(
    shapes: &Shapes,
    of: &str,
    entries: impl Iterator<Item = &'a Element>,
) -> Result<Value, String> {
    let entries: Result<Vec<Value>, String> =
        entries.map(|entry| value(shapes, of, entry)).collect();
    entries.map(Value::Array)
}

fn map<'a>(
    shapes: &Shapes,
    of: &str,
    entries: impl Iterator<Item = &'a Element>,
) -> Result<Value, String> {
    let mut fields = Map::new();
    for entry in entries {
        if let (Some(key), Some(inner)) = (entry.child("key"), entry.child("value")) {
            fields.insert(key.text.clone(), value(shapes, of, inner)?);
        }
    }
    Ok(Value::Object(fields))
}

/// Undoes percent-encoding; a bad escape stays as it is.
fn unescape(text: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|b| char::from(*b).to_digit(16));
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(bytes.get(at + 1)), digit(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Code and message of an AWS error, as far as they can be read.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct ErrorBody {
    pub code: Option<String>,
    pub message: String,
}

/// Reads an error in any of AWS's forms: JSON with `__type` or `code` (or the code
/// in the header `x-amzn-errortype`), XML with `Error/Code`, whatever the protocol;
/// emulators and gateways mix them. Anything else has no code and shows its start.
pub(crate) fn read_error(header: Option<&str>, body: &[u8]) -> ErrorBody {
    let text = String::from_utf8_lossy(body);
    let found = json_error(&text).or_else(|| xml_error(&text));
    let code = header
        .map(short_code)
        .or_else(|| found.as_ref().and_then(|e| e.code.clone()))
        .filter(|code| !code.is_empty());
    ErrorBody { code, message: found.map_or_else(|| start_of(&text), |error| error.message) }
}

/// `com.amazonaws.ecs#ClusterNotFoundException:http://...` -> `ClusterNotFoundException`
fn short_code(text: &str) -> String {
    let text = text.split(':').next().unwrap_or_default();
    text.rsplit('#').next().unwrap_or_default().trim().to_owned()
}

fn json_error(text: &str) -> Option<ErrorBody> {
    let value: Value = serde_json::from_str(text).ok()?;
    let fields = value.as_object()?;
    let string =
        |names: &[&str]| names.iter().find_map(|name| fields.get(*name).and_then(Value::as_str));
    Some(ErrorBody {
        code: string(&["__type", "code", "Code", "ErrorCode"]).map(short_code),
        message: string(&["message", "Message", "errorMessage"]).unwrap_or_default().to_owned(),
    })
}

fn xml_error(text: &str) -> Option<ErrorBody> {
    let root = xml::parse(text).ok()?;
    let error = if root.name == "Error" {
        &root
    } else {
        let holder = root.child("Errors").unwrap_or(&root);
        holder.child("Error")?
    };
    Some(ErrorBody {
        code: error.text_of("Code").map(str::to_owned),
        message: error.text_of("Message").unwrap_or_default().to_owned(),
    })
}

/// The first readable words of a body that is no AWS error (a proxy's page).
fn start_of(text: &str) -> String {
    let mut out = String::new();
    let mut in_tag = false;
    for character in text.chars().take(2000) {
        match character {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                out.push(' ');
            }
            _ if in_tag => {}
            _ => out.push(character),
        }
    }
    let words: Vec<&str> = out.split_whitespace().collect();
    words.join(" ").chars().take(200).collect()
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
