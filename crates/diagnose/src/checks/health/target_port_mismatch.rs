//! `health/target-port-mismatch`: the load balancer asks a port on which nothing listens. The target group's own port
//! is irrelevant for targets of type `ip`: each is registered with the service's `containerPort`.

use super::balanced::register_in;
use super::balanced::{Balanced, each_group};
use super::observed::{Observed, Reason, told};
use super::ports::{Answer, answer, listeners};
use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::{Launch, Told};
use crate::report::{Confidence, Safety};
use crate::symptom::Symptom;
use ecswhy_facts::elb::TargetGroup;
use ecswhy_facts::{Fact, Gap};
use std::collections::BTreeMap;

/// The record.
pub static CHECK: Check = Check {
    id: "health/target-port-mismatch",
    title: "The application listens on the port that the load balancer asks",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::TargetUnhealthy],
    explanation: "## What it is\nThe load balancer sends its health checks to the container port under which the service registers the task, or to the target group's own health check port, and the application listens on another one. The connection is refused (Target.FailedHealthChecks).\n\n## Why it stops the launch\nThe target never becomes healthy, so ECS stops the task after the grace period.\n\n## How to fix it\nMake the three agree: the port on which the application listens, `containerPort` of the service's load balancer, and the health check port (`traffic-port` follows the second).\n\n## Sources\nElastic Load Balancing, Health checks for your target groups; ECS API reference, LoadBalancer.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    launch.task_definition()?;
    launch.observed()?;
    Ok(each_group(launch, |balanced| judge(launch, balanced)))
}

fn judge(launch: &Launch<'_>, balanced: &Balanced<'_>) -> Result<Option<Fault>, Gap> {
    if launch.steady {
        return Ok(None);
    }
    let asked = balanced.health_check_port()?;
    let Some(asked) = asked else { return Ok(None) };
    let observed = Observed::of(launch, balanced);
    // Who answers with a code listens there, and what is dropped on the way never met the port.
    if !observed.codes().is_empty() || observed.timed_out() {
        return Ok(None);
    }
    let told = told(launch, balanced);
    let said = told.map_or_else(|| Ok(Vec::new()), |told| listeners(launch, told));
    let listeners = said.as_deref().unwrap_or_default();
    if told.is_some()
        && let Answer::Elsewhere(listener) = answer(listeners, balanced.container, asked)
    {
        let message = format!(
            "Container {} listens on port {}, but target group {} asks port {asked}.",
            listener.container,
            listener.port,
            balanced.name()
        );
        let mut fault = fault(balanced, message, &observed).confidence(Confidence::Likely);
        fault.evidence.push(listener.evidence());
        return Ok(Some(with_remedy(fault, launch, balanced, asked, Some(listener.port))));
    }
    let is_said = listeners.iter().any(|listener| listener.port == asked);
    if is_said || Some(asked) == balanced.port || maps(launch, asked)? {
        return said.map(|_| None);
    }
    if told.is_none() && !is_open_question(launch) {
        return Ok(None);
    }
    let message = format!(
        "The health check of target group {} asks port {asked}, which no container of the task names.",
        balanced.name()
    );
    let fault = fault(balanced, message, &observed)
        .fact(TargetGroup::CALL, balanced.arn, "HealthCheckPort", asked)
        .confidence(Confidence::Likely);
    Ok(Some(with_remedy(fault, launch, balanced, asked, None)))
}

/// Whether nothing that AWS says explains why the launch fails: a port that no definition names can be served all the
/// same, so it is a cause only where nothing else was said.
fn is_open_question(launch: &Launch<'_>) -> bool {
    let says_something = |told: &Told| {
        !told.symptom.is_benign()
            && !matches!(told.symptom, Symptom::CircuitBreaker | Symptom::Unknown)
    };
    !launch.symptoms.iter().any(says_something)
}

/// Whether any container of the task names the port.
fn maps(launch: &Launch<'_>, port: i64) -> Result<bool, Gap> {
    let containers = &launch.task_definition()?.container_definitions;
    let mut mappings = containers.iter().flat_map(|container| &container.port_mappings);
    Ok(mappings.any(|mapping| mapping.container_port == Some(port)))
}

fn fault(balanced: &Balanced<'_>, message: String, observed: &Observed) -> Fault {
    let mut fault = Fault::new(balanced.arn, message)
        .about("target_group", balanced.arn)
        .about("target_group", balanced.name());
    fault.evidence.extend(observed.evidence(|reason| *reason == Reason::Failed).cloned());
    fault
}

fn with_remedy(
    fault: Fault,
    launch: &Launch<'_>,
    balanced: &Balanced<'_>,
    asked: i64,
    listens: Option<i64>,
) -> Fault {
    let is_override = Some(asked) != balanced.port;
    if is_override && listens.is_none_or(|listens| Some(listens) == balanced.port) {
        let port = balanced.port.map_or_else(String::new, |port| format!(" ({port})"));
        let change = Change::SetHealthCheck {
            target_group: balanced.arn.to_owned(),
            settings: BTreeMap::from([("health-check-port".to_owned(), "traffic-port".to_owned())]),
        };
        let title = format!("Let the health check ask the port that serves{port}: traffic-port");
        return fault.remedy(Remedy::new(title, Safety::NonDisruptive, vec![change]));
    }
    let Some(listens) = listens else { return fault };
    fault.remedy(Remedy::by_hand(
        format!("Register container {} with port {listens}", balanced.container),
        Safety::NeedsNewDeployment,
        format!("Register the tasks with port {listens}, or let the application listen on {asked}"),
        register_in(launch, balanced.arn, balanced.container, listens),
    ))
}
