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
    explanation: "## What it is\nThe service names a subnet that does not exist any more in this Region.\n\n## How to fix it\nUpdate the service's network configuration with subnets that exist.\n",
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
