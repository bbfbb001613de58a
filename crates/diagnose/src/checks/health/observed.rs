//! Why the load balancer finds targets unhealthy, as it said so: in the health of targets that are still there, and in
//! the service's events, which outlive them.

use super::balanced::Balanced;
use crate::launch::{Launch, Told};
use crate::messages::{self, Channel, Message};
use crate::report::Evidence;
use crate::symptom::Symptom;
use ecswhy_facts::elb::{TargetHealth, TargetHealthDescriptions};
use ecswhy_facts::{Fact, Gap};

/// A reason code of Elastic Load Balancing, or its words. Source: Elastic Load Balancing API reference, TargetHealth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// `Target.ResponseCodeMismatch`: the target answered, with these codes.
    Codes(Vec<String>),
    /// `Target.Timeout`: no answer came in time.
    TimedOut,
    /// `Target.FailedHealthChecks`: no connection, or an answer that is none.
    Failed,
}

/// A reason and where it was said.
#[derive(Clone, Debug)]
pub struct Observation {
    /// What was said.
    pub reason: Reason,
    /// Where.
    pub evidence: Evidence,
}

/// What AWS said about the group's targets of the judged launch.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Newest first.
    pub said: Vec<Observation>,
    /// Why the health of the targets is not known.
    pub gap: Option<Gap>,
}

impl Observed {
    /// Everything that was said of the targets of one group.
    pub fn of(launch: &Launch<'_>, balanced: &Balanced<'_>) -> Self {
        let mut observed = Self::default();
        match launch.facts.elb.target_health.ask(balanced.arn) {
            Ok(Some(health)) => observed.said = of_targets(launch, balanced, health),
            Ok(None) => {}
            Err(gap) => observed.gap = Some(gap),
        }
        observed.said.extend(of_events(launch, balanced));
        observed
    }

    /// The codes that the application answered.
    pub fn codes(&self) -> Vec<String> {
        let mut codes: Vec<String> = self
            .said
            .iter()
            .filter_map(|said| match &said.reason {
                Reason::Codes(codes) => Some(codes.clone()),
                _ => None,
            })
            .flatten()
            .collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// The first place where a reason of this kind was said.
    pub fn evidence(&self, fits: impl Fn(&Reason) -> bool) -> Option<&Evidence> {
        self.said.iter().find(|said| fits(&said.reason)).map(|said| &said.evidence)
    }

    /// Whether no answer came in time.
    pub fn timed_out(&self) -> bool {
        self.said.iter().any(|said| said.reason == Reason::TimedOut)
    }
}

/// What AWS said about tasks that it stopped, or targets that it found unhealthy, of this group.
pub fn told<'l>(launch: &'l Launch<'_>, balanced: &Balanced<'_>) -> Option<&'l Told> {
    if launch.steady {
        return None;
    }
    launch.symptoms.iter().find(|told| {
        told.symptom == Symptom::TargetUnhealthy
            && told.parameters.get("target_group").is_none_or(|group| is(balanced, group))
    })
}

fn is(balanced: &Balanced<'_>, group: &str) -> bool {
    group == balanced.arn || group == balanced.name()
}

fn of_targets(
    launch: &Launch<'_>,
    balanced: &Balanced<'_>,
    health: &TargetHealthDescriptions,
) -> Vec<Observation> {
    let addresses: Vec<&str> = launch
        .attempts
        .iter()
        .filter_map(|attempt| attempt.task.eni_detail("privateIPv4Address"))
        .collect();
    let of = |description: &ecswhy_facts::elb::TargetHealthDescription| {
        let id = description.target.as_ref()?.id.as_deref()?;
        let health = description.target_health.as_ref()?;
        // An older launch's targets in the same group say nothing of this one.
        if !addresses.contains(&id) || health.state.as_deref() != Some("unhealthy") {
            return None;
        }
        let value = [health.reason.as_deref(), health.description.as_deref()];
        let value = value.into_iter().flatten().collect::<Vec<_>>().join(": ");
        let resource = format!("{} {id}", balanced.name());
        let evidence =
            Evidence::fact(TargetHealthDescriptions::CALL, resource, "TargetHealth", value);
        Some(Observation { reason: of_health(health)?, evidence })
    };
    health.0.iter().filter_map(of).collect()
}

fn of_health(health: &TargetHealth) -> Option<Reason> {
    let words = health.description.as_deref().unwrap_or_default();
    match health.reason.as_deref() {
        Some("Target.ResponseCodeMismatch") => Some(Reason::Codes(codes_in(words))),
        Some("Target.Timeout") => Some(Reason::TimedOut),
        Some("Target.FailedHealthChecks") => Some(of_words(words).unwrap_or(Reason::Failed)),
        _ => None,
    }
}

fn of_words(words: &str) -> Option<Reason> {
    let lower = words.to_ascii_lowercase();
    if lower.contains("with these codes") {
        Some(Reason::Codes(codes_in(words)))
    } else if lower.contains("timed out") {
        Some(Reason::TimedOut)
    } else if lower.contains("health checks failed") || lower.contains("refused") {
        Some(Reason::Failed)
    } else {
        None
    }
}

/// The codes in `Health checks failed with these codes: [301, 404]`.
fn codes_in(words: &str) -> Vec<String> {
    let list = words.split_once('[').map_or("", |(_, rest)| rest.split(']').next().unwrap_or(""));
    list.split(',')
        .map(str::trim)
        .filter(|code| !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

/// The service's events about targets of the group, since the judged launch began.
fn of_events(launch: &Launch<'_>, balanced: &Balanced<'_>) -> Vec<Observation> {
    let Some(service) = launch.service else { return Vec::new() };
    let first_attempt = || launch.attempts.iter().filter_map(|each| each.task.created_at).min();
    let since =
        launch.rollout.as_ref().and_then(|rollout| rollout.created_at).or_else(first_attempt);
    let of = |event: &ecswhy_facts::ecs::ServiceEvent| {
        let text = event.message.as_deref()?;
        if event.created_at < since {
            return None;
        }
        let reading = messages::read(&Message {
            text: text.to_owned(),
            channel: Some(Channel::ServiceEvent),
            stop_code: None,
            exit_code: None,
        });
        let group = reading.parameters.get("target_group");
        if reading.symptom != Symptom::TargetUnhealthy
            || group.is_some_and(|group| !is(balanced, group))
        {
            return None;
        }
        let reason = of_words(reading.parameters.get("reason").unwrap_or(text))?;
        let key = launch.target.key();
        let evidence = Evidence::fact("ecs:DescribeServices", key, "events[].message", text);
        Some(Observation { reason, evidence })
    };
    service.events.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_reasons() {
        let codes =
            |codes: &[&str]| Some(Reason::Codes(codes.iter().map(|&code| code.into()).collect()));
        for (words, expected) in [
            ("Health checks failed with these codes: [404]", codes(&["404"])),
            ("Health checks failed with these codes: [301, 404]", codes(&["301", "404"])),
            ("Health checks failed", Some(Reason::Failed)),
            ("Request timed out", Some(Reason::TimedOut)),
            ("Connection refused", Some(Reason::Failed)),
            ("Target registration is in progress", None),
        ] {
            assert_eq!(of_words(words), expected, "{words}");
        }
    }
}
