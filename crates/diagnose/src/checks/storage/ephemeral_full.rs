//! `storage/ephemeral-full`: no space left outside of the pull.

use super::super::said::{how_often, said};
use super::ephemeral::{Ephemeral, while_pulling};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "storage/ephemeral-full",
    title: "The task's ephemeral storage has room",
    stage: Stage::Storage,
    weight: Weight::Blocks,
    explains: &[Symptom::DiskFull],
    explanation: "## What it is\nThe task's ephemeral storage is full. The images, the writable layers and the bind-mounted volumes of all containers share it: 20 GiB unless the task definition asks for more (up to 200).\n\n## Why it stops the launch\nA container cannot be created or started without room for its files.\n\n## How to fix it\nSet `ephemeralStorage.sizeInGiB` in the task definition, or write less: logs to stdout, large data to Amazon EFS or S3.\n\n## Sources\nECS Developer Guide, Fargate task ephemeral storage for Amazon ECS.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let storage = Ephemeral::of(launch.task_definition()?);
    Ok(said(launch, CHECK.explains, |told| {
        if while_pulling(told) {
            return None;
        }
        let message = format!(
            "The task's ephemeral storage of {} GiB is full ({}).",
            storage.gib,
            how_often(told)
        );
        Some(storage.with_evidence(Fault::new(storage.definition, message)))
    }))
}
