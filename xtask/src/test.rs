//! Everything that CI runs, in order, each step named before it runs.

use crate::run::{binary, built, cargo, command, must, works};
use crate::{env, r#gen};
use anyhow::{Context, Result};
use std::io::Write;

type Step = (&'static str, fn() -> Result<()>);

const STEPS: &[Step] = &[
    ("format", || must(cargo().args(["fmt", "--all", "--check"]))),
    ("lints", || {
        must(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    }),
    ("tests", || tests()),
    ("documentation tests", || must(cargo().args(["test", "--quiet", "--workspace", "--doc"]))),
    ("generated files", || r#gen::run(true)),
    ("AWS client against boto3", || aws_client()),
    ("calls of the binary", || collection()),
    ("reports against their schema", || with_binary("lab/schema.py")),
    ("commands of the AWS CLI", || with_binary("lab/commands.py")),
    ("commands of fixes", || changes()),
    ("end to end", || end_to_end(&["--count", "120", "--replay", "40"])),
    ("end to end, fixes applied", || end_to_end(&["--count", "16", "--replay", "0", "--fixes"])),
    ("lab", || must(command(env::python()?).env("PYTHONPATH", "lab").arg("lab/tests/run.py"))),
];

/// Runs every step; the first that fails ends the run.
pub fn run() -> Result<()> {
    for (name, step) in STEPS {
        let mut err = std::io::stderr().lock();
        writeln!(err, "== {name}")?;
        drop(err);
        step().with_context(|| format!("step `{name}`"))?;
    }
    Ok(())
}

/// Which accounts are generated, unless `ECSWHY_SEED` says otherwise; the run prints it.
const SEED: &str = "1";

/// The binary against generated accounts.
fn end_to_end(options: &[&str]) -> Result<()> {
    let seed = std::env::var("ECSWHY_SEED").unwrap_or_else(|_| SEED.to_owned());
    let mut python = command(env::python()?);
    python.env("PYTHONPATH", "lab").arg("lab/e2e.py").args(["--seed", &seed]).args(options);
    must(python.arg("--binary").arg(binary()?))
}

/// Every kind of change, made with the commands that are printed for it, and undone.
fn changes() -> Result<()> {
    let example = ["build", "--package", "ecswhy-diagnose", "--example", "script"];
    must(cargo().args(example))?;
    let mut python = command(env::python()?);
    python.env("PYTHONPATH", "lab").arg("lab/tests/changes").arg("--binary").arg(binary()?);
    must(python.arg("--script").arg(built("examples/script")))
}

/// A script of the lab that runs the tool itself.
fn with_binary(script: &str) -> Result<()> {
    let mut python = command(env::python()?);
    must(python.env("PYTHONPATH", "lab").arg(script).arg("--binary").arg(binary()?))
}

/// nextest where it is installed, `cargo test` elsewhere.
fn tests() -> Result<()> {
    if works(cargo().args(["nextest", "--version"])) {
        return must(cargo().args(["nextest", "run", "--workspace", "--no-tests=pass"]));
    }
    must(cargo().args(["test", "--quiet", "--workspace", "--lib", "--bins", "--tests"]))
}

/// Every read operation on an emulated account, held against boto3's answers.
fn aws_client() -> Result<()> {
    must(cargo().args(["build", "--package", "ecswhy-aws", "--example", "call"]))?;
    let script = "crates/aws/gen/compare.py";
    must(command(env::python()?).arg(script).arg(built("examples/call")))
}

/// What the binary asks of an account, and what becomes of a run when an answer is missing.
fn collection() -> Result<()> {
    must(cargo().args(["build", "--package", "ecswhy"]))?;
    let script = "lab/tests/collection.py";
    must(command(env::python()?).env("PYTHONPATH", "lab").arg(script).arg(built("ecswhy")))
}
