//! `container/command-not-found`: no such file at start.

use super::super::said::{how_often, said};
use super::ended::End;
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/command-not-found",
    title: "The command exists in the image",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::CommandNotStartable],
    explanation: "## What it is\nThe file under `command` or `entryPoint` is not in the image or not on its PATH, its interpreter or libc is missing, or a volume mounted over the directory hides it.\n\n## How to fix it\nCorrect `command`/`entryPoint`, or the image. A script with Windows line ends fails so, too.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let lower = told.message.to_ascii_lowercase();
        if lower.contains("permission denied")
            || told.parameters.get("exit_code").is_some_and(|code| code == "126")
        {
            return None;
        }
        let end = End::of(launch, told);
        let container = end.container.clone();
        let fault = Fault::new(
            container.clone(),
            format!(
                "The command of container {container} is not in the image ({}).",
                how_often(told)
            ),
        );
        Some(end.evidence(fault))
    }))
}
