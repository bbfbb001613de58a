//! The judgement of every requirement of a launch.

use super::needed::requirements;
use super::policies::{RolePolicies, permissive, read, without_denies};
use super::request::request;
use super::requirement::{Actor, Guard, Requirement};
use super::way::{Way, Ways};
use crate::launch::{Launch, RoleOf};
use ecswhy_facts::{Fact, Gap, GapReason, secrets::KeyPolicy};
use ecswhy_iam::{
    Applies, Deciding, Decision, Endpoint, EndpointKind, Grant, Policies, PolicyKind, Request,
    Trace, decide, decide_with_trace,
};
use std::collections::BTreeMap;

const DESCRIBE_ENDPOINTS: &str = "ec2:DescribeVpcEndpoints";

/// Every requirement of a launch, judged.
#[derive(Debug, Default)]
pub struct Permissions {
    /// One per requirement.
    pub all: Vec<Permission>,
    /// The policies of the roles that ask.
    pub roles: BTreeMap<Actor, RolePolicies>,
}

/// A requirement and what AWS would say to it, for each way that the request can take.
#[derive(Debug)]
pub struct Permission {
    /// The requirement.
    pub requirement: Requirement,
    /// One per way.
    pub cases: Vec<Case>,
}

/// What AWS would say to a request that takes one way.
#[derive(Debug)]
pub struct Case {
    /// Subnets whose tasks take it; none: all.
    pub subnets: Vec<String>,
    /// What the caller's own policies say.
    pub caller: Judged,
    /// What the resource's policy says.
    pub resource: Judged,
    /// What the policy of the endpoint on the way says, by endpoint id.
    pub endpoint: Option<(String, Judged)>,
}

/// What one side says.
#[derive(Debug)]
pub enum Judged {
    /// It does not stand in the way.
    Allowed,
    /// It forbids.
    Denied(Denial),
    /// It depends on what is missing.
    Unknown(Vec<Gap>),
}

/// Why a side forbids.
#[derive(Debug)]
pub struct Denial {
    /// Whether a Deny statement does it, so that one more Allow does not help.
    pub is_explicit: bool,
    /// What decided.
    pub reasons: Vec<Deciding>,
    /// The decision, step by step, without what is about other things.
    pub trace: Vec<String>,
}

/// Judges what the launch needs. A role that does not exist, or is not named, is left out: other checks tell it.
///
/// # Errors
/// The gap, when the task definition is not readable.
pub fn judge(launch: &Launch<'_>) -> Result<Permissions, Gap> {
    let roles =
        [(Actor::ExecutionRole, launch.execution_role()?), (Actor::TaskRole, launch.task_role()?)];
    let mut callers: BTreeMap<Actor, (RoleOf<'_>, RolePolicies)> = BTreeMap::new();
    for (actor, role) in roles {
        let Some(role) = role.filter(|role| !matches!(role.role, Ok(None))) else { continue };
        let policies = RolePolicies::of(launch, &role);
        callers.insert(actor, (role, policies));
    }
    let ways = Ways::new(launch);
    let mut all = Vec::new();
    for requirement in requirements(launch)? {
        let caller = callers.get(&requirement.actor);
        let has_caller = matches!(requirement.actor, Actor::Anonymous | Actor::Registry);
        if caller.is_none() && !has_caller {
            continue;
        }
        let mut cases = Vec::new();
        for (way, subnets) in ways.of(&requirement.leaves) {
            let side = Sides { launch, requirement: &requirement, way: &way, caller };
            cases.push(Case {
                subnets,
                caller: side.caller(),
                resource: side.resource(),
                endpoint: side.endpoint(&ways),
            });
        }
        all.push(Permission { requirement, cases });
    }
    let roles = callers.into_iter().map(|(actor, (_, policies))| (actor, policies)).collect();
    Ok(Permissions { all, roles })
}

/// The sides of one request.
struct Sides<'s, 'a> {
    launch: &'s Launch<'a>,
    requirement: &'s Requirement,
    way: &'s Way,
    caller: Option<&'s (RoleOf<'a>, RolePolicies)>,
}

impl Sides<'_, '_> {
    fn request(&self, resource: &str) -> Option<Request> {
        let role = self.caller.map(|(role, _)| role);
        request(self.launch, self.requirement, resource, self.way, role).ok()
    }

