//! `ecswhy man`: manual pages in roff.

use crate::failure::Failure;
use crate::output;
use clap::{Args, CommandFactory};
use ecswhy_facts::suggest::hint;

/// Arguments of `man`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Command to describe; without it, ecswhy itself
    command: Option<String>,
}

/// Runs `man`.
///
/// # Errors
/// When there is no such command.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let mut root = crate::arguments::Arguments::command();
    root.build();
    let page = match &arguments.command {
        None => root,
        Some(name) => root.find_subcommand(name).cloned().ok_or_else(|| {
            let near = hint(name, root.get_subcommands().map(clap::Command::get_name));
            Failure::new(format!("there is no command {name}{near}"))
        })?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut text)
        .map_err(|error| Failure::new(format!("cannot write the manual page: {error}")))?;
    output::write(&String::from_utf8_lossy(&text), None)?;
    Ok(0)
}
