//! `health/target-unhealthy`: the load balancer finds the tasks unhealthy, and nothing more is known.

use super::balanced::balanced;
use super::observed::{Observed, Reason, told};
use crate::Stage;
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::checks::container::ended;
use crate::launch::{Attempt, Launch};
use crate::report::{Confidence, Safety};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "health/target-unhealthy",
    title: "The load balancer finds the tasks healthy",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::TargetUnhealthy],
    explanation: "## What it is\nECS stopped tasks because the load balancer found them unhealthy, and neither the settings nor what AWS said tell why: the targets are gone, or the connection was refused by an application whose log does not say where it listens.\n\n## Why it stops the launch\nECS stops a task whose target is unhealthy once the grace period is over.\n\n## How to fix it\nLook at the health of the targets while a task runs, and at the last lines of its log.\n\n## Sources\nECS Developer Guide, Troubleshooting service load balancers.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    launch.observed()?;
    let mut tally = Tally::default();
    for balanced in balanced(launch) {
        let Some(told) = told(launch, &balanced) else {
            tally.add(Ok(None));
            continue;
        };
        let is_explained = super::CHECKS
            .iter()
            .filter(|check| check.id != CHECK.id && check.explains.contains(&told.symptom))
            .any(|check| matches!(check.judge(launch), Verdict::Fail(_)));
        if is_explained {
            tally.add(Ok(None));
            continue;
        }
        let observed = Observed::of(launch, &balanced);
        let why = match observed.evidence(|reason| *reason == Reason::Failed) {
            Some(_) => "it is refused or gets no proper answer",
            None => "AWS does not say why any more",
        };
        let lived = ended::attempts_of(launch, told).filter_map(Attempt::lived_seconds).max();
        let after = lived.map_or_else(String::new, |lived| format!(" after {lived} s at most"));
        let message = format!(
            "The health check of target group {} fails, so ECS stops the tasks{after}; {why}.",
            balanced.name()
        );
        let mut fault = Fault::new(balanced.arn, message)
            .about("target_group", balanced.arn)
            .about("target_group", balanced.name())
            .confidence(Confidence::Likely);
        fault.evidence.extend(observed.said.first().map(|said| said.evidence.clone()));
        let log = ended::attempts_of(launch, told)
            .find_map(|attempt| launch.log(attempt.task, balanced.container).ok().flatten());
        if let Some(log) = log {
            let telling = log.cause().map(|said| said.line_index);
            fault.evidence.push(ended::last_lines(&log, telling));
        }
        let look = Remedy::by_hand(
            "Read the reason while a task runs",
            Safety::ReadOnly,
            "Look at the health of the targets while a task runs",
            [launch.aws("elbv2 describe-target-health").arg("--target-group-arn", balanced.arn)],
        );
        tally.add(Ok(Some(fault.remedy(look))));
    }
    Ok(tally.verdict("the service registers in no target group"))
}
