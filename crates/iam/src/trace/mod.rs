//! Why a request is decided as it is: every policy, every statement, and what decided.
//!
//! Built only when asked for; [`crate::decide`] alone does not pay for it. Every step has a sentence for a
//! person.

mod reasons;

use std::fmt;

use serde::Serialize;

use crate::decide::{self, Decision, Reading, Unknowns};
use crate::policies::{Attached, Grant, Policies, Source};
use crate::policy::{Effect, Policy, PolicyKind, Statement};
use crate::request::{Lookup, Request};
use crate::tri::Tri;

/// A decision with its reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    /// The decision.
    pub decision: Decision,
    /// What an undetermined decision depends on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Unknowns>,
    /// What decided, the strongest reason first. Never empty.
    pub deciding: Vec<Deciding>,
    /// Every policy that has a say, in the order identity, boundary, session, resource, SCPs, RCPs,
    /// endpoints, grants.
    pub policies: Vec<PolicyTrace>,
}

/// One reason of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deciding {
    /// The kind of the policy that allowed, denied or did not allow.
    pub kind: PolicyKind,
    /// The policy; none when no policy of the kind exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The statement that allowed or denied, from 0; none when no statement did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
    /// Its `Sid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// The reason, one sentence.
    pub sentence: String,
}

/// What one policy says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyTrace {
    /// What it is attached as.
    pub kind: PolicyKind,
    /// Its label.
    pub label: String,
    /// The level of the organization, from 0, for SCPs and RCPs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<usize>,
    /// Its answer.
    pub says: Answer,
    /// Why it could not be read, when it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// Its statements, all of them.
    pub statements: Vec<StatementTrace>,
}

/// The answer of one policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A Deny statement applies.
    Denies,
    /// An Allow statement applies.
    Allows,
    /// An Allow statement applies that names the account: it hands the question to identity policies.
    Delegates,
    /// No statement applies.
    Silent,
    /// It depends on something unknown.
    Unknown,
}

/// What one statement says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementTrace {
    /// Its position in the policy, from 0.
    pub index: usize,
    /// Its `Sid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Allow or Deny.
    pub effect: Effect,
    /// Whether it applies to the request.
    pub applies: Applies,
    /// Why it does not apply, or what is unknown; empty when it applies.
    pub because: Vec<Mismatch>,
}

/// Whether a statement applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Applies {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It depends on something unknown.
    Unknown,
}

impl From<Tri> for Applies {
    fn from(value: Tri) -> Self {
        match value {
            Tri::True => Self::Yes,
            Tri::False => Self::No,
            Tri::Unknown => Self::Unknown,
        }
    }
}

/// An element of a statement that does not match the request, or may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The element: `Action`, `NotResource`, ..., or `Condition`.
    pub element: &'static str,
    /// Whether it is unknown rather than certain that it does not match.
    pub unknown: bool,
    /// The operator of a condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// The key of a condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What the policy has, as written.
    pub wanted: Vec<String>,
    /// What the request has; empty when the key is absent or unknown.
    pub found: Vec<String>,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wanted = shorten(&self.wanted);
        let verb = if self.unknown { "may not match" } else { "does not match" };
        if let (Some(operator), Some(key)) = (&self.operator, &self.key) {
            let found = match (self.found.as_slice(), self.unknown) {
                ([], true) => "is unknown".to_owned(),
                ([], false) => "is absent".to_owned(),
                (found, _) => format!("is {}", shorten(found)),
            };
            return write!(f, "condition {operator} {key} {wanted} {verb}: the key {found}");
        }
        write!(f, "{} {wanted} {verb} {}", self.element, shorten(&self.found))
    }
}

fn shorten(texts: &[String]) -> String {
    match texts {
        [] => "(nothing)".to_owned(),
        [a] => a.clone(),
        [a, b] => format!("{a}, {b}"),
        [a, b, rest @ ..] => format!("{a}, {b} and {} more", rest.len()),
    }
}

