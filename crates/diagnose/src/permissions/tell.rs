//! Findings from judged permissions. Who forbids decides which check tells it; what it is for decides the rest.

use super::judge::{Case, Denial, Judged, Permission};
use super::remedy;
use super::requirement::{Actor, Purpose, Requirement};
use crate::check::{Fault, Verdict};
use crate::launch::{Launch, RoleOf};
use ecswhy_facts::Gap;
use ecswhy_iam::PolicyKind;

/// Something that is forbidden, in one case.
#[derive(Clone, Copy)]
pub struct Forbidden<'p> {
    /// What.
    pub requirement: &'p Requirement,
    /// On which way.
    pub case: &'p Case,
    /// Why.
    pub denial: &'p Denial,
}

/// The side of a request that a check looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Caller,
    Resource,
    Endpoint,
}

/// Traces shown in one finding.
const TRACES: usize = 4;

/// Purposes whose resource has a policy, but no check of its own for it: the caller's check tells both.
fn tells_resource_too(purpose: Purpose) -> bool {
    !matches!(purpose, Purpose::Pull | Purpose::Secret | Purpose::Key)
}

/// The verdict on what the role may do for a purpose.
///
/// # Errors
/// The gap, when the task definition is not readable.
pub fn caller(launch: &Launch<'_>, purpose: Purpose) -> Result<Verdict, Gap> {
    let is_mine = |requirement: &Requirement| {
        requirement.purpose == purpose && requirement.actor != Actor::Registry
    };
    let (mut forbidden, mut unknown) = split(launch, is_mine, Side::Caller)?;
    if tells_resource_too(purpose) {
        let (more, gaps) = split(launch, is_mine, Side::Resource)?;
        forbidden.extend(more);
        unknown.extend(gaps);
    }
    if !launch.permissions()?.all.iter().any(|each| is_mine(&each.requirement)) {
        return Ok(Verdict::NotApplicable("the launch needs no such permission of a role"));
    }
    let mut faults = Vec::new();
    for actor in [Actor::ExecutionRole, Actor::TaskRole, Actor::Anonymous] {
        let of_actor: Vec<_> =
            forbidden.iter().filter(|each| each.requirement.actor == actor).copied().collect();
        if of_actor.is_empty() {
            continue;
        }
        let role = role_of(launch, actor)?;
        faults.push(caller_fault(launch, actor, role.as_ref(), &of_actor)?);
    }
    Ok(Verdict::of(faults, unknown))
}

/// The verdict on the policies of resources that a purpose uses.
///
/// # Errors
/// The gap, when the task definition is not readable.
pub fn resource(launch: &Launch<'_>, purpose: Purpose) -> Result<Verdict, Gap> {
    let is_mine =
        |requirement: &Requirement| requirement.purpose == purpose && requirement.guard.is_some();
    if !launch.permissions()?.all.iter().any(|each| is_mine(&each.requirement)) {
        return Ok(Verdict::NotApplicable("the launch uses no such resource"));
    }
    let (forbidden, unknown) = split(launch, is_mine, Side::Resource)?;
    let mut faults: Vec<Fault> = Vec::new();
    for subject in subjects(&forbidden, |each| each.requirement.guarded.clone()) {
        let of_subject: Vec<_> =
            forbidden.iter().filter(|each| each.requirement.guarded == subject).copied().collect();
        faults.push(resource_fault(launch, &subject, &of_subject)?);
    }
    Ok(Verdict::of(faults, unknown))
}

/// The verdict on the policies of the endpoints that requests of the launch pass.
///
/// # Errors
/// The gap, when the task definition is not readable.
pub fn endpoint(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let any = |_: &Requirement| true;
    let all = &launch.permissions()?.all;
    if !all.iter().flat_map(|each| &each.cases).any(|case| case.endpoint.is_some()) {
        return Ok(Verdict::NotApplicable("no request of the launch passes a VPC endpoint"));
    }
    let (forbidden, unknown) = split(launch, any, Side::Endpoint)?;
    let id = |each: &Forbidden<'_>| {
        each.case.endpoint.as_ref().map(|(id, _)| id.clone()).unwrap_or_default()
    };
    let mut faults = Vec::new();
    for subject in subjects(&forbidden, id) {
        let of_endpoint: Vec<_> =
            forbidden.iter().filter(|each| id(each) == subject).copied().collect();
        faults.push(endpoint_fault(launch, &subject, &of_endpoint)?);
    }
    Ok(Verdict::of(faults, unknown))
}

