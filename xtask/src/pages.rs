//! The reference pages and the JSON Schema of the report, written from the records of checks and symptoms.

use crate::r#gen::Generated;
use anyhow::Result;
use ecswhy_diagnose::check::{Check, Weight};
use ecswhy_diagnose::{Symptom, checks};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

const MADE: &str = "<!-- Made by `cargo xtask gen` from the checks. Do not edit. -->\n";

/// A page for each group of findings, one for the symptoms, an index, and the schema.
pub fn all() -> Result<Vec<Generated>> {
    let mut groups: BTreeMap<&str, Vec<&Check>> = BTreeMap::new();
    for check in checks::all() {
        let (group, _) = check.id.split_once('/').unwrap_or((check.id, ""));
        groups.entry(group).or_default().push(check);
    }
    let mut files = vec![
        (PathBuf::from("docs/report.schema.json"), ecswhy_report::schema()),
        (PathBuf::from("docs/findings/README.md"), index(&groups)),
        (PathBuf::from("docs/symptoms.md"), symptoms()),
    ];
    for (group, checks) in &groups {
        files.push((PathBuf::from(format!("docs/findings/{group}.md")), page(group, checks)));
    }
    Ok(files)
}

fn index(groups: &BTreeMap<&str, Vec<&Check>>) -> String {
    let mut text = format!(
        "{MADE}# Findings\n\nWhat each finding checks; it is reported when the sentence is proven false.\n"
    );
    for (group, checks) in groups {
        let _ = write!(
            text,
            "\n## {group}\n\n| finding | holds when all is well | stage |\n|---|---|---|\n"
        );
        for check in checks {
            let fault = check.id.rsplit('/').next().unwrap_or(check.id);
            let _ = writeln!(
                text,
                "| [{}]({group}.md#{group}{fault}) | {} | {} |",
                check.id, check.title, check.stage
            );
        }
    }
    text
}

fn page(group: &str, checks: &[&Check]) -> String {
    let mut text = format!("{MADE}# Findings: {group}\n");
    for check in checks {
        let weight = match check.weight {
            Weight::Blocks => "stops the launch",
            Weight::Risk => "weakens the launch",
            Weight::Note => "context",
        };
        let _ = write!(
            text,
            "\n## {}\n\n{}. Stage `{}`; {weight}.\n\n",
            check.id, check.title, check.stage
        );
        text.push_str(&lowered(check.explanation.trim()));
        text.push('\n');
        if !check.explains.is_empty() {
            text.push_str("\n### How AWS shows it\n\n");
            for symptom in check.explains {
                let name = symptom.name();
                let _ = writeln!(text, "- [{name}](../symptoms.md#{name})");
            }
        }
    }
    text
}

fn symptoms() -> String {
    let mut text =
        format!("{MADE}# Symptoms\n\nWhat AWS says of a task or service, in one word each.\n");
    for symptom in Symptom::ALL {
        let _ = write!(text, "\n## {}\n\n{}.\n\n", symptom.name(), symptom.title());
        text.push_str(&lowered(symptom.explanation().trim()));
        text.push('\n');
        let known: Vec<&str> = symptom.likely_findings().to_vec();
        if !known.is_empty() {
            text.push_str("\n### Likely findings, the likeliest first\n\n");
            for id in known {
                text.push_str(&listed(id));
            }
        }
    }
    text
}

/// A finding in a list, linked where a check of this build proves it.
fn listed(id: &str) -> String {
    match (checks::by_id(id), id.split_once('/')) {
        (Some(_), Some((group, fault))) => {
            format!("- [{id}](findings/{group}.md#{group}{fault})\n")
        }
        _ => format!("- {id}\n"),
    }
}

/// Headings one step below those of the page.
fn lowered(markdown: &str) -> String {
    let lower = |line: &str| match line.starts_with('#') {
        true => format!("#{line}"),
        false => line.to_owned(),
    };
    // GitHub needs an empty line between a heading and what follows it only for lists; one everywhere reads better.
    let mut lines = Vec::new();
    for line in markdown.lines() {
        lines.push(lower(line));
        if line.starts_with('#') {
            lines.push(String::new());
        }
    }
    let mut text = lines.join("\n");
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    text
}
