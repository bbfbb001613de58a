//! `container/out-of-memory`: OutOfMemoryError, and nothing less, says so.

use super::super::capacity::size::{at_least, units};
use super::super::said::{how_often, said};
use super::ended::End;
use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::ecs::TaskDefinition;
use ecswhy_facts::logs::MemoryUtilization;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "container/out-of-memory",
    title: "The containers stay within their memory",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::OutOfMemory],
    explanation: "## What it is\nThe kernel ended the container because it used more memory than its limit or the task's. ECS says so with OutOfMemoryError in the container's reason; the exit code is often but not always 137.\n\n## Why it stops the launch\nAn essential container is gone, so ECS stops the task; the next one needs as much.\n\n## How to fix it\nRaise the memory of the task (and the container's own limit, if it has one), or make the application use less. Twice the memory is a first estimate, not a measurement.\n\n## Sources\nECS Developer Guide, OutOfMemoryError; task size.\n",
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
        Some(with_remedy(with_metric(fault, launch), launch, definition, &container))
    }))
}

/// Adds the highest memory use of the service that CloudWatch knows, where it was read.
pub(super) fn with_metric(fault: Fault, launch: &Launch<'_>) -> Fault {
    let key = launch.target.key();
    let known = launch.facts.logs.memory.get(&key).present().copied();
    let highest = known.and_then(|points| {
        points.0.iter().filter_map(|point| point.maximum).max_by(f64::total_cmp)
    });
    match highest {
        Some(percent) => fault.fact(
            MemoryUtilization::CALL,
            key,
            "MemoryUtilization, maximum",
            format!("{percent:.0} %"),
        ),
        None => fault,
    }
}

/// Twice of what was too little, in a size that Fargate accepts.
fn with_remedy(
    fault: Fault,
    launch: &Launch<'_>,
    definition: &TaskDefinition,
    container: &str,
) -> Fault {
    let limit = launch.container(container).and_then(|definition| definition.memory);
    let task = definition.memory.as_deref().and_then(|memory| units(memory, "GB"));
    let cpu = definition.cpu.as_deref().and_then(|cpu| units(cpu, "vCPU"));
    let mut edits = Vec::new();
    // The task's size bounds the sum of its containers' limits.
    let wanted = match limit {
        Some(limit) => {
            let container = container.to_owned();
            edits.push(TaskDefinitionEdit::ContainerMemory { container, mib: limit * 2 });
            let others = definition.container_definitions.iter().filter_map(|each| each.memory);
            others.sum::<i64>() + limit
        }
        None => task.unwrap_or_default() * 2,
    };
    let mut size = String::new();
    if let Some(task) = task.filter(|task| wanted > *task) {
        let larger = match launch.is_fargate() {
            true => cpu.and_then(|cpu| at_least(cpu, wanted)),
            false => cpu.map(|cpu| (cpu, wanted)),
        };
        let Some((cpu, mib)) = larger else { return fault };
        edits.push(TaskDefinitionEdit::Size { cpu, mib });
        size = format!("the task {mib} MiB instead of {task} ({cpu} CPU units)");
    }
    let title = match (limit, size.is_empty()) {
        (Some(limit), true) => format!("Give container {container} {} MiB of memory", limit * 2),
        (Some(limit), false) => {
            format!("Give container {container} {} MiB of memory, and {size}", limit * 2)
        }
        (None, false) => format!("Give {size}"),
        (None, true) => return fault,
    };
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let change = Change::RegisterTaskDefinition { task_definition: arn, edits };
    fault.remedy(Remedy::new(title, Safety::NeedsNewDeployment, vec![change]).estimate())
}
