//! Where output goes: standard output, or a file that appears whole or not at all.

use crate::failure::Failure;
use ecswhy_report::Look;
use std::io::{IsTerminal, Write};
use std::path::Path;

/// How text is to look on standard output, or in a file.
pub fn look(to_file: bool, verbose: bool) -> Look {
    let stdout = std::io::stdout();
    let terminal = !to_file && stdout.is_terminal();
    let width = terminal
        .then(terminal_size::terminal_size)
        .flatten()
        .map_or(80, |(terminal_size::Width(columns), _)| usize::from(columns));
    let colour = !to_file && anstream::AutoStream::choice(&stdout) != anstream::ColorChoice::Never;
    Look { width, colour, unicode: speaks_unicode(|name| std::env::var(name).ok()), verbose }
}

/// Only a locale that says otherwise forbids it: most terminals without a locale read UTF-8.
fn speaks_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(|name| variable(name))
        .find(|value| !value.is_empty())
        .is_none_or(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"))
}

/// Writes text to a file, or to standard output where none is given.
///
/// # Errors
/// When it cannot be written. A reader that has gone away is no error.
pub fn write(text: &str, file: Option<&Path>) -> Result<(), Failure> {
    if let Some(path) = file.filter(|path| *path != Path::new("-")) {
        return replace(path, text.as_bytes());
    }
    let mut stdout = std::io::stdout().lock();
    no_reader_is_fine(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
}

/// Takes a closed pipe (`ecswhy ... | head`) for success.
///
/// # Errors
/// Every other failure of writing.
pub fn no_reader_is_fine(written: std::io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Puts a file in place whole, readable by its owner only: it may hold facts of an account.
///
/// # Errors
/// When the folder cannot be written to.
pub fn replace(path: &Path, content: &[u8]) -> Result<(), Failure> {
    ecswhy_facts::write::whole(path, content).map_err(|error| Failure::new(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_without_utf8_gets_ascii() {
        for (locale, expected) in
            [(None, true), (Some("C"), false), (Some("en_US.UTF-8"), true), (Some("C.utf8"), true)]
        {
            let variable =
                |name: &str| (name == "LANG").then(|| locale.map(str::to_owned)).flatten();
            assert_eq!(speaks_unicode(variable), expected, "{locale:?}");
        }
    }

    #[test]
    fn a_file_is_replaced_whole_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let failure = replace(Path::new("/does/not/exist/report"), b"").unwrap_err();
        assert_eq!(
            failure.to_string(),
            "/does/not/exist/report: its folder does not exist: make it first"
        );
    }
}
