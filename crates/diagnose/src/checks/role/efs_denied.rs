//! `role/efs-denied`: the task may not mount a file system.

use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::{Purpose, tell};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/efs-denied",
    title: "The tasks may mount the file systems",
    stage: Stage::Storage,
    weight: Weight::Blocks,
    explains: &[Symptom::EfsAccessDenied, Symptom::EfsFailed],
    explanation: "## What it is\nA volume with IAM authorization is mounted as the task role, which needs `elasticfilesystem:ClientMount` from its own policies or from the policy of the file system. Without IAM authorization the mount is anonymous, and the policy of the file system must let everybody in. A file system without a policy lets everybody in.\n\n## Why it stops the launch\nVolumes are mounted before the containers start.\n\n## How to fix it\nAllow `elasticfilesystem:ClientMount` (and `elasticfilesystem:ClientWrite` to write) on the file system to the task role.\n\n## Sources\nEFS User Guide, Using IAM to control access to file systems.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    tell::caller(launch, Purpose::FileSystem)
}
