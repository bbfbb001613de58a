//! `ecswhy explain`: what a finding, a symptom or a message means.

use crate::failure::Failure;
use crate::lines;
use ecswhy_diagnose::symptom::Symptom;
use ecswhy_diagnose::{checks, messages};
use std::fmt::Write as _;
use std::io::{Read, Write};

/// Longest message that is read from standard input, bytes.
const LONGEST: u64 = 1024 * 1024;

/// `explain`.
#[derive(clap::Args)]
pub struct Arguments {
    /// A finding (`image/tag-missing`), a symptom (`registry-unreachable`), a message of AWS, or `-` for standard input
    #[arg(required_unless_present = "lines", conflicts_with = "lines")]
    what: Option<String>,
    /// Read one message per line from standard input and print one line of JSON for each
    #[arg(long)]
    lines: bool,
    /// `text` for people, `json` for programs
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

/// Runs it.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    if arguments.lines {
        return lines::answer_all(messages::lines::answer);
    }
    let mut what = arguments.what.clone().unwrap_or_default();
    if what == "-" {
        what.clear();
        std::io::stdin().take(LONGEST).read_to_string(&mut what)?;
    }
    let what = what.trim();
    let text = match (checks::by_id(what), what.parse::<Symptom>()) {
        (Some(check), _) => format!("{}\n{}\n\n{}", check.id, check.title, check.explanation),
        (None, Ok(symptom)) => of_symptom(symptom),
        (None, Err(_)) if arguments.format == "json" => {
            let line = serde_json::json!({ "text": what }).to_string();
            messages::lines::answer(&line).map_err(|error| Failure::told(error.to_string()))?
        }
        (None, Err(_)) => of_message(what),
    };
    let mut output = std::io::stdout().lock();
    for line in text.trim_end().lines() {
        writeln!(output, "{}", ecswhy_report::clean(line))?;
    }
    Ok(0)
}

fn of_symptom(symptom: Symptom) -> String {
    let mut text = format!("{}\n{}\n\n{}", symptom.name(), symptom.title(), symptom.explanation());
    if !symptom.likely_findings().is_empty() {
        let _ = write!(text, "\n\nLikely findings: {}", symptom.likely_findings().join(", "));
    }
    text
}

fn of_message(message: &str) -> String {
    let reading = messages::read(&messages::Message::of(message));
    let mut named = String::new();
    for (name, value) in reading.parameters.iter() {
        let _ = writeln!(named, "  {name}: {value}");
    }
    let named = if named.is_empty() { named } else { format!("The message names:\n{named}\n") };
    format!("{named}{}", of_symptom(reading.symptom))
}
