//! `image/repository-policy`: the policy of a repository keeps the role out.

use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::{Purpose, tell};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "image/repository-policy",
    title: "The policies of the repositories let the execution role pull",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::ImageAccessDenied, Symptom::ImagePullFailed],
    explanation: "## What it is\nA Deny in the policy of the repository covers the pull, or the repository is in another account and its policy does not allow the role (or its account) the actions of the pull.\n\n## Why it stops the launch\nAcross accounts both must allow: the role's policies and the repository's.\n\n## How to fix it\nAllow the role `ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer` in the repository policy, with the credentials of the repository's account.\n\n## Sources\nECR User Guide, Private repository policies; IAM User Guide, Cross-account policy evaluation logic.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    tell::resource(launch, Purpose::Pull)
}
