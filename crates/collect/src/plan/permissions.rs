//! Documents that decide what roles may do: inline and managed policies, boundaries, keys with their policies.

use super::{Ask, Plan};
use ecswhy_aws::operations::{iam, kms, s3};
use ecswhy_facts::ecs::ExecuteCommandConfiguration;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The version that a policy has when nobody has changed it. It is asked for together with the policy, whose answer
/// names the default version: where that is the first one, as in most policies, a round trip is saved.
const FIRST_VERSION: &str = "v1";

impl Plan<'_> {
    pub(super) fn roles(&mut self) {
        let facts = &self.snapshot.home().iam;
        let attached = facts.attached_policies.present().flat_map(|(_, policies)| &policies.0);
        let attached = attached.filter_map(|policy| policy.policy_arn.clone());
        let boundaries = facts.roles.present().filter_map(|(_, role)| {
            role.permissions_boundary.as_ref()?.permissions_boundary_arn.clone()
        });
        let policies: BTreeSet<String> = attached.chain(boundaries).collect();
        let inline: Vec<Value> = facts
            .inline_policy_names
            .present()
            .flat_map(|(role, names)| {
                names.0.iter().map(move |name| json!({ "RoleName": role, "PolicyName": name }))
            })
            .collect();
        for params in inline {
            self.ask(&iam::GET_ROLE_POLICY, params);
        }
        for arn in policies {
            self.asks.push(version(&arn, FIRST_VERSION));
            self.ask(&iam::GET_POLICY, json!({ "PolicyArn": arn }));
        }
    }

    /// What the sessions of ECS Exec are written to and encrypted with, where a target has it on.
    fn exec(&self) -> impl Iterator<Item = &ExecuteCommandConfiguration> {
        let ecs = &self.snapshot.home().ecs;
        let is_on =
            ecs.services.present().any(|(_, service)| service.enable_execute_command == Some(true));
        ecs.clusters.present().filter(move |_| is_on).filter_map(|(_, cluster)| cluster.exec())
    }

    /// The bucket of the sessions of ECS Exec.
    pub(super) fn exec_logs(&mut self) {
        let buckets: BTreeSet<String> = self
            .exec()
            .filter_map(|exec| exec.override_of_logs()?.s3_bucket_name.clone())
            .collect();
        for bucket in buckets {
            self.ask(&s3::GET_BUCKET_POLICY, json!({ "Bucket": bucket }));
        }
    }

    /// Keys of secrets, parameters and sessions of ECS Exec. Policy and grants are kept under the text that names the key, an alias's under
    /// the key's ARN: only `DescribeKey` takes an alias.
    pub(super) fn keys(&mut self) {
        let snapshot = self.snapshot;
        let is_small = self.is_small();
        let of_exec: Vec<String> = self.exec().filter_map(|exec| exec.kms_key_id.clone()).collect();
        for (scope, facts) in &snapshot.facts {
            let of_secrets = facts
                .secrets
                .secrets
                .present()
                .filter_map(|(_, secret)| secret.kms_key_id.as_deref());
            let of_parameters = facts
                .secrets
                .parameters
                .present()
                .filter_map(|(_, parameter)| parameter.key_id.as_deref());
            // Keys of AWS itself need no permission of the role ("AWS managed keys", KMS guide).
            let keys: BTreeSet<&str> = of_secrets
                .chain(of_parameters)
                .chain(of_exec.iter().map(String::as_str).filter(|_| {
                    (&scope.account, &scope.region) == (&snapshot.account, &snapshot.region)
                }))
                .filter(|key| !alias(key).is_some_and(|name| name.starts_with("aws/")))
                .collect();
            for key in keys {
                let mut ask = |operation, params| {
                    self.ask_at(operation, &scope.account, &scope.region, params);
                };
                ask(&kms::DESCRIBE_KEY, json!({ "KeyId": key }));
                let known = facts.secrets.keys.get(key);
                let id = match alias(key) {
                    Some(_) => known.present().and_then(|metadata| metadata.arn.as_deref()),
                    None => Some(key),
                };
                if let Some(id) = id {
                    ask(&kms::GET_KEY_POLICY, json!({ "KeyId": id, "PolicyName": "default" }));
                    ask(&kms::LIST_GRANTS, json!({ "KeyId": id }));
                    if is_small {
                        ask(&kms::LIST_RESOURCE_TAGS, json!({ "KeyId": id }));
                    }
                }
            }
        }
    }
}

/// The document of a managed policy is asked for by version.
pub(crate) fn version(policy: &str, version: &str) -> Ask {
    Ask::home(&iam::GET_POLICY_VERSION, json!({ "PolicyArn": policy, "VersionId": version }))
}

/// The name of an alias: `alias/NAME`, or the end of its ARN.
fn alias(key: &str) -> Option<&str> {
    match key.strip_prefix("alias/") {
        Some(name) => Some(name),
        None => key.split_once(":alias/").map(|(_, name)| name),
    }
}
