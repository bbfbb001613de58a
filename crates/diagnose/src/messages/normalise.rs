//! One form for texts that differ only in quotes, escapes, colours, frames and white space. Keeps letters and their case.

/// Straight quotes, single spaces, no escapes of quotes or line ends, no colours of a terminal, no frame of a table,
/// no entities of HTML.
pub(crate) fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut line_start = true;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        let read = match c {
            '\\' => escape(rest),
            '\u{1b}' => Read { text: None, length: colour(rest) },
            '&' => entity(rest),
            _ => Read { text: Some(c), length: 0 },
        };
        rest = rest.get(read.length..).unwrap_or_default();
        let Some(c) = read.text else { continue };
        // A quotation of a mail or a frame of a terminal begins each line with its mark.
        if line_start && matches!(c, '>' | '|') {
            continue;
        }
        line_start = matches!(c, '\n' | '\r') || (line_start && c == ' ');
        let c = plain(c);
        if c != ' ' || !(out.is_empty() || out.ends_with(' ')) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// What an escape stands for, and how many bytes after its first one belong to it.
struct Read {
    text: Option<char>,
    length: usize,
}

fn plain(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '`' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        // Box drawing: the frames of Terraform and Copilot.
        '\u{2500}'..='\u{257f}' | '\u{feff}' => ' ',
        c if c.is_whitespace() || c.is_control() => ' ',
        c => c,
    }
}

/// What follows a backslash.
fn escape(rest: &str) -> Read {
    match rest.chars().next() {
        Some('n' | 'r') => Read { text: Some('\n'), length: 1 },
        Some('t') => Read { text: Some(' '), length: 1 },
        // One escape inside another: `\\\"` is a quote.
        Some('"' | '\'' | '\\' | '/' | '\u{2018}'..='\u{201d}') => Read { text: None, length: 0 },
        Some('&') if matches!(entity(&rest[1..]).text, Some('"' | '\'')) => {
            Read { text: None, length: 0 }
        }
        Some('u') => rest
            .get(1..5)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32)
            .map_or(Read { text: Some('\\'), length: 0 }, |c| match c {
                '\u{1b}' => Read { text: None, length: 5 + rest.get(5..).map_or(0, colour) },
                c => Read { text: Some(c), length: 5 },
            }),
        Some('x') if rest.get(1..3).is_some_and(|digits| digits.eq_ignore_ascii_case("1b")) => {
            Read { text: None, length: 3 + rest.get(3..).map_or(0, colour) }
        }
        _ => Read { text: Some('\\'), length: 0 },
    }
}

/// The length of a control sequence of a terminal after its escape character (ECMA-48, CSI): numbers, then a letter.
fn colour(rest: &str) -> usize {
    let Some(parameters) = rest.strip_prefix('[') else { return 0 };
    let letter = parameters.bytes().position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b'?'));
    letter
        .filter(|at| parameters.as_bytes().get(*at).is_some_and(u8::is_ascii_alphabetic))
        .map_or(0, |at| "[".len() + at + 1)
}

/// What an entity of HTML stands for; `&` alone stays.
fn entity(rest: &str) -> Read {
    let known = rest.as_bytes().iter().take(8).position(|byte| *byte == b';').and_then(|end| {
        let name = rest.get(..end)?;
        let c = match name {
            "quot" => '"',
            "apos" => '\'',
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "nbsp" => ' ',
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)?
            }
        };
        Some(Read { text: Some(c), length: end + 1 })
    });
    known.unwrap_or(Read { text: Some('&'), length: 0 })
}

#[cfg(test)]
mod tests {
    use super::normalise;
    use proptest::prelude::*;

    #[test]
    fn quotes_escapes_and_white_space_become_one_form() {
        assert_eq!(normalise("  can\u{2019}t\r\n\tpull \u{201c}x\u{201d} "), "can't pull \"x\"");
        assert_eq!(normalise(r#"caused \\\"exec: \"a\"\n\tb"#), "caused \"exec: \"a\" b");
        assert_eq!(normalise(r"can\u2019t, can\\u2019t, \ubad"), r"can't, can't, \ubad");
        assert_eq!(normalise(""), "");
    }

    #[test]
    fn colours_frames_and_entities_are_taken_away() {
        assert_eq!(
            normalise("\u{1b}[1;31mError:\u{1b}[0m a \\u001b[31mb\\x1b[0m c"),
            "Error: a b c"
        );
        assert_eq!(normalise("\u{2577}\n\u{2502} Error: a\n\u{2502}   b\n\u{2575}"), "Error: a b");
        assert_eq!(normalise("> a\n> b\n| c > d"), "a b c > d");
        assert_eq!(
            normalise("can&#39;t pull &quot;x&quot; &lt;y&gt; a&amp;b &#x27;c&apos; & d; &nbsp;e"),
            "can't pull \"x\" <y> a&b 'c' & d; e"
        );
        assert_eq!(normalise("\u{1b}[ &#; \\"), "[ &#; \\");
    }

    proptest! {
        #[test]
        fn any_text_has_a_form(text in r"[\\&\x1b\[;#u0-9a-f>|\n é│]{0,40}") {
            let form = normalise(&text);
            prop_assert!(!form.contains("  ") && form.trim() == form);
        }
    }
}
