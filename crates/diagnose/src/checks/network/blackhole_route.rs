//! `network/blackhole-route`: the next hops of the routes exist.

use super::UNREACHABLE;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/blackhole-route",
    title: "The next hops of the routes exist",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE,
    explanation: "## What it is\nThe next hop of the route is gone or drops the traffic: a detached internet gateway, a deleted instance, a closed peering connection. AWS drops the packets and does not fall back to a shorter route.\n\n## Why it stops the launch\nNothing behind the route answers.\n\n## How to fix it\nReplace the route by one to a next hop that exists.\n\n## Sources\nVPC User Guide, Route table concepts (state blackhole); Route priority.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "blackhole-route")
}
