//! AWS Secrets Manager, Parameter Store and AWS KMS: what exists and who may use it. Never a secret value.
#![expect(
    missing_docs,
    reason = "the fields are AWS's own, documented in the service's API reference under the type's name"
)]

use crate::known::{Answers, Fact};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// What is known of secrets, parameters and keys in one account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SecretFacts {
    /// Secrets by the ARN or name that the task definition gives, without its `:json-key:stage:version` tail.
    pub secrets: Answers<SecretDescription>,
    /// Resource policies of secrets, by the same subject; `Absent` when there is none.
    pub secret_policies: Answers<SecretPolicy>,
    /// Parameters by name, as the task definition writes it.
    pub parameters: Answers<Parameter>,
    /// KMS keys by the key id, ARN or alias that a secret or parameter names.
    pub keys: Answers<KeyMetadata>,
    /// Key policies by the same subject.
    pub key_policies: Answers<KeyPolicy>,
    /// Grants by the same subject.
    pub key_grants: Answers<KeyGrants>,
}

/// Secrets Manager API `DescribeSecret`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct SecretDescription {
    #[serde(rename = "ARN")]
    pub arn: Option<String>,
    pub name: Option<String>,
    pub kms_key_id: Option<String>,
    pub deleted_date: Option<Time>,
    pub created_date: Option<Time>,
    pub last_changed_date: Option<Time>,
    pub owning_service: Option<String>,
    pub primary_region: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<crate::iam::Tag>,
    pub version_ids_to_stages: std::collections::BTreeMap<String, Vec<String>>,
}

impl Fact for SecretDescription {
    const CALL: &'static str = "secretsmanager:DescribeSecret";
}

/// The text of a secret's resource policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretPolicy(pub String);

impl Fact for SecretPolicy {
    const CALL: &'static str = "secretsmanager:GetResourcePolicy";
}

/// SSM API `ParameterMetadata`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Parameter {
    pub name: Option<String>,
    #[serde(rename = "ARN")]
    pub arn: Option<String>,
    #[serde(rename = "Type")]
    pub r#type: Option<String>,
    pub key_id: Option<String>,
    pub last_modified_date: Option<Time>,
    pub version: Option<i64>,
    pub tier: Option<String>,
    pub data_type: Option<String>,
}

impl Fact for Parameter {
    const CALL: &'static str = "ssm:DescribeParameters";
}

/// KMS API `KeyMetadata`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct KeyMetadata {
    pub key_id: Option<String>,
    pub arn: Option<String>,
    #[serde(rename = "AWSAccountId")]
    pub aws_account_id: Option<String>,
    pub key_state: Option<String>,
    pub key_manager: Option<String>,
    pub enabled: Option<bool>,
    pub deletion_date: Option<Time>,
    pub key_usage: Option<String>,
    pub multi_region: Option<bool>,
}

impl Fact for KeyMetadata {
    const CALL: &'static str = "kms:DescribeKey";
}

/// The text of a key policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyPolicy(pub String);

impl Fact for KeyPolicy {
    const CALL: &'static str = "kms:GetKeyPolicy";
}

/// The grants of one key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyGrants(pub Vec<Grant>);

impl Fact for KeyGrants {
    const CALL: &'static str = "kms:ListGrants";
}

/// KMS API `GrantListEntry`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Grant {
    pub grant_id: Option<String>,
    pub key_id: Option<String>,
    pub name: Option<String>,
    pub grantee_principal: Option<String>,
    pub operations: Vec<String>,
    pub constraints: Option<GrantConstraints>,
}

/// KMS API `GrantConstraints`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct GrantConstraints {
    pub encryption_context_subset: Option<std::collections::BTreeMap<String, String>>,
    pub encryption_context_equals: Option<std::collections::BTreeMap<String, String>>,
    pub source_arn: Option<String>,
}
