//! The remedy that only a person has: building and pushing an image.

use super::ecr::EcrImage;
use crate::change::Change;
use crate::check::Remedy;
use crate::fix::quote;
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
                    quote(image.repository),
                    quote(&image.region)
                ),
            );
        }
    }
    remedy
}

/// The task's operating system and processor, as Docker writes them.
pub fn platform(launch: &Launch<'_>) -> &'static str {
    let definition = launch.task_definition().ok();
    let platform = definition.and_then(|definition| definition.runtime_platform.as_ref());
    let family = platform.and_then(|platform| platform.operating_system_family.as_deref());
    match platform.and_then(|platform| platform.cpu_architecture.as_deref()) {
        _ if family.is_some_and(|family| family.starts_with("WINDOWS")) => "windows/amd64",
        Some("ARM64") => "linux/arm64",
        _ => "linux/amd64",
    }
}

/// The release of Windows that a container's base image must have. ECS Developer Guide, "Windows containers on Fargate":
/// the operating system of the image matches that of the host.
fn windows_release(launch: &Launch<'_>) -> Option<&'static str> {
    let platform = launch.task_definition().ok()?.runtime_platform.as_ref()?;
    let family = platform.operating_system_family.as_deref()?;
    ["2025", "2022", "2019"].into_iter().find(|release| family.contains(release))
}

/// The command that logs Docker in to a private ECR registry.
pub fn login(image: &str) -> Option<String> {
    let parsed: ImageRef = image.parse().ok()?;
    let Registry::EcrPrivate { region, .. } = parsed.registry() else { return None };
    let host = quote(parsed.host());
    Some(format!(
        "aws ecr get-login-password --region {} | docker login --username AWS --password-stdin {host}",
        quote(&region)
    ))
}

/// Build the image for the task's platform and push it under this reference.
pub fn remedy(launch: &Launch<'_>, image: &str) -> Remedy {
    let platform = platform(launch);
    // A digest cannot be chosen: what is pushed gets its own.
    let name = image.split('@').next().unwrap_or(image);
    let quoted = quote(name);
    let mut commands: Vec<String> = login(image).into_iter().collect();
    let mut instruction = format!("Build {name} for {platform} and push it");
    if platform.starts_with("windows") {
        // BuildKit's emulation knows no Windows: such an image is built on Windows.
        let release = windows_release(launch).map_or_else(String::new, |it| format!(" {it}"));
        instruction = format!("Build {name} on Windows Server{release} and push it");
        commands.push(format!("docker build -t {quoted} ."));
        commands.push(format!("docker push {quoted}"));
    } else {
        commands.push(format!("docker buildx build --platform {platform} -t {quoted} --push ."));
    }
    Remedy::new(
        format!("Build the image for {platform} and push it"),
        Safety::AddsResources,
        vec![Change::Manual { instruction, commands }],
    )
    .estimate()
}
