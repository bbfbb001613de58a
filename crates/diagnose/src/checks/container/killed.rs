//! `container/killed`: SIGKILL without OutOfMemoryError.

use super::super::said::{how_often, said};
use super::ended::End;
use super::memory::{Peak, with_more_memory, with_peak};
use super::next_steps::{read_log, reproduce};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/killed",
    title: "The containers are not killed",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::Killed],
    explanation: "## What it is\nExit code 137 is 128 + 9: the main process ended by SIGKILL. ECS reports the memory limit with OutOfMemoryError, and does not here. What else sends SIGKILL: the kernel, when only a child process exceeded the memory (the application then ends with 137 by itself); a supervisor or script inside the container; ECS, when the process has not ended `stopTimeout` seconds after SIGTERM.\n\n## Why it stops the launch\nThe container is essential, so ECS stops the task with it.\n\n## How to fix it\nLook at the memory use of the service first (CloudWatch, MemoryUtilization); near 100 % it is the memory after all. Read the last log lines for what ended the process. Let the application end on SIGTERM; a shell as first process does not pass it on (`exec` does).\n\n## Sources\nECS Developer Guide, Stopped tasks error messages; ECS API reference, ContainerDefinition, stopTimeout; signal(7).\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        let container = end.container.clone();
        let full = Peak::of(launch).filter(|peak| peak.is_nearly_full());
        let memory =
            full.map_or_else(String::new, |peak| format!(", though the service used up to {peak}"));
        let fault = Fault::new(
            container.clone(),
            format!(
                "Container {container} was killed with SIGKILL (exit code 137), and ECS does not report that memory was the reason{memory} ({}).",
                how_often(told)
            ),
        );
        let fault = with_peak(end.evidence(fault), launch);
        let fault = match (full, launch.task_definition()) {
            (Some(_), Ok(definition)) => with_more_memory(fault, launch, definition, &container),
            _ => fault,
        };
        let fault = fault.remedy(read_log(launch, &end));
        Some(reproduce(launch, &container).into_iter().fold(fault, Fault::remedy))
    }))
}
