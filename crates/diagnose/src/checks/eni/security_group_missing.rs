//! `eni/security-group-missing`: a security group of the service is gone.

use super::super::network::paths::subnets;
use super::super::network::ways_out::vpc_of;
use super::remedies;
use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "eni/security-group-missing",
    title: "The security groups exist",
    stage: Stage::Eni,
    weight: Weight::Blocks,
    explains: &[
        Symptom::SecurityGroupInvalid,
        Symptom::EniProvisioningFailed,
        Symptom::PlacementFailed,
    ],
    explanation: "## What it is\nThe service names a security group that does not exist any more in this Region.\n\n## Why it stops the launch\nEach task's network interface is created with these groups; EC2 refuses one with an unknown group.\n\n## How to see it\n`aws ec2 describe-security-groups --filters Name=group-id,Values=GROUP` lists nothing.\n\n## How to fix it\nUpdate the service's network configuration with security groups that exist; a new deployment begins by itself.\n\n## Sources\nECS API reference, AwsVpcConfiguration; EC2 API reference, CreateNetworkInterface.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let vpc = vpc_of(launch, &subnets(launch));
    let mut tally = Tally::default();
    for group in
        launch.network()?.map(|network| network.security_groups.clone()).unwrap_or_default()
    {
        tally.add(launch.facts.ec2.security_groups.by_id(&group).map(|found| {
            found.is_none().then(|| {
                let fault = Fault::new(
                    group.clone(),
                    format!(
                        "The security group {group} does not exist in {}.",
                        launch.snapshot.region
                    ),
                )
                .fact("ec2:DescribeSecurityGroups", group.clone(), "SecurityGroups", "[]")
                .about("security_group", group.clone());
                match &vpc {
                    Some(vpc) => remedies::without_group(launch, fault, vpc),
                    None => fault,
                }
            })
        }));
    }
    Ok(tally.verdict("the launch names no security groups"))
}
