//! `eni/subnet-out-of-addresses`: a subnet is full.

use super::remedies;
use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "eni/subnet-out-of-addresses",
    title: "The subnets have free addresses",
    stage: Stage::Eni,
    weight: Weight::Blocks,
    explains: &[
        Symptom::SubnetOutOfAddresses,
        Symptom::EniProvisioningFailed,
        Symptom::StuckProvisioning,
    ],
    explanation: "## What it is\nEvery task takes one address of its subnet; AWS keeps five of each. A /26 has 59. A full subnet shows as a service event, seldom as a stopped task.\n\n## Why it stops the launch\nEC2 has no address for the task's network interface. During a deployment old and new tasks need addresses at once.\n\n## How to see it\n`aws ec2 describe-subnets --subnet-ids SUBNET --query 'Subnets[].AvailableIpAddressCount'`.\n\n## How to fix it\nAdd a subnet with room to the service, stop what is not needed, or move the service to larger subnets. A lower maximumPercent makes a deployment need fewer addresses.\n\n## Sources\nVPC User Guide, Subnet CIDR blocks; ECS Developer Guide, TaskFailedToStart errors.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    for id in launch.network()?.map(|network| network.subnets.clone()).unwrap_or_default() {
        tally.add(launch.facts.ec2.subnets.by_id(&id).map(|found| {
            let subnet = found?;
            let free = subnet.available_ip_address_count?;
            let cidr = subnet.cidr_block.clone().unwrap_or_default();
            (free <= 0).then(|| {
                let fault = Fault::new(
                    id.clone(),
                    format!("The subnet {id} ({cidr}) has no free address for another task."),
                )
                .fact("ec2:DescribeSubnets", id.clone(), "AvailableIpAddressCount", free)
                .about("subnet", id.clone())
                .in_subnets([id.clone()]);
                remedies::without_subnet(launch, fault, &id)
            })
        }));
    }
    Ok(tally.verdict("the launch names no subnets"))
}
