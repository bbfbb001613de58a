//! `ecswhy demo`: a bundled account, diagnosed without AWS.

use crate::arguments::OutputArguments;
use crate::commands::diagnose::tell;
use crate::demos::{DEMOS, Demo};
use crate::failure::Failure;
use crate::output;
use clap::Args;
use ecswhy_diagnose::{Settings, diagnose};
use ecswhy_facts::suggest::hint;
use ecswhy_report::Format;
use std::fmt::Write;

/// Arguments of `demo`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Which bundled account; without it, all are listed and the first is diagnosed
    name: Option<String>,
    #[command(flatten)]
    output: OutputArguments,
}

/// Runs `demo`.
///
/// # Errors
/// When there is no such demo.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let demo = find(arguments.name.as_deref())?;
    if arguments.name.is_none() && arguments.output.format == Format::Text {
        output::write(&list(demo), None)?;
    }
    let snapshot = demo.snapshot()?;
    tell(&diagnose(&snapshot, &Settings::default()), &arguments.output)?;
    Ok(0)
}

fn find(name: Option<&str>) -> Result<&'static Demo, Failure> {
    let Some(name) = name else {
        return DEMOS.first().ok_or_else(|| Failure::new("this build bundles no demo"));
    };
    DEMOS.iter().find(|demo| demo.name == name).ok_or_else(|| {
        let near = hint(name, DEMOS.iter().map(|demo| demo.name));
        Failure::new(format!("there is no demo {name}{near}; `ecswhy demo` lists them"))
    })
}

fn list(shown: &Demo) -> String {
    let mut text =
        "Bundled accounts, each broken in its own way; `ecswhy demo NAME` diagnoses one:\n\n"
            .to_owned();
    let name = DEMOS.iter().map(|demo| demo.name.len()).max().unwrap_or(0);
    let mut row = "";
    for demo in DEMOS {
        // One heading for the demos that AWS calls the same.
        if row != demo.shows {
            row = demo.shows;
            let _ = writeln!(text, "  {row}");
        }
        let _ = writeln!(text, "    {:name$}  {}", demo.name, demo.title);
    }
    let _ = writeln!(text, "\nThe first of them, {}:\n", shown.name);
    text
}
