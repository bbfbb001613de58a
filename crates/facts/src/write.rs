//! Writing files: readable by their owner only, and never half.

use crate::Snapshot;
use crate::error::WriteError;
use std::io::Write;
use std::path::Path;

/// Writes a snapshot, see [`whole`].
///
/// # Errors
/// As [`whole`].
pub fn snapshot(path: &Path, snapshot: &Snapshot) -> Result<(), WriteError> {
    whole(path, text(snapshot)?.as_bytes())
}

/// A snapshot as the text of its file.
///
/// # Errors
/// When a number has no JSON form.
pub fn text(snapshot: &Snapshot) -> Result<String, WriteError> {
    let mut text = serde_json::to_string(snapshot)
        .map_err(|error| WriteError::Io { path: "snapshot".into(), source: error.into() })?;
    text.push('\n');
    Ok(text)
}

/// Writes a file under a temporary name in the same folder, then renames it. Mode 0600 where modes exist. What is there
/// already and is no file, such as a pipe or `/dev/null`, is written into and stays.
///
/// # Errors
/// When the folder is not there, the path is a folder, or the file system refuses.
pub fn whole(path: &Path, content: &[u8]) -> Result<(), WriteError> {
    let io = |source| WriteError::Io { path: path.to_owned(), source };
    if path.is_dir() {
        return Err(WriteError::IsFolder { path: path.to_owned() });
    }
    if path.exists() && !path.is_file() {
        return std::fs::write(path, content).map_err(io);
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(WriteError::NoFolder { path: path.to_owned() });
    }
    // The crate tempfile creates files with mode 0600.
    let mut file = tempfile::Builder::new().prefix(".ecswhy-").tempfile_in(folder).map_err(io)?;
    file.write_all(content).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}
