//! `container/exited-zero`: a job run as a service.

use super::super::said::{how_often, said};
use super::ended::{self, End};
use super::next_steps::{read_log, run_as_task};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/exited-zero",
    title: "The containers keep running",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::ContainerExited],
    explanation: "## What it is\nAn essential container ended with exit code 0: its work was done, or its command put the application in the background and returned.\n\n## Why it stops the launch\nA service keeps its tasks running, so ECS stops the task and starts another, which ends the same way.\n\n## How to fix it\nWhat does its work and ends is a task, not a service: run it with `aws ecs run-task`, or at fixed times by an EventBridge schedule. A server must stay in the foreground (`nginx -g 'daemon off;'`, `apachectl -D FOREGROUND`). A container that only prepares the others (migrations, configuration) is not essential: `essential: false`, and `dependsOn` with SUCCESS in those that wait for it.\n\n## Sources\nECS API reference, ContainerDefinition, essential; ECS Developer Guide, Container dependency.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        let container = end.container.clone();
        if end.code != Some(0) || ended::is_sidecar(launch, &container) {
            return None;
        }
        let fault = Fault::new(
            container.clone(),
            format!(
                "Container {container} did its work and ended (exit code 0); a service expects it to keep running ({}).",
                how_often(told)
            ),
        );
        let fault = run_as_task(launch).into_iter().fold(end.evidence(fault), Fault::remedy);
        Some(fault.remedy(read_log(launch, &end)))
    }))
}
