//! Symptoms that no check proved a cause for: the finding that the message names, or, where every check that could
//! explain it passes, the note that the cause is gone.

use crate::check::{Check, Verdict};
use crate::checks::service::cause_cleared;
use crate::launch::{Launch, Told};
use crate::rank::is_readable;
use crate::report::{Confidence, Evidence, Finding, Role, VerdictName};
use ecswhy_facts::{Gap, GapReason};

mod subject;

pub use subject::of as subject;

/// Missing facts told with a finding that no check proved; the report lists all of them.
const SHOWN: usize = 3;

/// The finding for a symptom that nothing explains, unless it says nothing about its cause: a text that cannot be read,
/// or one that tells only that no answer came.
pub fn finding(
    launch: &Launch<'_>,
    told: &Told,
    verdicts: &[(&Check, Verdict)],
    others: &[Finding],
) -> Option<Finding> {
    if !is_readable(told.symptom) {
        return None;
    }
    let explaining: Vec<VerdictName> = verdicts
        .iter()
        .filter(|(check, _)| check.explains.contains(&told.symptom))
        .map(|(_, verdict)| verdict.name())
        .collect();
    let judged =
        explaining.iter().filter(|verdict| **verdict != VerdictName::NotApplicable).count();
    let passed = explaining.iter().filter(|verdict| **verdict == VerdictName::Pass).count();
    let mut evidence = vec![said(launch, told)];
    let names_denier = names_invisible_denier(told);
    let (id, role, confidence, message) = if judged > 0 && judged == passed && !names_denier {
        let when =
            told.last_seen.map_or_else(|| "before".to_owned(), |at| format!("at {}", at.clock()));
        let message = format!(
            "The launch last failed {when} with {}; nothing visible blocks the next one, so force a new deployment.",
            told.symptom
        );
        (cause_cleared::CHECK.id, Role::Note, Confidence::Likely, message)
    } else if told.symptom.is_silence() {
        return None;
    } else {
        let (id, gaps) = not_refuted(told, verdicts)?;
        let out_of_sight = gaps.iter().any(|gap| matches!(gap.why, GapReason::Unknowable { .. }));
        let confidence = if told.symptom.is_transient() || out_of_sight {
            Confidence::Possible
        } else {
            Confidence::Likely
        };
        if let Some(who) = who_can_change(told) {
            evidence.push(Evidence::Trace { trace: vec![who.to_owned()] });
        }
        if !gaps.is_empty() {
            let would_settle =
                gaps.iter().take(SHOWN).map(|gap| format!("what would settle it: {gap}"));
            evidence.push(Evidence::Trace { trace: would_settle.collect() });
        }
        let message =
            denied_out_of_sight(told).unwrap_or_else(|| format!("AWS says: {}", told.message));
        (id, Role::RootCause, confidence, message)
    };
    let subject = subject(id, launch, told);
    let key = format!("{id}#{subject}");
    if others.iter().any(|finding| finding.key == key) {
        return None;
    }
    let stage = verdicts
        .iter()
        .find(|(check, _)| check.id == id)
        .map_or(crate::Stage::Service, |(check, _)| check.stage);
    Some(Finding {
        key,
        id: id.to_owned(),
        subject,
        role,
        confidence,
        stage,
        message,
        evidence,
        path: None,
        look_up: None,
        fixes: Vec::new(),
    })
}

/// Whether AWS names a policy as the one that denies which no check can read: an SCP, an RCP, the policy of a session,
/// or an explicit deny of which it does not say where it stands.
fn names_invisible_denier(told: &Told) -> bool {
    const READ: [&str; 4] = ["identity-based", "resource-based", "boundary", "vpc-endpoint"];
    let parameter = |name: &str| told.parameters.get(name).map(String::as_str);
    match (parameter("denied_by"), parameter("policy_kind")) {
        (None, _) => false,
        (Some("explicit-deny"), Some(kind)) | (Some(kind), _) => !READ.contains(&kind),
    }
}

