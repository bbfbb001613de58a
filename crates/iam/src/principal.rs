//! Who asks, and whom a policy names.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal". A role's session has no path in its ARN
//! (`assumed-role/NAME/SESSION`), while the role has one; role names are unique in an account, so a session
//! matches a role ARN by account and name unless its full role ARN is known.

use crate::request::{Lookup, Request};
use crate::tri::Tri;

/// The caller of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    kind: PrincipalKind,
    arn: String,
    account: Option<String>,
    /// For a session: the role ARN as far as the session ARN tells it, without path.
    role_arn: Option<String>,
}

/// What sort of caller it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrincipalKind {
    /// A role, of which no session is named.
    Role,
    /// A session of a role.
    Session,
    /// An IAM user.
    User,
    /// The root user of an account.
    Root,
    /// A session of `sts:GetFederationToken`.
    FederatedUser,
    /// An AWS service.
    Service,
    /// A web identity or SAML provider.
    Federated,
    /// A caller without credentials.
    Anonymous,
}

/// Why a text is not a principal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "principal {0:?} is not the ARN of a role, session or user, nor an account id, a service (ecs-tasks.amazonaws.com) or *"
)]
pub struct PrincipalError(String);

impl Principal {
    /// Reads a role, session, user, root or federated-user ARN, an account id (its root user), a service
    /// name, an identity provider, or `*` (anonymous).
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, PrincipalError> {
        let error = || PrincipalError(text.to_owned());
        if text == "*" {
            return Ok(Self::plain(PrincipalKind::Anonymous, text));
        }
        if is_account(text) {
            let mut root = Self::plain(PrincipalKind::Root, &format!("arn:aws:iam::{text}:root"));
            root.account = Some(text.to_owned());
            return Ok(root);
        }
        if !text.starts_with("arn:") {
            if text.contains([':', '/', ' ', '*']) || !text.contains('.') {
                return Err(error());
            }
            let is_service =
                text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn");
            let kind = if is_service { PrincipalKind::Service } else { PrincipalKind::Federated };
            return Ok(Self::plain(kind, text));
        }
        let arn = split_arn(text).ok_or_else(error)?;
        if arn.account.is_empty() || text.contains('*') {
            return Err(error());
        }
        let (kind, name) = match (arn.service, arn.resource.split_once('/')) {
            ("iam", None) if arn.resource == "root" => (PrincipalKind::Root, "root"),
            ("iam", Some(("role", name))) => (PrincipalKind::Role, name),
            ("iam", Some(("user", name))) => (PrincipalKind::User, name),
            ("iam", Some(("saml-provider" | "oidc-provider", name))) => {
                (PrincipalKind::Federated, name)
            }
            ("sts", Some(("assumed-role", name))) => (PrincipalKind::Session, name),
            ("sts", Some(("federated-user", name))) => (PrincipalKind::FederatedUser, name),
            _ => return Err(error()),
        };
        if name.is_empty() {
            return Err(error());
        }
        let mut principal = Self::plain(kind, text);
        principal.account = Some(arn.account.to_owned());
        if kind == PrincipalKind::Federated {
            principal.account = None;
        }
        if kind == PrincipalKind::Session {
            let (role, session) = name.split_once('/').ok_or_else(error)?;
            if role.is_empty() || session.is_empty() {
                return Err(error());
            }
            principal.role_arn =
                Some(format!("arn:{}:iam::{}:role/{role}", arn.partition, arn.account));
        }
        Ok(principal)
    }

    fn plain(kind: PrincipalKind, arn: &str) -> Self {
        Self { kind, arn: arn.to_owned(), account: None, role_arn: None }
    }

    /// What sort of caller it is.
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// The ARN, or the service name.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// The account of the caller; services and anonymous callers have none.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// The service name, for a service.
    pub fn service(&self) -> Option<&str> {
        (self.kind == PrincipalKind::Service).then_some(self.arn.as_str())
    }

    /// `aws:PrincipalArn`: for a session it is the ARN of the role.
    pub fn principal_arn(&self) -> Option<&str> {
        match self.kind {
            PrincipalKind::Session => self.role_arn.as_deref(),
            PrincipalKind::Service | PrincipalKind::Federated | PrincipalKind::Anonymous => None,
            _ => Some(&self.arn),
        }
    }

    /// `aws:PrincipalType` (IAM User Guide, "Principal key values").
    pub fn principal_type(&self) -> Option<&'static str> {
        match self.kind {
            PrincipalKind::Role | PrincipalKind::Session => Some("AssumedRole"),
            PrincipalKind::User => Some("User"),
            PrincipalKind::Root => Some("Account"),
            PrincipalKind::FederatedUser => Some("FederatedUser"),
            PrincipalKind::Anonymous => Some("Anonymous"),
            PrincipalKind::Service | PrincipalKind::Federated => None,
        }
    }

    /// Whether it is a service-linked role, which SCPs and RCPs do not limit.
    pub fn is_service_linked(&self) -> bool {
        match self.kind {
            PrincipalKind::Role => self.arn.contains(":role/aws-service-role/"),
            PrincipalKind::Session => {
                self.role_arn.as_deref().is_some_and(|r| r.contains(":role/AWSServiceRoleFor"))
            }
            _ => false,
        }
    }
}

