//! Test cases of the checks, made from lab accounts.

use crate::env;
use crate::run::{binary, command, must};
use anyhow::Result;

/// Runs `lab/cases.py` with a fresh binary.
pub fn make(words: &[String]) -> Result<()> {
    let mut script = command(env::python()?);
    script.env("PYTHONPATH", "lab").args(["lab/cases.py", "--binary"]).arg(binary()?).args(words);
    must(&mut script)
}
