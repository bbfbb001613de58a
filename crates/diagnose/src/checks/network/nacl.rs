//! `network/nacl`: the network ACLs let requests out and replies in.

use super::UNREACHABLE_OR_UNMOUNTED;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/nacl",
    title: "The network ACLs let requests out and replies in",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE_OR_UNMOUNTED,
    explanation: "## What it is\nA network ACL drops the request or its reply. Network ACLs are stateless: replies come in on the client's ports, so tcp 1024-65535 must be allowed in from the destination, and tcp 443 out. The entry with the lowest number that matches decides.\n\n## Why it stops the launch\nThe connection never completes.\n\n## How to fix it\nAdd an entry with a lower number than the one that denies.\n\n## Sources\nVPC User Guide, Control subnet traffic with network access control lists; Ephemeral ports.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "nacl")
}
