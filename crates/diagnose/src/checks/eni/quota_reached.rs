//! `eni/quota-reached`: AWS said that the quota is reached.

use super::super::said::{how_often, said};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "eni/quota-reached",
    title: "The network interface quota leaves room",
    stage: Stage::Eni,
    weight: Weight::Blocks,
    explains: &[Symptom::EniQuotaReached],
    explanation: "## What it is\nEvery Fargate task needs a network interface; the account has a quota of them per Region (5,000 by default). Load balancers, VPC endpoints, Lambda functions and databases count too.\n\n## Why it stops the launch\nEC2 refuses to create the interface, so the task stops before it pulls anything.\n\n## How to see it\n`aws ec2 describe-network-interfaces --query 'length(NetworkInterfaces)'` against the quota \"Network interfaces per Region\" in Service Quotas.\n\n## How to fix it\nAsk for more in Service Quotas (Amazon VPC, network interfaces per Region), or delete interfaces in state `available` that nothing uses.\n\n## Sources\nVPC User Guide, Amazon VPC quotas.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        Some(Fault::new(
            launch.snapshot.region.clone(),
            format!(
                "The account has no network interface left in {} ({}).",
                launch.snapshot.region,
                how_often(told)
            ),
        ))
    }))
}
