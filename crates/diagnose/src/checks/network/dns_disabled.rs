//! `network/dns-disabled`: the VPC resolves names.

use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/dns-disabled",
    title: "The VPC resolves names",
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
    explanation: "## What it is\nenableDnsSupport is off, so no name can be resolved through the resolver of the VPC.\n\n## How to fix it\n`aws ec2 modify-vpc-attribute --enable-dns-support`.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "dns-disabled")
}
