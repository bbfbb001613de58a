//! `image/rate-limited`: the registry said so.

use super::super::said::{how_often, said};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "image/rate-limited",
    title: "The registry answers without a rate limit",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::RegistryRateLimited],
    explanation: "## What it is\nDocker Hub and ECR public limit anonymous pulls per address; all tasks behind one NAT gateway share it.\n\n## How to fix it\nCopy the image to Amazon ECR (a pull-through cache rule does it by itself), or give the container repositoryCredentials.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let image = told
            .parameters
            .get("image")
            .or_else(|| told.parameters.get("registry"))
            .cloned()
            .unwrap_or_else(|| launch.target.key());
        Some(Fault::new(
            image.clone(),
            format!(
                "The registry refused the pull of {image} because of its rate limit ({}).",
                how_often(told)
            ),
        ))
    }))
}
