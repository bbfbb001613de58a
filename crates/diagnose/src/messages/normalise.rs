//! One form for texts that differ only in quotes, escapes and white space. Keeps letters and their case.

/// Straight quotes, single spaces, no escapes of quotes, line ends or tabs.
pub(crate) fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let c = match c {
            '\u{2018}' | '\u{2019}' | '\u{201b}' | '`' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            '\\' => match chars.peek() {
                Some('n' | 't' | 'r') => {
                    chars.next();
                    ' '
                }
                // One escape inside another: `\\\"` is a quote.
                Some('"' | '\'' | '\\' | '/') => continue,
                _ => c,
            },
            c if c.is_whitespace() || c.is_control() || c == '\u{feff}' => ' ',
            c => c,
        };
        if c != ' ' || !(out.is_empty() || out.ends_with(' ')) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn quotes_escapes_and_white_space_become_one_form() {
        assert_eq!(normalise("  can\u{2019}t\r\n\tpull \u{201c}x\u{201d} "), "can't pull \"x\"");
        assert_eq!(normalise(r#"caused \\\"exec: \"a\"\n\tb"#), "caused \"exec: \"a\" b");
        assert_eq!(normalise(""), "");
    }
}
