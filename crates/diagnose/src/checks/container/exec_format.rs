//! `container/exec-format`: exec format error.

use super::super::said::{how_often, said};
use super::ended;
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/exec-format",
    title: "The program fits the CPU",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::ExecFormatError],
    explanation: "## What it is\nThe program in the image is built for another CPU architecture than the task's.\n\n## How to fix it\nBuild the image for the task's platform, or set `runtimePlatform.cpuArchitecture`.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let container = ended::name_of(launch, told);
        let fault = Fault::new(
            container.clone(),
            format!(
                "The program of container {container} is built for another CPU architecture ({}).",
                how_often(told)
            ),
        );
        Some(ended::with_end(fault, launch, told, &container))
    }))
}
