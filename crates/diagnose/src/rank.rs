//! Ranking: one root cause per distinct current symptom; every other wall is a next blocker, in stage order.
//! What a started task proves, no check denies.

use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::{Launch, Told};
use crate::report::{Confidence, Role};
use crate::symptom::Symptom;
use ecswhy_facts::Time;

/// A fault with its check and its place in the answer.
#[derive(Clone, Debug)]
pub struct Ranked<'c> {
    /// The check that proved it.
    pub check: &'c Check,
    /// The fault.
    pub fault: Fault,
    /// What it is to the failure.
    pub role: Role,
    /// How sure it is.
    pub confidence: Confidence,
    /// When a task started although the fault stands, which makes it a risk.
    pub contradicted_at: Option<Time>,
}

impl Ranked<'_> {
    /// `id#subject`.
    pub fn key(&self) -> String {
        format!("{}#{}", self.check.id, self.fault.subject)
    }
}

/// What ranking decided.
#[derive(Clone, Debug)]
pub struct Ranking<'c> {
    /// Every fault, most important first.
    pub ranked: Vec<Ranked<'c>>,
    /// Current symptoms that no fault explains, by index.
    pub unexplained: Vec<usize>,
}

/// Ranks what the checks proved.
pub fn rank<'c>(launch: &Launch<'_>, verdicts: &[(&'c Check, Verdict)]) -> Ranking<'c> {
    let mut ranked: Vec<Ranked<'c>> = verdicts
        .iter()
        .flat_map(|(check, verdict)| match verdict {
            Verdict::Fail(faults) => {
                faults.iter().map(|fault| first_view(launch, check, fault)).collect()
            }
            _ => Vec::new(),
        })
        .collect();
    let mut unexplained = Vec::new();
    if !launch.steady {
        for (index, told) in launch.symptoms.iter().enumerate() {
            if told.symptom.is_benign() || matches!(told.symptom, Symptom::CircuitBreaker) {
                continue;
            }
            if !name_root_causes(&mut ranked, told) {
                unexplained.push(index);
            }
        }
    }
    ranked.sort_by(|a, b| {
        let place = |each: &Ranked<'_>| (each.role, each.check.stage, each.fault.hop);
        place(a).cmp(&place(b)).then_with(|| a.key().cmp(&b.key()))
    });
    Ranking { ranked, unexplained }
}

/// Whether a symptom says anything about its cause.
pub fn is_readable(symptom: Symptom) -> bool {
    !matches!(
        symptom,
        Symptom::Unknown
            | Symptom::StuckPending
            | Symptom::StuckProvisioning
            | Symptom::CircuitBreaker
            | Symptom::DeploymentDeadlock
    )
}

fn first_view<'c>(launch: &Launch<'_>, check: &'c Check, fault: &Fault) -> Ranked<'c> {
    let weight = fault.weight.unwrap_or(check.weight);
    let proof = check
        .stage
        .is_start_precondition()
        .then(|| launch.proofs.last_start(&fault.subnets))
        .flatten();
    // A failure after that start which this fault explains, or which says nothing of its cause, is the later observation.
    let seen_since = |start: Time| {
        launch.symptoms.iter().any(|told| {
            let silent = !told.symptom.is_benign() && !is_readable(told.symptom);
            (silent || explains(check, fault, told.symptom))
                && agreement(fault, told).is_some()
                && told.last_seen > Some(start)
        })
    };
    let contradicted_at = proof.filter(|start| weight == Weight::Blocks && !seen_since(*start));
    let role = match weight {
        Weight::Blocks if contradicted_at.is_some() => Role::Risk,
        Weight::Blocks => Role::NextBlocker,
        Weight::Risk => Role::Risk,
        Weight::Note => Role::Note,
    };
    let sure = if contradicted_at.is_some() { Confidence::Possible } else { Confidence::Certain };
    Ranked {
        check,
        fault: fault.clone(),
        role,
        confidence: fault.confidence.unwrap_or(sure),
        contradicted_at,
    }
}

/// Makes the best candidate the root cause of a symptom; in each subnet that the symptom was seen in, its own.
fn name_root_causes(ranked: &mut [Ranked<'_>], told: &Told) -> bool {
    let mut candidates: Vec<(usize, usize)> = ranked
        .iter()
        .enumerate()
        .filter(|(_, each)| {
            matches!(each.role, Role::NextBlocker | Role::RootCause)
                && explains(each.check, &each.fault, told.symptom)
        })
        .filter_map(|(index, each)| Some((index, agreement(&each.fault, told)?)))
        .collect();
    candidates.sort_by(|&(a, agreed_a), &(b, agreed_b)| {
        let place = |index: usize| (ranked[index].fault.hop, ranked[index].check.stage);
        agreed_b
            .cmp(&agreed_a)
            .then_with(|| place(a).cmp(&place(b)))
            .then_with(|| ranked[a].key().cmp(&ranked[b].key()))
    });
    let Some(&(first, _)) = candidates.first() else { return false };
    ranked[first].role = Role::RootCause;
    // A subnet that also saw the symptom, but that the first fault does not concern, has a root cause of its own.
    for subnet in &told.subnets {
        let concerns = |each: &Ranked<'_>| {
            each.fault.subnets.is_empty() || each.fault.subnets.contains(subnet)
        };
        let explained = ranked.iter().any(|each| {
            each.role == Role::RootCause
                && explains(each.check, &each.fault, told.symptom)
                && concerns(each)
        });
        if explained {
            continue;
        }
        if let Some(&(index, _)) = candidates.iter().find(|&&(index, _)| concerns(&ranked[index])) {
            ranked[index].role = Role::RootCause;
        }
    }
    true
}

/// Whether a fault can show as a symptom.
fn explains(check: &Check, fault: &Fault, symptom: Symptom) -> bool {
    if fault.symptoms.is_empty() {
        check.explains.contains(&symptom)
    } else {
        fault.symptoms.contains(&symptom)
    }
}

/// How many parameters of the symptom the fault is about; `None` when one contradicts it.
pub fn agreement(fault: &Fault, told: &Told) -> Option<usize> {
    if !told.subnets.is_empty()
        && !fault.subnets.is_empty()
        && !fault.subnets.iter().any(|subnet| told.subnets.contains(subnet))
    {
        return None;
    }
    let mut agreed = 0;
    for (name, said) in &told.parameters {
        let mut about = fault.about.iter().filter(|(about, _)| about == name).peekable();
        if about.peek().is_none() {
            continue;
        }
        if about.any(|(_, value)| same(value, said)) {
            agreed += 1;
        } else {
            return None;
        }
    }
    Some(agreed)
}

/// Whether two texts name the same thing: messages cut names short, mask accounts, and leave out suffixes and tails.
pub fn same(fact: &str, said: &str) -> bool {
    let (fact, said) = (fact.trim_matches('/'), said.trim_end_matches("...").trim_matches('/'));
    if fact.eq_ignore_ascii_case(said) || said.contains('*') || said.contains("...") {
        return true;
    }
    let (long, short) = if fact.len() >= said.len() { (fact, said) } else { (said, fact) };
    let last = |text: &str| text.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
    short.len() >= 4
        && (long.starts_with(short) || long.ends_with(&format!("/{short}")) || last(long) == short)
}
