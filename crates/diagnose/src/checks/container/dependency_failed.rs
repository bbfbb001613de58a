//! `container/dependency-failed`: a dependsOn condition was not met.

use super::super::said::{how_often, said};
use super::ended::{self, End};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::{Attempt, Launch, Told};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;
use ecswhy_facts::ecs::ContainerDependency;

/// The record.
pub static CHECK: Check = Check {
    id: "container/dependency-failed",
    title: "The containers that others wait for come up",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::DependencyFailed, Symptom::StuckPending],
    explanation: "## What it is\n`dependsOn` waits for a container that did not reach its condition (START, COMPLETE, SUCCESS, HEALTHY) in time.\n\n## Why it stops the launch\nThe waiting container is not started. Without `startTimeout` the task stays PENDING and ECS says nothing.\n\n## How to fix it\nRepair the container that is waited for: its own log and health check say why. Raise its `startTimeout` if it only needs longer.\n\n## Sources\nECS API reference, ContainerDependency.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| match told.symptom {
        Symptom::StuckPending => waits(launch, told),
        _ => Some(failed(launch, told)),
    }))
}

/// AWS says that a dependency failed.
fn failed(launch: &Launch<'_>, told: &Told) -> Fault {
    let end = End::of(launch, told);
    let waiting = end.container.clone();
    let depends = launch.container(&waiting).map(|container| container.depends_on.as_slice());
    let named = told.parameters.get("dependency").cloned();
    let condition = |name: &str| {
        let of = |each: &&ContainerDependency| each.container_name.as_deref() == Some(name);
        depends.unwrap_or_default().iter().find(of)?.condition.clone()
    };
    let only = || match depends {
        Some([only]) => only.container_name.clone(),
        _ => None,
    };
    let Some(dependency) = named.or_else(only) else {
        let message = format!(
            "A container that {waiting} depends on did not reach its condition ({}).",
            how_often(told)
        );
        return end.evidence(Fault::new(waiting, message));
    };
    let what = condition(&dependency).map_or_else(
        || "its condition".to_owned(),
        |condition| format!("the condition {condition}"),
    );
    let message = format!(
        "Container {waiting} waits for container {dependency}, which did not reach {what} ({}).",
        how_often(told)
    );
    let fault = end.evidence(Fault::new(waiting, message));
    with_dependency(fault, launch, ended::attempts_of(launch, told).next(), &dependency)
}

/// The task is pending, a container of it waits, and what it waits for runs without the condition.
fn waits(launch: &Launch<'_>, told: &Told) -> Option<Fault> {
    let attempt = ended::attempts_of(launch, told).next()?;
    let definition = launch.definition_of(attempt.task)?;
    let (waiting, dependency) = definition.container_definitions.iter().find_map(|container| {
        let name = container.name.as_deref()?;
        let state = ended::container_of(attempt, name)?;
        if state.last_status.as_deref() != Some("PENDING") {
            return None;
        }
        let unmet = container.depends_on.iter().find(|dependency| {
            let Some(other) = dependency
                .container_name
                .as_deref()
                .and_then(|name| ended::container_of(attempt, name))
            else {
                return false;
            };
            let runs = other.last_status.as_deref() == Some("RUNNING");
            match dependency.condition.as_deref() {
                Some("HEALTHY") => runs && other.health_status.as_deref() != Some("HEALTHY"),
                Some("COMPLETE" | "SUCCESS") => runs,
                _ => false,
            }
        })?;
        Some((name, unmet))
    })?;
    let name = dependency.container_name.as_deref()?;
    let message = format!(
        "Container {waiting} waits for container {name}, which runs but is not {} ({}).",
        dependency.condition.as_deref().unwrap_or("ready"),
        how_often(told)
    );
    let fault = Fault::new(waiting, message);
    Some(with_dependency(fault, launch, Some(attempt), name))
}

/// Adds what is known of the container that is waited for.
fn with_dependency(
    mut fault: Fault,
    launch: &Launch<'_>,
    attempt: Option<&Attempt<'_>>,
    dependency: &str,
) -> Fault {
    let Some(attempt) = attempt else { return fault };
    let task = attempt.task.id().unwrap_or_default();
    if let Some(container) = ended::container_of(attempt, dependency) {
        let state = [
            ("lastStatus", container.last_status.clone()),
            ("healthStatus", container.health_status.clone()),
            ("exitCode", container.exit_code.map(|code| code.to_string())),
        ];
        for (field, value) in state {
            if let Some(value) = value {
                let field = format!("containers[{dependency}].{field}");
                fault = fault.fact("ecs:DescribeTasks", task, &field, value);
            }
        }
    }
    let check = launch.container(dependency).and_then(|container| container.health_check.as_ref());
    if let Some(check) = check {
        fault = fault.fact(
            "ecs:DescribeTaskDefinition",
            launch.task_definition_arn().unwrap_or_default(),
            &format!("containerDefinitions[{dependency}].healthCheck.command"),
            check.command.join(" "),
        );
    }
    if let Ok(Some(log)) = launch.log(attempt.task, dependency) {
        let told = log.cause().map(|said| said.line_index);
        fault.evidence.push(ended::last_lines(&log, told));
    }
    fault
}
