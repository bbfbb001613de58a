//! JSON with places: a small parser that remembers the line and column of every value.
//!
//! It knows nothing of policies. It exists because a policy error must name its place, and because AWS
//! rejects a duplicate key, which an ordinary parser keeps silently. Size and depth are bounded.

use std::fmt;

/// The deepest nesting that is read. A policy needs five levels.
const MAX_DEPTH: usize = 32;
/// The longest text that is read, in bytes. The longest policy that AWS stores has 32 KiB.
pub const MAX_BYTES: usize = 1 << 20;

/// A place in a JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// Line, from 1; 0 when the value did not come from a text.
    pub line: usize,
    /// Column in characters, from 1; 0 when the value did not come from a text.
    pub column: usize,
}

/// A JSON value with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it starts.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
}

/// The content of a [`Node`].
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A string, unescaped.
    String(String),
    /// A list.
    Array(Vec<Node>),
    /// A map, in the order of the text; keys are unique.
    Object(Vec<(String, Node)>),
}

impl Kind {
    /// What a person calls this kind of value.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "a list",
            Self::Object(_) => "a map",
        }
    }
}

/// What is wrong with a JSON text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    /// Where, as a JSON path such as `Statement[2].Action`; empty for the whole text.
    pub path: String,
    /// Where.
    pub place: Place,
    /// What, one sentence without the place.
    pub message: String,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { line, column } = self.place;
        if self.path.is_empty() {
            write!(f, "line {line}, column {column}: {}", self.message)
        } else {
            write!(f, "{} (line {line}, column {column}): {}", self.path, self.message)
        }
    }
}

impl JsonError {
    /// The same error, seen from the map or list that holds the value.
    fn inside(mut self, step: &str) -> Self {
        self.path = join(step, &self.path);
        self
    }
}

/// Joins two JSON paths.
pub fn join(outer: &str, inner: &str) -> String {
    let dot = if outer.is_empty() || inner.is_empty() || inner.starts_with('[') { "" } else { "." };
    format!("{outer}{dot}{inner}")
}

/// Parses one JSON value.
///
/// # Errors
/// Text that is not JSON, is too long or too deep, or has a key twice in one map.
pub fn parse(text: &str) -> Result<Node, JsonError> {
    if text.len() > MAX_BYTES {
        return Err(JsonError {
            path: String::new(),
            place: Place { line: 1, column: 1 },
            message: format!(
                "the text has {} bytes; no policy has more than {MAX_BYTES}",
                text.len()
            ),
        });
    }
    let mut parser = Parser { text, at: 0, cursor: (0, Place { line: 1, column: 1 }) };
    parser.skip_space();
    let node = parser.value(0)?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.error("more text follows the end of the JSON value"));
    }
    Ok(node)
}

impl Node {
    /// Converts a parsed value, whose places are lost.
    pub fn from_value(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        let kind = match value {
            Value::Null => Kind::Null,
            Value::Bool(b) => Kind::Bool(*b),
            Value::Number(n) => Kind::Number(n.to_string()),
            Value::String(s) => Kind::String(s.clone()),
            Value::Array(items) => Kind::Array(items.iter().map(Self::from_value).collect()),
            Value::Object(map) => {
                Kind::Object(map.iter().map(|(k, v)| (k.clone(), Self::from_value(v))).collect())
            }
        };
        Self { place: Place::default(), kind }
    }
}

/// The place after `text`, which starts at `place`.
fn advance(mut place: Place, text: &str) -> Place {
    for c in text.chars() {
        if c == '\n' {
            place = Place { line: place.line + 1, column: 1 };
        } else {
            place.column += 1;
        }
    }
    place
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    /// An offset and its place, so that places are found in one pass.
    cursor: (usize, Place),
}

