//! Strips what could steer a terminal: escape sequences and control characters, all but newline and tab.

use regex::Regex;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::LazyLock;

/// CSI and OSC sequences with their parameters, in the 7-bit and the 8-bit form (ECMA-48).
static SEQUENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:\x1b\[|\u{9b})[0-?]*[ -/]*[@-~]|(?:\x1b\]|\u{9d})[^\x07\x1b\u{9c}\n]*(?:\x07|\x1b\\|\u{9c})").ok()
});

/// A text without escape sequences and control characters.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if !text.chars().any(unwanted) {
        return Cow::Borrowed(text);
    }
    let plain = match &*SEQUENCE {
        Some(sequence) => sequence.replace_all(text, ""),
        None => Cow::Borrowed(text),
    };
    Cow::Owned(plain.chars().filter(|letter| !unwanted(*letter)).collect())
}

/// Control characters, and those that turn the direction of writing (Unicode Bidi_Control).
fn unwanted(letter: char) -> bool {
    (letter.is_control() && letter != '\n' && letter != '\t')
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Cleans every text and name of a document, and takes out `null` members.
pub fn clean(value: &mut Value) {
    match value {
        Value::String(inner) => {
            if let Cow::Owned(clean) = text(inner) {
                *inner = clean;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(clean);
            if members.keys().any(|name| name.chars().any(unwanted)) {
                let old = std::mem::take(members);
                members.extend(
                    old.into_iter().map(|(name, member)| (text(&name).into_owned(), member)),
                );
            }
        }
        _ => {}
    }
}
