//! The line protocols: exactly one line out for each line in, in order; a bad line prints `error: ...`, the run goes on.

use crate::failure::Failure;
use std::io::{BufRead, BufWriter, Write};

/// Longest line that is read, bytes.
const LONGEST: usize = 64 * 1024 * 1024;

/// Answers every line of standard input; status 2 when one was bad.
pub fn answer_all<E: std::fmt::Display>(
    answer: impl Fn(&str) -> Result<String, E>,
) -> Result<u8, Failure> {
    let mut input = std::io::stdin().lock();
    let mut output = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let mut line = Vec::new();
    let mut status = 0;
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        while matches!(line.last(), Some(b'\n' | b'\r')) {
            line.pop();
        }
        let answered = match std::str::from_utf8(&line) {
            _ if line.len() > LONGEST => Err(format!("the line is longer than {LONGEST} bytes")),
            Ok(text) => answer(text).map_err(|error| error.to_string()),
            Err(_) => Err("the line is not UTF-8".to_owned()),
        };
        match answered {
            Ok(text) => writeln!(output, "{}", one_line(&text))?,
            Err(error) => {
                status = 2;
                writeln!(output, "error: {}", one_line(&error))?;
            }
        }
    }
    output.flush()?;
    Ok(status)
}

fn one_line(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains(['\n', '\r']) { text.replace(['\n', '\r'], " ").into() } else { text.into() }
}
