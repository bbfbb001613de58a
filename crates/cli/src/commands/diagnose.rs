//! `ecswhy diagnose`: facts, diagnosis, report.

use crate::arguments::{AwsArguments, FromArguments, OutputArguments};
use crate::failure::Failure;
use crate::target::TargetArguments;
use crate::{output, source};
use clap::Args;
use ecswhy_diagnose::report::Report;
use ecswhy_diagnose::{Settings, diagnose};
use ecswhy_facts::Snapshot;
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
    let snapshots = source::gather(&wanted, &arguments.from, &arguments.aws)?;
    if let Some(path) = &arguments.save {
        save(&snapshots, path)?;
    }
    let report = report(&snapshots);
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

/// One report of all snapshots, which are of one account and region.
fn report(snapshots: &[Snapshot]) -> Report {
    let mut reports = snapshots.iter().map(|snapshot| diagnose(snapshot, &Settings::default()));
    let Some(mut whole) = reports.next() else {
        return diagnose(
            &Snapshot::new(ecswhy_facts::Time(jiff::Timestamp::now()), "", ""),
            &Settings::default(),
        );
    };
    for more in reports {
        whole.reports.extend(more.reports);
        whole.calls.total += more.calls.total;
        for (operation, times) in more.calls.by_operation {
            *whole.calls.by_operation.entry(operation).or_default() += times;
        }
        whole.calls.denied.extend(more.calls.denied);
        whole.calls.failed.extend(more.calls.failed);
    }
    whole
}

/// Writes the facts of one target to a file.
///
/// # Errors
/// When there are several, or the file cannot be written.
pub fn save(snapshots: &[Snapshot], path: &Path) -> Result<(), Failure> {
    let [snapshot] = snapshots else {
        return Err(Failure::new(format!(
            "a snapshot file holds one target, but there are {}: name one, as CLUSTER/SERVICE",
            snapshots.len()
        )));
    };
    let mut text = serde_json::to_string_pretty(snapshot)
        .map_err(|error| Failure::new(format!("cannot write the snapshot: {error}")))?;
    text.push('\n');
    output::write(&text, Some(path))
}
