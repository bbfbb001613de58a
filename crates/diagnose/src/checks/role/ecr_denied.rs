//! `role/ecr-denied`: the role lacks a permission of the pull.

use super::super::image::ecr;
use super::permission::{self, Wanted};
use crate::Stage;
use crate::check::{Check, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/ecr-denied",
    title: "The execution role may pull from Amazon ECR",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::ImageAccessDenied, Symptom::ImagePullFailed],
    explanation: "## What it is\nPulling a private image needs `ecr:GetAuthorizationToken` on `*` (never on a repository), and `ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer` on the repository.\n\n## How to fix it\nAttach AmazonECSTaskExecutionRolePolicy, or allow these actions in a policy of the role. Where a boundary or a Deny forbids them, change that.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let Some(role) = launch.execution_role()? else {
        return Ok(Verdict::NotApplicable("the task definition names no execution role"));
    };
    let mut wanted = Vec::new();
    for image in ecr::images(launch)?.iter().filter(|image| image.account == role.account) {
        wanted.push(Wanted::on("ecr:GetAuthorizationToken", "*"));
        for action in ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] {
            wanted.push(Wanted::on(action, image.repository_arn.clone()));
        }
    }
    wanted.dedup_by(|a, b| a.action == b.action && a.resource == b.resource);
    if wanted.is_empty() {
        return Ok(Verdict::NotApplicable("the task definition needs nothing of it"));
    }
    let mut tally = Tally::default();
    tally.add(permission::judge(launch, &role, &wanted));
    Ok(tally.verdict(""))
}
