//! `eni/subnet-missing`: a subnet of the service is gone.

use super::remedies;
use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "eni/subnet-missing",
    title: "The subnets exist",
    stage: Stage::Eni,
    weight: Weight::Blocks,
    explains: &[Symptom::PlacementFailed, Symptom::EniProvisioningFailed],
    explanation: "## What it is\nThe service names a subnet that does not exist any more in this Region.\n\n## Why it stops the launch\nEach task gets a network interface in one of these subnets; in a subnet that is gone EC2 creates none. A service with other subnets fails whenever this one is chosen.\n\n## How to see it\n`aws ec2 describe-subnets --filters Name=subnet-id,Values=SUBNET` lists nothing.\n\n## How to fix it\nUpdate the service's network configuration with subnets that exist; a new deployment begins by itself.\n\n## Sources\nECS API reference, AwsVpcConfiguration; EC2 API reference, CreateNetworkInterface.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    for subnet in launch.network()?.map(|network| network.subnets.clone()).unwrap_or_default() {
        tally.add(launch.facts.ec2.subnets.by_id(&subnet).map(|found| {
            found.is_none().then(|| {
                let fault = Fault::new(
                    subnet.clone(),
                    format!("The subnet {subnet} does not exist in {}.", launch.snapshot.region),
                )
                .fact("ec2:DescribeSubnets", subnet.clone(), "Subnets", "[]")
                .about("subnet", subnet.clone());
                remedies::without_subnet(launch, fault, &subnet)
            })
        }));
    }
    Ok(tally.verdict("the launch names no subnets"))
}
