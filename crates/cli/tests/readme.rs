//! The console output that the README shows is what the binary prints. `UPDATE_README=1` writes it anew.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::process::Command;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
const OPENS: &str = "```console\n";

#[test]
fn console_output_is_current() {
    let readme = fs::read_to_string(README).unwrap();
    let mut fresh = String::new();
    let mut rest = readme.as_str();
    while let Some((before, block)) = rest.split_once(OPENS) {
        let (shown, after) = block.split_once("```").unwrap();
        let command = shown.lines().next().unwrap();
        fresh.push_str(before);
        fresh.push_str(&format!("{OPENS}{command}\n{}```", printed(command)));
        rest = after;
    }
    fresh.push_str(rest);
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(README, &fresh).unwrap();
    } else {
        assert!(readme == fresh, "README.md is out of date: run this test with UPDATE_README=1");
    }
}

fn printed(command: &str) -> String {
    let words: Vec<&str> = command.strip_prefix("$ ecswhy ").unwrap().split(' ').collect();
    let output =
        Command::new(env!("CARGO_BIN_EXE_ecswhy")).args(words).env_clear().output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}
