//! Accounts to try the tool on.

use crate::env;
use crate::run::{command, must};
use anyhow::Result;
use std::path::Path;
use std::process::Command;

#[derive(clap::Args)]
pub struct Arguments {
    /// `healthy`, a fault, or faults joined by `+`
    name: Option<String>,
    /// Options of `python -m ecswhy_lab serve`, for example `--design nat --port 5055`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<String>,
}

/// Serves one account until interrupted, or lists what can be served.
pub fn serve(arguments: &Arguments) -> Result<()> {
    let python = env::python()?;
    match &arguments.name {
        Some(name) => {
            must(module(&python).arg("serve").args(&arguments.options).args(["--", name]))
        }
        None => must(module(&python).arg("list")),
    }
}

/// `python -m ecswhy_lab` in the lab's environment.
pub fn module(python: &Path) -> Command {
    let mut module = command(python);
    module.env("PYTHONPATH", "lab").args(["-m", "ecswhy_lab"]);
    module
}
