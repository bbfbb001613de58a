//! `capacity/fargate-unavailable`: AWS said so; no API shows capacity.

use super::super::eni::remedies::more_zones;
use super::super::said::{how_often, said};
use super::spot::with_on_demand;
use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "capacity/fargate-unavailable",
    title: "Fargate has capacity in the subnets' Availability Zones",
    stage: Stage::Capacity,
    weight: Weight::Blocks,
    explains: &[Symptom::CapacityUnavailable],
    explanation: "## What it is\nAWS had no Fargate capacity for this size in these Availability Zones at that moment. It usually passes; no API shows it in advance.\n\n## Why it stops the launch\nECS places the task only in the Availability Zones of the subnets that the service names.\n\n## How to fix it\nWait for ECS to try again, or force a new deployment. Name subnets in more Availability Zones. With Fargate Spot, add FARGATE to the capacity provider strategy. ARM64 and X86_64 have capacity of their own.\n\n## Sources\nECS Developer Guide, Service event messages; Fargate capacity providers.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let fault = Fault::new(
            launch.arn(),
            format!("Fargate had no capacity for this task ({}).", how_often(told)),
        );
        let remedies = with_on_demand(launch).into_iter().chain(more_zones(launch));
        let fault = remedies.fold(fault, Fault::remedy);
        Some(again(launch).into_iter().fold(fault, Fault::remedy))
    }))
}

/// Capacity comes back by itself, and ECS tries again after growing pauses: trying at once costs nothing.
fn again(launch: &Launch<'_>) -> Option<Remedy> {
    let change = Change::ForceNewDeployment {
        cluster: launch.target.cluster().to_owned(),
        service: launch.target.service()?.to_owned(),
    };
    Some(
        Remedy::new("Try again now", Safety::NeedsNewDeployment, vec![change])
            .estimate()
            .touches("It fails again while the Availability Zones have no capacity."),
    )
}
