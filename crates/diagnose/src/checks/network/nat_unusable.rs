//! `network/nat-unusable`: the NAT gateways work.

use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/nat-unusable",
    title: "The NAT gateways work",
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
    explanation: "## What it is\nThe NAT gateway on the default route was deleted, failed, is private, or stands in a subnet without a way out.\n\n## How to fix it\nCreate a public NAT gateway in a public subnet and point the route at it.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "nat-unusable")
}
