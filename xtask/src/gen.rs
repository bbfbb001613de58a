//! Files that are generated from the code and committed. A generator gives paths and contents; this module writes or
//! compares them.

use crate::run::{command, must, root};
use crate::{env, pages};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;

/// A generated file: its path from the root of the repository, and what it must contain.
pub type Generated = (PathBuf, String);

/// Every generator of the project.
const GENERATORS: &[fn() -> Result<Vec<Generated>>] = &[pages::all];

/// Writes every generated file; with `check` only compares them and fails on a difference.
pub fn run(check: bool) -> Result<()> {
    aws_models(check)?;
    let mut stale = Vec::new();
    for generator in GENERATORS {
        for (path, wanted) in generator()? {
            let place = root().join(&path);
            if fs::read_to_string(&place).is_ok_and(|found| found == wanted) {
                continue;
            }
            if check {
                stale.push(path.display().to_string());
                continue;
            }
            if let Some(folder) = place.parent() {
                fs::create_dir_all(folder)
                    .with_context(|| format!("cannot make {}", folder.display()))?;
            }
            fs::write(&place, wanted)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    if !stale.is_empty() {
        bail!("out of date: {}; run `cargo xtask gen`", stale.join(", "));
    }
    Ok(())
}

/// The AWS client's models come from botocore, by a script of their own.
fn aws_models(check: bool) -> Result<()> {
    let mut script = command(env::python()?);
    script.arg("crates/aws/gen/shapes.py");
    if check {
        script.arg("--check");
    }
    must(&mut script)
}
