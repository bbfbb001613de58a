//! `image/too-large`: no space left while unpacking.

use super::super::said::{how_often, said};
use super::super::storage::ephemeral::{Ephemeral, while_pulling};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::fallback;
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "image/too-large",
    title: "The images fit the task's ephemeral storage",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::DiskFull],
    explanation: "## What it is\nThe image, unpacked, does not fit the task's ephemeral storage: 20 GiB unless the task definition asks for more (up to 200). Packed and unpacked layers share it with what the containers write.\n\n## Why it stops the launch\nThe pull ends with `no space left on device`, and the task never starts.\n\n## How to see it\n`aws ecr describe-images --repository-name NAME --query 'imageDetails[].imageSizeInBytes'` gives the packed size; unpacked it is two to three times as much.\n\n## How to fix it\nSet `ephemeralStorage.sizeInGiB`, or make the image smaller (build in stages, leave build tools and caches out).\n\n## Sources\nECS Developer Guide, Fargate task ephemeral storage.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let storage = Ephemeral::of(launch.task_definition()?);
    Ok(said(launch, CHECK.explains, |told| {
        // Outside of a pull the image is not what fills the storage.
        if !while_pulling(told) {
            return None;
        }
        let message = format!(
            "The image does not fit the task's {} GiB of ephemeral storage ({}).",
            storage.gib,
            how_often(told)
        );
        let image = fallback::subject(CHECK.id, launch, told);
        Some(storage.with_evidence(Fault::new(image, message)))
    }))
}
