//! `image/reference-invalid`: a text that names no image.

use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "image/reference-invalid",
    title: "The image references are valid",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::ImageReferenceInvalid, Symptom::ImagePullFailed, Symptom::ImageNotFound],
    explanation: "## What it is\nThe text under `image` is not an image reference: upper case in the repository, an empty tag, an ARN instead of a URI, a placeholder that a pipeline did not replace.\n\n## Why it stops the launch\nThe container runtime cannot tell which registry to ask, so the pull does not begin.\n\n## How to see it\n`aws ecs describe-task-definition --task-definition FAMILY --query 'taskDefinition.containerDefinitions[].image'`.\n\n## How to fix it\nRegister the task definition with `registry/repository:tag` or `registry/repository@sha256:...`.\n\n## Sources\nECS API reference, ContainerDefinition, image; distribution project, reference grammar.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    let arn = launch.task_definition_arn().unwrap_or_default();
    for need in &launch.needs()?.images {
        tally.add(Ok(need.image.as_ref().err().map(|error| {
            Fault::new(
                need.text.clone(),
                format!(
                    "The image of container {} is not a valid reference: {error}.",
                    need.container
                ),
            )
            .fact("ecs:DescribeTaskDefinition", arn, "image", &need.text)
            .about("image", need.text.clone())
        })));
    }
    Ok(tally.verdict("no container names an image"))
}
