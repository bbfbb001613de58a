//! `ecswhy explain`: what a finding, a symptom or a message of AWS means; offline.

use crate::failure::Failure;
use crate::{lines, output};
use clap::Args;
use ecswhy_diagnose::check::Check;
use ecswhy_diagnose::messages::{self, Message, Reading};
use ecswhy_diagnose::{Symptom, checks};
use ecswhy_facts::suggest::{hint, nearest};
use ecswhy_report::{Format, prose};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read;

/// More of a message is not read.
const LONGEST: u64 = 1024 * 1024;

/// Arguments of `explain`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// A finding (image/tag-missing), a symptom (registry-unreachable), a message of AWS, or - to read the message
    /// from standard input; without it, all findings and symptoms are listed
    #[arg(value_name = "CODE|MESSAGE")]
    subject: Vec<String>,
    /// text, for people; or json, for programs
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = crate::arguments::format)]
    format: Format,
    /// Read one message per line from standard input and answer each with one line of JSON. A line is text, or an
    /// object {"text", "channel", "stop_code", "exit_code"} of which only the text is needed
    #[arg(long, conflicts_with = "subject")]
    lines: bool,
}

/// Runs `explain`.
///
/// # Errors
/// When a code is misspelt or standard input cannot be read.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    if arguments.lines {
        let answer = || |line: &str| messages::lines::answer(line).map_err(|e| e.to_string());
        return lines::answer(std::io::stdin().lock(), std::io::stdout().lock(), answer);
    }
    let subject = match arguments.subject.as_slice() {
        [] => return tell(&arguments.format, list_json, list),
        [dash] if dash == "-" => standard_input()?,
        words => words.join(" "),
    };
    let subject = subject.trim();
    if let Some(check) = checks::by_id(subject) {
        return tell(&arguments.format, || finding_json(check), || finding(check));
    }
    if let Ok(symptom) = subject.parse::<Symptom>() {
        return tell(&arguments.format, || symptom_json(symptom), || of_symptom(symptom));
    }
    if let Some(failure) = misspelt(subject) {
        return Err(failure);
    }
    if subject.is_empty() {
        return Err(Failure::new(
            "there is no message to explain: give one, or - and standard input",
        ));
    }
    let reading = messages::read(&Message::of(subject));
    tell(&arguments.format, || message_json(&reading), || message(&reading))
}

fn standard_input() -> Result<String, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(LONGEST)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(format!("cannot read standard input: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn tell(
    format: &Format,
    value: impl FnOnce() -> serde_json::Value,
    markdown: impl FnOnce() -> String,
) -> Result<u8, Failure> {
    let text = match format {
        Format::Json => format!("{:#}\n", value()),
        Format::Text => prose(&markdown(), &output::look(false, false)),
    };
    output::write(&text, None)?;
    Ok(0)
}

/// A word that looks like a code and is none, but is near to one.
fn misspelt(subject: &str) -> Option<Failure> {
    let is_word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    };
    let codes: Vec<&str> = checks::all()
        .map(|check| check.id)
        .chain(Symptom::ALL.iter().map(|symptom| symptom.name()))
        .collect();
    match subject.split_once('/') {
        Some((group, fault)) if is_word(group) && is_word(fault) => {
            let groups = || checks::all().filter_map(|check| check.id.split('/').next());
            groups().any(|known| known == group).then(|| {
                let near = hint(subject, codes);
                Failure::new(format!(
                    "there is no finding {subject}{near}; `ecswhy explain` lists all of them"
                ))
            })
        }
        None if is_word(subject) && subject.contains('-') => {
            (!nearest(subject, codes.iter().copied()).is_empty()).then(|| {
                Failure::new(format!(
                    "there is no finding or symptom {subject}{}",
                    hint(subject, codes)
                ))
            })
        }
        _ => None,
    }
}

