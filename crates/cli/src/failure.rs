//! Why a run could not do what it was asked, as one sentence for people.

use ecswhy_report::clean;
use std::io::Write;
use std::path::Path;

/// One sentence that names the thing, the place and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure told in one sentence without a full stop.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A file or folder that could not be read, written or made.
    pub fn file(verb: &str, path: &Path, error: &std::io::Error) -> Self {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
            std::io::ErrorKind::PermissionDenied => "you may not".to_owned(),
            std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
            _ => error.to_string(),
        };
        Self(format!("cannot {verb} {}: {why}", path.display()))
    }

    /// Prints it on standard error as `ecswhy: ...`.
    pub fn tell(&self) {
        // Nothing is left to be done where even this cannot be written.
        let _ = writeln!(std::io::stderr(), "ecswhy: {}", clean(&self.0));
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
