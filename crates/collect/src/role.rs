//! The facts for one question to IAM: the policies of a role, and the policy of the resource it asks about.

use crate::error::CollectError;
use crate::plan::Ask;
use crate::run::{Request, collect_from};
use ecswhy_aws::operations::{ecr, iam, kms, s3, secretsmanager};
use ecswhy_aws::{Client, Operation};
use ecswhy_facts::{Arn, Snapshot};
use serde_json::{Value, json};

/// Reads the policies and the boundary of a role, and the policy of a resource where its kind has one. The request
/// has no targets.
///
/// # Errors
/// When AWS cannot be asked at all.
pub async fn collect_role(
    client: &Client,
    request: &Request,
    role: &str,
    resource: Option<&Arn>,
) -> Result<Snapshot, CollectError> {
    let mut asks: Vec<Ask> =
        [&iam::GET_ROLE, &iam::LIST_ATTACHED_ROLE_POLICIES, &iam::LIST_ROLE_POLICIES]
            .into_iter()
            .map(|operation| Ask::home(operation, json!({ "RoleName": role })))
            .collect();
    asks.extend(resource.into_iter().flat_map(policy_of));
    collect_from(client, request, asks).await
}

/// The calls that read the policy of a resource, and the grants of a key.
fn policy_of(arn: &Arn) -> Vec<Ask> {
    let calls: Vec<(&'static Operation, Value)> = match arn.service.as_str() {
        "ecr" => {
            let Some(name) = arn.repository_name() else { return Vec::new() };
            vec![(
                &ecr::GET_REPOSITORY_POLICY,
                json!({ "repositoryName": name, "registryId": arn.account }),
            )]
        }
        "secretsmanager" => {
            vec![(&secretsmanager::GET_RESOURCE_POLICY, json!({ "SecretId": arn.to_string() }))]
        }
        "kms" if arn.kms_key_id().is_some() => vec![
            (&kms::GET_KEY_POLICY, json!({ "KeyId": arn.to_string(), "PolicyName": "default" })),
            (&kms::LIST_GRANTS, json!({ "KeyId": arn.to_string() })),
        ],
        "s3" => {
            let bucket = arn.resource.split('/').next().unwrap_or_default();
            vec![(&s3::GET_BUCKET_POLICY, json!({ "Bucket": bucket }))]
        }
        _ => Vec::new(),
    };
    let at = |(operation, params)| Ask {
        operation,
        account: arn.account.clone(),
        region: arn.region.clone(),
        params,
    };
    calls.into_iter().map(at).collect()
}
