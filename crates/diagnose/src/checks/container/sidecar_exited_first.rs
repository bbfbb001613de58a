//! `container/sidecar-exited-first`: another container than the application's ended first.

use super::super::said::{how_often, said};
use super::ended::End;
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/sidecar-exited-first",
    title: "Sidecars outlive the application",
    stage: Stage::Container,
    weight: Weight::Risk,
    explains: &[Symptom::ContainerExited, Symptom::AppError],
    explanation: "## What it is\nAn essential container beside the application ended first and took the task with it.\n\n## How to fix it\nRepair the sidecar, or set `essential: false` for it.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        let container = end.container.clone();
        let first = launch.task_definition().ok()?.container_definitions.first()?.name.clone()?;
        let serves = launch
            .service
            .and_then(|service| service.load_balancers.first()?.container_name.clone())
            .unwrap_or(first);
        if serves == container || launch.container(&container).is_none() {
            return None;
        }
        let fault = Fault::new(
            container.clone(),
            format!(
                "Container {container}, not {serves}, ended first and stopped the task ({}).",
                how_often(told)
            ),
        );
        Some(end.evidence(fault))
    }))
}
