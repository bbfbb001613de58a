//! Writes the commands of changes: `script SNAPSHOT`, one JSON array of changes per line of standard input; prints
//! `{"commands", "rollback"}` or `{"error"}` for each. `lab/tests/changes` runs them with the AWS CLI.
#![expect(clippy::print_stdout, reason = "its output is its purpose")]

use ecswhy_diagnose::change::Change;
use ecswhy_diagnose::fix::script;
use ecswhy_facts::Snapshot;
use serde_json::json;
use std::io::{BufRead as _, stdin};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("the path of a snapshot is missing")?;
    let snapshot: Snapshot = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    for line in stdin().lock().lines() {
        let changes: Vec<Change> = serde_json::from_str(&line?)?;
        let written = match script(&snapshot, &snapshot, &changes) {
            Ok(script) => json!({ "commands": script.commands, "rollback": script.rollback }),
            Err(error) => json!({ "error": error.to_string() }),
        };
        println!("{written}");
    }
    Ok(())
}
