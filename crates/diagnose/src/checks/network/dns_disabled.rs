//! `network/dns-disabled`: the VPC resolves names.

use super::UNREACHABLE_OR_UNMOUNTED;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/dns-disabled",
    title: "The VPC resolves names",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE_OR_UNMOUNTED,
    explanation: "## What it is\nenableDnsSupport is off, so the resolver of the VPC answers nobody.\n\n## Why it stops the launch\nNo name can be resolved: not of Amazon ECR, not of the log group's Region, not of an EFS file system.\n\n## How to fix it\n`aws ec2 modify-vpc-attribute --enable-dns-support`, and `--enable-dns-hostnames` for the private names of endpoints.\n\n## Sources\nVPC User Guide, DNS attributes for your VPC.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let verdict = paths::verdict(launch, "dns-disabled")?;
    if verdict == Verdict::Pass {
        settled(launch)?;
    }
    Ok(verdict)
}

/// Paths that work elsewhere say nothing about an attribute that was not read.
fn settled(launch: &Launch<'_>) -> Result<(), Gap> {
    let ec2 = &launch.facts.ec2;
    for id in &launch.network()?.map(|network| network.subnets.clone()).unwrap_or_default() {
        let Some(vpc) = ec2.subnets.by_id(id)?.and_then(|subnet| subnet.vpc_id.as_deref()) else {
            continue;
        };
        if let Some(attributes) = ec2.vpc_attributes.get(vpc) {
            attributes.enable_dns_support.as_ref().settled("ec2:DescribeVpcAttribute", vpc)?;
        }
    }
    Ok(())
}