    /// The guard as the evaluator takes it, and what is missing of it.
    fn guard(&self, denies: bool) -> (Policies, BTreeMap<String, Gap>) {
        let (mut policies, mut gaps) = (Policies::new(), BTreeMap::new());
        let Some(Guard { label, document, grants }) = &self.requirement.guard else {
            return (policies, gaps);
        };
        let text = match document {
            Ok(Some(text)) if !denies => Ok(without_denies(text)),
            document => document.clone(),
        };
        if !matches!(text, Ok(None)) {
            let (attached, gap) = read(label, KeyPolicy::CALL, text);
            gaps.extend(gap.map(|gap| (label.clone(), gap)));
            policies.resource = Some(attached);
        }
        match grants {
            Ok(grants) => policies.grants = grants.iter().map(grant).collect(),
            Err(gap) => {
                policies.grants_unreadable = Some(gap.to_string());
                gaps.insert("grants of the KMS key".to_owned(), gap.clone());
            }
        }
        (policies, gaps)
    }

    /// Everything that has a say but the endpoint; with or without the Deny statements of the resource's policy.
    fn joint(&self, denies: bool) -> (Policies, BTreeMap<String, Gap>) {
        let (guard, mut gaps) = self.guard(denies);
        let Some((_, role)) = self.caller else { return (guard, gaps) };
        gaps.extend(role.gaps.clone());
        let policies = Policies {
            resource: guard.resource,
            grants: guard.grants,
            grants_unreadable: guard.grants_unreadable,
            ..role.policies.clone()
        };
        (policies, gaps)
    }

    fn caller(&self) -> Judged {
        let Some((role, own)) = self.caller.filter(|_| !self.requirement.guard_only) else {
            return Judged::Allowed;
        };
        self.on_each_resource(|request| {
            let (joint, gaps) = self.joint(true);
            if decide(&joint, request) == Decision::Allowed {
                return Judged::Allowed;
            }
            let delegating = permissive(DELEGATION, Some(&role.account));
            let alone = Policies { resource: Some(delegating), ..own.policies.clone() };
            let trace = decide_with_trace(&alone, request);
            if trace.decision != Decision::ImplicitlyDenied {
                return of_trace(trace, &own.gaps, self.requirement);
            }
            // Nothing in the role's policies forbids it; the policy of the resource may allow it by itself.
            let (unforbidden, _) = self.joint(false);
            match decide(&unforbidden, request) {
                Decision::Allowed => Judged::Allowed,
                Decision::Undetermined(unknowns) => {
                    Judged::Unknown(missing(&unknowns, &gaps, self.requirement))
                }
                _ if self.is_the_guards_fault(request) => Judged::Allowed,
                _ => of_trace(trace, &own.gaps, self.requirement),
            }
        })
    }

    /// A key that neither names the role nor leaves it to the account: naming the role there is enough.
    fn is_the_guards_fault(&self, request: &Request) -> bool {
        let is_mandatory = request.action().starts_with("kms:");
        is_mandatory
            && self.requirement.owner.as_deref() == request.principal().account()
            && decide(&self.guarded(), request) == Decision::ImplicitlyDenied
    }

    /// The guard with a caller that is allowed everything.
    fn guarded(&self) -> Policies {
        let (mut policies, _) = self.guard(true);
        policies.identity.push(permissive("a caller that may do everything", None));
        // NotPrincipal reads otherwise for a role with a boundary.
        let is_bounded = self.caller.is_some_and(|(_, own)| own.policies.boundary.is_some());
        policies.boundary = is_bounded.then(|| permissive("a boundary without limits", None));
        policies
    }

    fn resource(&self) -> Judged {
        if self.requirement.guard.is_none() {
            return Judged::Allowed;
        }
        self.on_each_resource(|request| {
            let (joint, gaps) = self.joint(true);
            if decide(&joint, request) == Decision::Allowed {
                return Judged::Allowed;
            }
            of_trace(decide_with_trace(&self.guarded(), request), &gaps, self.requirement)
        })
    }

    fn endpoint(&self, ways: &Ways<'_, '_>) -> Option<(String, Judged)> {
        let Way::Endpoint { id, .. } = self.way else { return None };
        let label = format!("policy of endpoint {id}");
        let endpoint = match ways.endpoint(id) {
            Ok(found) => found?,
            Err(gap) => return Some((id.clone(), Judged::Unknown(vec![gap]))),
        };
        // Services without endpoint policies have none.
        let text = endpoint.policy_document.as_ref()?;
        let failed = |error: serde_json::Error| Gap {
            call: DESCRIBE_ENDPOINTS.to_owned(),
            subject: id.clone(),
            why: GapReason::Failed { why: format!("its policy is not JSON: {error}") },
        };
        let document = serde_json::from_str(&text.0).map(Some).map_err(failed);
        let (policy, gap) = read(&label, DESCRIBE_ENDPOINTS, document);
        let gaps: BTreeMap<String, Gap> = gap.into_iter().map(|gap| (label.clone(), gap)).collect();
        let kind = match endpoint.vpc_endpoint_type.as_deref() {
            Some("Gateway") => EndpointKind::Gateway,
            _ => EndpointKind::Interface,
        };
        let policies = Policies {
            identity: vec![permissive("a caller that may do everything", None)],
            resource: Some(permissive("a resource that lets everybody in", Some("*"))),
            endpoints: vec![Endpoint { kind, policy }],
            ..Policies::new()
        };
        let judged = self.on_each_resource(|request| {
            of_trace(decide_with_trace(&policies, request), &gaps, self.requirement)
        });
        Some((id.clone(), judged))
    }

