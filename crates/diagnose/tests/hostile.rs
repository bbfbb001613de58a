//! A hostile account runs nothing: the commands of every case, with names that a shell would act on, are run by a
//! shell in which the programs that they call do nothing. What is left over was started by a name.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use ecswhy_diagnose::{Settings, diagnose};
use ecswhy_facts::Snapshot;
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::{Command, Stdio};

/// Creates the file `ran` outside of quotes, in double quotes, and in single quotes that nobody escaped.
const HOSTILE: &str = "$(>ran)';>ran;'";
/// The same on a line of its own.
const HOSTILE_LINE: &str = "\n>ran\n";
/// Names of people's choice, words of log lines and commands, and ids of AWS.
const NAMED: [&str; 3] = [
    r"\b(orders|shop|shared/base)\b",
    r"\b(curl|VALUE|DATABASE_URL|127\.0\.0\.1|health)\b",
    r"\b((?:vpce|subnet|sg|rtb|tgw|vgw|eni|pcx|acl|fs|fsap)-[0-9a-f]{6,17})\b",
];
/// What the commands call.
const PROGRAMS: &str = "for program in aws docker python3; do eval \"$program() { :; }\"; done\n";

/// The account with `hostile` behind everything that `named` matches.
fn with(account: &Value, named: &Regex, hostile: &str) -> Option<Snapshot> {
    let text = account.to_string();
    let escaped = Value::from(hostile).to_string();
    let escaped = escaped.trim_matches('"').replace('$', "$$");
    let text = named.replace_all(&text, format!("${{1}}{escaped}"));
    serde_json::from_str(&text).ok()
}

#[test]
fn no_name_of_an_account_becomes_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let named = NAMED.map(|named| Regex::new(named).unwrap());
    let (mut run, mut wrong) = (0, BTreeSet::new());
    for (name, account) in support::cases() {
        let lines = named.iter().take(1).map(|named| (named, HOSTILE_LINE));
        for (named, hostile) in named.iter().map(|named| (named, HOSTILE)).chain(lines) {
            let Some(snapshot) = with(&account, named, hostile) else { continue };
            let report = diagnose(&snapshot, &Settings::default());
            let fixes = report.reports.iter().flat_map(|report| &report.fixes);
            for fix in fixes {
                let script = [fix.commands.join("\n"), fix.rollback.join("\n")].join("\n");
                let done = Command::new("/bin/sh")
                    .args(["-c", &format!("{PROGRAMS}{script}")])
                    .env("PATH", "/nonexistent")
                    .current_dir(folder.path())
                    .stdin(Stdio::null())
                    .output()
                    .unwrap();
                run += 1;
                let ran = folder.path().join("ran");
                if ran.exists() || !done.stderr.is_empty() {
                    let said = String::from_utf8_lossy(&done.stderr).into_owned();
                    wrong.insert(format!("{name} with {hostile:?}: {} {said}\n{script}", fix.id));
                }
                let _ = std::fs::remove_file(ran);
            }
        }
    }
    assert!(run > 500, "{run} scripts");
    let told: Vec<&str> = wrong.iter().take(20).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} scripts:\n{}", wrong.len(), told.join("\n\n"));
}
