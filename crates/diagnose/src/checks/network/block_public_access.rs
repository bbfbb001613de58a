//! `network/block-public-access`: VPC Block Public Access lets the task out.

use super::UNREACHABLE;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::ec2::{Listing, VpcBlockPublicAccessOptions};
use ecswhy_facts::{Gap, Known};

const ALL: &str = Listing::<VpcBlockPublicAccessOptions>::ALL;

/// The record.
pub static CHECK: Check = Check {
    id: "network/block-public-access",
    title: "VPC Block Public Access lets the task out",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE,
    explanation: "## What it is\nVPC Block Public Access stops traffic through internet gateways for this account and Region, NAT gateways included when it is bidirectional.\n\n## Why it stops the launch\nNothing outside of the VPC answers, whatever the routes say.\n\n## How to fix it\nExclude the VPC or the subnets, or use VPC endpoints.\n\n## Sources\nVPC User Guide, Block public access to VPCs and subnets.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let verdict = paths::verdict(launch, "block-public-access")?;
    let ec2 = &launch.facts.ec2;
    // Off is the default of every account and of Regions without the feature; only a refusal leaves it open, where the
    // subnets do not say it themselves.
    let says = |id: &String| {
        let subnet = ec2.subnets.by_id(id).ok().flatten();
        subnet.is_some_and(|subnet| subnet.block_public_access_states.is_some())
    };
    let options = ec2.block_public_access.answer(ALL);
    let refused = matches!(options, Known::Denied { .. });
    if verdict == Verdict::Pass && refused && !paths::subnets(launch).iter().all(says) {
        options.settled("ec2:DescribeVpcBlockPublicAccessOptions", &launch.snapshot.region)?;
    }
    Ok(verdict)
}
