//! `network/s3-endpoint-route-table`: the S3 gateway endpoint serves the subnets.

use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/s3-endpoint-route-table",
    title: "The S3 gateway endpoint serves the subnets",
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
    explanation: "## What it is\nECR keeps the layers of images in S3. The gateway endpoint exists, but not for the route table of this subnet.\n\n## How to fix it\nAdd the route table to the endpoint: `aws ec2 modify-vpc-endpoint --add-route-table-ids`.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "s3-endpoint-route-table")
}
