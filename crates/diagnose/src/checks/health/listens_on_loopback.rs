//! `health/listens-on-loopback`: the application listens on an address that only its own task reaches.

use super::balanced::{Balanced, each_group};
use super::observed::{Observed, Reason, told};
use super::ports::{Answer, Listener, answer, listeners};
use crate::Stage;
use crate::change::Change;
use crate::change::TaskDefinitionEdit;
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
    let container = &listener.container;
    let Some((variable, value)) = address_variable(launch, container) else {
        return Remedy::by_hand(
            "Let the application listen on 0.0.0.0",
            Safety::NeedsNewDeployment,
            format!(
                "Let the application in container {container} listen on 0.0.0.0:{}, by its variable or option for the address",
                listener.port
            ),
            launch.revision_by_hand(),
        );
    };
    let edit = TaskDefinitionEdit::Environment {
        container: container.clone(),
        name: variable.to_owned(),
        value: value.clone(),
    };
    let task_definition = launch.task_definition_arn().unwrap_or_default().to_owned();
    let change = Change::RegisterTaskDefinition { task_definition, edits: vec![edit] };
    let title = format!("Set {variable} to {value} in container {container}");
    Remedy::new(title, Safety::NeedsNewDeployment, vec![change]).estimate()
}

/// The variable that names the address on which the application listens, and the value that means all addresses.
fn address_variable<'l>(launch: &Launch<'l>, container: &str) -> Option<(&'l str, String)> {
    let is_loopback = |host: &str| matches!(host, "127.0.0.1" | "localhost" | "::1" | "[::1]");
    launch.container(container)?.environment.iter().find_map(|each| {
        let value = each.value.as_deref()?;
        let with_port = value.rsplit_once(':').filter(|(host, port)| {
            is_loopback(host) && port.chars().all(|digit| digit.is_ascii_digit())
        });
        let open = match with_port {
            _ if is_loopback(value) => "0.0.0.0".to_owned(),
            Some((_, port)) => format!("0.0.0.0:{port}"),
            None => return None,
        };
        Some((each.name.as_deref()?, open))
    })
}
