//! The line protocol of `ecswhy can --lines`: one request with its policies per line, one verdict per line.
//!
//! Closed world: a key that is not in `context` is absent; only keys in `unknownContext` are unknown. Omitted
//! policies do not exist.

use crate::decide::{Decision, decide};
use crate::policies::{Attached, Endpoint, EndpointKind, Policies};
use crate::policy::{Policy, PolicyKind};
use crate::request::Request;
use crate::trace::trace;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Why a line has no verdict.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// The line is not the JSON object of the protocol.
    #[error("not a request: {0}")]
    Json(#[from] serde_json::Error),
    /// A policy is malformed.
    #[error("{label}: {error}")]
    Policy {
        /// Which policy.
        label: String,
        /// What is wrong, and where.
        error: crate::policy::PolicyError,
    },
    /// The request is malformed.
    #[error("request: {0}")]
    Request(#[from] crate::request::RequestError),
    /// A part has a form that the protocol does not have.
    #[error("{part}: {problem}")]
    Part {
        /// The part of the line.
        part: String,
        /// What is wrong.
        problem: &'static str,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line {
    #[serde(default)]
    identity_policies: Vec<Value>,
    #[serde(default)]
    permission_boundary: Option<Value>,
    #[serde(default)]
    session_policy: Option<Value>,
    #[serde(default)]
    resource_policy: Option<Value>,
    #[serde(default)]
    endpoint_policies: Vec<Value>,
    #[serde(default)]
    scps: Vec<Value>,
    #[serde(default)]
    rcps: Vec<Value>,
    request: RequestLine,
    #[serde(default)]
    unknown_context: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RequestLine {
    action: String,
    resource: String,
    #[serde(default)]
    resource_account: Option<String>,
    principal: String,
    #[serde(default)]
    context: Map<String, Value>,
}

/// The verdict on one line: a word, or with `with_trace` a JSON object of `decision` and `trace`.
///
/// # Errors
/// A line that is not a request, or a malformed policy in it.
pub fn answer(line: &str, with_trace: bool) -> Result<String, LineError> {
    let line: Line = serde_json::from_str(line)?;
    let request = request(&line)?;
    let policies = policies(&line)?;
    let decision = decide(&policies, &request);
    if !with_trace {
        return Ok(decision.word().to_owned());
    }
    let mut answer = json!({ "decision": decision.word(), "trace": trace(&policies, &request) });
    if let Decision::Undetermined(unknowns) = &decision {
        answer["unknown"] = json!(unknowns);
    }
    Ok(answer.to_string())
}

fn request(line: &Line) -> Result<Request, LineError> {
    let RequestLine { action, resource, resource_account, principal, context } = &line.request;
    let mut request = Request::new(principal, action, resource)?;
    if let Some(account) = resource_account {
        request = request.with_resource_account(account);
    }
    for (key, value) in context {
        request = match value {
            Value::Array(values) => {
                let values =
                    values.iter().map(|value| scalar(key, value)).collect::<Result<Vec<_>, _>>()?;
                request.with_values(key, values)
            }
            value => request.with(key, scalar(key, value)?),
        };
    }
    Ok(line.unknown_context.iter().fold(request, |request, key| request.with_unknown(key)))
}

fn scalar(key: &str, value: &Value) -> Result<String, LineError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err(LineError::Part {
            part: format!("context key {key}"),
            problem: "a value is a string, a number, a boolean, or a list of those",
        }),
    }
}

fn policies(line: &Line) -> Result<Policies, LineError> {
    let mut policies = Policies::new();
    for (index, value) in line.identity_policies.iter().enumerate() {
        policies.identity.push(policy(
            format!("identityPolicies[{index}]"),
            value,
            PolicyKind::Identity,
        )?);
    }
    let optional = |value: &Option<Value>, label: &str, kind| match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => policy(label.to_owned(), value, kind).map(Some),
    };
    policies.boundary =
        optional(&line.permission_boundary, "permissionBoundary", PolicyKind::Boundary)?;
    policies.session = optional(&line.session_policy, "sessionPolicy", PolicyKind::Session)?;
    policies.resource = optional(&line.resource_policy, "resourcePolicy", PolicyKind::Resource)?;
    for (index, value) in line.endpoint_policies.iter().enumerate() {
        let policy = policy(format!("endpointPolicies[{index}]"), value, PolicyKind::Endpoint)?;
        policies.endpoints.push(Endpoint { kind: EndpointKind::Interface, policy });
    }
    policies.scps = levels("scps", &line.scps, PolicyKind::ServiceControl)?;
    policies.rcps = levels("rcps", &line.rcps, PolicyKind::ResourceControl)?;
    Ok(policies)
}

/// One list per level of the organization: each element is a policy, or `{"policies": [...]}`.
fn levels(
    part: &str,
    elements: &[Value],
    kind: PolicyKind,
) -> Result<Vec<Vec<Attached>>, LineError> {
    let level = |(index, element): (usize, &Value)| match element.get("policies") {
        Some(Value::Array(list)) => list
            .iter()
            .enumerate()
            .map(|(at, value)| policy(format!("{part}[{index}].policies[{at}]"), value, kind))
            .collect(),
        Some(_) => Err(LineError::Part {
            part: format!("{part}[{index}].policies"),
            problem: "this is not a list",
        }),
        None => Ok(vec![policy(format!("{part}[{index}]"), element, kind)?]),
    };
    elements.iter().enumerate().map(level).collect()
}

/// A policy as a JSON object, or as the JSON text of one.
fn policy(label: String, value: &Value, kind: PolicyKind) -> Result<Attached, LineError> {
    let parsed = match value {
        Value::String(text) => Policy::parse(text),
        value => Policy::from_value(value),
    };
    match parsed.and_then(|policy| policy.check(kind).map(|()| policy)) {
        Ok(policy) => Ok(Attached::new(label, policy)),
        Err(error) => Err(LineError::Policy { label, error }),
    }
}
