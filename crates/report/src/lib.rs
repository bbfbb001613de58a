//! How a report looks: one file per format. Knows nothing of AWS and decides nothing; it only tells what a
//! [`Report`] holds.

mod clean;
mod json;
mod text;

pub use clean::clean;
pub use json::schema;
pub use text::{Look, prose, wrap_command};

use ecswhy_diagnose::report::Report;
use std::str::FromStr;

/// A way to write a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people, on a terminal or in a mail.
    #[default]
    Text,
    /// For programs: schema version 1.
    Json,
}

impl Format {
    /// Every format, in the order in which help texts list them.
    pub const ALL: [Self; 2] = [Self::Text, Self::Json];

    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// The text names no format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat(pub String);

impl std::fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = Format::ALL.map(Format::name).join(", ");
        write!(f, "`{}` is not a format: use one of {names}", self.0)
    }
}

impl std::error::Error for UnknownFormat {}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == text)
            .ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// Writes a report. `look` matters to [`Format::Text`] only.
#[must_use]
pub fn render(report: &Report, format: Format, look: &Look) -> String {
    match format {
        Format::Text => text::render(report, look),
        Format::Json => json::render(report),
    }
}
