//! A folder of outputs of `aws ec2 describe-...`, in any layout. Other files are passed over.

use crate::failure::Failure;
use ecswhy_facts::ec2::Ec2Facts;
use std::path::{Path, PathBuf};

/// Larger files are not read.
const LARGEST: u64 = 256 * 1024 * 1024;
/// Folders within folders that are followed.
const DEEPEST: usize = 16;

/// Reads every output of the folder; facts of several accounts and Regions are merged by id.
///
/// # Errors
/// When the folder cannot be read or holds none.
pub fn read(folder: &Path) -> Result<Ec2Facts, Failure> {
    let mut files = Vec::new();
    list(folder, 0, &mut files)?;
    files.sort();
    let mut facts = Ec2Facts::default();
    let mut found = false;
    for path in files {
        let failed = |error| Failure::file("read", &path, &error);
        let size = std::fs::metadata(&path).map_err(failed)?.len();
        if size > LARGEST {
            return Err(Failure::new(format!(
                "cannot read {}: it is larger than {} MiB",
                path.display(),
                LARGEST >> 20
            )));
        }
        let text = std::fs::read(&path).map_err(failed)?;
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let Ok(value) = serde_json::from_slice(text) else { continue };
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        found |= facts.add_cli_output(&value, name).is_ok();
    }
    if !found {
        return Err(Failure::new(format!(
            "{} holds no output of an EC2 describe command",
            folder.display()
        )));
    }
    Ok(facts)
}

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error| Failure::file("read", folder, &error);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if !path.is_dir() {
            files.push(path);
        } else if depth < DEEPEST {
            list(&path, depth + 1, files)?;
        }
    }
    Ok(())
}
