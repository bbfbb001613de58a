//! `capacity/task-size-invalid`: the pair of CPU and memory is not one of Fargate's.

use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::ecs::TaskDefinition;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "capacity/task-size-invalid",
    title: "Task CPU and memory are a pair that Fargate accepts",
    stage: Stage::Capacity,
    weight: Weight::Blocks,
    explains: &[],
    explanation: "## What it is\nFargate accepts only certain pairs of task CPU and memory. Source: ECS Developer Guide, task definition parameters for Fargate, task size.\n\n## How to fix it\nRegister the task definition with a pair from the table.\n",
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
    let valid = match (units(cpu, "vCPU"), units(memory, "GB")) {
        (Some(cpu), Some(mib)) => is_pair(cpu, mib),
        _ => false,
    };
    if valid {
        return Ok(Verdict::Pass);
    }
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let fault = Fault::new(
        arn.clone(),
        format!("Fargate does not accept CPU {cpu:?} with memory {memory:?}."),
    )
    .fact(TaskDefinition::CALL, arn.clone(), "cpu", cpu)
    .fact(TaskDefinition::CALL, arn, "memory", memory);
    Ok(Verdict::Fail(vec![fault]))
}

/// CPU units or MiB, written as a number or with the unit (`.5 vCPU`, `1 GB`).
fn units(text: &str, unit: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(plain) = text.parse::<i64>() {
        return Some(plain);
    }
    let split = text.len().checked_sub(unit.len())?;
    let (number, suffix) = (text.get(..split)?, text.get(split..)?);
    if !suffix.eq_ignore_ascii_case(unit) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "sizes are far below 2^53")]
    number.trim().parse::<f64>().ok().map(|number| (number * 1024.0) as i64)
}

fn is_pair(cpu: i64, mib: i64) -> bool {
    const GIB: i64 = 1024;
    let (least, most, step) = match cpu {
        256 => return matches!(mib, 512 | 1024 | 2048),
        512 => (GIB, 4 * GIB, GIB),
        1024 => (2 * GIB, 8 * GIB, GIB),
        2048 => (4 * GIB, 16 * GIB, GIB),
        4096 => (8 * GIB, 30 * GIB, GIB),
        8192 => (16 * GIB, 60 * GIB, 4 * GIB),
        16384 => (32 * GIB, 120 * GIB, 8 * GIB),
        _ => return false,
    };
    (least..=most).contains(&mib) && (mib - least) % step == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_the_developer_guide() {
        for (cpu, memory, valid) in [
            ("256", "512", true),
            ("256", "3072", false),
            (".5 vCPU", "1 GB", true),
            ("1 vcpu", "8GB", true),
            ("1024", "9216", false),
            ("8192", "20480", true),
            ("8192", "17408", false),
            ("16384", "122880", true),
            ("300", "512", false),
            ("", "512", false),
        ] {
            let pair = (units(cpu, "vCPU"), units(memory, "GB"));
            assert_eq!(
                matches!(pair, (Some(cpu), Some(mib)) if is_pair(cpu, mib)),
                valid,
                "{cpu} {memory}"
            );
        }
    }
}
