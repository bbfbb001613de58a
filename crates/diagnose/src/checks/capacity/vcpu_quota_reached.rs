//! `capacity/vcpu-quota-reached`: AWS said that the quota is reached.

use super::super::said::{how_often, said};
use crate::Stage;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// Fargate On-Demand vCPU resource count (Service Quotas, AWS Fargate).
const ON_DEMAND: &str = "L-3032A538";
/// Fargate Spot vCPU resource count.
const SPOT: &str = "L-36FBB829";

/// The record.
pub static CHECK: Check = Check {
    id: "capacity/vcpu-quota-reached",
    title: "The Fargate vCPU quota leaves room",
    stage: Stage::Capacity,
    weight: Weight::Blocks,
    explains: &[Symptom::QuotaReached],
    explanation: "## What it is\nThe account's quota of Fargate vCPUs in this Region (On-Demand L-3032A538, Spot L-36FBB829) is used up. New accounts may have very little.\n\n## How to fix it\nAsk for more: `aws service-quotas request-service-quota-increase --service-code fargate --quota-code L-3032A538 --desired-value N`, or stop tasks that are not needed. A rolling deployment needs room for old and new tasks together.\n\n## Sources\nECS Developer Guide, Service event messages; AWS Fargate service quotas.\n",
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
        )
        .remedy(more(launch)))
    }))
}

/// Ask for more. The desired value stays open: no fact says what the quota is.
fn more(launch: &Launch<'_>) -> Remedy {
    let providers =
        launch.rollout.as_ref().map(|rollout| rollout.capacity_providers).unwrap_or_default();
    let spot = |name: Option<&str>| name == Some("FARGATE_SPOT");
    let spots = providers.iter().filter(|each| spot(each.capacity_provider.as_deref())).count();
    let region = &launch.snapshot.region;
    let mut codes = Vec::new();
    if spots < providers.len() || providers.is_empty() {
        codes.push(ON_DEMAND);
    }
    if spots > 0 {
        codes.push(SPOT);
    }
    let commands = codes.iter().flat_map(|code| {
        let quota = |operation: &str| {
            launch.aws(operation).flag("--service-code fargate").arg("--quota-code", code)
        };
        [
            quota("service-quotas get-service-quota"),
            quota("service-quotas request-service-quota-increase").arg("--desired-value", "VCPUS"),
        ]
    });
    Remedy::by_hand(
        "Ask for a higher Fargate vCPU quota",
        Safety::NonDisruptive,
        format!("Ask for more Fargate vCPUs in {region}, with the total that is needed for VCPUS"),
        commands,
    )
}