impl fmt::Display for StatementTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} ", name(self.index, self.sid.as_deref()), self.effect)?;
        match self.applies {
            Applies::Yes => f.write_str("applies"),
            _ => {
                let because: Vec<String> = self.because.iter().map(Mismatch::to_string).collect();
                let verb = if self.applies == Applies::No { "does not apply" } else { "may apply" };
                write!(f, "{verb}: {}", because.join("; "))
            }
        }
    }
}

impl fmt::Display for PolicyTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let says = match self.says {
            Answer::Denies => "denies",
            Answer::Allows => "allows",
            Answer::Delegates => "allows the account, which leaves it to identity policies",
            Answer::Silent => "says nothing",
            Answer::Unknown => "cannot be judged",
        };
        write!(f, "{}: {says}", self.label)?;
        match &self.unreadable {
            Some(why) => write!(f, " ({why})"),
            None => Ok(()),
        }
    }
}

impl StatementTrace {
    /// Whether its `Action` or `NotAction` covers what is asked for, so that it matters why it does or does not apply.
    pub fn is_about_the_action(&self) -> bool {
        self.because.first().is_none_or(|mismatch| !mismatch.element.ends_with("Action"))
    }
}

fn name(index: usize, sid: Option<&str>) -> String {
    match sid {
        Some(sid) => format!("statement {index} ({sid})"),
        None => format!("statement {index}"),
    }
}

impl Trace {
    /// The first reason of the decision.
    pub fn deciding(&self) -> Option<&Deciding> {
        self.deciding.first()
    }

    /// The kind of policy that decided.
    pub fn deciding_kind(&self) -> Option<PolicyKind> {
        self.deciding().map(|d| d.kind)
    }

    /// The whole trace for a person: the reasons, then each policy followed by those of its statements that
    /// are about the action. Statements about other actions are counted only.
    pub fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.deciding.iter().map(|d| d.sentence.clone()).collect();
        for policy in &self.policies {
            lines.push(policy.to_string());
            let is_near = |s: &&StatementTrace| s.is_about_the_action();
            lines.extend(policy.statements.iter().filter(is_near).map(|s| format!("  {s}")));
            let others = policy.statements.iter().filter(|s| !is_near(s)).count();
            if others > 0 {
                lines.push(format!(
                    "  {others} statement{} about other actions",
                    if others == 1 { "" } else { "s" }
                ));
            }
        }
        lines
    }
}

/// Decides a request and says why.
pub fn decide_with_trace(policies: &Policies, request: &Request) -> Trace {
    let decision = decide::decide(policies, request);
    let mut traces: Vec<PolicyTrace> = decide::each(policies, request)
        .map(|(reading, level, a)| of_policy(a, request, reading, level))
        .collect();
    traces.extend(policies.grants.iter().map(|grant| of_grant(grant, request)));
    let deciding = match &decision {
        Decision::ExplicitlyDenied => reasons::by_statement(&traces, Effect::Deny),
        Decision::Allowed => reasons::allowing(&traces, policies, request),
        Decision::ImplicitlyDenied => reasons::lacking(&traces, policies, request, Tri::False),
        Decision::Undetermined(_) => reasons::open(&traces, policies, request),
    };
    let unknown = match &decision {
        Decision::Undetermined(unknowns) => Some(unknowns.clone()),
        _ => None,
    };
    Trace { decision, unknown, deciding, policies: traces }
}

