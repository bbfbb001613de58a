//! AWS IAM: roles and every policy that limits or feeds them. Policies are kept as their JSON text.
#![expect(
    missing_docs,
    reason = "the fields are AWS's own, documented in the service's API reference under the type's name"
)]

use crate::known::{Answers, Fact};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_with::skip_serializing_none;

/// What is known of AWS IAM in one account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct IamFacts {
    /// Roles by name, without path.
    pub roles: Answers<Role>,
    /// Managed policies attached to a role, by role name.
    pub attached_policies: Answers<AttachedPolicies>,
    /// Names of the inline policies of a role, by role name.
    pub inline_policy_names: Answers<InlinePolicyNames>,
    /// Inline policy documents by `role/policy`.
    pub inline_policies: Answers<InlinePolicy>,
    /// Documents of managed policies (permissions boundaries included) by policy ARN: the default version.
    pub managed_policies: Answers<ManagedPolicy>,
}

/// IAM API `Role`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Role {
    pub role_name: Option<String>,
    pub role_id: Option<String>,
    pub arn: Option<String>,
    pub path: Option<String>,
    pub create_date: Option<Time>,
    /// The trust policy, decoded.
    pub assume_role_policy_document: Option<Value>,
    pub permissions_boundary: Option<PermissionsBoundary>,
    pub tags: Vec<Tag>,
}

/// IAM API `AttachedPermissionsBoundary`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct PermissionsBoundary {
    pub permissions_boundary_type: Option<String>,
    pub permissions_boundary_arn: Option<String>,
}

/// IAM API `Tag`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Tag {
    pub key: Option<String>,
    pub value: Option<String>,
}

impl Fact for Role {
    const CALL: &'static str = "iam:GetRole";
}

/// The managed policies attached to one role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttachedPolicies(pub Vec<AttachedPolicy>);

impl Fact for AttachedPolicies {
    const CALL: &'static str = "iam:ListAttachedRolePolicies";
}

/// IAM API `AttachedPolicy`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AttachedPolicy {
    pub policy_name: Option<String>,
    pub policy_arn: Option<String>,
}

/// The names of the inline policies of one role.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InlinePolicyNames(pub Vec<String>);

impl Fact for InlinePolicyNames {
    const CALL: &'static str = "iam:ListRolePolicies";
}

/// The document of an inline policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InlinePolicy(pub Value);

impl Fact for InlinePolicy {
    const CALL: &'static str = "iam:GetRolePolicy";
}

/// The document of the default version of a managed policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ManagedPolicy(pub Value);

impl Fact for ManagedPolicy {
    const CALL: &'static str = "iam:GetPolicyVersion";
}
