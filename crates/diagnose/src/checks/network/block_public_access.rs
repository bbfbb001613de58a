//! `network/block-public-access`: VPC Block Public Access lets the task out.

use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/block-public-access",
    title: "VPC Block Public Access lets the task out",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: &[
        Symptom::RegistryUnreachable,
        Symptom::LayerDownloadUnreachable,
        Symptom::SecretUnreachable,
        Symptom::LogUnreachable,
        Symptom::EnvFileUnavailable,
        Symptom::ImagePullFailed,
    ],
    explanation: "## What it is\nVPC Block Public Access stops traffic through internet gateways for this account and Region, NAT gateways included when it is bidirectional.\n\n## Why it stops the launch\nNothing outside of the VPC answers, whatever the routes say.\n\n## How to fix it\nExclude the VPC or the subnets, or use VPC endpoints.\n\n## Sources\nVPC User Guide, Block public access to VPCs and subnets.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "block-public-access")
}
