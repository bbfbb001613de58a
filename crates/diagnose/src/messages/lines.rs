//! The line protocol of `explain --format json --lines`: one answer for each line.
//! A line is plain text, with line ends written `\n`, or a JSON object `{"text", "channel"?, "stop_code"?, "exit_code"?}`.

use super::{Channel, Message, Parameters, read};
use crate::symptom::Symptom;
use serde::{Deserialize, Serialize};

/// Why a line has no answer.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The line begins with `{` but is no object of the right form.
    #[error("the line is not a JSON object with a `text`: {0}")]
    NotAnObject(#[source] serde_json::Error),
    /// Nothing there.
    #[error("the line is empty")]
    Empty,
}

#[derive(Deserialize)]
struct Line {
    text: Option<String>,
    #[serde(default)]
    channel: Option<String>,
    #[serde(default, alias = "stopCode")]
    stop_code: Option<String>,
    #[serde(default, alias = "exitCode")]
    exit_code: Option<i32>,
}

/// What is printed for a line.
#[derive(Debug, Serialize)]
struct Answer {
    symptom: Symptom,
    parameters: Parameters,
    likely_findings: &'static [&'static str],
}

/// Reads a line of the protocol.
///
/// # Errors
/// If the line is empty, or begins with `{"` and is not an object with a `text`.
pub fn message(line: &str) -> Result<Message, LineError> {
    let line = line.trim();
    if line.is_empty() {
        return Err(LineError::Empty);
    }
    if !is_object(line) {
        return Ok(Message::of(line));
    }
    let Line { text, channel, stop_code, exit_code } =
        serde_json::from_str(line).map_err(LineError::NotAnObject)?;
    Ok(Message {
        text: text.unwrap_or_default(),
        channel: channel.as_deref().and_then(channel_of),
        stop_code,
        exit_code,
    })
}

/// Answers a line with one line of JSON.
///
/// # Errors
/// As [`message`].
pub fn answer(line: &str) -> Result<String, LineError> {
    let reading = read(&message(line)?);
    let answer = Answer {
        symptom: reading.symptom,
        parameters: reading.parameters,
        likely_findings: reading.symptom.likely_findings(),
    };
    serde_json::to_string(&answer).map_err(LineError::NotAnObject)
}

/// A JSON log line of an application also begins with a brace, but is an object without a `text`: it is an error.
/// A text such as `{{reason}}` is plain.
fn is_object(line: &str) -> bool {
    line.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with(['"', '}']))
}

/// A channel that is not known says nothing about the text.
fn channel_of(name: &str) -> Option<Channel> {
    match name.replace('-', "_").as_str() {
        "stopped_reason" | "stoppedReason" => Some(Channel::StoppedReason),
        "container_reason" | "reason" => Some(Channel::ContainerReason),
        "service_event" | "event" => Some(Channel::ServiceEvent),
        "deployment" | "rollout_state_reason" => Some(Channel::Deployment),
        "target_health" => Some(Channel::TargetHealth),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_and_objects_are_answered() {
        let text = answer(
            "CannotStartContainerError: exec: \"uvicorn\": executable file not found in $PATH",
        )
        .unwrap();
        insta::assert_snapshot!(text);
        let object =
            answer(r#"{"text":"Essential container in task exited","exit_code":139}"#).unwrap();
        insta::assert_snapshot!("object", object);
        assert_eq!(
            message(r#"{"text":"a","channel":"service_event","stop_code":null}"#).unwrap().channel,
            Some(Channel::ServiceEvent)
        );
        assert_eq!(message(r#"{"text":"a","channel":"pigeon"}"#).unwrap().channel, None);
        assert!(message("{{reason}}").is_ok());
    }

    #[test]
    fn a_bad_line_is_an_error_that_says_why() {
        for line in ["", "   ", r#"{"text":1}"#, r#"{"text":"a""#] {
            assert!(answer(line).is_err(), "{line}");
        }
    }
}
