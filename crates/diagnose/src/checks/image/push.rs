//! The remedy that only a person has: building and pushing an image.

use super::ecr::EcrImage;
use crate::change::Change;
use crate::check::Remedy;
use crate::launch::Launch;
use crate::report::Safety;
use ecswhy_facts::{ImageRef, Registry};

/// Create the ECR repository, then build and push as [`remedy`] does.
pub fn with_repository(launch: &Launch<'_>, image: &EcrImage<'_>) -> Remedy {
    let mut remedy = remedy(launch, image.text);
    remedy.title = format!("Create the repository {} and push the image", image.repository);
    for change in &mut remedy.changes {
        if let Change::Manual { instruction, commands } = change {
            *instruction = format!(
                "Create the repository {} in account {}. {instruction}",
                image.repository, image.account
            );
            commands.insert(
                0,
                format!(
                    "aws ecr create-repository --repository-name {} --region {}",
                    image.repository, image.region
                ),
            );
        }
    }
    remedy
}

/// Build the image for the task's platform and push it under this reference.
pub fn remedy(launch: &Launch<'_>, image: &str) -> Remedy {
    let arm =
        launch.task_definition().ok().and_then(|definition| {
            definition.runtime_platform.as_ref()?.cpu_architecture.as_deref()
        }) == Some("ARM64");
    let platform = if arm { "linux/arm64" } else { "linux/amd64" };
    let mut commands = Vec::new();
    let parsed: Option<ImageRef> = image.parse().ok();
    if let Some(Registry::EcrPrivate { region, .. }) = parsed.as_ref().map(ImageRef::registry) {
        let host = image.split('/').next().unwrap_or_default();
        commands.push(format!(
            "aws ecr get-login-password --region {region} | docker login --username AWS --password-stdin {host}"
        ));
    }
    // A digest cannot be chosen: what is pushed gets its own.
    let name = image.split('@').next().unwrap_or(image);
    commands.push(format!("docker buildx build --platform {platform} -t {name} --push ."));
    let change = Change::Manual {
        instruction: format!("Build {name} for {platform} and push it"),
        commands,
    };
    Remedy::new(
        format!("Build the image for {platform} and push it"),
        Safety::AddsResources,
        vec![change],
    )
    .estimate()
}
