//! `ecswhy diagnose`: facts, diagnosis, report.

use crate::arguments::{AwsArguments, FromArguments, OutputArguments};
use crate::failure::Failure;
use crate::target::TargetArguments;
use crate::{output, source};
use clap::Args;
use ecswhy_diagnose::report::Report;
use ecswhy_diagnose::{Settings, diagnose};
use ecswhy_facts::{Snapshot, write};
use std::path::{Path, PathBuf};

/// Arguments of `diagnose`.
#[derive(Args, Debug)]
pub struct Arguments {
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    from: FromArguments,
    /// Keep the facts in a file, which --from reads back
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    #[command(flatten)]
    aws: AwsArguments,
    #[command(flatten)]
    output: OutputArguments,
}

/// Runs `diagnose`.
///
/// # Errors
/// When the facts cannot be had or the report not be written.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let wanted = arguments.target.read()?;
    let snapshot = source::gather(&wanted, &arguments.from, &arguments.aws)?;
    if let Some(path) = &arguments.save {
        save(&snapshot, path)?;
    }
    let report = diagnose(&snapshot, &Settings::default());
    tell(&report, &arguments.output)?;
    Ok(report.exit_status())
}

/// Writes a report where and how it is wanted.
///
/// # Errors
/// When it cannot be written.
pub fn tell(report: &Report, wanted: &OutputArguments) -> Result<(), Failure> {
    let text = ecswhy_report::render(report, wanted.format, &wanted.look());
    output::write(&text, wanted.output.as_deref())
}

/// Writes facts to a file, or with `-` to standard output.
///
/// # Errors
/// When the file cannot be written.
pub fn save(snapshot: &Snapshot, path: &Path) -> Result<(), Failure> {
    let failed = |error: ecswhy_facts::WriteError| Failure::new(error.to_string());
    output::write(&write::text(snapshot).map_err(failed)?, Some(path))
}
