//! `network/endpoint-security-group`: the endpoints admit the tasks.

use super::UNREACHABLE_OR_UNMOUNTED;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/endpoint-security-group",
    title: "The endpoints admit the tasks",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE_OR_UNMOUNTED,
    explanation: "## What it is\nThe endpoint's own security group has no inbound rule that admits the tasks on tcp 443. With private DNS all traffic of the VPC to the service goes to the endpoint, also that which a NAT gateway carried before.\n\n## Why it stops the launch\nConnections to the endpoint time out; the way over the internet is not tried.\n\n## How to fix it\nAllow tcp 443 from the tasks' security group (or from the VPC) into the endpoint's security group.\n\n## Sources\nPrivateLink Guide, Access an AWS service using an interface VPC endpoint (security groups; private DNS).\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "endpoint-security-group")
}
