//! Commands that change who may do what. Whole documents are printed, the statements that are there included.

use super::Writer;
use crate::change::{Change, policy_of, with_statement};
use crate::fix::names;
use crate::shell::{Command, NotWritable, policy_text};
use serde_json::Value;

impl Writer<'_> {
    pub(super) fn permissions(&mut self, change: &Change) -> Result<(), NotWritable> {
        match change {
            Change::AttachManagedPolicy { role, policy_arn } => {
                let command = |operation| iam(operation, role).arg("--policy-arn", policy_arn);
                self.run(command("attach-role-policy"))?;
                self.undo_with(vec![command("detach-role-policy")])
            }
            Change::PutRolePolicyStatement { role, policy_name, statements } => {
                let document = policy_of(statements);
                let named = |operation| iam(operation, role).arg("--policy-name", policy_name);
                self.run(named("put-role-policy").policy("--policy-document", &document))?;
                self.undo_with(vec![named("delete-role-policy")])
            }
            Change::SetRolePolicy { role, policy_name, policy } => {
                let back = self.inline_policy(role, policy_name)?;
                self.run(put_inline(role, policy_name, policy))?;
                self.undo_with(vec![back])
            }
            Change::DeleteRolePolicy { role, policy_name } => {
                let back = self.inline_policy(role, policy_name)?;
                self.run(iam("delete-role-policy", role).arg("--policy-name", policy_name))?;
                self.undo_with(vec![back])
            }
            Change::SetManagedPolicy { policy_arn, policy } => {
                let set = |document: &Value| {
                    Command::aws("iam create-policy-version")
                        .arg("--policy-arn", policy_arn)
                        .policy("--policy-document", document)
                        .flag("--set-as-default")
                        .query("PolicyVersion.VersionId")
                };
                let mut all = self.model.facts.values();
                let old = all
                    .find_map(|facts| facts.iam.managed_policies.get(policy_arn).present().copied())
                    .ok_or_else(|| NotWritable(format!("the policy {policy_arn}")))?;
                let back = set(&old.0);
                self.run(set(policy))?;
                self.undo_with(vec![back])
            }
            Change::SetTrustPolicy { role, policy } => {
                let command = |document: &Value| {
                    iam("update-assume-role-policy", role).policy("--policy-document", document)
                };
                let mut roles = self.model.facts.values();
                let old = roles
                    .find_map(|facts| facts.iam.roles.get(role).present().copied())
                    .and_then(|found| found.assume_role_policy_document.as_ref())
                    .map(command);
                self.run(command(policy))?;
                self.undo_with(old.into_iter().collect())
            }
            Change::SetRepositoryPolicy { repository, policy } => {
                let place = names::repository(self.account, repository);
                let command = |operation: &str| {
                    let command = Command::aws(operation)
                        .region(&place.region)
                        .arg("--repository-name", &place.name);
                    if place.account == self.account.account {
                        command
                    } else {
                        command.arg("--registry-id", &place.account)
                    }
                };
                let set = |text: String| {
                    command("ecr set-repository-policy")
                        .arg("--policy-text", text)
                        .query("repositoryName")
                };
                let facts = self.model.of(&place.account, &place.region);
                let old = facts.ecr.repository_policies.get(&place.name).present().copied();
                let back = match old {
                    Some(old) => set(compact(&old.0)),
                    None => command("ecr delete-repository-policy").query("repositoryName"),
                };
                self.run(set(policy_text(policy)))?;
                self.undo_with(vec![back])
            }
            Change::SetSecretPolicy { secret, policy } => {
                let command = |operation: &str| {
                    Command::aws(operation)
                        .region(&names::region(self.account, secret))
                        .arg("--secret-id", secret)
                };
                let put = |text: String| {
                    command("secretsmanager put-resource-policy").arg("--resource-policy", text)
                };
                let old = self.model.facts.values().find_map(|facts| {
                    let mut subjects = names::secret_subjects(facts, secret).into_iter();
                    let policies = &facts.secrets.secret_policies;
                    subjects.find_map(|subject| policies.get(&subject).present().copied())
                });
                let back = match old {
                    Some(old) => put(compact(&old.0)),
                    None => command("secretsmanager delete-resource-policy"),
                };
                self.run(put(policy_text(policy)))?;
                self.undo_with(vec![back])
            }
            Change::SetKeyPolicyStatement { key, statement } => {
                self.key_policy(key, |old| with_statement(Some(old), statement.clone()))
            }
            Change::SetKeyPolicy { key, policy } => self.key_policy(key, |_| policy.clone()),
            _ => Ok(()),
        }
    }

    /// The command that puts an inline policy as it is.
    fn inline_policy(&self, role: &str, name: &str) -> Result<Command, NotWritable> {
        let subject = format!("{role}/{name}");
        let mut all = self.model.facts.values();
        let old = all.find_map(|facts| facts.iam.inline_policies.get(&subject).present().copied());
        let old = old.ok_or_else(|| NotWritable(format!("the inline policy {subject}")))?;
        Ok(put_inline(role, name, &old.0))
    }

    fn key_policy(
        &mut self,
        key: &str,
        change: impl FnOnce(&Value) -> Value,
    ) -> Result<(), NotWritable> {
        let put = |document: &Value| {
            Command::aws("kms put-key-policy")
                .region(&names::region(self.account, key))
                .arg("--key-id", key)
                .arg("--policy-name", "default")
                .arg("--policy", policy_text(document))
        };
        let old = self.model.facts.values().find_map(|facts| {
            let mut subjects = names::key_subjects(facts, key).into_iter();
            let policies = &facts.secrets.key_policies;
            subjects.find_map(|subject| policies.get(&subject).present().copied())
        });
        // A key policy that is written without the statements that it has can lock everybody out.
        let old = old.and_then(|old| serde_json::from_str::<Value>(&old.0).ok());
        let old = old.ok_or_else(|| NotWritable(format!("the policy of {key}")))?;
        let (new, back) = (put(&change(&old)), put(&old));
        self.run(new)?;
        self.undo_with(vec![back])
    }
}

fn put_inline(role: &str, name: &str, policy: &Value) -> Command {
    iam("put-role-policy", role).arg("--policy-name", name).policy("--policy-document", policy)
}

/// AWS IAM has one endpoint per partition; the AWS CLI finds it by the configured region.
fn iam(operation: &str, role: &str) -> Command {
    Command::aws(&format!("iam {operation}")).arg("--role-name", role)
}

fn compact(text: &str) -> String {
    serde_json::from_str::<Value>(text).map_or_else(|_| text.to_owned(), |json| policy_text(&json))
}
