//! `image/too-large`: no space left while unpacking.

use super::super::said::{how_often, said};
use super::super::storage::ephemeral_full::while_pulling;
use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "image/too-large",
    title: "The images fit the task's ephemeral storage",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::DiskFull],
    explanation: "## What it is\nThe image, unpacked, does not fit the task's ephemeral storage: 20 GiB unless the task definition asks for more (up to 200).\n\n## How to fix it\nSet `ephemeralStorage.sizeInGiB`, or make the image smaller.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let definition = launch.task_definition()?;
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let now =
        definition.ephemeral_storage.as_ref().and_then(|storage| storage.size_in_gib).unwrap_or(20);
    Ok(said(launch, CHECK.explains, |told| {
        // Outside of a pull the image is not what fills the storage.
        if !while_pulling(told) {
            return None;
        }
        let image = told.parameters.get("image").cloned().unwrap_or_else(|| arn.clone());
        let edit = TaskDefinitionEdit::EphemeralStorage { gib: (now * 2).clamp(21, 200) };
        let change =
            Change::RegisterTaskDefinition { task_definition: arn.clone(), edits: vec![edit] };
        Some(
            Fault::new(
                image,
                format!(
                    "The image does not fit the task's {now} GiB of ephemeral storage ({}).",
                    how_often(told)
                ),
            )
            .remedy(
                Remedy::new(
                    format!("Give the task {} GiB of ephemeral storage", (now * 2).clamp(21, 200)),
                    Safety::NeedsNewDeployment,
                    vec![change],
                )
                .estimate(),
            ),
        )
    }))
}
