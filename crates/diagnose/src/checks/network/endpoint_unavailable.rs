//! `network/endpoint-unavailable`: the endpoints are available.

use super::UNREACHABLE;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/endpoint-unavailable",
    title: "The endpoints are available",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE,
    explanation: "## What it is\nThe endpoint is not in state available: it is pending, failed, rejected or being deleted.\n\n## Why it stops the launch\nIt carries no traffic, and the subnet has no other way to the service.\n\n## How to fix it\nAccept it where acceptance is pending; otherwise delete it and create it anew.\n\n## Sources\nPrivateLink Guide, VPC endpoint states.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "endpoint-unavailable")
}