    /// Judges the resource, and the other one that AWS may check instead: only what both say is certain.
    fn on_each_resource(&self, judge: impl Fn(&Request) -> Judged) -> Judged {
        // A name that is no resource of AWS is another check's finding.
        let Some(request) = self.request(&self.requirement.resource) else {
            return Judged::Allowed;
        };
        let judged = judge(&request);
        let doubt = self.requirement.doubt.clone();
        let other = self.requirement.or_resource.as_ref();
        let other = other.and_then(|(resource, gap)| Some((judge(&self.request(resource)?), gap)));
        match (judged, other, doubt) {
            (Judged::Denied(_), Some((Judged::Allowed | Judged::Unknown(_), gap)), _)
            | (Judged::Allowed, Some((Judged::Denied(_) | Judged::Unknown(_), gap)), _) => {
                Judged::Unknown(vec![gap.clone()])
            }
            (Judged::Denied(_), _, Some(gap)) => Judged::Unknown(vec![gap]),
            (judged, ..) => judged,
        }
    }
}

/// Stands for the policy of the resource where only the caller's own policies are in question.
const DELEGATION: &str = "the policy of the resource";

fn of_trace(trace: Trace, gaps: &BTreeMap<String, Gap>, requirement: &Requirement) -> Judged {
    match &trace.decision {
        Decision::Allowed => Judged::Allowed,
        Decision::Undetermined(unknowns) => Judged::Unknown(missing(unknowns, gaps, requirement)),
        decision => Judged::Denied(Denial {
            is_explicit: *decision == Decision::ExplicitlyDenied,
            trace: steps(&trace),
            reasons: trace.deciding,
        }),
    }
}

/// The facts that an undetermined decision lacks. Condition keys that only the request itself carries are no call's.
fn missing(
    unknowns: &ecswhy_iam::Unknowns,
    gaps: &BTreeMap<String, Gap>,
    requirement: &Requirement,
) -> Vec<Gap> {
    let mut missing: Vec<Gap> =
        unknowns.policies.iter().filter_map(|label| gaps.get(label).cloned()).collect();
    if missing.is_empty() {
        let keys: Vec<&str> = unknowns.keys.iter().map(String::as_str).collect();
        let why = format!(
            "whether {} on {} is allowed depends on {}, which only the request itself shows",
            requirement.action,
            requirement.resource,
            if keys.is_empty() { "a condition".to_owned() } else { keys.join(", ") }
        );
        missing.push(Gap {
            call: requirement.action.to_owned(),
            subject: requirement.resource.clone(),
            why: GapReason::Unknowable { why },
        });
    }
    missing
}

/// The policies that were looked at and their statements about the action, as far as people need them.
fn steps(trace: &Trace) -> Vec<String> {
    /// Statements shown that are about the action and do not apply.
    const NEAR: usize = 6;
    let is_stand_in = |label: &str| label == DELEGATION || label.starts_with("a ");
    let mut lines: Vec<String> =
        trace.deciding.iter().map(|deciding| deciding.sentence.clone()).collect();
    let mut near = 0;
    for policy in trace.policies.iter().filter(|policy| !is_stand_in(&policy.label)) {
        lines.push(policy.to_string());
        for statement in &policy.statements {
            let is_other = statement
                .because
                .first()
                .is_some_and(|mismatch| mismatch.element.ends_with("Action"));
            if is_other || (statement.applies == Applies::No && near == NEAR) {
                continue;
            }
            near += usize::from(statement.applies == Applies::No);
            lines.push(format!("  {statement}"));
        }
    }
    lines
}

fn grant(grant: &ecswhy_facts::secrets::Grant) -> Grant {
    let constraints = grant.constraints.clone().unwrap_or_default();
    Grant {
        label: format!("grant {}", grant.grant_id.as_deref().unwrap_or_default()),
        grantee: grant.grantee_principal.clone().unwrap_or_default(),
        operations: grant.operations.clone(),
        context_equals: constraints.encryption_context_equals,
        context_subset: constraints.encryption_context_subset,
        source_arn: constraints.source_arn,
    }
}

impl Denial {
    /// The kinds of policy that forbid.
    pub fn kinds(&self) -> impl Iterator<Item = PolicyKind> {
        self.reasons.iter().map(|reason| reason.kind)
    }
}
