//! `network/endpoint-private-dns`: the endpoints answer to the names of the services.

use super::UNREACHABLE;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/endpoint-private-dns",
    title: "The endpoints answer to the names of the services",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE,
    explanation: "## What it is\nThe endpoint exists, but the service's name does not lead to it: its private DNS is off, or the VPC has enableDnsHostnames or enableDnsSupport off.\n\n## Why it stops the launch\nThe name resolves to the public addresses of the service, and the subnet has no way there.\n\n## How to fix it\nEnable private DNS on the endpoint, and both DNS attributes of the VPC.\n\n## Sources\nPrivateLink Guide, Private DNS; VPC User Guide, DNS attributes for your VPC.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "endpoint-private-dns")
}
