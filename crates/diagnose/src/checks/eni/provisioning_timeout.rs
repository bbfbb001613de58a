//! `eni/provisioning-timeout`: AWS said so.

use super::super::said::{how_often, said};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "eni/provisioning-timeout",
    title: "Fargate attaches the network interface in time",
    stage: Stage::Eni,
    weight: Weight::Blocks,
    explains: &[Symptom::EniProvisioningFailed],
    explanation: "## What it is\nFargate could not create or attach the task's network interface in time. It happens at large scale-outs, or when EC2 refused the interface.\n\n## Why it stops the launch\nWithout its interface a task can pull nothing, so Fargate gives up on it.\n\n## How to see it\nRead the end of the message: it carries EC2's own error where there is one (a tag policy, AuthFailure, throttling). See whether every task fails so, or a few of many.\n\n## How to fix it\nECS tries again by itself, which is enough where few tasks fail. When every task fails so, mend what EC2's error names (a tag policy must allow the tags that the service propagates), start fewer tasks at once, or open a case with AWS Support.\n\n## Sources\nECS Developer Guide, Stopped tasks error messages; AWS re:Post, network interface provisioning errors.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        Some(Fault::new(
            launch.arn(),
            format!(
                "Fargate could not attach the task's network interface in time ({}).",
                how_often(told)
            ),
        ))
    }))
}
