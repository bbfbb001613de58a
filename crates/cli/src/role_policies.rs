//! The policies that decide what a role may do, as the evaluator takes them, from facts.

use crate::failure::Failure;
use ecswhy_facts::suggest::hint;
use ecswhy_facts::{Arn, Facts, Known, Snapshot};
use ecswhy_iam::{Attached, Grant, Policies, Policy};
use serde_json::Value;

/// Every policy in the facts that has a say: the role's own, its boundary, and the resource's, where it is one of those
/// that a launch asks about.
pub fn policies(snapshot: &Snapshot, role: &str) -> Result<Policies, Failure> {
    let iam = &snapshot.home().iam;
    let mut policies = Policies::new();
    let boundary = match iam.roles.get(role) {
        Known::Absent => return Err(Failure::new(format!("the role {role} does not exist"))),
        Known::Present(known) => known.permissions_boundary.as_ref(),
        Known::NotAsked => {
            let near = hint(role, iam.roles.present().map(|(name, _)| name));
            return Err(Failure::new(format!("these facts hold no role {role}{near}")));
        }
        Known::Denied { .. } | Known::Failed { .. } => None,
    };
    match iam.attached_policies.ask(role) {
        Ok(attached) => {
            for policy in attached.iter().flat_map(|attached| &attached.0) {
                let arn = policy.policy_arn.as_deref().unwrap_or_default();
                let label =
                    format!("managed policy {}", policy.policy_name.as_deref().unwrap_or(arn));
                policies.identity.push(managed(snapshot.home(), label, arn));
            }
        }
        Err(gap) => {
            policies.identity.push(Attached::unreadable("managed policies", gap.to_string()))
        }
    }
    match iam.inline_policy_names.ask(role) {
        Ok(names) => {
            for name in names.iter().flat_map(|names| &names.0) {
                let label = format!("inline policy {name}");
                let key = format!("{role}/{name}");
                policies.identity.push(match iam.inline_policies.ask(&key) {
                    Ok(policy) => attached(label, policy.map(|policy| &policy.0)),
                    Err(gap) => Attached::unreadable(label, gap.to_string()),
                });
            }
        }
        Err(gap) => {
            policies.identity.push(Attached::unreadable("inline policies", gap.to_string()))
        }
    }
    if let Some(arn) = boundary.and_then(|boundary| boundary.permissions_boundary_arn.as_deref()) {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        policies.boundary =
            Some(managed(snapshot.home(), format!("permissions boundary {name}"), arn));
    }
    Ok(policies)
}

/// Adds the policy of a resource, and the grants of a key.
pub fn add_resource(policies: &mut Policies, snapshot: &Snapshot, resource: &str) {
    policies.resource = resource_policy(snapshot, resource);
    let Ok(arn) = resource.parse::<Arn>() else { return };
    let Some(id) = arn.kms_key_id() else { return };
    let grants = &snapshot.of(&arn.account, &arn.region).secrets.key_grants;
    match grants.ask(resource).or_else(|_| grants.ask(id)) {
        Ok(grants) => {
            let grants = grants.into_iter().flat_map(|grants| &grants.0);
            policies.grants = grants.map(grant).collect();
        }
        Err(gap) => policies.grants_unreadable = Some(gap.to_string()),
    }
}

fn grant(grant: &ecswhy_facts::secrets::Grant) -> Grant {
    let constraints = grant.constraints.clone().unwrap_or_default();
    Grant {
        label: format!("grant {}", grant.grant_id.as_deref().unwrap_or("without id")),
        grantee: grant.grantee_principal.clone().unwrap_or_default(),
        operations: grant.operations.clone(),
        context_equals: constraints.encryption_context_equals,
        context_subset: constraints.encryption_context_subset,
        source_arn: constraints.source_arn,
    }
}

/// The policy of the resource; none where AWS says that there is none, or where its kind has none.
fn resource_policy(snapshot: &Snapshot, resource: &str) -> Option<Attached> {
    let arn: Arn = resource.parse().ok()?;
    let facts = snapshot.of(&arn.account, &arn.region);
    let (label, policy) = match arn.service.as_str() {
        "ecr" => {
            let name = arn.repository_name()?;
            let policy = facts.ecr.repository_policies.ask(name);
            (format!("policy of the repository {name}"), policy.map(|it| it.map(|it| it.0.clone())))
        }
        "secretsmanager" => {
            let policy = facts.secrets.secret_policies.ask(resource);
            ("policy of the secret".to_owned(), policy.map(|it| it.map(|it| it.0.clone())))
        }
        "kms" => {
            let policy = facts.secrets.key_policies.ask(resource);
            let policy = policy.or_else(|gap| {
                arn.kms_key_id().map_or(Err(gap), |id| facts.secrets.key_policies.ask(id))
            });
            ("policy of the key".to_owned(), policy.map(|it| it.map(|it| it.0.clone())))
        }
        "s3" => {
            let bucket = arn.resource.split('/').next().unwrap_or_default();
            let policy = snapshot.home().storage.bucket_policies.ask(bucket);
            (format!("policy of the bucket {bucket}"), policy.map(|it| it.map(|it| it.0.clone())))
        }
        _ => return None,
    };
    match policy {
        Ok(None) => None,
        Ok(Some(text)) => Some(attached(label, Some(&Value::String(text)))),
        Err(gap) => Some(Attached::unreadable(label, gap.to_string())),
    }
}

fn managed(facts: &Facts, label: String, arn: &str) -> Attached {
    match facts.iam.managed_policies.ask(arn) {
        Ok(policy) => attached(label, policy.map(|policy| &policy.0)),
        Err(gap) => Attached::unreadable(label, gap.to_string()),
    }
}

fn attached(label: String, document: Option<&Value>) -> Attached {
    let Some(document) = document else {
        return Attached::unreadable(label, "AWS says that it does not exist");
    };
    let text = match document {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match Policy::parse(&text) {
        Ok(policy) => Attached::new(label, policy),
        Err(error) => Attached::unreadable(label, error.to_string()),
    }
}
