//! `health/grace-period-too-short`: ECS stops the task before the application has had the time to start.

use super::balanced::{Balanced, each_group};
use super::observed::{Observed, Reason, told};
use super::timing::{Cadence, MARGIN, Timing, timing};
use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::checks::container::ended;
use crate::launch::{Attempt, Launch, Listened, Told};
use crate::report::{Confidence, Evidence, Safety};
use crate::symptom::Symptom;
use ecswhy_facts::ecs::Service;
use ecswhy_facts::elb::TargetGroup;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "health/grace-period-too-short",
    title: "The grace period leaves the application the time that it takes to start",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::TargetUnhealthy],
    explanation: "## What it is\nECS ignores the load balancer's health checks during the service's health check grace period, counted from the task's start. After that it stops a task whose target is unhealthy. The checks themselves run all the time: a target that turned unhealthy while the application was booting needs HealthyThresholdCount successes in a row, a fresh one only the first.\n\n## Why it stops the launch\nEach task is stopped before the application answers, and the next one starts from the beginning.\n\n## How to fix it\nSet the grace period to the measured time to listen, plus the interval times the successes that are needed, plus a margin. It takes effect without a new deployment, and it covers container health checks, too.\n\n## Sources\nECS API reference, UpdateService, healthCheckGracePeriodSeconds; Elastic Load Balancing, Health checks for your target groups.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    launch.task_definition()?;
    launch.observed()?;
    let Some(service) = launch.service else {
        return Ok(Verdict::NotApplicable("a standalone task is not stopped for its health"));
    };
    Ok(each_group(launch, |balanced| match told(launch, balanced) {
        Some(told) => judge(launch, service, balanced, told),
        None => Ok(None),
    }))
}

fn judge(
    launch: &Launch<'_>,
    service: &Service,
    balanced: &Balanced<'_>,
    told: &Told,
) -> Result<Option<Fault>, Gap> {
    let Some(group) = balanced.group.clone()? else { return Ok(None) };
    let observed = Observed::of(launch, balanced);
    // Who answers with a code listens already; what times out is not refused, as a port without a listener is.
    if !observed.codes().is_empty() || observed.timed_out() {
        return Ok(None);
    }
    let grace = service.health_check_grace_period_seconds.unwrap_or_default();
    let cadence = Cadence::of_target_group(group);
    let found = timing(launch, told, balanced.container, cadence, grace);
    let lived = ended::attempts_of(launch, told).filter_map(Attempt::lived_seconds).max();
    let arn = launch.arn();
    let lived_words = lived.map_or_else(String::new, |lived| format!(" after {lived} s"));
    let (message, seconds, evidence, sure) = match found {
        Timing::Fine => return Ok(None),
        Timing::TooLate(listened) => {
            let needed = cadence.successes_needed(listened.seconds);
            let seconds = listened.seconds + cadence.interval * needed + MARGIN;
            let message = format!(
                "Container {} takes {} s to listen, but ECS stops its tasks{lived_words}: the grace period is {grace} s. It should be {} s + {} s x {needed} + {MARGIN} s = {seconds} s.",
                balanced.container, listened.seconds, listened.seconds, cadence.interval
            );
            (message, seconds, measured(&listened), Confidence::Certain)
        }
        Timing::StillStarting { stream, line } => {
            let lived = lived.unwrap_or_default();
            let seconds = lived * 2 + cadence.interval * cadence.successes + MARGIN;
            let message = format!(
                "Container {} is still starting when ECS stops its tasks{lived_words}: the grace period is {grace} s.",
                balanced.container
            );
            let evidence = Evidence::fact("logs:GetLogEvents", stream, "events[].message", line);
            (message, seconds, evidence, Confidence::Likely)
        }
    };
    let mut fault = Fault::new(arn.clone(), message)
        .about("target_group", balanced.arn)
        .about("target_group", balanced.name())
        .confidence(sure)
        .fact(Service::CALL, arn, "healthCheckGracePeriodSeconds", grace)
        .fact(
            TargetGroup::CALL,
            balanced.arn,
            "HealthCheckIntervalSeconds x UnhealthyThresholdCount",
            format!("{} s x {}", cadence.interval, cadence.failures),
        );
    fault.evidence.push(evidence);
    fault.evidence.extend(observed.evidence(|reason| *reason == Reason::Failed).cloned());
    Ok(Some(fault.remedy(set_grace(launch, seconds))))
}

/// The line that was measured, with its time.
pub(super) fn measured(listened: &Listened) -> Evidence {
    Evidence::fact(
        "logs:GetLogEvents",
        listened.stream.clone(),
        "events[].message",
        format!(
            "{} s after the start of task {}: {}",
            listened.seconds, listened.task, listened.line
        ),
    )
}

/// Sets the grace period; it takes effect at once.
pub(super) fn set_grace(launch: &Launch<'_>, seconds: i64) -> Remedy {
    let was = launch.service.and_then(|service| service.health_check_grace_period_seconds);
    let change = Change::SetGracePeriod {
        cluster: launch.target.cluster().to_owned(),
        service: launch.target.service().unwrap_or_default().to_owned(),
        seconds,
        was,
    };
    Remedy::new(
        format!("Set the health check grace period to {seconds} s"),
        Safety::NonDisruptive,
        vec![change],
    )
    .touches("A task that is unhealthy for another reason is stopped that much later.")
    .estimate()
}
