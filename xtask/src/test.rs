//! Everything that CI runs, in order, each step named before it runs.

use crate::run::{cargo, command, must, root, works};
use crate::{env, r#gen};
use anyhow::{Context, Result};
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
    /// Seed of the generated accounts
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many generated accounts the end-to-end run diagnoses
    #[arg(long, default_value_t = 150)]
    accounts: u32,
}

type Step = (&'static str, fn(&Arguments) -> Result<()>);

const STEPS: &[Step] = &[
    ("format", |_| must(cargo().args(["fmt", "--all", "--check"]))),
    ("lints", |_| {
        must(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    }),
    ("tests", |_| tests()),
    ("documentation tests", |_| must(cargo().args(["test", "--quiet", "--workspace", "--doc"]))),
    ("generated files", |_| r#gen::run(true)),
    ("AWS client against boto3", |_| aws_client()),
    ("lab", |_| must(command(env::python()?).env("PYTHONPATH", "lab").arg("lab/tests/run.py"))),
    ("end to end", end_to_end),
];

/// Runs every step; the first that fails ends the run.
pub fn run(arguments: &Arguments) -> Result<()> {
    for (name, step) in STEPS {
        let mut err = std::io::stderr().lock();
        writeln!(err, "== {name}")?;
        drop(err);
        step(arguments).with_context(|| format!("step `{name}`"))?;
    }
    Ok(())
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

/// The built binary against generated lab accounts.
fn end_to_end(arguments: &Arguments) -> Result<()> {
    must(cargo().args(["build", "--package", "ecswhy"]))?;
    let mut driver = command(env::python()?);
    driver.env("PYTHONPATH", "lab").arg("lab/e2e.py").arg("--binary").arg(binary());
    driver.args([
        "--seed",
        &arguments.seed.to_string(),
        "--count",
        &arguments.accounts.to_string(),
    ]);
    must(&mut driver)
}

/// Where cargo puts the debug build of `ecswhy`.
fn binary() -> PathBuf {
    built("ecswhy")
}

/// Where cargo puts a debug build.
fn built(name: &str) -> PathBuf {
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}
