//! `eni/security-group-other-vpc`: a group of another VPC.

use super::remedies;
use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "eni/security-group-other-vpc",
    title: "The security groups belong to the VPC of the subnets",
    stage: Stage::Eni,
    weight: Weight::Blocks,
    explains: &[
        Symptom::SecurityGroupInvalid,
        Symptom::EniProvisioningFailed,
        Symptom::PlacementFailed,
    ],
    explanation: "## What it is\nThe service names a security group of another VPC than its subnets'. A network interface can only have security groups of its own VPC.\n\n## Why it stops the launch\nEC2 refuses to create the task's network interface.\n\n## How to see it\nCompare `VpcId` in `aws ec2 describe-security-groups --group-ids GROUP` and `aws ec2 describe-subnets --subnet-ids SUBNET`.\n\n## How to fix it\nUpdate the service's network configuration with security groups of the subnets' VPC.\n\n## Sources\nVPC User Guide, Security groups; ECS API reference, AwsVpcConfiguration.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    let Some(network) = launch.network()? else {
        return Ok(Verdict::NotApplicable("the launch names no security groups"));
    };
    let Some(first) = network.subnets.first() else {
        return Ok(Verdict::NotApplicable("the launch names no subnets"));
    };
    let Some(vpc) = launch.facts.ec2.subnets.by_id(first)?.and_then(|subnet| subnet.vpc_id.clone())
    else {
        return Ok(Verdict::NotApplicable("the subnet does not exist"));
    };
    for group in &network.security_groups {
        tally.add(launch.facts.ec2.security_groups.by_id(group).map(|found| {
            let other = found.and_then(|found| found.vpc_id.as_deref()).filter(|other| **other != *vpc)?;
            let fault =
                Fault::new(group.clone(), format!("The security group {group} belongs to {other}, but the subnets belong to {vpc}."))
                    .fact("ec2:DescribeSecurityGroups", group.clone(), "VpcId", other)
                    .fact("ec2:DescribeSubnets", first.clone(), "VpcId", &vpc)
                    .about("security_group", group.clone());
            Some(remedies::without_group(launch, fault, &vpc))
        }));
    }
    Ok(tally.verdict("the launch names no security groups"))
}
