//! Maintenance of the project: the environment of the lab, the lab, generated files, and everything that CI runs.

mod cases;
mod env;
mod r#gen;
mod lab;
mod pages;
mod run;
mod test;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Maintenance of the project", disable_version_flag = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make the lab's Python environment (lab/.venv)
    Env,
    /// Keep one lab account running and print the environment to export; without a name, list the accounts
    Lab(lab::Arguments),
    /// Make test cases of the checks from lab accounts: the faults whose names contain one of the words; without
    /// words, the healthy accounts and every fault
    Cases {
        /// Parts of names of lab faults
        words: Vec<String>,
    },
    /// Write generated files
    Gen {
        /// Write nothing; fail if a file is out of date
        #[arg(long)]
        check: bool,
    },
    /// Everything that CI runs, in order
    Test,
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Env => env::python().map(drop),
        Command::Lab(arguments) => lab::serve(&arguments),
        Command::Cases { words } => cases::make(&words),
        Command::Gen { check } => r#gen::run(check),
        Command::Test => test::run(),
    }
}
