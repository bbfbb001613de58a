//! The line protocol of `ecswhy can --lines`: one JSON request with its policies per line.
//!
//! The world is closed: a key that is not in `context` is absent, a policy that is left out does not exist.
//! A [`Session`] keeps policies that it has compiled, so that a million requests on the same policies parse
//! them once.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::decide::decide;
use crate::json::{self, Kind};
use crate::policies::{Attached, Endpoint, EndpointKind, Grant, Policies};
use crate::policy::{Policy, PolicyError, PolicyKind};
use crate::request::{Request, RequestError};
use crate::trace::decide_with_trace;

/// The most policies that a session keeps.
const MAX_CACHED: usize = 4096;

/// Why a line has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The line is not of the protocol.
    #[error("{0}")]
    Line(String),
    /// The request cannot be judged.
    #[error("request: {0}")]
    Request(#[from] RequestError),
    /// A policy is malformed. Line and column count from the start of that policy.
    #[error("{}", Placed { place, error })]
    Policy {
        /// The key of the line, such as `identityPolicies[0]`.
        place: String,
        /// What is wrong with the policy.
        error: PolicyError,
    },
}

/// A policy error with its path from the start of the line.
struct Placed<'e> {
    place: &'e str,
    error: &'e PolicyError,
}

impl fmt::Display for Placed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.write(f, &json::join(self.place, &self.error.path))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow, default)]
    identity_policies: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    permission_boundary: Option<&'a RawValue>,
    #[serde(borrow, default)]
    session_policy: Option<&'a RawValue>,
    #[serde(borrow, default)]
    resource_policy: Option<&'a RawValue>,
    #[serde(borrow, default)]
    endpoint_policies: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    scps: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    rcps: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    grants: Option<Vec<LineGrant>>,
    #[serde(borrow)]
    request: LineRequest<'a>,
    #[serde(default)]
    unknown_context: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LineRequest<'a> {
    action: String,
    resource: String,
    #[serde(default)]
    resource_account: Option<String>,
    principal: String,
    #[serde(borrow, default)]
    context: Option<&'a RawValue>,
}

/// A grant as `kms:ListGrants` returns it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LineGrant {
    #[serde(default)]
    grant_id: String,
    grantee_principal: String,
    operations: Vec<String>,
    #[serde(default)]
    constraints: LineConstraints,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct LineConstraints {
    encryption_context_equals: Option<std::collections::BTreeMap<String, String>>,
    encryption_context_subset: Option<std::collections::BTreeMap<String, String>>,
    source_arn: Option<String>,
}

#[derive(Deserialize)]
struct Level<'a> {
    #[serde(borrow)]
    policies: Vec<&'a RawValue>,
}

/// An endpoint policy whose kind of endpoint is told.
#[derive(Deserialize)]
struct TypedEndpoint<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    policy: &'a RawValue,
}

/// Answers one line without keeping its policies.
///
/// # Errors
/// A line that is not of the protocol, a request that cannot be judged, or a malformed policy.
pub fn answer(line: &str, json: bool) -> Result<String, LineError> {
    Session::new().answer(line, json)
}

/// Answers lines and keeps the policies that it has compiled.
#[derive(Debug, Default)]
pub struct Session {
    /// By the hash of the text; the text itself guards against collisions.
    cache: HashMap<(u64, PolicyKind), (Box<str>, Arc<Policy>)>,
    hasher: RandomState,
}

impl Session {
    /// A session that has seen no policy.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers one line: the word of the decision, or with `json` the object `{"decision", "trace"}`.
    ///
    /// # Errors
    /// A line that is not of the protocol, a request that cannot be judged, or a malformed policy.
    pub fn answer(&mut self, line: &str, json: bool) -> Result<String, LineError> {
        let (policies, request) = self.read(line)?;
        if !json {
            return Ok(decide(&policies, &request).word().to_owned());
        }
        let trace = decide_with_trace(&policies, &request);
        let answer = serde_json::json!({ "decision": trace.decision, "trace": trace });
        Ok(answer.to_string())
    }

    /// Reads one line.
    ///
    /// # Errors
    /// As [`Session::answer`].
    pub fn read(&mut self, line: &str) -> Result<(Policies, Request), LineError> {
        // A list would be read as the fields in their order.
        if line.trim_start().starts_with('[') {
            return Err(LineError::Line("a line is a JSON map; this is a list".to_owned()));
        }
        let line: Line<'_> =
            serde_json::from_str(line).map_err(|e| LineError::Line(e.to_string()))?;
        let request = request(&line)?;
        let mut policies = Policies::new();
        for (i, raw) in line.identity_policies.iter().flatten().enumerate() {
            policies.identity.push(self.attached(
                raw,
                format!("identityPolicies[{i}]"),
                PolicyKind::Identity,
            )?);
        }
        policies.boundary =
            self.optional(line.permission_boundary, "permissionBoundary", PolicyKind::Boundary)?;
        policies.session =
            self.optional(line.session_policy, "sessionPolicy", PolicyKind::Session)?;
        policies.resource =
            self.optional(line.resource_policy, "resourcePolicy", PolicyKind::Resource)?;
        for (i, raw) in line.endpoint_policies.iter().flatten().enumerate() {
            policies.endpoints.push(self.endpoint(
                raw,
                format!("endpointPolicies[{i}]"),
                &request,
            )?);
        }
        policies.scps = self.levels(line.scps.as_deref(), "scps", PolicyKind::ServiceControl)?;
        policies.rcps = self.levels(line.rcps.as_deref(), "rcps", PolicyKind::ResourceControl)?;
        policies.grants = line.grants.into_iter().flatten().enumerate().map(grant).collect();
        Ok((policies, request))
    }

