//! Why a file or folder could not be read or written. Each message names the thing, the place and what to do.

use std::path::PathBuf;

/// A snapshot, or a folder of AWS CLI outputs, that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file system refuses.
    #[error("{path}: cannot be read: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// Larger than the bound.
    #[error("{name}: larger than {limit_mib} MiB, which is the most that is read")]
    TooLarge {
        /// The file.
        name: String,
        /// The bound, MiB.
        limit_mib: u64,
    },
    /// Neither UTF-8 nor UTF-16.
    #[error("{name}: not text in UTF-8 or UTF-16")]
    NotText {
        /// The file.
        name: String,
    },
    /// Not JSON.
    #[error("{name}: not JSON that can be read: {why}")]
    NotJson {
        /// The file.
        name: String,
        /// The parser's words, with line and column.
        why: String,
    },
    /// A snapshot of a later format.
    #[error(
        "{name}: a snapshot of format {found}; this build reads formats up to {supported}: use a newer ecswhy"
    )]
    FutureVersion {
        /// The file.
        name: String,
        /// Its format.
        found: u64,
        /// The latest format that this build reads.
        supported: u32,
    },
    /// The output of an AWS CLI command.
    #[error(
        "{name}: not a snapshot but the output of `{command}`: put it into a folder and give the folder"
    )]
    CliOutput {
        /// The file.
        name: String,
        /// The command.
        command: String,
    },
    /// A report of this tool.
    #[error("{name}: a report, not a snapshot; save a snapshot with `ecswhy snapshot -o FILE`")]
    Report {
        /// The file.
        name: String,
    },
    /// JSON of another kind.
    #[error(
        "{name}: not a snapshot: it has no `snapshot_version`; make one with `ecswhy snapshot -o FILE`"
    )]
    NotASnapshot {
        /// The file.
        name: String,
    },
    /// A snapshot with a part that has another form than the format says.
    #[error("{name}: a damaged snapshot: {why}")]
    Damaged {
        /// The file.
        name: String,
        /// The field and what is wrong with it.
        why: String,
    },
    /// Nothing in the folder was recognised.
    #[error(
        "{path}: no file here is the JSON output of an AWS CLI command that is known{because}",
        path = path.display()
    )]
    NothingRecognised {
        /// The folder.
        path: PathBuf,
        /// The first warnings, ready to append; may be empty.
        because: String,
    },
    /// More files, or deeper folders, than are read.
    #[error("{path}: {what}; give a smaller folder", path = path.display())]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// What there is too much of.
        what: String,
    },
}

/// A snapshot that cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The folder is not there.
    #[error("{path}: its folder does not exist: make it first", path = path.display())]
    NoFolder {
        /// The file.
        path: PathBuf,
    },
    /// The path is a folder.
    #[error("{path}: a folder: give the name of a file", path = path.display())]
    IsFolder {
        /// The path.
        path: PathBuf,
    },
    /// The file system refuses.
    #[error("{path}: cannot be written: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
}
