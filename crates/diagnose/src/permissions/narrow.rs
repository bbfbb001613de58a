//! Deny statements made narrower: they no longer cover what the launch needs, and go on to cover everything else.

use ecswhy_iam::known_actions;
use ecswhy_iam::{Decision, Policies, Policy, Request, decide};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a Deny must leave to the launch.
#[derive(Clone, Debug)]
pub struct Exception {
    /// Actions.
    pub actions: BTreeSet<String>,
    /// The ARN that AWS checks, or `*`.
    pub checked: String,
    /// What a policy names for it.
    pub named: String,
}

/// The policy in which the statements at these positions leave out these exceptions; `None` where that cannot be
/// written. A statement that covers nothing else goes.
pub fn narrowed(policy: &Value, denying: &BTreeMap<usize, Vec<Exception>>) -> Option<Value> {
    let statements = match &policy["Statement"] {
        Value::Array(statements) => statements.clone(),
        one => vec![one.clone()],
    };
    let mut kept = Vec::new();
    for (index, statement) in statements.into_iter().enumerate() {
        let mut parts = vec![statement];
        for exception in denying.get(&index).into_iter().flatten() {
            let mut narrower = Vec::new();
            for part in &parts {
                narrower.extend(without(part, exception)?);
            }
            parts = narrower;
        }
        kept.extend(parts);
    }
    let mut policy = policy.clone();
    policy["Statement"] = Value::Array(kept);
    Some(policy)
}

/// A statement split in two: what it says of other resources stays as it is, and of this resource it keeps the other
/// actions.
fn without(statement: &Value, exception: &Exception) -> Option<Vec<Value>> {
    // What is asked of no resource, or stands in a policy that names none, is told apart by its action alone.
    let is_everywhere = exception.checked == "*"
        || (statement["Resource"].is_null() && statement["NotResource"].is_null());
    if is_everywhere {
        return Some(other_actions(statement, exception)?.into_iter().collect());
    }
    let (elsewhere, here) = split(statement, exception);
    let Some(here) = here else { return Some(vec![statement.clone()]) };
    Some(elsewhere.into_iter().chain(other_actions(&here, exception)?).collect())
}

/// The statement about other resources, and about those that the exception is about.
fn split(statement: &Value, exception: &Exception) -> (Option<Value>, Option<Value>) {
    let about = |element: &str, resources: Value| {
        let mut part = statement.clone();
        if let Some(members) = part.as_object_mut() {
            members.remove("Resource");
            members.remove("NotResource");
            members.insert(element.to_owned(), resources);
        }
        part
    };
    let unnamed = |mut part: Value| {
        if let Some(members) = part.as_object_mut() {
            members.remove("Sid");
        }
        part
    };
    let excluded = list(&statement["NotResource"]);
    if !excluded.is_empty() {
        let excluded: Vec<&Value> = excluded.iter().collect();
        let named = json!(exception.named);
        let elsewhere = about("NotResource", json!([excluded.as_slice(), &[&named]].concat()));
        return (Some(elsewhere), Some(unnamed(about("Resource", named))));
    }
    let (covering, others): (Vec<&Value>, Vec<&Value>) = list(&statement["Resource"])
        .iter()
        .partition(|entry| covers_resource(entry.as_str().unwrap_or_default(), exception));
    if covering.is_empty() {
        return (Some(statement.clone()), None);
    }
    if covering.iter().any(|entry| entry.as_str() == Some("*")) {
        let elsewhere = about("NotResource", json!(exception.named));
        return (Some(elsewhere), Some(unnamed(about("Resource", json!(exception.named)))));
    }
    let elsewhere = (!others.is_empty()).then(|| about("Resource", json!(others)));
    let here = about("Resource", json!(covering));
    (elsewhere.clone(), Some(if elsewhere.is_some() { unnamed(here) } else { here }))
}

/// The statement without the actions of the exception; an inner `None`: no action is left; an outer one: the others
/// cannot be listed.
#[expect(clippy::option_option, reason = "nothing left and not known are two answers")]
fn other_actions(statement: &Value, exception: &Exception) -> Option<Option<Value>> {
    let mut part = statement.clone();
    let is_excepted = |action: &str| {
        exception.actions.iter().any(|excepted| excepted.eq_ignore_ascii_case(action))
    };
    if !statement["NotAction"].is_null() {
        let mut spared: Vec<Value> = list(&statement["NotAction"]).to_vec();
        spared.extend(exception.actions.iter().map(|action| json!(action)));
        part["NotAction"] = json!(spared);
        return Some(Some(part));
    }
    let mut left: Vec<String> = Vec::new();
    for entry in list(&statement["Action"]) {
        let entry = entry.as_str()?;
        if !covers_action(entry, exception) {
            left.push(entry.to_owned());
        } else if entry.split(':').next().is_some_and(|service| service.contains(['*', '?'])) {
            if let Some(members) = part.as_object_mut() {
                members.remove("Action");
                members.insert("NotAction".to_owned(), json!(exception.actions));
            }
            return Some(Some(part));
        } else if entry.contains(['*', '?']) {
            let all = known_actions::matching(entry)?;
            left.extend(all.into_iter().filter(|action| !is_excepted(action)));
        }
    }
    left.dedup();
    part["Action"] = json!(left);
    Some((!left.is_empty()).then_some(part))
}

fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(many) => many,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

fn covers_resource(entry: &str, exception: &Exception) -> bool {
    exception.actions.iter().any(|action| covers("*", entry, action, &exception.checked))
}

fn covers_action(entry: &str, exception: &Exception) -> bool {
    exception.actions.iter().any(|action| covers(entry, "*", action, &exception.checked))
}

/// Whether a Deny of these elements covers the request.
fn covers(actions: &str, resources: &str, action: &str, resource: &str) -> bool {
    let statement = json!({ "Effect": "Deny", "Action": actions, "Resource": resources });
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
    let Ok(policy) = Policy::from_value(&document) else { return false };
    let anybody = "arn:aws:iam::000000000000:role/any";
    let Ok(request) = Request::new(anybody, action, resource) else { return false };
    decide(&Policies::new().with_identity("", policy), &request) == Decision::ExplicitlyDenied
}
