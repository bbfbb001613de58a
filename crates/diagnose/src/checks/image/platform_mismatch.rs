//! `image/platform-mismatch`: the image has no variant for the task's architecture.

use super::{ecr, push};
use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::ecr::ImagePlatform;
use ecswhy_facts::{Gap, GapReason};

/// The record.
pub static CHECK: Check = Check {
    id: "image/platform-mismatch",
    title: "The images run on the task's CPU architecture",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::ImagePlatformMismatch, Symptom::ExecFormatError],
    explanation: "## What it is\nThe image has no variant for the operating system and CPU architecture of the task (X86_64 unless runtimePlatform says otherwise). Images built on Apple silicon are ARM64.\n\n## Why it stops the launch\nThe pull finds no variant to fetch. An image that is no index is only found wrong when its program starts (`exec format error`).\n\n## How to see it\n`docker buildx imagetools inspect IMAGE` lists the platforms of an index; `docker image inspect IMAGE --format '{{.Os}}/{{.Architecture}}'` tells that of one image.\n\n## How to fix it\nBuild for the platform (`docker buildx build --platform linux/amd64`), or set `runtimePlatform.cpuArchitecture` to what the image has.\n\n## Sources\nECS Developer Guide, Task definitions for 64-bit ARM workloads on Amazon ECS; OCI image specification, image index.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let definition = launch.task_definition()?;
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let wanted = push::platform(launch);
    let in_question = launch.symptoms.iter().any(|told| CHECK.explains.contains(&told.symptom));
    let mut tally = Tally::default();
    for image in ecr::images(launch)? {
        let Some(key) = image.key() else { continue };
        // Missing images are another check's finding.
        let Some(manifest) = image.facts.ecr.manifests.ask(&key)? else { continue };
        let offered: Vec<String> = manifest.platforms.iter().filter_map(name).collect();
        if offered.is_empty() {
            if in_question {
                tally.add(Err(without_index(&key)));
            }
            continue;
        }
        let fits = offered.iter().any(|name| name == wanted);
        tally.add(Ok((!fits).then(|| {
            let offers = offered.join(", ");
            let message = format!(
                "The image {} is built for {offers}, but the task runs on {wanted}.",
                image.text
            );
            let fault = Fault::new(image.text, message)
                .fact("ecr:BatchGetImage", key.clone(), "manifests[].platform", offers)
                .fact("ecs:DescribeTaskDefinition", arn.clone(), "runtimePlatform", wanted)
                .about("image", image.text);
            fault.remedy(remedy(launch, &arn, image.text, &offered))
        })));
    }
    Ok(tally.verdict("no image index of a private Amazon ECR registry is used"))
}

/// Only an index names platforms; an image by itself keeps its own in its configuration (OCI image specification,
/// "Image index", "Image configuration"), which is a blob of the registry like its layers.
fn without_index(key: &str) -> Gap {
    let why = "the image is no index of several platforms, and its configuration, which names its platform, is not read".to_owned();
    Gap {
        call: "ecr:BatchGetImage".to_owned(),
        subject: key.to_owned(),
        why: GapReason::Unknowable { why },
    }
}

/// `linux/arm64`; `None`: an attestation, which is no image. A manifest without a system is one of Linux.
fn name(platform: &ImagePlatform) -> Option<String> {
    let architecture = platform.architecture.as_deref().filter(|name| *name != "unknown")?;
    Some(format!("{}/{architecture}", platform.os.as_deref().unwrap_or("linux")))
}

/// Run the task on what the image has; the operating system of a task is no matter of its image.
fn remedy(launch: &Launch<'_>, arn: &str, image: &str, offered: &[String]) -> Remedy {
    let wanted = push::platform(launch);
    let architecture =
        match offered.iter().map(String::as_str).find(|name| name.starts_with("linux/")) {
            Some("linux/arm64") if wanted.starts_with("linux/") => "ARM64",
            Some("linux/amd64") if wanted.starts_with("linux/") => "X86_64",
            _ => return push::remedy(launch, image),
        };
    let edits = vec![TaskDefinitionEdit::Platform { architecture: architecture.to_owned() }];
    let change = Change::RegisterTaskDefinition { task_definition: arn.to_owned(), edits };
    Remedy::new(format!("Run the task on {architecture}"), Safety::NeedsNewDeployment, vec![change])
}
