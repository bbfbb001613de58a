//! The lab's Python environment: made once, made again when its requirements change.

use crate::run::{command, must, root};
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;

/// Makes `lab/.venv` from `lab/requirements.txt` and returns its Python.
pub fn python() -> Result<PathBuf> {
    let lab = root().join("lab");
    let environment = lab.join(".venv");
    let python = environment.join("bin/python");
    let stamp = environment.join("requirements.installed");
    let wanted = fs::read_to_string(lab.join("requirements.txt"))
        .context("cannot read lab/requirements.txt")?;
    if python.exists() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    must(command("python3").args(["-m", "venv", "lab/.venv"]))
        .context("the lab needs Python 3.11 or newer with venv")?;
    must(
        command(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--requirement", "lab/requirements.txt"]),
    )?;
    fs::write(&stamp, wanted).context("cannot write into lab/.venv")?;
    Ok(python)
}
