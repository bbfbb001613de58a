//! `ecswhy reach --lines --from DIR`: would the packet arrive?

use crate::failure::Failure;
use crate::lines;
use ecswhy_facts::ec2::Ec2Facts;
use ecswhy_network::Model;
use std::path::{Path, PathBuf};

/// Largest file that is read, bytes.
const LARGEST: u64 = 256 * 1024 * 1024;
/// Folders within folders that are followed.
const DEEPEST: usize = 16;

/// `reach`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Read one question per line, as JSON, and print one answer per line
    #[arg(long, required = true)]
    lines: bool,
    /// Folder of EC2 describe outputs of the AWS CLI, in any layout; several accounts and Regions are merged by id
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// `text` prints a word, `json` the answer with its trace
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

/// Runs it.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let facts = read(&arguments.from)?;
    let model = Model::new([&facts]);
    let json = arguments.format == "json";
    lines::answer_all(|line| ecswhy_network::lines::answer(&model, line, json))
}

/// Every EC2 output of a folder; files that are something else are passed over.
fn read(folder: &Path) -> Result<Ec2Facts, Failure> {
    let mut files = Vec::new();
    list(folder, 0, &mut files)?;
    files.sort();
    let mut facts = Ec2Facts::default();
    let mut found = false;
    for path in files {
        let size = std::fs::metadata(&path).map_err(|error| Failure::file(&path, error))?.len();
        if size > LARGEST {
            return Err(Failure::told(format!(
                "{} is larger than {LARGEST} bytes",
                path.display()
            )));
        }
        let text = std::fs::read(&path).map_err(|error| Failure::file(&path, error))?;
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let Ok(value) = serde_json::from_slice(text) else { continue };
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        found |= facts.add_cli_output(&value, name).is_ok();
    }
    if !found {
        return Err(Failure::told(format!(
            "{} holds no output of an EC2 describe command",
            folder.display()
        )));
    }
    Ok(facts)
}

fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| Failure::file(folder, error))?;
    for entry in entries {
        let path = entry.map_err(|error| Failure::file(folder, error))?.path();
        if path.is_dir() {
            if depth < DEEPEST {
                list(&path, depth + 1, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}
