//! `network/security-group-egress`: the security groups let the task out on 443.

use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/security-group-egress",
    title: "The security groups let the task out on 443",
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
    explanation: "## What it is\nNo egress rule of the security groups of the task allows the connection. Egress to the CIDR of the VPC alone shuts out S3, whose addresses are public.\n\n## How to fix it\nAllow tcp 443 out to 0.0.0.0/0, or to the endpoints and the prefix list of S3.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "security-group-egress")
}
