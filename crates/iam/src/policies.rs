//! All policies that have a say in a request, each with the label that a person knows it by.
//!
//! A policy that could not be read is kept as unreadable: it may allow or deny anything, so that a verdict
//! that depends on it is undetermined.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::policy::Policy;

/// The text of a policy, as far as it could be read.
#[derive(Debug, Clone)]
pub enum Source {
    /// The policy.
    Known(Arc<Policy>),
    /// It exists, or may exist, but could not be read; the text says why.
    Unreadable(String),
}

impl From<Policy> for Source {
    fn from(policy: Policy) -> Self {
        Self::Known(Arc::new(policy))
    }
}

impl From<Arc<Policy>> for Source {
    fn from(policy: Arc<Policy>) -> Self {
        Self::Known(policy)
    }
}

/// A policy with its label, such as `inline policy pull of role web`.
#[derive(Debug, Clone)]
pub struct Attached {
    /// What a person calls it.
    pub label: String,
    /// Its text.
    pub source: Source,
}

impl Attached {
    /// Labels a policy.
    pub fn new(label: impl Into<String>, source: impl Into<Source>) -> Self {
        Self { label: label.into(), source: source.into() }
    }

    /// A policy that could not be read, and why.
    pub fn unreadable(label: impl Into<String>, why: impl Into<String>) -> Self {
        Self { label: label.into(), source: Source::Unreadable(why.into()) }
    }
}

/// The kind of a VPC endpoint; it decides what `Principal` means in its policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointKind {
    /// `Principal` works as in other policies of resources.
    Interface,
    /// Only `"*"` matches callers other than an account's root user (VPC User Guide, "Control access to VPC
    /// endpoints using endpoint policies").
    Gateway,
}

/// A VPC endpoint on the way of the request.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Interface or gateway.
    pub kind: EndpointKind,
    /// Its policy.
    pub policy: Attached,
}

/// A KMS grant, as `kms:ListGrants` returns it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grant {
    /// What a person calls it, such as its id.
    pub label: String,
    /// `GranteePrincipal`: an ARN or a service.
    pub grantee: String,
    /// `Operations`, such as `Decrypt`.
    pub operations: Vec<String>,
    /// `Constraints.EncryptionContextEquals`.
    pub context_equals: Option<BTreeMap<String, String>>,
    /// `Constraints.EncryptionContextSubset`.
    pub context_subset: Option<BTreeMap<String, String>>,
    /// `Constraints.SourceArn`: the resource on whose behalf a service must ask.
    pub source_arn: Option<String>,
}

/// The policies that apply to a request. What is left out does not exist.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// Identity-based policies of the caller.
    pub identity: Vec<Attached>,
    /// Permissions boundary of the caller.
    pub boundary: Option<Attached>,
    /// Session policy of the caller.
    pub session: Option<Attached>,
    /// Policy of the resource; for `sts:AssumeRole` the trust policy.
    pub resource: Option<Attached>,
    /// Service control policies, one list for each level of the organization from its root to the account.
    pub scps: Vec<Vec<Attached>>,
    /// Resource control policies, one list for each level. `RCPFullAWSAccess` is implied.
    pub rcps: Vec<Vec<Attached>>,
    /// Policies of the VPC endpoints that the request passes.
    pub endpoints: Vec<Endpoint>,
    /// Grants of the KMS key.
    pub grants: Vec<Grant>,
    /// Why the grants of the KMS key could not be read, when they could not.
    pub grants_unreadable: Option<String>,
}

impl Policies {
    /// No policy at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an identity-based policy.
    #[must_use]
    pub fn with_identity(mut self, label: impl Into<String>, source: impl Into<Source>) -> Self {
        self.identity.push(Attached::new(label, source));
        self
    }

    /// Sets the permissions boundary.
    #[must_use]
    pub fn with_boundary(mut self, label: impl Into<String>, source: impl Into<Source>) -> Self {
        self.boundary = Some(Attached::new(label, source));
        self
    }

    /// Sets the session policy.
    #[must_use]
    pub fn with_session(mut self, label: impl Into<String>, source: impl Into<Source>) -> Self {
        self.session = Some(Attached::new(label, source));
        self
    }

    /// Sets the policy of the resource.
    #[must_use]
    pub fn with_resource(mut self, label: impl Into<String>, source: impl Into<Source>) -> Self {
        self.resource = Some(Attached::new(label, source));
        self
    }

    /// Adds a level of service control policies, below those added before.
    #[must_use]
    pub fn with_scp_level(mut self, level: Vec<Attached>) -> Self {
        self.scps.push(level);
        self
    }

    /// Adds a VPC endpoint that the request passes.
    #[must_use]
    pub fn with_endpoint(
        mut self,
        kind: EndpointKind,
        label: impl Into<String>,
        source: impl Into<Source>,
    ) -> Self {
        self.endpoints.push(Endpoint { kind, policy: Attached::new(label, source) });
        self
    }
}