    fn optional(
        &mut self,
        raw: Option<&RawValue>,
        place: &str,
        kind: PolicyKind,
    ) -> Result<Option<Attached>, LineError> {
        raw.map(|raw| self.attached(raw, place.to_owned(), kind)).transpose()
    }

    fn attached(
        &mut self,
        raw: &RawValue,
        place: String,
        kind: PolicyKind,
    ) -> Result<Attached, LineError> {
        match self.policy(raw.get(), kind) {
            Ok(policy) => Ok(Attached::new(place, policy)),
            Err(error) => Err(LineError::Policy { place, error }),
        }
    }

    fn levels(
        &mut self,
        raws: Option<&[&RawValue]>,
        name: &str,
        kind: PolicyKind,
    ) -> Result<Vec<Vec<Attached>>, LineError> {
        let mut levels = Vec::new();
        for (i, raw) in raws.unwrap_or_default().iter().enumerate() {
            let place = format!("{name}[{i}]");
            levels.push(match serde_json::from_str::<Level<'_>>(raw.get()) {
                Ok(level) => {
                    let policies = level.policies.iter().enumerate();
                    policies
                        .map(|(j, raw)| self.attached(raw, format!("{place}.policies[{j}]"), kind))
                        .collect::<Result<_, _>>()?
                }
                Err(_) => vec![self.attached(raw, place, kind)?],
            });
        }
        Ok(levels)
    }

    /// A gateway endpoint exists for S3 and DynamoDB only and is what a VPC usually has for them;
    /// `{"type": "Interface", "policy": ...}` says otherwise.
    fn endpoint(
        &mut self,
        raw: &RawValue,
        place: String,
        request: &Request,
    ) -> Result<Endpoint, LineError> {
        if let Ok(typed) = serde_json::from_str::<TypedEndpoint<'_>>(raw.get()) {
            let kind = match typed.kind.to_ascii_lowercase().as_str() {
                "interface" => EndpointKind::Interface,
                "gateway" => EndpointKind::Gateway,
                _ => {
                    return Err(LineError::Line(format!(
                        "{place}.type is neither Interface nor Gateway"
                    )));
                }
            };
            let policy = self.attached(typed.policy, place, PolicyKind::Endpoint)?;
            return Ok(Endpoint { kind, policy });
        }
        let service = request.action_lower().split(':').next().unwrap_or_default();
        let is_gateway = matches!(service, "s3" | "dynamodb");
        let kind = if is_gateway { EndpointKind::Gateway } else { EndpointKind::Interface };
        Ok(Endpoint { kind, policy: self.attached(raw, place, PolicyKind::Endpoint)? })
    }

    /// Compiles a policy that is a JSON map, or a JSON string with one inside.
    fn policy(&mut self, raw: &str, kind: PolicyKind) -> Result<Arc<Policy>, PolicyError> {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(raw.as_bytes());
        let key = (hasher.finish(), kind);
        if let Some((text, policy)) = self.cache.get(&key)
            && **text == *raw
        {
            return Ok(Arc::clone(policy));
        }
        let policy = if raw.starts_with('"') {
            let text: String = serde_json::from_str(raw).map_err(|error| PolicyError {
                path: String::new(),
                line: error.line(),
                column: error.column(),
                message: "the string cannot be read".to_owned(),
            })?;
            Policy::parse(&text)?
        } else {
            Policy::parse(raw)?
        };
        policy.check(kind)?;
        let policy = Arc::new(policy);
        if self.cache.len() >= MAX_CACHED {
            self.cache.clear();
        }
        self.cache.insert(key, (raw.into(), Arc::clone(&policy)));
        Ok(policy)
    }
}

fn grant((index, grant): (usize, LineGrant)) -> Grant {
    let label = if grant.grant_id.is_empty() {
        format!("grants[{index}]")
    } else {
        format!("grant {}", grant.grant_id)
    };
    Grant {
        label,
        grantee: grant.grantee_principal,
        operations: grant.operations,
        context_equals: grant.constraints.encryption_context_equals,
        context_subset: grant.constraints.encryption_context_subset,
        source_arn: grant.constraints.source_arn,
    }
}

fn request(line: &Line<'_>) -> Result<Request, LineError> {
    let given = &line.request;
    let mut request = Request::new(&given.principal, &given.action, &given.resource)?;
    if let Some(account) = &given.resource_account {
        request = request.with_resource_account(account);
    }
    if let Some(raw) = given.context {
        let node =
            json::parse(raw.get()).map_err(|e| LineError::Line(format!("request.context: {e}")))?;
        let Kind::Object(entries) = node.kind else {
            return Err(LineError::Line(format!(
                "request.context is {}, not a map",
                node.kind.name()
            )));
        };
        let mut seen = std::collections::BTreeSet::new();
        for (key, value) in entries {
            if !seen.insert(key.to_ascii_lowercase()) {
                return Err(LineError::Line(format!(
                    "request.context has the key {key} twice; case does not count"
                )));
            }
            request = match &value.kind {
                Kind::Array(items) => {
                    let values = items
                        .iter()
                        .map(|item| scalar(&key, &item.kind))
                        .collect::<Result<Vec<_>, _>>()?;
                    request.with_values(&key, values)
                }
                kind => request.with(&key, scalar(&key, kind)?),
            };
        }
    }
    Ok(line
        .unknown_context
        .iter()
        .flatten()
        .fold(request, |request, key| request.with_unknown(key)))
}

fn scalar(key: &str, kind: &Kind) -> Result<String, LineError> {
    match kind {
        Kind::String(text) | Kind::Number(text) => Ok(text.clone()),
        Kind::Bool(value) => Ok(value.to_string()),
        other => Err(LineError::Line(format!(
            "request.context.{key} is {}, not a value or a list",
            other.name()
        ))),
    }
}