fn of_policy(
    attached: &Attached,
    request: &Request,
    reading: Reading,
    level: usize,
) -> PolicyTrace {
    let is_control =
        matches!(reading.kind, PolicyKind::ServiceControl | PolicyKind::ResourceControl);
    let mut trace = PolicyTrace {
        kind: reading.kind,
        label: attached.label.clone(),
        level: is_control.then_some(level),
        says: Answer::Unknown,
        unreadable: None,
        statements: Vec::new(),
    };
    match &attached.source {
        Source::Unreadable(why) => trace.unreadable = Some(why.clone()),
        Source::Known(policy) => {
            trace.says = answer(policy, request, reading);
            let of_statement =
                |(index, statement)| of_statement(index, statement, request, reading);
            trace.statements = policy.statements.iter().enumerate().map(of_statement).collect();
        }
    }
    trace
}

fn answer(policy: &Policy, request: &Request, reading: Reading) -> Answer {
    let says = decide::says(policy, request, reading);
    let [account, role, direct] = says.allow;
    let delegates =
        reading.kind == PolicyKind::Resource && request.is_cross_account() == Tri::False;
    match (says.deny, role | direct, account) {
        (Tri::True, ..) => Answer::Denies,
        (Tri::Unknown, ..) => Answer::Unknown,
        (Tri::False, Tri::True, _) => Answer::Allows,
        (Tri::False, _, Tri::True) if delegates => Answer::Delegates,
        (Tri::False, _, Tri::True) => Answer::Allows,
        (Tri::False, Tri::False, Tri::False) => Answer::Silent,
        _ => Answer::Unknown,
    }
}

fn of_statement(
    index: usize,
    statement: &Statement,
    request: &Request,
    reading: Reading,
) -> StatementTrace {
    let mut because = Vec::new();
    let mut note = |element, holds: Tri, wanted: &[String], found: String| {
        if holds != Tri::True {
            let unknown = holds == Tri::Unknown;
            let wanted = wanted.to_vec();
            because.push(Mismatch {
                element,
                unknown,
                operator: None,
                key: None,
                wanted,
                found: vec![found],
            });
        }
        holds
    };
    let element = if statement.action.not { "NotAction" } else { "Action" };
    let covered = Tri::from(statement.covers_action(request));
    let mut applies = note(element, covered, &statement.action.texts, request.action().to_owned());
    if applies == Tri::True {
        if let Some(resource) = &statement.resource {
            let element = if resource.not { "NotResource" } else { "Resource" };
            let covered = statement.covers_resource(request);
            applies =
                applies & note(element, covered, &resource.texts, request.resource().to_owned());
        }
        if let Some(principal) = &statement.principal {
            let element = if principal.not { "NotPrincipal" } else { "Principal" };
            let named =
                Tri::any(reading.principal(statement, request).into_iter().map(|(_, named)| named));
            applies = applies
                & note(element, named, &principal.texts, request.principal().arn().to_owned());
        }
        for condition in &statement.conditions {
            let holds = condition.holds(request);
            applies = applies & holds;
            if holds != Tri::True {
                because.push(Mismatch {
                    element: "Condition",
                    unknown: holds == Tri::Unknown,
                    operator: Some(condition.operator.clone()),
                    key: Some(condition.key.clone()),
                    wanted: condition.values.clone(),
                    found: found(request, &condition.key_lower),
                });
            }
        }
    }
    StatementTrace {
        index,
        sid: statement.sid.clone(),
        effect: statement.effect,
        applies: applies.into(),
        because,
    }
}

fn found(request: &Request, key: &str) -> Vec<String> {
    match request.lookup(key) {
        Lookup::Absent | Lookup::Unknown => Vec::new(),
        Lookup::One(value) => vec![value.to_owned()],
        Lookup::Many(values) => values.to_vec(),
    }
}

fn of_grant(grant: &Grant, request: &Request) -> PolicyTrace {
    let says = match decide::grant_allows(grant, request) {
        Tri::True => Answer::Allows,
        Tri::False => Answer::Silent,
        Tri::Unknown => Answer::Unknown,
    };
    let label = grant.label.clone();
    PolicyTrace {
        kind: PolicyKind::Grant,
        label,
        level: None,
        says,
        unreadable: None,
        statements: Vec::new(),
    }
}
