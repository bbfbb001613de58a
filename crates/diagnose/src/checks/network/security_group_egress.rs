//! `network/security-group-egress`: the security groups let the task out on 443.

use super::UNREACHABLE_OR_UNMOUNTED;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/security-group-egress",
    title: "The security groups let the task out on 443",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE_OR_UNMOUNTED,
    explanation: "## What it is\nNo outbound rule of the tasks' security groups allows the connection. Security groups are stateful: only the direction that opens the connection counts. Rules that name only the VPC's addresses or other groups shut out Amazon S3, whose addresses are public even behind a gateway endpoint.\n\n## Why it stops the launch\nThe packets never leave the task's network interface.\n\n## How to fix it\nAllow tcp 443 out to 0.0.0.0/0, or to the security group of the endpoints and the prefix list of S3.\n\n## Sources\nVPC User Guide, Security group rules; Gateway endpoints for Amazon S3 (security groups).\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "security-group-egress")
}