/// How closely a policy names the caller. It decides what else must allow the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Naming {
    /// The caller's account: in the same account that only delegates to identity policies.
    Account,
    /// The caller's role: a grant that boundary and session policy still limit.
    Role,
    /// The caller itself or everyone: a grant that no boundary or session policy limits.
    Direct,
}

/// One entry of a `Principal` or `NotPrincipal` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    Everyone,
    Account { partition: Option<String>, account: String },
    Role { arn: String },
    Arn(String),
    UniqueId(String),
    Service(String),
    Federated(String),
    CanonicalUser,
}

impl Entry {
    /// Reads a value under the key `AWS`.
    pub(crate) fn aws(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everyone);
        }
        if is_account(text) {
            return Some(Self::Account { partition: None, account: text.to_owned() });
        }
        if is_unique_id(text) {
            return Some(Self::UniqueId(text.to_owned()));
        }
        let arn = split_arn(text)?;
        // "You cannot use a wildcard to match part of a principal name or ARN."
        if text.contains(['*', '?']) {
            return None;
        }
        Some(match (arn.service, arn.resource) {
            ("iam", "root") => Self::Account {
                partition: Some(arn.partition.to_owned()),
                account: arn.account.to_owned(),
            },
            ("iam", resource) if resource.starts_with("role/") => {
                Self::Role { arn: text.to_owned() }
            }
            _ => Self::Arn(text.to_owned()),
        })
    }

    /// Whether the entry names the caller, and how closely.
    pub(crate) fn names(&self, request: &Request) -> (Tri, Naming) {
        let caller = request.principal();
        match self {
            Self::Everyone => (Tri::True, Naming::Direct),
            Self::Account { partition, account } => {
                let same = caller.account() == Some(account.as_str())
                    && partition
                        .as_deref()
                        .is_none_or(|p| split_arn(caller.arn()).is_some_and(|a| a.partition == p));
                let naming = if caller.kind == PrincipalKind::Root {
                    Naming::Direct
                } else {
                    Naming::Account
                };
                (same.into(), naming)
            }
            Self::Role { arn } => (is_role(arn, request).into(), Naming::Role),
            Self::Arn(arn) => ((*arn == caller.arn).into(), Naming::Direct),
            Self::UniqueId(id) => {
                let naming = if id.starts_with("AROA") { Naming::Role } else { Naming::Direct };
                let named = match request.lookup_given("aws:userid") {
                    Lookup::One(user) => (user.split(':').next() == Some(id)).into(),
                    Lookup::Unknown => Tri::Unknown,
                    Lookup::Absent | Lookup::Many(_) => Tri::False,
                };
                (named, naming)
            }
            Self::Service(name) => {
                ((caller.service() == Some(name.as_str())).into(), Naming::Direct)
            }
            Self::Federated(name) => {
                // Amazon Cognito is an identity provider with the name of a service.
                let is_provider =
                    matches!(caller.kind, PrincipalKind::Federated | PrincipalKind::Service);
                ((is_provider && *name == caller.arn).into(), Naming::Direct)
            }
            // The canonical id of an S3 caller is not part of a request.
            Self::CanonicalUser => (Tri::False, Naming::Direct),
        }
    }
}

/// Whether the caller is the role of this ARN, or a session of it.
fn is_role(arn: &str, request: &Request) -> bool {
    let caller = request.principal();
    match caller.kind {
        PrincipalKind::Role => arn == caller.arn,
        PrincipalKind::Session => {
            let Some(pathless) = caller.role_arn.as_deref() else { return false };
            if let Some(full) = request.given("aws:principalarn") {
                return arn == full;
            }
            let (Some(named), Some(own)) = (split_arn(arn), split_arn(pathless)) else {
                return false;
            };
            named.partition == own.partition
                && named.account == own.account
                && named.resource.rsplit('/').next() == own.resource.rsplit('/').next()
        }
        _ => false,
    }
}

struct ArnParts<'a> {
    partition: &'a str,
    service: &'a str,
    account: &'a str,
    resource: &'a str,
}

fn split_arn(text: &str) -> Option<ArnParts<'_>> {
    let mut parts = text.splitn(6, ':');
    if parts.next() != Some("arn") {
        return None;
    }
    let partition = parts.next()?;
    let service = parts.next()?;
    let _region = parts.next()?;
    let account = parts.next()?;
    let resource = parts.next()?;
    Some(ArnParts { partition, service, account, resource })
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// AWS shows the unique id of a principal that was deleted (IAM User Guide, "IAM identifiers").
fn is_unique_id(text: &str) -> bool {
    text.len() >= 16
        && ["AROA", "AIDA", "AGPA", "ASIA", "AKIA", "ABIA", "ANPA"]
            .iter()
            .any(|prefix| text.starts_with(prefix))
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
