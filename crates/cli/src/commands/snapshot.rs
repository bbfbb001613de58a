//! `ecswhy snapshot`: facts into a file, without a diagnosis; or a script that collects them elsewhere.

use crate::arguments::{AwsArguments, FromArguments};
use crate::commands::diagnose::save;
use crate::failure::Failure;
use crate::script::script;
use crate::target::TargetArguments;
use crate::{output, source};
use clap::Args;
use std::path::PathBuf;

/// Arguments of `snapshot`.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    target: TargetArguments,
    /// File to write; - for standard output
    #[arg(short, long, value_name = "FILE", required_unless_present = "script")]
    output: Option<PathBuf>,
    /// Print a bash script of read-only AWS CLI commands instead, for a person who has access; --from reads its folder
    #[arg(long, conflicts_with = "from")]
    script: bool,
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
    if arguments.script {
        output::write(&script(&wanted, &arguments.aws)?, arguments.output.as_deref())?;
        return Ok(0);
    }
    let snapshot = source::gather(&wanted, &arguments.from, &arguments.aws)?;
    let standard_output = PathBuf::from("-");
    save(&snapshot, arguments.output.as_ref().unwrap_or(&standard_output))?;
    Ok(0)
}
