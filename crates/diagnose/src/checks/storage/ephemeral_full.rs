//! `storage/ephemeral-full`: no space left outside of the pull.

use super::super::said::{how_often, said};
use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::{Launch, Told};
use crate::report::Safety;
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

/// GiB without `ephemeralStorage`, and what AWS takes at least and at most.
const DEFAULT: i64 = 20;
const SMALLEST: i64 = 21;
const LARGEST: i64 = 200;

/// Whether the image itself did not fit: that is `image/too-large`.
pub fn while_pulling(told: &Told) -> bool {
    let said = told.message.to_ascii_lowercase();
    ["cannotpull", "extract layer", "register layer", "resolve ref", "pull image"]
        .iter()
        .any(|word| said.contains(word))
}

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let definition = launch.task_definition()?;
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let storage = definition.ephemeral_storage.as_ref();
    let now = storage.and_then(|storage| storage.size_in_gib).unwrap_or(DEFAULT);
    Ok(said(launch, CHECK.explains, |told| {
        if while_pulling(told) {
            return None;
        }
        let message =
            format!("The task's ephemeral storage of {now} GiB is full ({}).", how_often(told));
        let fault = Fault::new(arn.clone(), message).fact(
            "ecs:DescribeTaskDefinition",
            arn.clone(),
            "ephemeralStorage.sizeInGiB",
            storage.map_or_else(|| format!("absent: {DEFAULT}"), |_| now.to_string()),
        );
        let gib = (now * 2).clamp(SMALLEST, LARGEST);
        Some(if now < LARGEST { fault.remedy(enlarge(&arn, gib)) } else { fault })
    }))
}

fn enlarge(arn: &str, gib: i64) -> Remedy {
    let edits = vec![TaskDefinitionEdit::EphemeralStorage { gib }];
    let change = Change::RegisterTaskDefinition { task_definition: arn.to_owned(), edits };
    /// AWS Fargate pricing, us-east-1: GB and hour beyond the first 20.
    const GIB_MONTH: f64 = 0.000_111 * 730.0;
    let more = f64::from(i32::try_from(gib - DEFAULT).unwrap_or_default());
    Remedy::new(
        format!("Give the task {gib} GiB of ephemeral storage"),
        Safety::NeedsNewDeployment,
        vec![change],
    )
    .costs((more * GIB_MONTH * 100.0).round() / 100.0)
    .touches("The cost counts for each task that runs.")
    .estimate()
}
