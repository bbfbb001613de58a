//! Reads a failure message of ECS: which symptom it tells, and with which parameters.
//! The text decides; channel, stop code and exit code help where the text says nothing by itself.
//! Knows no account: whether the named things exist is the checks' matter. Prefers `unknown` to a guess.

mod container;
mod exit;
mod foreign;
mod health;
mod identity;
pub mod lines;
mod logging;
mod normalise;
mod parameters;
mod placement;
mod pull;
mod rules;
mod secrets;
mod service;
mod storage;
mod wrapping;

pub(crate) use normalise::normalise;
pub use parameters::Parameters;

use crate::symptom::Symptom;
use serde::{Deserialize, Serialize};

/// Where a message was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// `stoppedReason` of a task.
    StoppedReason,
    /// `reason` of a container.
    ContainerReason,
    /// A service event.
    ServiceEvent,
    /// `rolloutStateReason`, or the error of an API call that deploys.
    Deployment,
    /// Reason code or description of a target's health.
    TargetHealth,
}

/// A message with what is known about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The text as AWS gave it, possibly cut.
    pub text: String,
    /// Where it was found.
    pub channel: Option<Channel>,
    /// `stopCode` of the task.
    pub stop_code: Option<String>,
    /// Exit code of the container that the message is about.
    pub exit_code: Option<i32>,
}

impl Message {
    /// A message of which only the text is known.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// The same message, found in the channel.
    #[must_use]
    pub fn in_channel(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// The same message of a task with the stop code.
    #[must_use]
    pub fn with_stop_code(mut self, stop_code: Option<&str>) -> Self {
        self.stop_code = stop_code.map(str::to_owned);
        self
    }

    /// The same message beside the exit code.
    #[must_use]
    pub fn with_exit_code(mut self, exit_code: Option<i32>) -> Self {
        self.exit_code = exit_code;
        self
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// The symptom.
    pub symptom: Symptom,
    /// The names and numbers in the text that belong to the symptom.
    pub parameters: Parameters,
}

/// Longer texts are read at both ends only: AWS cuts its reasons at 1,024 characters, so what is longer is no single reason.
const LONGEST: usize = 16 * 1024;

/// Reads a message.
#[must_use]
pub fn read(message: &Message) -> Reading {
    let text = normalise(&both_ends(&message.text));
    let core = wrapping::core(&text);
    let symptom = rules::symptom_of(&text, core, message).unwrap_or(Symptom::Unknown);
    let parameters = if symptom == Symptom::Unknown {
        Parameters::default()
    } else {
        parameters::parameters_of(&text, core, symptom, message)
    };
    Reading { symptom, parameters }
}

fn both_ends(text: &str) -> std::borrow::Cow<'_, str> {
    if text.len() <= LONGEST {
        return text.into();
    }
    let head_end = text.floor_char_boundary(LONGEST / 2);
    let tail_start = text.ceil_char_boundary(text.len() - LONGEST / 2);
    format!("{} {}", &text[..head_end], &text[tail_start..]).into()
}
