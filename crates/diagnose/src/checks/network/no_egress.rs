//! `network/no-egress`: each subnet has a way out for what no endpoint serves.

use super::UNREACHABLE;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/no-egress",
    title: "Each subnet has a way out for what no endpoint serves",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE,
    explanation: "## What it is\nThe route table of the subnet has no default route that works, and no VPC endpoint serves what the task needs. Or the task needs something that no endpoint can serve, such as Docker Hub, public.ecr.aws or another Region.\n\n## Why it stops the launch\nBefore the containers start, Fargate pulls the images, reads the secrets and opens the log streams through the task's own network interface. Without a way out it retries and stops the task after about three minutes.\n\n## How to fix it\nRoute 0.0.0.0/0 to a NAT gateway, or create the VPC endpoints that the task needs: ecr.api, ecr.dkr, the S3 gateway endpoint, logs, and secretsmanager or ssm where secrets are used. Endpoints for kms, sts and ecs are not needed.\n\n## Sources\nECS Developer Guide, Fargate task networking; Amazon ECS interface VPC endpoints. ECR User Guide, Amazon ECR interface VPC endpoints.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "no-egress")
}
