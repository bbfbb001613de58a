//! `capacity/vcpu-quota-reached`: AWS said that the quota is reached.

use super::super::said::{how_often, said};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "capacity/vcpu-quota-reached",
    title: "The Fargate vCPU quota leaves room",
    stage: Stage::Capacity,
    weight: Weight::Blocks,
    explains: &[Symptom::QuotaReached],
    explanation: "## What it is\nThe account's quota of Fargate vCPUs in this Region (On-Demand L-3032A538, Spot L-36FBB829) is used up. New accounts may have very little.\n\n## How to fix it\nAsk for more: `aws service-quotas request-service-quota-increase --service-code fargate --quota-code L-3032A538 --desired-value N`, or stop tasks that are not needed.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        Some(Fault::new(
            launch.arn(),
            format!(
                "The account has reached its limit of concurrent Fargate vCPUs or tasks in {} ({}).",
                launch.snapshot.region,
                how_often(told)
            ),
        ))
    }))
}
