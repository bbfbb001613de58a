//! The commands, one file each. A command reads its arguments, asks a library, writes the answer.

pub mod can;
pub mod completions;
pub mod demo;
pub mod diagnose;
pub mod explain;
#[cfg(feature = "live")]
pub mod iam_policy;
pub mod man;
pub mod reach;
pub mod snapshot;

use crate::arguments::Command;
use crate::failure::Failure;

/// Runs a command.
///
/// # Errors
/// When it could not do what it was asked.
pub fn run(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Diagnose(arguments) => diagnose::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Can(arguments) => can::run(&arguments),
        Command::Reach(arguments) => reach::run(&arguments),
        Command::Snapshot(arguments) => snapshot::run(&arguments),
        #[cfg(feature = "live")]
        Command::IamPolicy => iam_policy::run(),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    }
}
