//! `ecswhy diagnose`: facts from an account or a file, a diagnosis, a report.

use crate::failure::Failure;
use crate::target;
use ecswhy_diagnose::{Settings, diagnose};
use ecswhy_facts::Snapshot;
use ecswhy_report::{Format, Look, render};
use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

/// Largest snapshot that is read, bytes.
const LARGEST: u64 = 256 * 1024 * 1024;

/// `diagnose`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Service, cluster/service, ARN of a service or task, or address of its page in the AWS console
    target: Option<String>,
    /// Cluster name
    #[arg(long)]
    cluster: Option<String>,
    /// Service name
    #[arg(long)]
    service: Option<String>,
    /// Task id
    #[arg(long)]
    task: Option<String>,
    /// AWS Region
    #[arg(long)]
    region: Option<String>,
    /// Profile of the AWS configuration
    #[arg(long)]
    profile: Option<String>,
    /// Endpoint for every AWS service
    #[arg(long)]
    endpoint_url: Option<String>,
    /// Read a snapshot instead of the account
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Write the snapshot to a file, for later or for a colleague
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// `text` for people, `json` for programs
    #[arg(long, default_value = "text", value_parser = ["text", "json"])]
    format: String,
    /// Write the report to a file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show passing checks, all evidence and what was not visible
    #[arg(long)]
    verbose: bool,
    /// Keep secret-looking values as they are; for use on this machine only
    #[arg(long)]
    no_redact: bool,
}

/// Runs it.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let snapshot = match &arguments.from {
        Some(path) => read(path)?,
        None => live(arguments)?,
    };
    if let Some(path) = &arguments.save {
        let text = serde_json::to_vec_pretty(&snapshot)
            .map_err(|error| Failure::told(error.to_string()))?;
        write_whole(path, &text)?;
    }
    let report = diagnose(&snapshot, &Settings::default());
    let format = if arguments.format == "json" { Format::Json } else { Format::Text };
    let terminal = arguments.output.is_none() && std::io::stdout().is_terminal();
    let look = Look {
        colour: terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        verbose: arguments.verbose,
        ..Look::default()
    };
    let text = render(&report, format, &look);
    match &arguments.output {
        Some(path) => write_whole(path, text.as_bytes())?,
        None => std::io::stdout().lock().write_all(text.as_bytes())?,
    }
    Ok(report.exit_status())
}

fn read(path: &Path) -> Result<Snapshot, Failure> {
    let mut text = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| Failure::file(path, error))?;
    file.take(LARGEST + 1).read_to_end(&mut text).map_err(|error| Failure::file(path, error))?;
    if text.len() as u64 > LARGEST {
        return Err(Failure::told(format!(
            "{} is larger than {LARGEST} bytes, which no snapshot is",
            path.display()
        )));
    }
    let snapshot: Snapshot = serde_json::from_slice(&text).map_err(|error| {
        Failure::told(format!(
            "{} is not a snapshot of ecswhy: {error}; make one with `ecswhy diagnose --save`",
            path.display()
        ))
    })?;
    let known = ecswhy_facts::SNAPSHOT_VERSION;
    if snapshot.snapshot_version > known {
        return Err(Failure::told(format!(
            "{} has snapshot version {}, and this build reads up to {known}: use a newer ecswhy",
            path.display(),
            snapshot.snapshot_version
        )));
    }
    Ok(snapshot)
}

/// Writes to a temporary name and renames, so that nobody finds half a file.
fn write_whole(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file =
        tempfile::NamedTempFile::new_in(folder).map_err(|error| Failure::file(path, error))?;
    file.write_all(content).map_err(|error| Failure::file(path, error))?;
    file.persist(path).map_err(|error| Failure::file(path, error.error))?;
    Ok(())
}

#[cfg(feature = "live")]
fn live(arguments: &Arguments) -> Result<Snapshot, Failure> {
    let Arguments {
        target, cluster, service, task, region, profile, endpoint_url, no_redact, ..
    } = arguments;
    let named =
        target::parse(target.as_deref(), cluster.as_deref(), service.as_deref(), task.as_deref())?;
    let settings = ecswhy_aws::Settings {
        profile: profile.clone(),
        region: region.clone().or(named.region),
        endpoint_url: endpoint_url.clone(),
        ..ecswhy_aws::Settings::default()
    };
    crate::live::collect(settings, named.target, *no_redact)
}

#[cfg(not(feature = "live"))]
fn live(arguments: &Arguments) -> Result<Snapshot, Failure> {
    let Arguments { target, cluster, service, task, .. } = arguments;
    target::parse(target.as_deref(), cluster.as_deref(), service.as_deref(), task.as_deref())?;
    Err(Failure::told(
        "this build reads no live account: give --from FILE, or build with the feature `live`",
    ))
}
