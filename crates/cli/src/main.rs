//! The `ecswhy` binary: reads the command line, gets facts, prints a report. It decides nothing itself.

mod arguments;
mod commands;
mod demos;
mod failure;
mod lines;
#[cfg(feature = "live")]
mod live;
mod output;
#[cfg(feature = "live")]
mod progress;
mod role_policies;
mod script;
mod source;
mod target;

use clap::Parser;
use std::process::ExitCode;

/// The exit status of a run that could not do what it was asked: usage, credentials, target not found.
const COULD_NOT_RUN: u8 = 2;

fn main() -> ExitCode {
    let arguments = match arguments::Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are "errors" that go to standard output with status 0. A closed pipe is no news.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(COULD_NOT_RUN));
        }
    };
    match commands::run(arguments.command) {
        Ok(status) => ExitCode::from(status),
        Err(failure) => {
            failure.tell();
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}
