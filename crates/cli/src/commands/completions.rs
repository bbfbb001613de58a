//! `ecswhy completions`: a script that completes commands in a shell.

use crate::failure::Failure;
use crate::output;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Arguments of `completions`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Shell to write for
    shell: Shell,
}

/// Runs `completions`.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let mut command = crate::arguments::Arguments::command();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "ecswhy", &mut script);
    output::write(&String::from_utf8_lossy(&script), None)?;
    Ok(0)
}
