//! `network/no-egress`: each subnet has a way out for what no endpoint serves.

use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/no-egress",
    title: "Each subnet has a way out for what no endpoint serves",
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
    explanation: "## What it is\nThe route table of the subnet has no usable default route, and no VPC endpoint serves what the task needs.\n\n## How to fix it\nRoute 0.0.0.0/0 to a NAT gateway, or create the VPC endpoints that the task needs (ecr.api, ecr.dkr, logs, S3, secretsmanager, ssm).\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "no-egress")
}
