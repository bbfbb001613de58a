//! `network/s3-endpoint-route-table`: the S3 gateway endpoint serves the subnets.

use super::UNREACHABLE;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/s3-endpoint-route-table",
    title: "The S3 gateway endpoint serves the subnets",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE,
    explanation: "## What it is\nThe gateway endpoint for S3 exists, but is not associated with the route table of this subnet. Gateway endpoints work by a route; they serve only the tables that they are on.\n\n## Why it stops the launch\nAmazon ECR keeps the layers of images in S3: the manifest is found, the download of the layers times out.\n\n## How to fix it\nAdd the route table: `aws ec2 modify-vpc-endpoint --add-route-table-ids`. It costs nothing.\n\n## Sources\nVPC User Guide, Gateway endpoints for Amazon S3; ECR User Guide, Create the Amazon S3 gateway endpoint.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "s3-endpoint-route-table")
}
