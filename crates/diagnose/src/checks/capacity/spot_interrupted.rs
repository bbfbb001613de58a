//! `capacity/spot-interrupted`: AWS took Spot capacity back.

use super::super::said::{how_often, said};
use super::spot::with_on_demand;
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "capacity/spot-interrupted",
    title: "Fargate Spot kept the tasks",
    stage: Stage::Capacity,
    weight: Weight::Blocks,
    explains: &[Symptom::SpotInterrupted],
    explanation: "## What it is\nFargate Spot takes its capacity back with two minutes' notice. ECS starts a replacement when Spot capacity is there again; it does not change to FARGATE by itself.\n\n## Why it stops the launch\nThe task gets SIGTERM, and SIGKILL after stopTimeout (120 s at most).\n\n## How to fix it\nGive the service a base on FARGATE in its capacity provider strategy, so that some tasks always run, and let the application end on SIGTERM.\n\n## Sources\nECS Developer Guide, Fargate Spot termination notices.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let fault = Fault::new(
            launch.arn(),
            format!("Fargate Spot interrupted the service's tasks ({}).", how_often(told)),
        );
        Some(with_on_demand(launch).into_iter().fold(fault, Fault::remedy))
    }))
}
