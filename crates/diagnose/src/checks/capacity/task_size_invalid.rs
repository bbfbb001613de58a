//! `capacity/task-size-invalid`: the pair of CPU and memory is not one of Fargate's.

use super::super::image::push;
use super::size::{is_offered, offered, units};
use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::ecs::TaskDefinition;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "capacity/task-size-invalid",
    title: "Task CPU and memory are a pair that Fargate accepts",
    stage: Stage::Capacity,
    weight: Weight::Blocks,
    explains: &[Symptom::PlacementFailed],
    explanation: "## What it is\nFargate accepts only certain pairs of task CPU and memory: 256 CPU units with 512, 1024 or 2048 MiB; 512 with 1 to 4 GiB; 1024 with 2 to 8; 2048 with 4 to 16; 4096 with 8 to 30; 8192 with 16 to 60 in steps of 4; 16384 with 32 to 120 in steps of 8. Windows containers get 1024, 2048 or 4096.\n\n## Why it stops the launch\nECS refuses to start the task.\n\n## How to fix it\nRegister the task definition with a pair from the list.\n\n## Sources\nECS Developer Guide, Task definition parameters for Fargate, task size.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    if !launch.is_fargate() {
        return Ok(Verdict::NotApplicable("the launch is not on Fargate"));
    }
    let definition = launch.task_definition()?;
    let (cpu, memory) = (
        definition.cpu.as_deref().unwrap_or_default(),
        definition.memory.as_deref().unwrap_or_default(),
    );
    let (units, mib) = (units(cpu, "vCPU"), units(memory, "GB"));
    let windows = push::platform(launch).starts_with("windows");
    if units.zip(mib).is_some_and(|(units, mib)| is_offered(units, mib, windows)) {
        return Ok(Verdict::Pass);
    }
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let to = if windows { " for Windows containers" } else { "" };
    let fault = Fault::new(
        arn.clone(),
        format!("Fargate does not accept CPU {cpu:?} with memory {memory:?}{to}."),
    )
    .fact(TaskDefinition::CALL, arn.clone(), "cpu", cpu)
    .fact(TaskDefinition::CALL, arn.clone(), "memory", memory);
    let next = units.zip(mib).and_then(|(units, mib)| offered(units, mib, windows));
    Ok(Verdict::Fail(vec![match next {
        Some((cpu, mib)) => {
            let edits = vec![TaskDefinitionEdit::Size { cpu, mib }];
            let change = Change::RegisterTaskDefinition { task_definition: arn, edits };
            fault.remedy(Remedy::new(
                format!("Give the task {cpu} CPU units and {mib} MiB"),
                Safety::NeedsNewDeployment,
                vec![change],
            ))
        }
        None => fault,
    }]))
}
