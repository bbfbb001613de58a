//! The command line: names, help texts, and what contradicts what. Knows nothing of what the commands do.

use crate::commands::{can, completions, demo, diagnose, explain, man, reach, snapshot};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ecswhy diagnose prod/web                   why does web in the cluster prod not run?
  ecswhy diagnose                            every service of the region that is not steady
  ecswhy diagnose --from snapshot.json       the same without AWS, from a saved file
  ecswhy explain 'CannotPullContainerError: ...'
  ecswhy demo                                a broken service, no AWS account needed

Exit status of diagnose: 0 nothing blocks the service, 1 something does, 2 could not run,
3 no cause found, and not everything could be read.";

/// Finds out why an Amazon ECS service on AWS Fargate does not start, and what to change
#[derive(Parser, Debug)]
#[command(name = "ecswhy", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(propagate_version = false, disable_help_subcommand = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Find out why a service or task does not start or does not stay up
    Diagnose(diagnose::Arguments),
    /// Say what a finding, a symptom or a message of AWS means
    Explain(explain::Arguments),
    /// Diagnose a bundled broken service; needs no AWS account
    Demo(demo::Arguments),
    /// Ask whether IAM would allow a request, and which statement says so
    Can(can::Arguments),
    /// Ask whether a packet would arrive, and which hop says so
    Reach(reach::Arguments),
    /// Collect the facts of a target into a file, for a diagnosis elsewhere
    Snapshot(snapshot::Arguments),
    /// Print the IAM policy that this tool needs, and nothing more
    #[cfg(feature = "live")]
    IamPolicy,
    /// Print a script that completes commands in a shell
    Completions(completions::Arguments),
    /// Print a manual page
    Man(man::Arguments),
}

/// How to reach AWS.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "AWS account")]
pub struct AwsArguments {
    /// Region, instead of AWS_REGION or the profile's
    #[arg(long, conflicts_with = "from")]
    pub region: Option<String>,
    /// Profile of the AWS configuration files, instead of AWS_PROFILE
    #[arg(long, conflicts_with = "from")]
    pub profile: Option<String>,
    /// Address of every AWS service, instead of AWS_ENDPOINT_URL
    #[arg(long, value_name = "URL", conflicts_with = "from")]
    pub endpoint_url: Option<String>,
}

/// Where facts come from, other than a live account.
#[derive(Args, Clone, Debug, Default)]
pub struct FromArguments {
    /// Read facts from a snapshot, or from a folder of AWS CLI outputs, instead of AWS
    #[arg(long, value_name = "FILE|DIR")]
    pub from: Option<PathBuf>,
    /// Keep what looks like a secret in environment variables and log lines; by default it is masked with ***
    #[arg(long)]
    pub no_redact: bool,
}

/// How output is written.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputArguments {
    /// text, for people; or json, for programs (schema version 1)
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format)]
    pub format: ecswhy_report::Format,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show everything: passing checks, all evidence, the timeline, how to undo each fix
    #[arg(short, long)]
    pub verbose: bool,
}

impl OutputArguments {
    /// How text is to look where it goes.
    pub fn look(&self) -> ecswhy_report::Look {
        crate::output::look(self.output.is_some(), self.verbose)
    }
}

/// Reads a format's name.
pub fn format(text: &str) -> Result<ecswhy_report::Format, ecswhy_report::UnknownFormat> {
    text.parse()
}
