//! Small words of the text report: times, numbers, names.

use ecswhy_diagnose::report::{Confidence, Fix, Proof, Safety, TargetName};
use ecswhy_facts::{Arn, EcsResource, Time};

/// `1 task`, `2 tasks`.
pub(super) fn count(number: impl Into<i64>, one: &str) -> String {
    let number = number.into();
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// The clock time, with the day where it is not `today`'s.
pub(super) fn time(at: Time, today: Time) -> String {
    let day = |time: Time| time.0.strftime("%Y-%m-%d").to_string();
    if day(at) == day(today) {
        at.0.strftime("%H:%M UTC").to_string()
    } else {
        at.0.strftime("%-d %b %H:%M UTC").to_string()
    }
}

/// `from 13:40 to 14:02 UTC`, `at 14:02 UTC`, or nothing.
pub(super) fn range(first: Option<Time>, last: Option<Time>, today: Time) -> String {
    match (first, last) {
        (Some(first), Some(last)) => {
            let (from, to) = (time(first, today), time(last, today));
            if from == to {
                format!("at {to}")
            } else {
                let from = from.trim_end_matches(" UTC");
                format!("from {from} to {to}")
            }
        }
        (Some(at), None) | (None, Some(at)) => format!("at {}", time(at, today)),
        (None, None) => String::new(),
    }
}

/// How long ago: `22 min ago`.
pub(super) fn ago(at: Time, now: Time) -> String {
    let minutes = now.seconds_since(at).max(0) / 60;
    match minutes {
        0 => "just now".to_owned(),
        1..120 => format!("{minutes} min ago"),
        120..2880 => format!("{} hours ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// `prod/web`, or `task 0f9d2c3b in prod`.
pub(super) fn target(target: &TargetName) -> String {
    match (&target.service, &target.task) {
        (Some(service), _) => format!("{}/{service}", target.cluster),
        (None, Some(task)) => format!("task {task} in {}", target.cluster),
        (None, None) => target.cluster.clone(),
    }
}

/// `web:12` of a task definition's ARN; other text as it is.
pub(super) fn revision(text: &str) -> String {
    let Ok(arn) = text.parse::<Arn>() else { return text.to_owned() };
    match arn.ecs() {
        Some(EcsResource::TaskDefinition { family, revision: Some(revision) }) => {
            format!("{family}:{revision}")
        }
        _ => text.to_owned(),
    }
}

/// How a message begins when it is not certain.
pub(super) fn certainty(confidence: Confidence) -> Option<&'static str> {
    match confidence {
        Confidence::Certain => None,
        Confidence::Likely => Some("Likely:"),
        Confidence::Possible => Some("Possibly:"),
    }
}

/// `adds resources; about $15 a month; proven on a model of this account`
pub(super) fn conditions(fix: &Fix) -> String {
    let mut parts = vec![safety(fix.safety).to_owned()];
    parts.extend(fix.cost_per_month_usd.map(cost));
    // What changes nothing has nothing to prove.
    if fix.safety != Safety::ReadOnly {
        let proof = match fix.proof {
            Proof::Model => "proven on a model of this account",
            Proof::Estimate => "an estimate, not proven",
        };
        parts.push(proof.to_owned());
    }
    parts.join("; ")
}

pub(super) fn safety(safety: Safety) -> &'static str {
    match safety {
        Safety::ReadOnly => "changes nothing",
        Safety::NonDisruptive => "replaces no task",
        Safety::AddsResources => "adds resources",
        Safety::NeedsNewDeployment => "needs a new deployment",
        Safety::MayInterrupt => "may interrupt what works",
    }
}

pub(super) fn cost(dollars: f64) -> String {
    if dollars <= 0.0 {
        "free of charge".to_owned()
    } else {
        format!("about ${dollars:.0} a month")
    }
}

/// The text, or its beginning and its end: AWS puts the kind of a failure first and its cause last.
pub(super) fn both_ends(text: &str, longest: usize) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= longest {
        return text.to_owned();
    }
    let head: String = characters[..longest / 2].iter().collect();
    let tail: String = characters[characters.len() - longest / 2..].iter().collect();
    let head = head.rsplit_once(' ').map_or(head.as_str(), |(whole, _)| whole);
    let tail = tail.split_once(' ').map_or(tail.as_str(), |(_, whole)| whole);
    format!("{head} [...] {tail}")
}

/// A sentence ends in a full stop.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?', ':']) { text.to_owned() } else { format!("{text}.") }
}
