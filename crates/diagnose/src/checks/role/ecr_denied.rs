//! `role/ecr-denied`: the role lacks a permission of the pull.

use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::{Purpose, tell};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/ecr-denied",
    title: "The execution role may pull from Amazon ECR",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::ImageAccessDenied, Symptom::ImagePullFailed],
    explanation: "## What it is\nPulling a private image needs `ecr:GetAuthorizationToken` on `*` (never on a repository), and `ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer` on the repository; an image of a pull-through cache that is not cached yet also needs `ecr:BatchImportUpstreamImage`. A policy of the role lacks one, a Deny statement takes it away, or the permissions boundary does not include it.\n\n## Why it stops the launch\nFargate logs in and pulls with the execution role. The layers themselves come from S3 by a signed URL and need no permission of the role. Without `ecr:BatchCheckLayerAvailability` the pull still works: that alone is a risk.\n\n## How to fix it\nAttach AmazonECSTaskExecutionRolePolicy, or allow these actions in a policy of the role. Where a boundary or a Deny forbids them, change that.\n\n## Sources\nECS Developer Guide, Amazon ECS task execution IAM role; ECR User Guide, Repository policies.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    tell::caller(launch, Purpose::Pull)
}
