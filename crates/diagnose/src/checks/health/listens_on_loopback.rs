//! `health/listens-on-loopback`: the application listens on an address that only its own task reaches.

use super::balanced::{Balanced, each_group};
use super::observed::{Observed, Reason, told};
use super::ports::{Answer, Listener, answer, listeners};
use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "health/listens-on-loopback",
    title: "The application listens on an address that the load balancer reaches",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::TargetUnhealthy],
    explanation: "## What it is\nThe application's log says that it listens on 127.0.0.1, localhost or ::1. Containers of the same task reach it there, and a container health check passes; the load balancer is refused.\n\n## Why it stops the launch\nThe target never becomes healthy, so ECS stops the task after the grace period.\n\n## How to fix it\nLet the application listen on 0.0.0.0 (all addresses): often a variable such as HOST, or an option such as `--host 0.0.0.0`.\n\n## Sources\nECS Developer Guide, Troubleshooting service load balancers.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    launch.task_definition()?;
    launch.observed()?;
    Ok(each_group(launch, |balanced| judge(launch, balanced)))
}

fn judge(launch: &Launch<'_>, balanced: &Balanced<'_>) -> Result<Option<Fault>, Gap> {
    let Some(told) = told(launch, balanced) else { return Ok(None) };
    let Some(asked) = balanced.health_check_port()? else { return Ok(None) };
    let observed = Observed::of(launch, balanced);
    if !observed.codes().is_empty() {
        return Ok(None);
    }
    let listeners = listeners(launch, told)?;
    let listener = match answer(&listeners, balanced.container, asked) {
        Answer::LoopbackOnly(listener) => listener,
        _ => return Ok(None),
    };
    let message = format!(
        "Container {} listens on a loopback address of port {}, where the load balancer cannot reach it.",
        listener.container, listener.port
    );
    let mut fault = Fault::new(listener.container.clone(), message)
        .about("target_group", balanced.arn)
        .about("target_group", balanced.name());
    fault.evidence.push(listener.evidence());
    fault.evidence.extend(observed.evidence(|reason| *reason == Reason::Failed).cloned());
    Ok(Some(fault.remedy(remedy(launch, &listener))))
}

fn remedy(launch: &Launch<'_>, listener: &Listener) -> Remedy {
    let is_loopback = |value: &str| matches!(value, "127.0.0.1" | "localhost" | "::1");
    let variable = launch.container(&listener.container).and_then(|container| {
        let set = container.environment.iter().find(|each| {
            each.value.as_deref().is_some_and(|value| {
                is_loopback(value)
                    || is_loopback(value.rsplit_once(':').map_or(value, |(host, _)| host))
            })
        })?;
        set.name.clone()
    });
    let instruction = match &variable {
        Some(variable) => format!(
            "Set {variable} to 0.0.0.0 in container {} of the task definition",
            listener.container
        ),
        None => format!(
            "Let the application in container {} listen on 0.0.0.0:{}, by its variable or option for the address",
            listener.container, listener.port
        ),
    };
    let family = launch
        .task_definition()
        .ok()
        .and_then(|definition| definition.family.clone())
        .unwrap_or_default();
    let commands = vec![
        format!(
            "aws ecs describe-task-definition --task-definition {family} --query 'taskDefinition.containerDefinitions[?name==`{}`].[environment,command]'",
            listener.container
        ),
        "aws ecs register-task-definition --cli-input-json file://task-definition.json".to_owned(),
    ];
    Remedy::new(
        "Let the application listen on 0.0.0.0",
        Safety::NeedsNewDeployment,
        vec![Change::Manual { instruction, commands }],
    )
    .estimate()
}
