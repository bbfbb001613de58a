//! `capacity/fargate-unavailable`: AWS said so; no API shows capacity.

use super::super::said::{how_often, said};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "capacity/fargate-unavailable",
    title: "Fargate has capacity in the subnets' Availability Zones",
    stage: Stage::Capacity,
    weight: Weight::Blocks,
    explains: &[Symptom::CapacityUnavailable],
    explanation: "## What it is\nAWS had no Fargate capacity for this size in these Availability Zones at that moment. It usually passes.\n\n## How to fix it\nWait for ECS to try again; list subnets in more Availability Zones; with Fargate Spot add FARGATE to the capacity provider strategy.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        Some(Fault::new(
            launch.arn(),
            format!("Fargate had no capacity for this task ({}).", how_often(told)),
        ))
    }))
}
