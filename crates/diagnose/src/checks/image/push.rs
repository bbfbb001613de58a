//! The remedy that only a person has: building and pushing an image.

use super::ecr::EcrImage;
use crate::check::Remedy;
use crate::launch::Launch;
use crate::report::Safety;
use crate::shell::Command;
use ecswhy_facts::{ImageRef, Registry};
use std::iter;

/// Create the ECR repository, then build and push as [`remedy`] does.
pub fn with_repository(launch: &Launch<'_>, image: &EcrImage<'_>) -> Remedy {
    let (instruction, commands) = steps(launch, image.text);
    let create = Command::aws("ecr create-repository")
        .arg("--repository-name", image.repository)
        .region(&image.region);
    Remedy::by_hand(
        format!("Create the repository {} and push the image", image.repository),
        Safety::AddsResources,
        format!(
            "Create the repository {} in account {}. {instruction}",
            image.repository, image.account
        ),
        iter::once(create).chain(commands),
    )
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
pub(crate) fn login(image: &str) -> Option<Command> {
    let parsed: ImageRef = image.parse().ok()?;
    let Registry::EcrPrivate { region, .. } = parsed.registry() else { return None };
    Some(login_to(parsed.host(), &region))
}

/// The same for the host of a registry.
pub(crate) fn login_to(host: &str, region: &str) -> Command {
    let docker = Command::program("docker login --username AWS --password-stdin").word(host);
    Command::aws("ecr get-login-password").region(region).piped(docker)
}

/// Build the image for the task's platform and push it under this reference.
pub fn remedy(launch: &Launch<'_>, image: &str) -> Remedy {
    let (instruction, commands) = steps(launch, image);
    let title = format!("Build the image for {} and push it", platform(launch));
    Remedy::by_hand(title, Safety::AddsResources, instruction, commands)
}

fn steps(launch: &Launch<'_>, image: &str) -> (String, Vec<Command>) {
    let platform = platform(launch);
    // A digest cannot be chosen: what is pushed gets its own.
    let name = image.split('@').next().unwrap_or(image);
    let docker = |words: &str| Command::program(&format!("docker {words}"));
    let mut commands: Vec<Command> = login(image).into_iter().collect();
    let mut instruction = format!("Build {name} for {platform} and push it");
    if platform.starts_with("windows") {
        // BuildKit's emulation knows no Windows: such an image is built on Windows.
        let release = windows_release(launch).map_or_else(String::new, |it| format!(" {it}"));
        instruction = format!("Build {name} on Windows Server{release} and push it");
        commands.push(docker("build").arg("-t", name).flag("."));
        commands.push(docker("push").word(name));
    } else {
        let build = docker("buildx build --platform").word(platform);
        commands.push(build.arg("-t", name).flag("--push ."));
    }
    (instruction, commands)
}
