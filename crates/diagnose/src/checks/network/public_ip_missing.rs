//! `network/public-ip-missing`: tasks in public subnets have a public address.

use super::UNREACHABLE;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/public-ip-missing",
    title: "Tasks in public subnets have a public address",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE,
    explanation: "## What it is\nThe default route of the subnet leads to an internet gateway, which serves only interfaces with a public IPv4 address, and the tasks get none. The subnet's own setting (MapPublicIpOnLaunch) does not count for Fargate; through the API assignPublicIp is DISABLED unless set.\n\n## Why it stops the launch\nPackets of the task leave with a private source address and are dropped at the internet gateway, so nothing outside of the VPC answers.\n\n## How to fix it\nSet `assignPublicIp=ENABLED` in the network configuration of the service, or move the service to private subnets with a NAT gateway, or use VPC endpoints.\n\n## Sources\nECS Developer Guide, Fargate task networking; VPC User Guide, Enable internet access for a VPC using an internet gateway.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "public-ip-missing")
}