impl Parser<'_> {
    /// The place of an offset that is not before the last one asked for.
    fn next_place(&mut self, offset: usize) -> Place {
        let (from, place) = self.cursor;
        self.cursor = (offset, advance(place, self.text.get(from..offset).unwrap_or_default()));
        self.cursor.1
    }

    fn error(&self, message: impl Into<String>) -> JsonError {
        self.error_at(self.at, message)
    }

    fn error_at(&self, offset: usize, message: impl Into<String>) -> JsonError {
        let before = self.text.get(..offset).unwrap_or(self.text);
        JsonError {
            path: String::new(),
            place: advance(Place { line: 1, column: 1 }, before),
            message: message.into(),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn found(&self) -> String {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(c) => format!("found {c:?}"),
            None => "the text ends here".to_owned(),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node, JsonError> {
        if depth > MAX_DEPTH {
            return Err(self.error(format!("nested more than {MAX_DEPTH} levels deep")));
        }
        let place = self.next_place(self.at);
        let kind = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Kind::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Kind::Bool(true))?,
            Some(b'f') => self.word("false", Kind::Bool(false))?,
            Some(b'n') => self.word("null", Kind::Null)?,
            _ => return Err(self.error(format!("a JSON value is expected; {}", self.found()))),
        };
        Ok(Node { place, kind })
    }

    fn word(&mut self, word: &str, kind: Kind) -> Result<Kind, JsonError> {
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            self.at += word.len();
            Ok(kind)
        } else {
            Err(self.error(format!("a JSON value is expected; {}", self.found())))
        }
    }

    fn array(&mut self, depth: usize) -> Result<Kind, JsonError> {
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Kind::Array(items));
        }
        loop {
            self.skip_space();
            let index = items.len();
            items.push(self.value(depth + 1).map_err(|e| e.inside(&format!("[{index}]")))?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Kind::Array(items));
                }
                _ => return Err(self.error(format!("',' or ']' is expected; {}", self.found()))),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Kind, JsonError> {
        self.at += 1;
        let mut entries: Vec<(String, Node)> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Kind::Object(entries));
        }
        loop {
            self.skip_space();
            let key_at = self.at;
            if self.peek() != Some(b'"') {
                return Err(
                    self.error(format!("a key in double quotes is expected; {}", self.found()))
                );
            }
            let key = self.string()?;
            if !seen.insert(key.clone()) {
                let error = self.error_at(key_at, "the key occurs twice in one map");
                return Err(error.inside(&key));
            }
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.error(format!("':' is expected; {}", self.found())));
            }
            self.at += 1;
            self.skip_space();
            let value = self.value(depth + 1).map_err(|e| e.inside(&key))?;
            entries.push((key, value));
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Kind::Object(entries));
                }
                _ => return Err(self.error(format!("',' or '}}' is expected; {}", self.found()))),
            }
        }
    }

    fn number(&mut self) -> Result<Kind, JsonError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        if serde_json::from_str::<serde_json::Number>(text).is_err() {
            return Err(self.error_at(start, format!("{text} is not a JSON number")));
        }
        Ok(Kind::Number(text.to_owned()))
    }

    fn string(&mut self) -> Result<String, JsonError> {
        let start = self.at;
        self.at += 1;
        let body = self.at;
        let mut escaped = false;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    self.at += 2;
                }
                Some(0..=0x1f) => {
                    return Err(self.error("a control character must be escaped in a string"));
                }
                Some(_) => self.at += 1,
                None => return Err(self.error_at(start, "the string is not closed")),
            }
        }
        let raw = self.text.get(body..self.at).unwrap_or_default();
        self.at += 1;
        if !escaped {
            return Ok(raw.to_owned());
        }
        let quoted = self.text.get(start..self.at).unwrap_or_default();
        serde_json::from_str(quoted)
            .map_err(|_| self.error_at(start, "the string has a bad escape sequence"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn values_carry_their_place() {
        let node = parse("{\n  \"a\": [1, \"x\\u00e9\"]\n}").unwrap();
        let Kind::Object(entries) = &node.kind else { panic!("a map") };
        let Kind::Array(items) = &entries[0].1.kind else { panic!("a list") };
        assert_eq!(items[1].place, Place { line: 2, column: 12 });
        assert_eq!(items[1].kind, Kind::String("xé".into()));
    }

    #[test]
    fn broken_text_is_an_error_with_its_place() {
        assert_eq!(
            fails("{\"a\": 1,\n \"a\": 2}"),
            "a (line 2, column 2): the key occurs twice in one map"
        );
        assert_eq!(
            fails("{\"a\": [1, 2"),
            "a (line 1, column 12): ',' or ']' is expected; the text ends here"
        );
        assert_eq!(fails("{\"a"), "line 1, column 2: the string is not closed");
        assert_eq!(fails("{} x"), "line 1, column 4: more text follows the end of the JSON value");
        assert_eq!(fails("{\"a\": 01}"), "a (line 1, column 7): 01 is not a JSON number");
        assert_eq!(
            fails("{\"a\": [0, {\"b\": nil}]}"),
            "a[1].b (line 1, column 17): a JSON value is expected; found 'n'"
        );
        assert_eq!(fails("\"\\q\""), "line 1, column 1: the string has a bad escape sequence");
        assert_eq!(fails(""), "line 1, column 1: a JSON value is expected; the text ends here");
    }

    #[test]
    fn size_and_depth_are_bounded() {
        assert!(fails(&"[".repeat(100_000)).contains("nested more than 32 levels"));
        assert!(fails(&" ".repeat(10 << 20)).contains("no policy has more than"));
    }
}
