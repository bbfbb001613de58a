//! `role/env-file-denied`: the role may not fetch a file from S3.

use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::{Purpose, tell};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/env-file-denied",
    title: "The execution role may fetch the files in S3",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::EnvFileUnavailable],
    explanation: "## What it is\nAn environment file needs `s3:GetObject` on the object and `s3:GetBucketLocation` on its bucket; the bucket's policy has a say too, and must allow it when the bucket is in another account.\n\n## Why it stops the launch\nThe files are fetched before the containers start, with the execution role.\n\n## How to fix it\nAllow both in a policy of the role.\n\n## Sources\nECS Developer Guide, Pass environment variables to an Amazon ECS container.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    tell::caller(launch, Purpose::EnvFile)
}
