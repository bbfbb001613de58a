//! `network/endpoint-missing`: every service that the task needs has its endpoint.

use super::UNREACHABLE;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/endpoint-missing",
    title: "Every service that the task needs has its endpoint",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE,
    explanation: "## What it is\nThe subnet has no way to the internet and lives on VPC endpoints, but one that the task needs is missing. Pulling from Amazon ECR takes three: ecr.api, ecr.dkr and the gateway endpoint for S3, where the layers are. Logs need logs; secrets need secretsmanager or ssm.\n\n## Why it stops the launch\nWhat has no endpoint cannot be reached, and the launch times out.\n\n## How to fix it\nCreate the endpoint that is missing, with private DNS and a security group that admits the tasks on tcp 443.\n\n## Sources\nECR User Guide, Amazon ECR interface VPC endpoints; ECS Developer Guide, Amazon ECS interface VPC endpoints.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "endpoint-missing")
}
