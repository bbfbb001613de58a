//! Writing a snapshot: readable by its owner only, and never half.

use crate::Snapshot;
use crate::error::WriteError;
use std::io::Write;
use std::path::Path;

/// Writes a snapshot under a temporary name in the same folder, then renames it. Mode 0600 where modes exist.
///
/// # Errors
/// When the folder is not there, the path is a folder, or the file system refuses.
pub fn snapshot(path: &Path, snapshot: &Snapshot) -> Result<(), WriteError> {
    let io = |source| WriteError::Io { path: path.to_owned(), source };
    if path.is_dir() {
        return Err(WriteError::IsFolder { path: path.to_owned() });
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
    {
        let mut buffer = std::io::BufWriter::new(file.as_file_mut());
        serde_json::to_writer(&mut buffer, snapshot).map_err(|error| io(error.into()))?;
        buffer.write_all(b"\n").and_then(|()| buffer.flush()).map_err(io)?;
    }
    file.as_file().sync_all().map_err(io)?;
    file.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}
