//! `container/segfault`: exit code 139.

use super::super::said::{how_often, said};
use super::ended::End;
use super::next_steps::{read_log, reproduce};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/segfault",
    title: "The containers do not crash",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::Segfault],
    explanation: "## What it is\nExit code 139 is SIGSEGV: the process touched memory that is not its own. It is a fault of the program or of a native library, often one built for another libc (Alpine's musl) or with instructions that this CPU lacks.\n\n## Why it stops the launch\nThe container is essential, so ECS stops the task with it.\n\n## How to fix it\nRun the image on a machine of the same architecture and see whether it crashes there; go back to the last image that ran; update or rebuild the native libraries for the base image that they run on.\n\n## Sources\nECS Developer Guide, Stopped tasks error messages; signal(7).\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        let container = end.container.clone();
        let fault = Fault::new(
            container.clone(),
            format!(
                "Container {container} crashed with a segmentation fault (exit code 139) ({}).",
                how_often(told)
            ),
        );
        let fault = end.evidence(fault);
        let fault = reproduce(launch, &container).into_iter().fold(fault, Fault::remedy);
        Some(fault.remedy(read_log(launch, &end)))
    }))
}
