//! `container/sidecar-exited-first`: another container than the application's ended first.

use super::super::said::{how_often, said};
use super::app_error::reason;
use super::ended::{self, End};
use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::{Confidence, Safety};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/sidecar-exited-first",
    title: "Sidecars outlive the application",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::ContainerExited, Symptom::AppError],
    explanation: "## What it is\nAn essential container beside the application ended first and took the task with it. The application's own 143 or 137 is what ECS sent it then.\n\n## Why it stops the launch\nWhen an essential container ends, ECS stops the whole task.\n\n## How to fix it\nRepair the sidecar, or set `essential: false` for it.\n\n## Sources\nECS API reference, ContainerDefinition, essential.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    launch.task_definition()?;
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        let sidecar = end.container.as_str();
        if !ended::is_sidecar(launch, sidecar) || ended::is_told_otherwise(&end) {
            return None;
        }
        let serves = ended::application(launch).unwrap_or_default();
        let why = end.said().and_then(reason).map_or_else(String::new, |why| format!(": {why}"));
        let message = format!(
            "Container {sidecar}, not {serves}, ended first{} and stopped the task with it{why} ({}).",
            end.with_code(),
            how_often(told)
        );
        let mut fault = end.evidence(Fault::new(sidecar, message));
        let others =
            ended::attempts_of(launch, told).next().map(|attempt| &attempt.task.containers);
        for other in others.into_iter().flatten() {
            if let (Some(name), Some(code)) = (other.name.as_deref(), other.exit_code)
                && name != sidecar
            {
                fault = fault.fact(
                    "ecs:DescribeTasks",
                    told.tasks.first().cloned().unwrap_or_default(),
                    &format!("containers[{name}].exitCode"),
                    code,
                );
            }
        }
        let fault = if end.log_is_unread { fault.confidence(Confidence::Likely) } else { fault };
        let edit =
            TaskDefinitionEdit::Essential { container: sidecar.to_owned(), essential: false };
        let change = Change::RegisterTaskDefinition {
            task_definition: launch.task_definition_arn().unwrap_or_default().to_owned(),
            edits: vec![edit],
        };
        Some(
            fault.remedy(
                Remedy::new(
                    format!("Let the task outlive container {sidecar}: set essential to false"),
                    Safety::NeedsNewDeployment,
                    vec![change],
                )
                .touches(format!("The task then runs on without {sidecar} when it ends."))
                .estimate(),
            ),
        )
    }))
}
