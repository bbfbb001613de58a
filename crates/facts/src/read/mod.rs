//! Reading what was gathered before: a snapshot file, or a folder of AWS CLI outputs. Every file is bounded in size and
//! nesting (serde_json stops at 128 levels) and redacted again. Nothing here calls AWS.

mod cli_error;
mod folder;
mod kinds;
mod meta;
mod place;
mod request_name;
mod subject;
#[cfg(test)]
mod tests;
mod text;

pub use folder::{Folder, folder};
pub use meta::{META_FILE, Meta};
pub use request_name::RequestName;

use crate::error::ReadError;
use crate::redact::{self, Redaction};
use crate::{SNAPSHOT_VERSION, Snapshot};
use serde_json::Value;
use std::path::Path;

/// Largest snapshot that is read, MiB.
pub const LARGEST_SNAPSHOT_MIB: u64 = 256;

/// Reads a snapshot file, or a folder of AWS CLI outputs, whichever is there.
///
/// # Errors
/// As [`snapshot`] and [`folder()`].
pub fn any(path: &Path, redaction: Redaction) -> Result<Folder, ReadError> {
    match path.is_dir() {
        true => folder(path, redaction),
        false => Ok(Folder { snapshot: snapshot(path, redaction)?, warnings: Vec::new() }),
    }
}

/// Reads a snapshot file.
///
/// # Errors
/// When the file cannot be read, is too large, is no snapshot, or is one of a later format.
pub fn snapshot(path: &Path, redaction: Redaction) -> Result<Snapshot, ReadError> {
    let bytes = text::read(path, LARGEST_SNAPSHOT_MIB)?;
    snapshot_bytes(&bytes, &path.display().to_string(), redaction)
}

/// Reads a snapshot from memory; `name` says in errors where it came from.
///
/// # Errors
/// As [`snapshot`].
pub fn snapshot_bytes(
    bytes: &[u8],
    name: &str,
    redaction: Redaction,
) -> Result<Snapshot, ReadError> {
    let name = || redact::text(name, Redaction::Off);
    if bytes.len() as u64 > LARGEST_SNAPSHOT_MIB << 20 {
        return Err(ReadError::TooLarge { name: name(), limit_mib: LARGEST_SNAPSHOT_MIB });
    }
    let mut value = text::json(bytes, &name())?;
    match value.get("snapshot_version").map(Value::as_u64) {
        Some(Some(found)) if found > u64::from(SNAPSHOT_VERSION) => {
            return Err(ReadError::FutureVersion {
                name: name(),
                found,
                supported: SNAPSHOT_VERSION,
            });
        }
        Some(Some(_)) => {}
        Some(None) => {
            let why = "snapshot_version: not a whole number".to_owned();
            return Err(ReadError::Damaged { name: name(), why });
        }
        None => return Err(foreign(&value, name())),
    }
    redact::value(&mut value, redaction);
    serde_path_to_error::deserialize(value).map_err(|error| ReadError::Damaged {
        name: name(),
        why: redact::text(&error.to_string(), redaction),
    })
}

/// What a JSON document is that is no snapshot.
fn foreign(value: &Value, name: String) -> ReadError {
    if let Some(kind) = kinds::recognise(value) {
        return ReadError::CliOutput { name, command: kind.command() };
    }
    match value.get("schema_version").is_some() && value.get("reports").is_some() {
        true => ReadError::Report { name },
        false => ReadError::NotASnapshot { name },
    }
}
