//! `network/public-ip-missing`: tasks in public subnets have a public address.

use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/public-ip-missing",
    title: "Tasks in public subnets have a public address",
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
    explanation: "## What it is\nThe default route leads to an internet gateway, which serves only interfaces with a public IPv4 address, and the task gets none. The setting of the subnet does not count for Fargate.\n\n## How to fix it\nSet `assignPublicIp=ENABLED` in the network configuration of the service, or move it to private subnets with a NAT gateway.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "public-ip-missing")
}