/// What one side forbids, and what is missing to judge the rest. What the launch can do without is never missing.
fn split<'p>(
    launch: &'p Launch<'_>,
    is_mine: impl Fn(&Requirement) -> bool,
    side: Side,
) -> Result<(Vec<Forbidden<'p>>, Vec<Gap>), Gap> {
    let (mut forbidden, mut unknown) = (Vec::new(), Vec::new());
    // What AWS's own example policies of repositories and endpoints leave out, because a pull works without it.
    let is_left_out = |requirement: &Requirement| {
        side != Side::Caller && requirement.purpose == Purpose::Pull && !requirement.blocks
    };
    for Permission { requirement, cases } in launch
        .permissions()?
        .all
        .iter()
        .filter(|each| is_mine(&each.requirement) && !is_left_out(&each.requirement))
    {
        for case in cases {
            let judged = match side {
                Side::Caller => Some(&case.caller),
                Side::Resource => Some(&case.resource),
                Side::Endpoint => case.endpoint.as_ref().map(|(_, judged)| judged),
            };
            match judged {
                Some(Judged::Denied(denial)) => {
                    forbidden.push(Forbidden { requirement, case, denial });
                }
                // A risk that cannot be judged is none of what the launch can do without.
                Some(Judged::Unknown(gaps))
                    if requirement.blocks || requirement.purpose == Purpose::Exec =>
                {
                    unknown.extend(gaps.clone());
                }
                _ => {}
            }
        }
    }
    Ok((forbidden, unknown))
}

