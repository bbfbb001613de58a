//! Why a verdict is what it is: every policy that has a say, every statement, whether it applies, and if not, why not.

use crate::decide::{Reading, each};
use crate::policies::{Policies, Source};
use crate::policy::{Effect, PolicyKind, Statement};
use crate::request::Request;
use crate::tri::Tri;
use serde::Serialize;

/// What one policy says to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyTrace {
    /// What a person calls it.
    pub policy: String,
    /// Where it is attached.
    pub kind: PolicyKind,
    /// Why it could not be read, where it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// Its statements, in order.
    pub statements: Vec<StatementTrace>,
}

/// What one statement says to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementTrace {
    /// `Sid`, or its place from 0.
    pub statement: String,
    /// What it does when it applies.
    pub effect: Effect,
    /// `yes`, `no` or `unknown`.
    pub applies: &'static str,
    /// The first element that keeps it from applying, or leaves it open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

impl PolicyTrace {
    /// One line per statement, for people.
    pub fn lines(&self) -> Vec<String> {
        if let Some(why) = &self.unreadable {
            return vec![format!("{}: not readable ({why})", self.policy)];
        }
        let line = |each: &StatementTrace| {
            let effect = match each.effect {
                Effect::Allow => "Allow",
                Effect::Deny => "Deny",
            };
            let verdict = match (each.applies, &each.because) {
                ("yes", _) => "applies".to_owned(),
                (_, Some(because)) => because.clone(),
                (_, None) => "does not apply".to_owned(),
            };
            format!("{}: {effect} statement {}: {verdict}", self.policy, each.statement)
        };
        self.statements.iter().map(line).collect()
    }
}

/// Judges every statement of every policy that has a say.
pub fn trace(policies: &Policies, request: &Request) -> Vec<PolicyTrace> {
    each(policies, request)
        .map(|(reading, _, attached)| {
            let (unreadable, statements) = match &attached.source {
                Source::Unreadable(why) => (Some(why.clone()), Vec::new()),
                Source::Known(policy) => {
                    let judge = |(index, statement)| judge(index, statement, request, reading);
                    (None, policy.statements.iter().enumerate().map(judge).collect())
                }
            };
            PolicyTrace {
                policy: attached.label.clone(),
                kind: reading.kind,
                unreadable,
                statements,
            }
        })
        .collect()
}

fn judge(
    index: usize,
    statement: &Statement,
    request: &Request,
    reading: Reading,
) -> StatementTrace {
    let mut applies = Tri::True;
    let mut because = None;
    let mut element = |holds: Tri, no: &dyn Fn() -> String| {
        if because.is_none() && holds != Tri::True {
            because = Some(no());
        }
        applies = applies & holds;
    };
    element(statement.covers_action(request).into(), &|| {
        format!("its actions do not cover {}", request.action())
    });
    element(statement.covers_resource(request), &|| {
        format!("its resources do not cover {}", request.resource())
    });
    let named = Tri::any(reading.principal(statement, request).into_iter().map(|(_, named)| named));
    element(named, &|| format!("its principals do not name {}", request.principal().arn()));
    for condition in &statement.conditions {
        let holds = condition.holds(request);
        element(holds, &|| match holds {
            Tri::Unknown => format!("it depends on the condition key {}", condition.key),
            _ => format!("its condition on {} does not hold", condition.key),
        });
    }
    let applies = match applies {
        Tri::True => "yes",
        Tri::False => "no",
        Tri::Unknown => "unknown",
    };
    let statement_name = statement.sid.clone().unwrap_or_else(|| index.to_string());
    StatementTrace { statement: statement_name, effect: statement.effect, applies, because }
}
