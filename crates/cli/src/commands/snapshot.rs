//! `ecswhy snapshot`: facts into a file, without a diagnosis.

use crate::arguments::{AwsArguments, FromArguments};
use crate::commands::diagnose::save;
use crate::failure::Failure;
use crate::source;
use crate::target::TargetArguments;
use clap::Args;
use std::path::PathBuf;

/// Arguments of `snapshot`.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    target: TargetArguments,
    /// File to write; - for standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    from: FromArguments,
    #[command(flatten)]
    aws: AwsArguments,
}

/// Runs `snapshot`.
///
/// # Errors
/// When the facts cannot be had or the file not be written.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let wanted = arguments.target.read()?;
    let snapshot = source::gather(&wanted, &arguments.from, &arguments.aws)?;
    save(&snapshot, &arguments.output)?;
    Ok(0)
}
