//! `image/platform-mismatch`: the image has no variant for the task's architecture.

use super::ecr;
use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "image/platform-mismatch",
    title: "The images run on the task's CPU architecture",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::ImagePlatformMismatch, Symptom::ExecFormatError],
    explanation: "## What it is\nThe image has no variant for the operating system and CPU architecture of the task (X86_64 unless runtimePlatform says otherwise). Images built on Apple silicon are ARM64.\n\n## How to fix it\nBuild for the platform (`docker buildx build --platform linux/amd64`), or set `runtimePlatform.cpuArchitecture` to what the image has.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let definition = launch.task_definition()?;
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let platform = definition.runtime_platform.as_ref();
    let wanted = match platform.and_then(|platform| platform.cpu_architecture.as_deref()) {
        Some("ARM64") => "arm64",
        _ => "amd64",
    };
    if platform
        .and_then(|platform| platform.operating_system_family.as_deref())
        .is_some_and(|os| os.starts_with("WINDOWS"))
    {
        return Ok(Verdict::NotApplicable("the task runs Windows"));
    }
    let mut tally = Tally::default();
    for image in ecr::images(launch)? {
        let Some(key) = image.key() else { continue };
        // Missing images are another check's finding.
        let Some(manifest) = image.facts.ecr.manifests.ask(&key)? else { continue };
        let offered: Vec<&str> = manifest
            .platforms
            .iter()
            .filter_map(|platform| platform.architecture.as_deref())
            .filter(|name| *name != "unknown")
            .collect();
        let fits = offered.is_empty() || offered.contains(&wanted);
        let named = if wanted == "arm64" { "ARM64" } else { "X86_64" };
        tally.add(Ok((!fits).then(|| {
            let fault = Fault::new(
                image.text,
                format!(
                    "The image {} is built for {}, but the task runs on {named}.",
                    image.text,
                    offered.join(", ")
                ),
            )
            .fact(
                "ecr:BatchGetImage",
                key.clone(),
                "manifests[].platform.architecture",
                offered.join(", "),
            )
            .fact(
                "ecs:DescribeTaskDefinition",
                arn.clone(),
                "runtimePlatform.cpuArchitecture",
                named,
            )
            .about("image", image.text);
            let other = if offered.contains(&"arm64") { "ARM64" } else { "X86_64" };
            let edit = TaskDefinitionEdit::Platform { architecture: other.to_owned() };
            let change =
                Change::RegisterTaskDefinition { task_definition: arn.clone(), edits: vec![edit] };
            fault.remedy(Remedy::new(
                format!("Run the task on {other}"),
                Safety::NeedsNewDeployment,
                vec![change],
            ))
        })));
    }
    Ok(tally.verdict("no image index of a private Amazon ECR registry is used"))
}
