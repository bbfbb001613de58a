//! `health/container-check-too-early`: the container is found unhealthy while it still starts.

use super::container_check::{Checked, failed, told};
use super::container_check_command_missing;
use super::grace_period_too_short::{measured, set_grace};
use super::timing::{Cadence, MARGIN, Timing, timing};
use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::checks::container::ended;
use crate::launch::{Attempt, Launch, Told};
use crate::report::{Confidence, Evidence, Safety};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "health/container-check-too-early",
    title: "The container's own health check waits until the application has started",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::ContainerUnhealthy],
    explanation: "## What it is\nFailures of the container health check count from the end of `startPeriod` on. After `retries` of them, one every `interval` seconds, the container is UNHEALTHY, and the application was not ready by then.\n\n## Why it stops the launch\nECS stops a task of a service whose essential container is UNHEALTHY once the grace period is over.\n\n## How to fix it\nSet `startPeriod` (300 s at most) to the measured time to listen plus a margin. The service's health check grace period covers container health checks, too, and needs no new deployment.\n\n## Sources\nECS API reference, HealthCheck; UpdateService, healthCheckGracePeriodSeconds.\n",
    run,
};

/// The longest `startPeriod`, seconds. Source: ECS API reference, HealthCheck.
const LONGEST_START_PERIOD: i64 = 300;

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    launch.task_definition()?;
    launch.observed()?;
    let Some(told) = told(launch) else { return Ok(Verdict::Pass) };
    let Some(checked) = failed(launch, told) else {
        return Ok(Verdict::NotApplicable("no container checks itself"));
    };
    let timing = found(launch, told, &checked);
    Ok(match fault(launch, told, &checked, timing) {
        Some(fault) => Verdict::Fail(vec![fault]),
        None => Verdict::Pass,
    })
}

/// How the container's start compares with the time that its check leaves.
pub(super) fn found(launch: &Launch<'_>, told: &Told, checked: &Checked<'_>) -> Timing {
    // A command that cannot be executed fails at any time.
    if matches!(container_check_command_missing::CHECK.judge(launch), Verdict::Fail(_)) {
        return Timing::Fine;
    }
    let grace = launch.service.and_then(|service| service.health_check_grace_period_seconds);
    let cadence = Cadence::of_container(checked.check);
    timing(launch, told, &checked.container, cadence, grace.unwrap_or_default())
}

fn fault(launch: &Launch<'_>, told: &Told, checked: &Checked<'_>, timing: Timing) -> Option<Fault> {
    let cadence = Cadence::of_container(checked.check);
    let lived = ended::attempts_of(launch, told).filter_map(Attempt::lived_seconds).max()?;
    let unhealthy = format!(
        "{} s + {} s x {} = {} s",
        cadence.start_period,
        cadence.interval,
        cadence.failures,
        cadence.unhealthy_after()
    );
    let (message, start_period, evidence, sure) = match timing {
        Timing::Fine => return None,
        Timing::TooLate(listened) => {
            let message = format!(
                "Container {} takes {} s to listen, but its health check finds it unhealthy after {unhealthy}.",
                checked.container, listened.seconds
            );
            let start_period = listened.seconds + MARGIN;
            (message, start_period, measured(&listened), Confidence::Certain)
        }
        Timing::StillStarting { stream, line } => {
            let message = format!(
                "Container {} is still starting when its health check finds it unhealthy, after {unhealthy}.",
                checked.container
            );
            let evidence = Evidence::fact("logs:GetLogEvents", stream, "events[].message", line);
            (message, lived * 2 + MARGIN, evidence, Confidence::Likely)
        }
    };
    let arn = launch.task_definition_arn().unwrap_or_default();
    let mut fault = Fault::new(checked.container.clone(), message)
        .confidence(sure)
        .fact(
            "ecs:DescribeTaskDefinition",
            arn,
            &format!(
                "containerDefinitions[{}].healthCheck: startPeriod + interval x retries",
                checked.container
            ),
            &unhealthy,
        )
        .fact(
            "ecs:DescribeTasks",
            told.tasks.first().cloned().unwrap_or_default(),
            "stoppingAt - startedAt",
            format!("{lived} s"),
        );
    fault.evidence.push(evidence);
    if launch.target.service().is_some() {
        let seconds = start_period + cadence.interval;
        fault = fault.remedy(set_grace(launch, seconds));
    }
    let edit = TaskDefinitionEdit::HealthCheck {
        container: checked.container.clone(),
        start_period: Some(start_period.min(LONGEST_START_PERIOD)),
        command: None,
        retries: None,
    };
    let change =
        Change::RegisterTaskDefinition { task_definition: arn.to_owned(), edits: vec![edit] };
    let title = format!(
        "Give the container {} s before its failures count: startPeriod",
        start_period.min(LONGEST_START_PERIOD)
    );
    Some(fault.remedy(Remedy::new(title, Safety::NeedsNewDeployment, vec![change]).estimate()))
}
