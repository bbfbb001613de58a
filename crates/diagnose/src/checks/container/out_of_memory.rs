//! `container/out-of-memory`: OutOfMemoryError, and nothing less, says so.

use super::super::said::{how_often, said};
use super::ended::End;
use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/out-of-memory",
    title: "The containers stay within their memory",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::OutOfMemory],
    explanation: "## What it is\nThe kernel ended the container because it used more memory than its limit or the task's. ECS says so with OutOfMemoryError in the container's reason; the exit code is often but not always 137.\n\n## How to fix it\nRaise the memory of the task (and the container's own limit, if it has one), or make the application use less.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let definition = launch.task_definition()?;
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        let container = end.container.clone();
        let limit = launch.container(&container).and_then(|definition| definition.memory);
        let task = definition.memory.as_deref().and_then(|memory| memory.parse::<i64>().ok());
        let bound = match (limit, task) {
            (Some(limit), _) => format!("its limit of {limit} MiB"),
            (None, Some(task)) => format!("the task's {task} MiB"),
            (None, None) => "its memory".to_owned(),
        };
        let fault = Fault::new(
            container.clone(),
            format!(
                "Container {container} needed more than {bound} and was ended by the kernel ({}).",
                how_often(told)
            ),
        );
        let fault = end.evidence(fault);
        let edit = match limit {
            Some(limit) if task.is_none_or(|task| limit * 2 <= task) => {
                TaskDefinitionEdit::ContainerMemory { container, mib: limit * 2 }
            }
            _ => larger_size(definition.cpu.as_deref()?.parse().ok()?, task?)?,
        };
        let title = match &edit {
            TaskDefinitionEdit::Size { cpu, mib } => {
                format!("Give the task {mib} MiB of memory ({cpu} CPU units)")
            }
            TaskDefinitionEdit::ContainerMemory { mib, .. } => {
                format!("Give the container {mib} MiB of memory")
            }
            _ => return Some(fault),
        };
        let change =
            Change::RegisterTaskDefinition { task_definition: arn.clone(), edits: vec![edit] };
        Some(fault.remedy(Remedy::new(title, Safety::NeedsNewDeployment, vec![change]).estimate()))
    }))
}

/// Twice the memory, with the least CPU that Fargate pairs with it.
fn larger_size(cpu: i64, mib: i64) -> Option<TaskDefinitionEdit> {
    /// CPU units and the most memory that goes with them, MiB.
    const MOST: [(i64, i64); 7] = [
        (256, 2048),
        (512, 4096),
        (1024, 8192),
        (2048, 16384),
        (4096, 30720),
        (8192, 61440),
        (16384, 122_880),
    ];
    let wanted = mib * 2;
    let (cpu, _) = MOST.into_iter().find(|(units, most)| *units >= cpu && *most >= wanted)?;
    Some(TaskDefinitionEdit::Size { cpu, mib: wanted })
}
