//! `container/exec-format`: exec format error, in the runtime's message or in the container's log.

use super::super::said::{how_often, said};
use super::ended::End;
use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::checks::image::push;
use crate::launch::Launch;
use crate::loglines::LogKind;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/exec-format",
    title: "The program fits the CPU",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::ExecFormatError, Symptom::AppError, Symptom::CommandNotStartable],
    explanation: "## What it is\nThe program in the image is built for another CPU architecture than the task's. With an image of one platform only, nothing notices before the program starts, and only the container's log says so. A script without `#!` in its first line fails the same way.\n\n## Why it stops the launch\nThe kernel cannot execute the file, so the container ends at once.\n\n## How to fix it\nBuild the image for the task's platform (`docker buildx build --platform`), or set `runtimePlatform.cpuArchitecture` to the image's.\n\n## Sources\nECS Developer Guide, Task definition parameters for Fargate, runtime platform.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let definition = launch.task_definition()?;
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let written = definition
        .runtime_platform
        .as_ref()
        .and_then(|platform| platform.cpu_architecture.as_deref());
    // ECS API reference, RuntimePlatform: without a value Fargate takes X86_64.
    let wanted = written.unwrap_or("X86_64");
    let other = if wanted == "ARM64" { "X86_64" } else { "ARM64" };
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        if told.symptom != Symptom::ExecFormatError && end.kind() != Some(LogKind::ExecFormat) {
            return None;
        }
        let message = format!(
            "The program of container {} is not built for {wanted}, the CPU architecture of the task ({}).",
            end.container,
            how_often(told)
        );
        let fault = end.evidence(Fault::new(end.container.clone(), message)).fact(
            "ecs:DescribeTaskDefinition",
            arn.clone(),
            "runtimePlatform.cpuArchitecture",
            written.unwrap_or("(absent: X86_64)"),
        );
        let edit = TaskDefinitionEdit::Platform { architecture: other.to_owned() };
        let change =
            Change::RegisterTaskDefinition { task_definition: arn.clone(), edits: vec![edit] };
        let fault = fault.remedy(
            Remedy::new(
                format!("Run the task on {other}"),
                Safety::NeedsNewDeployment,
                vec![change],
            )
            .estimate(),
        );
        let image = launch.container(&end.container).and_then(|each| each.image.as_deref());
        Some(match image {
            Some(image) => fault.remedy(push::remedy(launch, image)),
            None => fault,
        })
    }))
}