fn subjects(
    forbidden: &[Forbidden<'_>],
    subject: impl Fn(&Forbidden<'_>) -> String,
) -> Vec<String> {
    let mut subjects: Vec<String> = forbidden.iter().map(subject).collect();
    subjects.sort();
    subjects.dedup();
    subjects
}

fn role_of<'l>(launch: &'l Launch<'_>, actor: Actor) -> Result<Option<RoleOf<'l>>, Gap> {
    match actor {
        Actor::ExecutionRole => launch.execution_role(),
        Actor::TaskRole => launch.task_role(),
        Actor::Anonymous | Actor::Registry => Ok(None),
    }
}

/// `execution role web`, `task role web`, `mount without IAM`.
pub fn name_of(actor: Actor, role: Option<&RoleOf<'_>>) -> String {
    let name = role.map(|role| role.name.as_str()).unwrap_or_default();
    match actor {
        Actor::ExecutionRole => format!("execution role {name}"),
        Actor::TaskRole => format!("task role {name}"),
        Actor::Anonymous => "mount without IAM authorization".to_owned(),
        Actor::Registry => "download that Amazon ECR signs".to_owned(),
    }
}

fn caller_fault(
    launch: &Launch<'_>,
    actor: Actor,
    role: Option<&RoleOf<'_>>,
    forbidden: &[Forbidden<'_>],
) -> Result<Fault, Gap> {
    let subject = role.map_or_else(
        || forbidden.first().map(|each| each.requirement.guarded.clone()).unwrap_or_default(),
        |role| role.arn.clone(),
    );
    let message =
        format!("The {} may not {}: {}.", name_of(actor, role), what(forbidden), why(forbidden));
    let mut fault = common(Fault::new(subject, message), forbidden);
    if let Some(role) = role {
        fault = fault.about("role", &role.name).about("role", &role.arn);
        let own = launch.permissions()?.roles.get(&actor);
        for remedy in own.map(|own| remedy::of_caller(role, own, forbidden)).unwrap_or_default() {
            fault = fault.remedy(remedy);
        }
    }
    Ok(fault)
}

fn resource_fault(
    launch: &Launch<'_>,
    subject: &str,
    forbidden: &[Forbidden<'_>],
) -> Result<Fault, Gap> {
    let actor = forbidden.first().map_or(Actor::ExecutionRole, |each| each.requirement.actor);
    let role = role_of(launch, actor)?;
    let caller = name_of(actor, role.as_ref());
    let label = forbidden
        .iter()
        .find_map(|each| each.requirement.guard.as_ref().map(|guard| guard.label.clone()))
        .unwrap_or_default();
    let denying = forbidden.iter().find(|each| each.denial.is_explicit);
    let is_key = forbidden.iter().all(|each| each.requirement.purpose == Purpose::Key);
    let is_foreign = forbidden.iter().any(|each| {
        each.requirement.owner.as_ref().is_some_and(|owner| *owner != launch.snapshot.account)
    });
    let message = match (denying, is_key) {
        (Some(denying), _) => {
            let statement =
                denying.denial.reasons.first().map_or(label, |reason| {
                    reason.sentence.trim_end_matches(" denies it").to_owned()
                });
            format!("The {caller} may not {}: {statement} denies it.", what(forbidden))
        }
        (None, true) if !is_foreign => format!(
            "The {caller} may not {}: the {label} neither names it nor leaves the decision to IAM policies of the account.",
            what(forbidden)
        ),
        _ if forbidden.iter().any(|each| each.requirement.guard_only) => format!(
            "The secret lies in another account and is encrypted with the default key {subject}, which other accounts cannot use."
        ),
        _ => format!(
            "The {caller} may not {}: the resource is in another account, and {}.",
            what(forbidden),
            match forbidden.iter().any(|each| matches!(
                each.requirement.guard.as_ref().map(|guard| &guard.document),
                Some(Ok(None))
            )) {
                true => "it has no policy".to_owned(),
                false => format!("the {label} does not allow it"),
            }
        ),
    };
    let mut fault = common(Fault::new(subject, message), forbidden).at_hop(1);
    if let Some(role) = &role {
        fault = fault.about("role", &role.name).about("role", &role.arn);
    }
    if let Some(remedy) = remedy::of_resource(launch, role.as_ref(), subject, forbidden) {
        fault = fault.remedy(remedy);
    }
    Ok(fault)
}

fn endpoint_fault(
    launch: &Launch<'_>,
    subject: &str,
    forbidden: &[Forbidden<'_>],
) -> Result<Fault, Gap> {
    let service = launch.facts.ec2.vpc_endpoints.by_id(subject).ok().flatten();
    let service = service.and_then(|endpoint| endpoint.service_name.clone()).unwrap_or_default();
    let denying = forbidden.iter().find(|each| each.denial.is_explicit);
    let because = match denying.and_then(|each| each.denial.reasons.first()) {
        Some(reason) => format!("{} ({service})", reason.sentence),
        None => format!("The policy of endpoint {subject} ({service}) does not allow it"),
    };
    let message = format!("{}, and the launch needs {}.", capital(&because), what(forbidden));
    let mut fault = common(Fault::new(subject, message), forbidden).at_hop(2);
    for symptom in forbidden.iter().flat_map(|each| each.requirement.symptoms) {
        if !fault.symptoms.contains(symptom) {
            fault.symptoms.push(*symptom);
        }
    }
    let mut actors = forbidden.iter().map(|each| each.requirement.actor);
    let actor = actors.find(|actor| *actor != Actor::Registry);
    let role = role_of(launch, actor.unwrap_or(Actor::ExecutionRole))?;
    if let Some(remedy) = remedy::of_endpoint(launch, role.as_ref(), subject, forbidden) {
        fault = fault.remedy(remedy);
    }
    Ok(fault)
}

/// What every finding about permissions says: evidence, matching with messages, weight, subnets.
fn common(mut fault: Fault, forbidden: &[Forbidden<'_>]) -> Fault {
    let mut told: Vec<&str> = Vec::new();
    for Forbidden { requirement, denial, .. } in forbidden {
        if !told.contains(&requirement.action) {
            told.push(requirement.action);
            if told.len() <= TRACES {
                fault = fault.trace(denial.trace.clone());
            }
        }
        let mut about = requirement.about.clone();
        about.push(("action", requirement.action.to_owned()));
        about.extend(denied_by(denial));
        for (name, value) in about {
            if !fault.about.iter().any(|known| known.0 == name && known.1 == value) {
                fault = fault.about(name, value);
            }
        }
    }
    if forbidden.iter().all(|each| !each.requirement.blocks) {
        fault = fault.as_risk();
    }
    if forbidden.iter().all(|each| !each.case.subnets.is_empty()) {
        let mut subnets: Vec<&String> =
            forbidden.iter().flat_map(|each| &each.case.subnets).collect();
        subnets.sort();
        subnets.dedup();
        fault = fault.in_subnets(subnets);
    }
    fault
}

/// How AWS's own message names who forbids (IAM User Guide, "Troubleshoot access denied error messages").
fn denied_by(denial: &Denial) -> Vec<(&'static str, String)> {
    let mut names = Vec::new();
    if denial.is_explicit {
        names.push(("denied_by", "explicit-deny".to_owned()));
    }
    // The kind that an explicit Deny is said to be in is left out: of several kinds AWS names only one.
    for kind in denial.kinds() {
        let name = match kind {
            PolicyKind::Identity => "identity-based",
            PolicyKind::Boundary => "boundary",
            PolicyKind::Session => "session",
            PolicyKind::Resource | PolicyKind::Grant => "resource-based",
            PolicyKind::ServiceControl => "service-control",
            PolicyKind::ResourceControl => "resource-control",
            PolicyKind::Endpoint => "vpc-endpoint",
        };
        names.push(("denied_by", name.to_owned()));
    }
    names
}

/// `ecr:BatchGetImage and ecr:GetDownloadUrlForLayer on ARN`.
fn what(forbidden: &[Forbidden<'_>]) -> String {
    let mut actions: Vec<&str> = Vec::new();
    let mut resources: Vec<&str> = Vec::new();
    for Forbidden { requirement, .. } in forbidden {
        if !actions.contains(&requirement.action) {
            actions.push(requirement.action);
        }
        let resource = requirement.grant_on.as_str();
        if !resources.contains(&resource) {
            resources.push(resource);
        }
    }
    // `*` stands for the actions that have no resource.
    let named: Vec<&str> = match resources.as_slice() {
        [_] => resources,
        _ => resources.into_iter().filter(|resource| *resource != "*").collect(),
    };
    let on = match named.as_slice() {
        [] => String::new(),
        [one] => format!(" on {one}"),
        [first, rest @ ..] => format!(" on {first} and {} more", rest.len()),
    };
    format!("{}{on}", listed(&actions))
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [start @ .., last] => format!("{} and {last}", start.join(", ")),
    }
}

/// Who forbids it, in words.
fn why(forbidden: &[Forbidden<'_>]) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for Forbidden { requirement, denial, .. } in forbidden {
        for reason in &denial.reasons {
            let words = match (denial.is_explicit, reason.kind, &reason.label) {
                (true, ..) => reason.sentence.clone(),
                (false, PolicyKind::Identity, _) => "no policy of the role allows it".to_owned(),
                (false, PolicyKind::Boundary, Some(label)) => {
                    format!("its {label} does not allow it")
                }
                (false, PolicyKind::Resource, _) => {
                    let label = requirement.guard.as_ref().map(|guard| guard.label.as_str());
                    format!("the {} does not allow it", label.unwrap_or("resource's policy"))
                }
                _ => reason.sentence.clone(),
            };
            if !reasons.contains(&words) {
                reasons.push(words);
            }
        }
    }
    let words: Vec<&str> = reasons.iter().map(String::as_str).collect();
    listed(&words)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + chars.as_str())
}
