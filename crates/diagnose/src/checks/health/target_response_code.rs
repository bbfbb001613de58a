//! `health/target-response-code`: the application answers the health check with a code that does not count as healthy.

use super::balanced::{Balanced, balanced};
use super::observed::{Observed, Reason, told};
use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::elb::{Matcher, TargetGroup};
use ecswhy_facts::{Fact, Gap};
use std::collections::BTreeMap;

/// The record.
pub static CHECK: Check = Check {
    id: "health/target-response-code",
    title: "The application answers the health check with an expected code",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::TargetUnhealthy],
    explanation: "## What it is\nThe load balancer reached the application, and the application answered with a code that the target group's matcher does not count as healthy (Target.ResponseCodeMismatch). Network, port and security groups are fine.\n\n## Why it stops the launch\nAfter UnhealthyThresholdCount such answers and the grace period ECS stops the task.\n\n## How to fix it\n404: ask a path that the application serves. 301, 302, 307: the application redirects, mostly to HTTPS or a login; ask another path or widen the matcher. 401, 403: the path wants a login. 5xx: the application is in trouble; read its log.\n\n## Sources\nElastic Load Balancing, Health checks for your target groups.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    launch.observed()?;
    let mut tally = Tally::default();
    for balanced in balanced(launch) {
        if told(launch, &balanced).is_none() {
            tally.add(Ok(None));
            continue;
        }
        let observed = Observed::of(launch, &balanced);
        let fault = judge(launch, &balanced, &observed);
        tally.add(match observed.gap {
            Some(gap) if fault.is_none() => Err(gap),
            _ => Ok(fault),
        });
    }
    Ok(tally.verdict("the service registers in no target group"))
}

fn judge(launch: &Launch<'_>, balanced: &Balanced<'_>, observed: &Observed) -> Option<Fault> {
    let group = balanced.group.as_ref().ok().copied().flatten();
    let matcher = group.and_then(|group| group.matcher.as_ref()).and_then(accepted);
    let codes: Vec<String> = observed
        .codes()
        .into_iter()
        .filter(|code| !matcher.is_some_and(|matcher| accepts(matcher, code)))
        .collect();
    if codes.is_empty() {
        return None;
    }
    let asked = group
        .and_then(|group| group.health_check_path.as_deref())
        .map_or_else(String::new, |path| format!(" GET {path}"));
    let instead = matcher.map_or_else(String::new, |matcher| format!(", not {matcher}"));
    let message = format!(
        "The application answers the health check{asked} of target group {} with {}{instead}.",
        balanced.name(),
        codes.join(", ")
    );
    let mut fault = Fault::new(balanced.arn, message)
        .about("target_group", balanced.arn)
        .about("target_group", balanced.name());
    fault.evidence.extend(observed.evidence(|reason| matches!(reason, Reason::Codes(_))).cloned());
    if let Some(matcher) = matcher {
        fault = fault.fact(TargetGroup::CALL, balanced.arn, "Matcher", matcher);
    }
    if let Some(path) = group.and_then(|group| group.health_check_path.as_deref()) {
        fault = fault.fact(TargetGroup::CALL, balanced.arn, "HealthCheckPath", path);
    }
    Some(with_remedies(fault, launch, balanced, group, &codes))
}

fn accepted(matcher: &Matcher) -> Option<&str> {
    matcher.http_code.as_deref().or(matcher.grpc_code.as_deref())
}

/// Whether a matcher (`200`, `200,202`, `200-299`) counts a code as healthy.
fn accepts(matcher: &str, code: &str) -> bool {
    let Ok(code) = code.parse::<u32>() else { return false };
    matcher.split(',').any(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        match (first.trim().parse::<u32>(), last.trim().parse::<u32>()) {
            (Ok(first), Ok(last)) => (first..=last).contains(&code),
            _ => false,
        }
    })
}

fn with_remedies(
    mut fault: Fault,
    launch: &Launch<'_>,
    balanced: &Balanced<'_>,
    group: Option<&TargetGroup>,
    codes: &[String],
) -> Fault {
    let set = |name: &str, value: &str| Change::SetHealthCheck {
        target_group: balanced.arn.to_owned(),
        settings: BTreeMap::from([(name.to_owned(), value.to_owned())]),
    };
    let asked = group.and_then(|group| group.health_check_path.as_deref());
    if let Some(path) = own_path(launch, balanced.container).filter(|path| Some(*path) != asked) {
        let title = format!("Ask {path}, which the container's own health check asks");
        let change = set("health-check-path", path);
        fault = fault.remedy(Remedy::new(title, Safety::NonDisruptive, vec![change]).estimate());
    }
    let are = |first: &[char]| codes.iter().all(|code| code.starts_with(first));
    if are(&['3']) {
        let title = "Count redirects as healthy: set the matcher to 200-399";
        let change = set("matcher", "200-399");
        fault = fault.remedy(Remedy::new(title, Safety::NonDisruptive, vec![change]).estimate());
    }
    if are(&['3', '4']) {
        fault = fault.remedy(Remedy::by_hand(
            "Ask a path that the application serves",
            Safety::NonDisruptive,
            "Let the health check ask a path that the application serves without a login",
            [launch
                .aws("elbv2 modify-target-group")
                .arg("--target-group-arn", balanced.arn)
                .arg("--health-check-path", "PATH")],
        ));
    }
    fault
}

/// The path in the container's own check: `curl -f http://localhost:8080/health || exit 1`.
fn own_path<'l>(launch: &Launch<'l>, container: &str) -> Option<&'l str> {
    let check = launch.container(container)?.health_check.as_ref()?;
    let words = check.command.iter().flat_map(|word| word.split_ascii_whitespace());
    let url = words
        .map(|word| word.trim_matches(['\'', '"']))
        .find_map(|word| word.strip_prefix("http://").or_else(|| word.strip_prefix("https://")))?;
    let path = url.find('/').and_then(|at| url.get(at..))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/-_.~?=&%+".contains(&b);
    path.bytes().all(plain).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_count_codes() {
        for (matcher, code, healthy) in [
            ("200", "200", true),
            ("200", "404", false),
            ("200,202", "202", true),
            ("200-399", "302", true),
            ("200-299, 404", "404", true),
            ("0-99", "12", true),
            ("", "200", false),
        ] {
            assert_eq!(accepts(matcher, code), healthy, "{matcher} {code}");
        }
    }
}
