//! Text that others wrote (names, log lines, messages), made harmless for a terminal.

use std::borrow::Cow;

/// Takes out what could move the cursor, set colours or reorder the line: control characters, and the marks that
/// override the direction of text. White space becomes a plain space.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_harmful(c) || (c.is_whitespace() && c != ' ')) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\u{1b}' && rest.peek() == Some(&'[') {
            // A whole colour or cursor sequence: up to its final letter.
            rest.next();
            while let Some(&inner) = rest.peek() {
                if !matches!(inner, '\u{20}'..='\u{3f}') {
                    if matches!(inner, '\u{40}'..='\u{7e}') {
                        rest.next();
                    }
                    break;
                }
                rest.next();
            }
        } else if c.is_whitespace() {
            cleaned.push(' ');
        } else if !is_harmful(c) {
            cleaned.push(c);
        }
    }
    Cow::Owned(cleaned)
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_the_cursor_remains() {
        for (dirty, expected) in [
            ("plain text", "plain text"),
            ("a\u{1b}[31mred\u{1b}[0m b", "ared b"),
            ("title\u{1b}]0;owned\u{7}", "title]0;owned"),
            ("two\r\nlines\tand tab", "two  lines and tab"),
            ("right\u{202e}to left", "rightto left"),
            ("c1 \u{9b}31m", "c1 31m"),
            ("cut \u{1b}[", "cut "),
        ] {
            assert_eq!(clean(dirty), expected);
        }
    }
}
