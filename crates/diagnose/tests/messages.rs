//! The message reader against labelled texts: `tests/messages/*.jsonl`.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
use ecswhy_diagnose::messages::{Channel, Message, Reading, read};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One labelled text.
#[derive(Debug, Deserialize)]
struct Case {
    text: String,
    #[serde(default)]
    channel: Option<Channel>,
    #[serde(default)]
    stop_code: Option<String>,
    #[serde(default)]
    exit_code: Option<i32>,
    symptom: String,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

impl Case {
    fn message(&self) -> Message {
        Message {
            text: self.text.clone(),
            channel: self.channel,
            stop_code: self.stop_code.clone(),
            exit_code: self.exit_code,
        }
    }

    fn read(&self) -> Reading {
        read(&self.message())
    }
}

fn cases() -> Vec<(String, Case)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/messages");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        for (index, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            let place = format!("{name}:{}", index + 1);
            cases.push((
                place.clone(),
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{place}: {error}")),
            ));
        }
    }
    cases
}

#[test]
fn labelled_messages_read_as_labelled() {
    let mut wrong = Vec::new();
    for (place, case) in cases() {
        let reading = case.read();
        if reading.symptom.name() != case.symptom {
            wrong.push(format!(
                "{place}: {} instead of {}: {}",
                reading.symptom, case.symptom, case.text
            ));
        }
        for (name, value) in &case.parameters {
            let found = reading.parameters.get(name);
            if found != Some(value) {
                wrong.push(format!(
                    "{place}: {name} is {found:?} instead of {value:?}: {}",
                    case.text
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}
