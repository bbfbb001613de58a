//! `container/port-in-use`: two processes of the task listen on one port.

use super::super::said::{how_often, said};
use super::ended::End;
use crate::Stage;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::loglines::LogKind;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/port-in-use",
    title: "Every process of the task has a port of its own",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::ContainerExited, Symptom::AppError],
    explanation: "## What it is\nAll containers of a task on Fargate share one network interface, so only one process may listen on a port. A second one ends with EADDRINUSE.\n\n## Why it stops the launch\nThe process that comes second ends, and the task with it.\n\n## How to fix it\nLet one of the two listen on another port: two containers of one image, a sidecar with the application's port, or an application that starts itself twice.\n\n## Sources\nECS Developer Guide, Task networking for Fargate (network mode awsvpc).\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let definition = launch.task_definition()?;
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        let said = end.said().filter(|said| said.kind == LogKind::PortInUse)?;
        if end.code == Some(0) {
            return None;
        }
        let port = said.get("port");
        let named = port.map_or_else(|| "its port".to_owned(), |port| format!("port {port}"));
        let also = definition.container_definitions.iter().find(|other| {
            other.name.as_deref() != Some(&end.container)
                && other.port_mappings.iter().any(|mapping| {
                    mapping.container_port.map(|port| port.to_string()).as_deref() == port
                })
        });
        let who = match also.and_then(|other| other.name.as_deref()) {
            Some(other) => format!("container {other} of the same task uses it, too"),
            None => "another process of the task listens on it".to_owned(),
        };
        let message = format!(
            "Container {} ends{} because {named} is taken: {who} ({}).",
            end.container,
            end.with_code(),
            how_often(told)
        );
        let remedy = Remedy::by_hand(
            format!("Give {named} to one process of the task only"),
            Safety::NeedsNewDeployment,
            format!(
                "Let one of the processes listen on another port than {}: in its code, or by a variable of the task definition",
                port.unwrap_or("this one")
            ),
            launch.revision_by_hand(),
        );
        Some(end.evidence(Fault::new(end.container.clone(), message)).remedy(remedy))
    }))
}