fn finding(check: &Check) -> String {
    let mut text = format!(
        "# {}\n\nWhat is checked: {}. Stage of the launch: {}.\n\n{}",
        check.id,
        lower(check.title),
        check.stage,
        check.explanation.trim_end()
    );
    if !check.explains.is_empty() {
        text.push_str("\n\n## How AWS shows it\n");
        for symptom in check.explains {
            let _ = write!(text, "\n- {}: {}", symptom.name(), symptom.title());
        }
    }
    text
}

fn finding_json(check: &Check) -> serde_json::Value {
    json!({
        "finding": check.id,
        "title": check.title,
        "stage": check.stage,
        "symptoms": check.explains,
        "explanation": check.explanation,
    })
}

fn of_symptom(symptom: Symptom) -> String {
    let mut text = format!(
        "# {}: {}\n\n{}",
        symptom.name(),
        symptom.title(),
        symptom.explanation().trim_end()
    );
    text.push_str(&likely(symptom));
    text
}

fn symptom_json(symptom: Symptom) -> serde_json::Value {
    json!({
        "symptom": symptom,
        "title": symptom.title(),
        "explanation": symptom.explanation(),
        "likely_findings": symptom.likely_findings(),
    })
}

fn message(reading: &Reading) -> String {
    let symptom = reading.symptom;
    if symptom == Symptom::Unknown {
        return "# Not recognised\n\nThis is no failure message of ECS that ecswhy knows. It may be a log line of \
                the application, or too short. Give the whole `stoppedReason` or container `reason` of the task.\n"
            .to_owned();
    }
    let mut text = format!("# {}: {}\n", symptom.name(), symptom.title());
    if !reading.parameters.is_empty() {
        text.push_str("\n## What the message names\n");
        for (name, value) in reading.parameters.iter() {
            let _ = write!(text, "\n- {}: {value}", name.replace('_', " "));
        }
        text.push('\n');
    }
    let _ = write!(text, "\n{}", symptom.explanation().trim_end());
    text.push_str(&likely(symptom));
    if !symptom.is_benign() {
        text.push_str(
            "\n\n## What next\n\nA message alone does not prove its cause. This looks at the account:\n\n    ecswhy diagnose CLUSTER/SERVICE\n",
        );
    }
    text
}

/// The likely findings.
fn likely(symptom: Symptom) -> String {
    if symptom.likely_findings().is_empty() {
        return String::new();
    }
    let mut text = "\n\n## Likely findings, the likeliest first\n".to_owned();
    for id in symptom.likely_findings() {
        let _ = write!(text, "\n- {id}");
    }
    text.push_str("\n\n`ecswhy explain FINDING` explains one of them.");
    text
}

fn lower(title: &str) -> String {
    let mut letters = title.chars();
    // A name such as "ECR" keeps its capitals.
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => title.to_owned(),
    }
}

fn message_json(reading: &Reading) -> serde_json::Value {
    json!({
        "symptom": reading.symptom,
        "parameters": reading.parameters,
        "likely_findings": reading.symptom.likely_findings(),
    })
}

fn list() -> String {
    let mut text = "# Findings\n".to_owned();
    let mut by_stage: BTreeMap<_, Vec<&Check>> = BTreeMap::new();
    for check in checks::all() {
        by_stage.entry(check.stage).or_default().push(check);
    }
    for (stage, checks) in by_stage {
        let _ = write!(text, "\n## {stage}\n");
        for check in checks {
            let _ = write!(text, "\n- {}: {}", check.id, check.title);
        }
        text.push('\n');
    }
    text.push_str("\n# Symptoms\n");
    for symptom in Symptom::ALL {
        let _ = write!(text, "\n- {}: {}", symptom.name(), symptom.title());
    }
    text
}

fn list_json() -> serde_json::Value {
    json!({
        "findings": checks::all().map(finding_json).collect::<Vec<_>>(),
        "symptoms": Symptom::ALL.iter().copied().map(symptom_json).collect::<Vec<_>>(),
    })
}
