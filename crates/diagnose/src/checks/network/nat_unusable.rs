//! `network/nat-unusable`: the NAT gateways work.

use super::UNREACHABLE;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/nat-unusable",
    title: "The NAT gateways work",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE,
    explanation: "## What it is\nThe subnet's default route leads to a NAT gateway that cannot work: it was deleted, failed to be created, is a private NAT gateway, or stands in a private subnet and so has no way out itself. The last is the commonest mistake: a NAT gateway belongs in a public subnet, whose default route is an internet gateway.\n\n## Why it stops the launch\nNothing that the task needs outside of the VPC answers.\n\n## How to fix it\nCreate a public NAT gateway in a public subnet and let the default route of the tasks' route table lead to it, or use VPC endpoints.\n\n## Sources\nVPC User Guide, NAT gateways; Troubleshoot NAT gateways.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "nat-unusable")
}
