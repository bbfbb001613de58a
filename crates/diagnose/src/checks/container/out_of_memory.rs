//! `container/out-of-memory`: OutOfMemoryError, and nothing less, says so.

use super::super::capacity::size::units;
use super::super::said::{how_often, said};
use super::ended::End;
use super::memory::{with_more_memory, with_peak};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/out-of-memory",
    title: "The containers stay within their memory",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::OutOfMemory],
    explanation: "## What it is\nThe kernel ended the container because it used more memory than its limit or the task's. ECS says so with OutOfMemoryError in the container's reason; the exit code is often but not always 137.\n\n## Why it stops the launch\nAn essential container is gone, so ECS stops the task; the next one needs as much.\n\n## How to fix it\nRaise the memory of the task (and the container's own limit, if it has one), or make the application use less. Twice the memory is a first estimate, not a measurement: a process that is killed at its limit does not show how much more it wanted.\n\n## Sources\nECS Developer Guide, OutOfMemoryError; task size.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let definition = launch.task_definition()?;
    let task = definition.memory.as_deref().and_then(|memory| units(memory, "GB"));
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        let container = end.container.clone();
        let limit = launch.container(&container).and_then(|definition| definition.memory);
        let bound = match (limit, task) {
            (Some(limit), _) => format!("its limit of {limit} MiB"),
            (None, Some(task)) => format!("the task's {task} MiB"),
            (None, None) => "its memory".to_owned(),
        };
        let code = end.code.map_or_else(String::new, |code| format!(", exit code {code}"));
        let message = format!(
            "Container {container} needed more than {bound} and was ended by the kernel ({}{code}).",
            how_often(told)
        );
        let fault = end.evidence(Fault::new(container.clone(), message));
        Some(with_more_memory(with_peak(fault, launch), launch, definition, &container))
    }))
}
