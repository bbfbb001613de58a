//! What the execution role may do: its policies and boundary, decided as AWS would.

use crate::change::Change;
use crate::check::{Fault, Remedy};
use crate::launch::{Launch, RoleOf};
use crate::report::Safety;
use ecswhy_facts::{Gap, GapReason, Known};
use ecswhy_iam::{Attached, Decision, Policies, Policy, Request, decide, decide_with_trace};
use serde_json::{Value, json};

/// An action that the role needs on a resource.
pub struct Wanted {
    /// IAM action.
    pub action: &'static str,
    /// ARN, or `*`.
    pub resource: String,
    /// The policy of the resource, where it has one that was read.
    pub resource_policy: Option<Attached>,
}

impl Wanted {
    /// An action on a resource without a policy of its own.
    pub fn on(action: &'static str, resource: impl Into<String>) -> Self {
        Self { action, resource: resource.into(), resource_policy: None }
    }
}

/// The fault of a role that lacks some of what is wanted; `None` when it has all.
///
/// # Errors
/// The gap, when nothing is proven and a policy or condition key is not known.
pub fn judge(
    launch: &Launch<'_>,
    role: &RoleOf<'_>,
    wanted: &[Wanted],
) -> Result<Option<Fault>, Gap> {
    // A role that does not exist is another check's finding.
    if role.role.clone()?.is_none() {
        return Ok(None);
    }
    let own = policies(launch, role)?;
    let mut lacking: Vec<(&Wanted, Vec<String>)> = Vec::new();
    let mut unsure = None;
    for each in wanted {
        let policies = Policies { resource: each.resource_policy.clone(), ..own.clone() };
        let session = format!(
            "arn:{}:sts::{}:assumed-role/{}/task",
            launch.partition(),
            role.account,
            role.name
        );
        let Ok(request) = Request::new(&session, each.action, &each.resource) else { continue };
        let request = request.with_open_world();
        match decide(&policies, &request) {
            Decision::Allowed => {}
            Decision::Undetermined(unknowns) => {
                let names: Vec<&str> =
                    unknowns.policies.iter().chain(&unknowns.keys).map(String::as_str).collect();
                let why =
                    format!("whether {} is allowed depends on {}", each.action, names.join(", "));
                unsure = Some(Gap {
                    call: "iam:GetRolePolicy".to_owned(),
                    subject: role.name.clone(),
                    why: GapReason::Failed { why },
                });
            }
            Decision::ExplicitlyDenied | Decision::ImplicitlyDenied => {
                lacking.push((each, decide_with_trace(&policies, &request).lines()));
            }
        }
    }
    if lacking.is_empty() {
        return unsure.map_or(Ok(None), Err);
    }
    let mut actions: Vec<&str> = lacking.iter().map(|(each, _)| each.action).collect();
    actions.dedup();
    let on = if lacking.iter().all(|(each, _)| each.resource == lacking[0].0.resource) {
        format!(" on {}", lacking[0].0.resource)
    } else {
        String::new()
    };
    let mut fault = Fault::new(
        role.arn.clone(),
        format!("The execution role {} is not allowed {}{on}.", role.name, actions.join(", ")),
    )
    .about("role", role.name.clone())
    .about("role", role.arn.clone());
    for (each, trace) in lacking.iter() {
        fault = fault.about("action", each.action).trace(trace.clone());
    }
    Ok(Some(
        fault.remedy(statement(role, &lacking.iter().map(|(each, _)| *each).collect::<Vec<_>>())),
    ))
}

/// A least-privilege statement with what is lacking.
fn statement(role: &RoleOf<'_>, lacking: &[&Wanted]) -> Remedy {
    let mut by_resource: std::collections::BTreeMap<&str, Vec<&str>> =
        std::collections::BTreeMap::new();
    for each in lacking {
        by_resource.entry(&each.resource).or_default().push(each.action);
    }
    let changes = by_resource.into_iter().enumerate().map(|(index, (resource, actions))| {
        Change::PutRolePolicyStatement {
            role: role.name.clone(),
            policy_name: format!("ecswhy-{}", index + 1),
            statement: json!({ "Effect": "Allow", "Action": actions, "Resource": resource }),
        }
    });
    Remedy::new(
        format!("Allow it in a policy of the role {}", role.name),
        Safety::NonDisruptive,
        changes.collect(),
    )
}

/// The policies of a role and its boundary.
fn policies(launch: &Launch<'_>, role: &RoleOf<'_>) -> Result<Policies, Gap> {
    let iam = &launch.facts.iam;
    let mut policies = Policies::new();
    for attached in
        iam.attached_policies.ask(&role.name)?.map(|list| list.0.as_slice()).unwrap_or_default()
    {
        let arn = attached.policy_arn.clone().unwrap_or_default();
        let document = iam.managed_policies.get(&arn).map(|policy| policy.0.clone());
        policies.identity.push(source(format!("managed policy {arn}"), document));
    }
    for name in
        iam.inline_policy_names.ask(&role.name)?.map(|list| list.0.as_slice()).unwrap_or_default()
    {
        let document = iam
            .inline_policies
            .get(&format!("{}/{name}", role.name))
            .map(|policy| policy.0.clone());
        policies
            .identity
            .push(source(format!("inline policy {name} of role {}", role.name), document));
    }
    let boundary = role
        .role
        .clone()?
        .and_then(|role| role.permissions_boundary.as_ref()?.permissions_boundary_arn.clone());
    policies.boundary = boundary.map(|arn| {
        let document = iam.managed_policies.get(&arn).map(|policy| policy.0.clone());
        source(format!("permissions boundary {arn}"), document)
    });
    Ok(policies)
}

fn source(label: String, document: Known<Value>) -> Attached {
    match document {
        Known::Present(document) => match Policy::from_value(&document) {
            Ok(policy) => Attached::new(label, policy),
            Err(error) => Attached::unreadable(label, error.to_string()),
        },
        Known::Denied { action } => Attached::unreadable(label, format!("allow {action}")),
        Known::Failed { why } => Attached::unreadable(label, why),
        Known::Absent | Known::NotAsked => Attached::unreadable(label, "its document was not read"),
    }
}

/// The policy of a resource, from what is known of its text; `None`: it has none.
pub fn resource_policy(label: &str, text: Known<&str>) -> Option<Attached> {
    match text {
        Known::Absent => None,
        Known::Present(text) => Some(match Policy::parse(text) {
            Ok(policy) => Attached::new(label, policy),
            Err(error) => Attached::unreadable(label, error.to_string()),
        }),
        _ => Some(Attached::unreadable(label, "it was not read")),
    }
}
