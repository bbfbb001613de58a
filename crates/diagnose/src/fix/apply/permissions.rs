//! Changes to who may do what: roles and the policies of repositories, secrets and keys.

use super::NotModelled;
use crate::change::{Change, policy_of, with_statement};
use crate::fix::names;
use ecswhy_facts::ecr::RepositoryPolicy;
use ecswhy_facts::iam::{AttachedPolicy, InlinePolicy, ManagedPolicy};
use ecswhy_facts::secrets::{KeyPolicy, SecretPolicy};
use ecswhy_facts::{Facts, Known, Snapshot};
use serde_json::{Value, json};

pub(super) fn apply(snapshot: &mut Snapshot, change: &Change) -> Result<(), NotModelled> {
    match change {
        Change::AttachManagedPolicy { role, policy_arn } => {
            let iam = &mut with_role(snapshot, role)?.iam;
            let Some(attached) = iam.attached_policies.present_mut(role) else {
                return Err(NotModelled::unknown("list of attached policies of role", role));
            };
            attached.0.push(AttachedPolicy {
                policy_name: policy_arn.rsplit('/').next().map(str::to_owned),
                policy_arn: Some(policy_arn.clone()),
            });
            if let Some(document) = aws_managed(policy_arn) {
                iam.managed_policies.put(policy_arn, Known::Present(ManagedPolicy(document)));
            }
            Ok(())
        }
        Change::PutRolePolicyStatement { role, policy_name, statements } => {
            let iam = &mut with_role(snapshot, role)?.iam;
            let Some(names) = iam.inline_policy_names.present_mut(role) else {
                return Err(NotModelled::unknown("list of inline policies of role", role));
            };
            if !names.0.contains(policy_name) {
                names.0.push(policy_name.clone());
            }
            let document = policy_of(statements);
            let subject = format!("{role}/{policy_name}");
            iam.inline_policies.put(subject, Known::Present(InlinePolicy(document)));
            Ok(())
        }
        Change::SetRolePolicy { role, policy_name, policy } => {
            let subject = format!("{role}/{policy_name}");
            let policies = &mut with_role(snapshot, role)?.iam.inline_policies;
            let found = policies.present_mut(&subject);
            let found = found.ok_or_else(|| NotModelled::unknown("inline policy", &subject))?;
            *found = InlinePolicy(policy.clone());
            Ok(())
        }
        Change::DeleteRolePolicy { role, policy_name } => {
            let iam = &mut with_role(snapshot, role)?.iam;
            let Some(names) = iam.inline_policy_names.present_mut(role) else {
                return Err(NotModelled::unknown("list of inline policies of role", role));
            };
            names.0.retain(|name| name != policy_name);
            iam.inline_policies.forget(&format!("{role}/{policy_name}"));
            Ok(())
        }
        Change::SetManagedPolicy { policy_arn, policy } => {
            let mut found = false;
            for facts in snapshot.facts.values_mut() {
                if let Some(known) = facts.iam.managed_policies.present_mut(policy_arn) {
                    *known = ManagedPolicy(policy.clone());
                    found = true;
                }
            }
            if found { Ok(()) } else { Err(NotModelled::unknown("policy", policy_arn)) }
        }
        Change::SetTrustPolicy { role, policy } => {
            if let Some(found) = with_role(snapshot, role)?.iam.roles.present_mut(role) {
                found.assume_role_policy_document = Some(policy.clone());
            }
            Ok(())
        }
        Change::SetRepositoryPolicy { repository, policy } => {
            let place = names::repository(snapshot, repository);
            let policies = &mut snapshot.of_mut(&place.account, &place.region).ecr;
            let text = RepositoryPolicy(policy.to_string());
            policies.repository_policies.put(place.name, Known::Present(text));
            Ok(())
        }
        Change::SetSecretPolicy { secret, policy } => {
            let mut found = false;
            for facts in snapshot.facts.values_mut() {
                for subject in names::secret_subjects(facts, secret) {
                    let text = SecretPolicy(policy.to_string());
                    facts.secrets.secret_policies.put(subject, Known::Present(text));
                    found = true;
                }
            }
            if found { Ok(()) } else { Err(NotModelled::unknown("secret", secret)) }
        }
        Change::SetKeyPolicyStatement { key, statement } => {
            key_policy(snapshot, key, |document| with_statement(Some(&document), statement.clone()))
        }
        Change::SetKeyPolicy { key, policy } => key_policy(snapshot, key, |_| policy.clone()),
        _ => Ok(()),
    }
}

/// Changes the policy of a key, under every name by which it is kept.
fn key_policy(
    snapshot: &mut Snapshot,
    key: &str,
    change: impl Fn(Value) -> Value,
) -> Result<(), NotModelled> {
    let mut found = false;
    for facts in snapshot.facts.values_mut() {
        for subject in names::key_subjects(facts, key) {
            let Some(policy) = facts.secrets.key_policies.present_mut(&subject) else { continue };
            let Ok(document) = serde_json::from_str::<Value>(&policy.0) else { continue };
            *policy = KeyPolicy(change(document).to_string());
            found = true;
        }
    }
    if found { Ok(()) } else { Err(NotModelled::unknown("policy of key", key)) }
}

/// The facts that hold a role.
fn with_role<'s>(snapshot: &'s mut Snapshot, role: &str) -> Result<&'s mut Facts, NotModelled> {
    snapshot
        .facts
        .values_mut()
        .find(|facts| facts.iam.roles.get(role).present().is_some())
        .ok_or_else(|| NotModelled::unknown("role", role))
}

/// AWS Managed Policy Reference, "AmazonECSTaskExecutionRolePolicy", version 1.
fn aws_managed(arn: &str) -> Option<Value> {
    arn.ends_with(":aws:policy/service-role/AmazonECSTaskExecutionRolePolicy").then(|| {
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Action": [
                    "ecr:GetAuthorizationToken",
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:GetDownloadUrlForLayer",
                    "ecr:BatchGetImage",
                    "logs:CreateLogStream",
                    "logs:PutLogEvents"
                ],
                "Resource": "*"
            }]
        })
    })
}