/// Where a policy is kept that no check can read, and who may change it (IAM User Guide, "Troubleshoot access denied
/// error messages"; Organizations User Guide, "Service control policies", "Resource control policies").
const OUT_OF_SIGHT: [(&str, &str, &str); 3] = [
    (
        "service-control",
        "A service control policy of the organization",
        "who can change it: an administrator of the organization (its management account or delegated administrator); no policy of this account overrides a service control policy",
    ),
    (
        "resource-control",
        "A resource control policy of the organization",
        "who can change it: an administrator of the organization that owns the resource; no policy of this account overrides a resource control policy",
    ),
    (
        "session",
        "The policy of the session",
        "who can change it: whoever starts the session; ECS starts none with a policy of its own",
    ),
];

fn out_of_sight(told: &Told) -> Option<&'static (&'static str, &'static str, &'static str)> {
    let parameter = |name: &str| told.parameters.get(name).map(String::as_str);
    let named = [parameter("policy_kind"), parameter("denied_by")];
    OUT_OF_SIGHT.iter().find(|(kind, ..)| named.contains(&Some(kind)))
}

fn who_can_change(told: &Told) -> Option<&'static str> {
    out_of_sight(told).map(|(.., who)| *who)
}

/// What a policy out of sight forbids, in one sentence.
fn denied_out_of_sight(told: &Told) -> Option<String> {
    let (_, policy, _) = out_of_sight(told)?;
    let action = told.parameters.get("action")?;
    let on = told.parameters.get("resource").map_or_else(String::new, |on| format!(" on {on}"));
    let role = told.parameters.get("role").map_or_else(String::new, |role| format!(" to {role}"));
    Some(format!("{policy} does not allow {action}{on}{role}."))
}

/// Whether a message says what a finding claims of it: a code or a time-out of a health check stands in AWS's reason.
fn says_so(id: &str, told: &Told) -> bool {
    let parameter = |name: &str| told.parameters.get(name).map(String::as_str).unwrap_or_default();
    let reason = parameter("reason").to_ascii_lowercase();
    match id {
        "health/target-response-code" => !parameter("status_code").is_empty(),
        "health/target-timeout" => reason.contains("timed out"),
        _ => true,
    }
}

/// The finding that the symptom speaks for most and that no check has refuted, with the facts that its check lacks.
fn not_refuted<'v>(
    told: &Told,
    verdicts: &'v [(&Check, Verdict)],
) -> Option<(&'static str, &'v [Gap])> {
    let symptom = told.symptom;
    let verdict_of =
        |id: &str| verdicts.iter().find(|(check, _)| check.id == id).map(|(_, verdict)| verdict);
    // Each network fault is one certain thing of the account, which needs a proof.
    let of_network = |id: &str| id.starts_with("network/");
    let likely: Vec<&'static str> = symptom
        .likely_findings()
        .iter()
        .copied()
        .filter(|id| !of_network(id) && says_so(id, told))
        .collect();
    let unsettled = |id: &&&'static str| {
        !matches!(verdict_of(id), Some(Verdict::Pass | Verdict::NotApplicable(_)))
    };
    let lacking = || {
        verdicts.iter().find_map(|(check, verdict)| {
            let lacks = matches!(verdict, Verdict::Unknown(_))
                && check.explains.contains(&symptom)
                && !of_network(check.id);
            lacks.then_some(check.id)
        })
    };
    let id = likely
        .iter()
        .find(unsettled)
        .copied()
        .or_else(lacking)
        .or_else(|| likely.first().copied())?;
    match verdict_of(id) {
        Some(Verdict::Unknown(gaps)) => Some((id, gaps)),
        _ => Some((id, &[])),
    }
}

/// AWS's own words as evidence.
pub fn said(launch: &Launch<'_>, told: &Told) -> Evidence {
    match told.tasks.first() {
        Some(task) => {
            Evidence::fact("ecs:DescribeTasks", task.clone(), "stoppedReason", &told.message)
        }
        None => Evidence::fact(
            "ecs:DescribeServices",
            launch.target.key(),
            "events[].message",
            &told.message,
        ),
    }
}
