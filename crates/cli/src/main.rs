//! The `ecswhy` command line: arguments, exit statuses, errors in one sentence.

mod commands;
mod failure;
mod lines;
#[cfg(feature = "live")]
mod live;
mod target;

use clap::{Parser, Subcommand};
use failure::Failure;
use std::io::Write;
use std::process::ExitCode;

/// Finds out why an Amazon ECS service on AWS Fargate does not start, and what to change.
#[derive(Parser)]
#[command(name = "ecswhy", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Find out why a service or a task does not run
    Diagnose(Box<commands::diagnose::Arguments>),
    /// Say what a finding, a symptom or a message of AWS means; works offline
    Explain(commands::explain::Arguments),
    /// Would IAM allow it? Reads requests with their policies as lines of JSON from standard input
    Can(commands::can::Arguments),
    /// Would the packet arrive? Reads questions as lines of JSON from standard input
    Reach(commands::reach::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Diagnose(arguments) => commands::diagnose::run(&arguments),
        Command::Explain(arguments) => commands::explain::run(&arguments),
        Command::Can(arguments) => commands::can::run(&arguments),
        Command::Reach(arguments) => commands::reach::run(&arguments),
    };
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(Failure::Closed) => ExitCode::SUCCESS,
        Err(failure) => {
            // When even standard error is gone there is nobody left to tell.
            let _ = writeln!(std::io::stderr(), "ecswhy: {failure}");
            ExitCode::from(2)
        }
    }
}
