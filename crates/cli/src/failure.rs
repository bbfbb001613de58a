//! Why the program could not run: one sentence that names the thing, the place and what to do.

use std::io;
use std::path::{Path, PathBuf};

/// What ends a run with status 2.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Whoever read the output has gone: no failure of ours.
    #[error("the output was closed")]
    Closed,
    /// A file could not be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Anything else, told in full.
    #[error("{0}")]
    Told(String),
}

impl Failure {
    /// A sentence.
    pub fn told(sentence: impl Into<String>) -> Self {
        Self::Told(sentence.into())
    }

    /// A file that could not be read or written.
    pub fn file(path: &Path, error: io::Error) -> Self {
        Self::File { path: path.to_owned(), error }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Told(error.to_string()),
        }
    }
}
