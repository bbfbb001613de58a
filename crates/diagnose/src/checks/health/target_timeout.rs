//! `health/target-timeout`: the application is reached and answers too late.

use super::balanced::{Balanced, balanced};
use super::observed::{Observed, Reason, told};
use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::checks;
use crate::launch::Launch;
use crate::report::{Confidence, Safety, VerdictName};
use crate::symptom::Symptom;
use ecswhy_facts::elb::TargetGroup;
use ecswhy_facts::{Fact, Gap};
use std::collections::BTreeMap;

/// The record.
pub static CHECK: Check = Check {
    id: "health/target-timeout",
    title: "The application answers the health check in time",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::TargetUnhealthy],
    explanation: "## What it is\nThe load balancer got no answer within HealthCheckTimeoutSeconds (Target.Timeout). With the path open, the application is too slow: short of CPU, waiting for a dependency inside its health endpoint, or it accepts connections without answering them.\n\n## Why it stops the launch\nAfter UnhealthyThresholdCount time-outs and the grace period ECS stops the task.\n\n## How to fix it\nLet the health endpoint answer without asking dependencies; raise the timeout; give the task more CPU.\n\n## Sources\nElastic Load Balancing, Health checks for your target groups.\n",
    run,
};

/// The path from the load balancer to the task, judged by other checks of this group.
const PATH: [&str; 2] = ["health/target-security-group", "health/target-network-acl"];
/// The longest timeout of a health check, seconds.
const LONGEST_TIMEOUT: i64 = 120;

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    launch.observed()?;
    let mut tally = Tally::default();
    for balanced in balanced(launch) {
        if told(launch, &balanced).is_none() {
            tally.add(Ok(None));
            continue;
        }
        let observed = Observed::of(launch, &balanced);
        if !observed.timed_out() || !observed.codes().is_empty() {
            tally.add(observed.gap.map_or(Ok(None), Err));
            continue;
        }
        let path = PATH.iter().filter_map(|id| checks::by_id(id)).map(|it| it.judge(launch).name());
        tally.add(Ok(match path.max() {
            Some(VerdictName::Fail) => None,
            Some(VerdictName::Pass) => Some(fault(&balanced, &observed, Confidence::Likely)),
            _ => Some(fault(&balanced, &observed, Confidence::Possible)),
        }));
    }
    Ok(tally.verdict("the service registers in no target group"))
}

fn fault(balanced: &Balanced<'_>, observed: &Observed, sure: Confidence) -> Fault {
    let group = balanced.group.as_ref().ok().copied().flatten();
    let timeout = group.and_then(|group| group.health_check_timeout_seconds);
    let within = timeout.map_or_else(String::new, |timeout| format!(" within {timeout} s"));
    let message = format!(
        "The health check of target group {} got no answer{within}, although nothing blocks its way that can be seen.",
        balanced.name()
    );
    let mut fault = Fault::new(balanced.arn, message)
        .about("target_group", balanced.arn)
        .about("target_group", balanced.name())
        .confidence(sure);
    fault.evidence.extend(observed.evidence(|reason| *reason == Reason::TimedOut).cloned());
    let (Some(group), Some(timeout)) = (group, timeout) else { return fault };
    fault = fault.fact(TargetGroup::CALL, balanced.arn, "HealthCheckTimeoutSeconds", timeout);
    let longer = (timeout * 3).min(LONGEST_TIMEOUT);
    let interval = group.health_check_interval_seconds.unwrap_or(30);
    let mut settings =
        BTreeMap::from([("health-check-timeout-seconds".to_owned(), longer.to_string())]);
    // The timeout must be shorter than the interval.
    if longer >= interval {
        settings.insert("health-check-interval-seconds".to_owned(), (longer + 5).to_string());
    }
    let change = Change::SetHealthCheck { target_group: balanced.arn.to_owned(), settings };
    let title = format!("Let the health check wait {longer} s for an answer");
    fault.remedy(Remedy::new(title, Safety::NonDisruptive, vec![change]).estimate())
}
