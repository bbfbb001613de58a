//! A policy, parsed once and compiled for matching.
//!
//! Source: IAM User Guide, "IAM JSON policy elements reference". A policy does not know what it is attached
//! to; [`Policy::check`] says whether it fits a place.

mod parse;

use std::fmt;
use std::str::FromStr;

use crate::condition::Condition;
use crate::json::{self, Node, Place};
use crate::pattern::{ActionPattern, ResourcePattern};
use crate::principal::{Entry, Naming, PrincipalKind};
use crate::request::Request;
use crate::tri::Tri;

/// A policy document.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    pub(crate) statements: Vec<Statement>,
}

/// What a statement does when it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Effect {
    /// It permits.
    Allow,
    /// It forbids.
    Deny,
}

/// A statement, compiled.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub sid: Option<String>,
    pub effect: Effect,
    pub principal: Option<Element<Entry>>,
    pub action: Element<ActionPattern>,
    pub resource: Option<Element<ResourcePattern>>,
    pub conditions: Vec<Condition>,
    /// A bit for each service that the actions may belong to; all bits when that is any service.
    pub services: u64,
    pub place: Place,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`, `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Element<T> {
    /// Whether it is the `Not` form.
    pub not: bool,
    pub entries: Vec<T>,
    /// The entries as written.
    pub texts: Vec<String>,
}

/// Where a policy is attached, which decides the elements that it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyKind {
    /// An identity-based policy of a user, group or role, managed or inline.
    Identity,
    /// A permissions boundary.
    Boundary,
    /// A session policy.
    Session,
    /// A resource-based policy: repository, secret, bucket, key, trust policy.
    Resource,
    /// A service control policy.
    ServiceControl,
    /// A resource control policy.
    ResourceControl,
    /// A VPC endpoint policy.
    Endpoint,
    /// A KMS grant.
    Grant,
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "identity policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::Resource => "resource policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::Endpoint => "VPC endpoint policy",
            Self::Grant => "KMS grant",
        })
    }
}

/// Why a text is not a policy, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// The JSON path, such as `Statement[2].Action`; empty for the whole text.
    pub path: String,
    /// Line, from 1; 0 when the policy did not come from a text.
    pub line: usize,
    /// Column, from 1; 0 when the policy did not come from a text.
    pub column: usize,
    /// What is wrong and what AWS accepts instead; one sentence without the place.
    pub message: String,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &self.path)
    }
}

impl std::error::Error for PolicyError {}

impl PolicyError {
    /// Writes the error with another path than its own, such as the path from the start of a larger text.
    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>, path: &str) -> fmt::Result {
        match (path, self.line) {
            ("", 0) => write!(f, "{}", self.message),
            (path, 0) => write!(f, "{path}: {}", self.message),
            ("", line) => write!(f, "line {line}, column {}: {}", self.column, self.message),
            (path, line) => {
                write!(f, "{path} (line {line}, column {}): {}", self.column, self.message)
            }
        }
    }
}

impl Policy {
    /// Parses and compiles a policy document.
    ///
    /// # Errors
    /// Text that is not JSON or that AWS would reject as malformed, with the place.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let node = json::parse(text).map_err(|error| PolicyError {
            path: error.path,
            line: error.place.line,
            column: error.place.column,
            message: error.message,
        })?;
        parse::policy(&node)
    }

    /// Compiles a policy that is a JSON value already. Its errors have a path but no line, and a key that
    /// occurred twice in the text is not noticed any more.
    ///
    /// # Errors
    /// A value that AWS would reject as malformed.
    pub fn from_value(value: &serde_json::Value) -> Result<Self, PolicyError> {
        parse::policy(&Node::from_value(value))
    }

    /// The number of statements.
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether there is no statement.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    /// The action patterns of all statements as written, with the index of their statement. `NotAction` is
    /// left out: it grants no action by name.
    pub fn action_patterns(&self) -> impl Iterator<Item = (usize, Effect, &str)> {
        self.statements.iter().enumerate().filter(|(_, s)| !s.action.not).flat_map(
            |(index, statement)| {
                statement
                    .action
                    .texts
                    .iter()
                    .map(move |text| (index, statement.effect, text.as_str()))
            },
        )
    }

    /// Whether the elements of every statement fit the place where the policy is attached.
    ///
    /// # Errors
    /// A principal in a policy of an identity, a missing resource there, a missing principal in a policy of
    /// a resource.
    pub fn check(&self, kind: PolicyKind) -> Result<(), PolicyError> {
        for (index, statement) in self.statements.iter().enumerate() {
            statement.check(kind).map_err(|(element, message)| PolicyError {
                path: format!("Statement[{index}]{element}"),
                line: statement.place.line,
                column: statement.place.column,
                message: message.to_owned(),
            })?;
        }
        Ok(())
    }
}

impl FromStr for Policy {
    type Err = PolicyError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Statement {
    fn check(&self, kind: PolicyKind) -> Result<(), (&'static str, &'static str)> {
        let needs_principal = matches!(kind, PolicyKind::Resource | PolicyKind::ResourceControl);
        let takes_principal = needs_principal || kind == PolicyKind::Endpoint;
        match &self.principal {
            None if needs_principal => {
                return Err(("", "a policy of a resource must have Principal or NotPrincipal"));
            }
            Some(principal) if !takes_principal => {
                let element = if principal.not { ".NotPrincipal" } else { ".Principal" };
                return Err((element, "only a policy of a resource may name a principal"));
            }
            _ => {}
        }
        let needs_resource = !matches!(kind, PolicyKind::Resource | PolicyKind::Endpoint);
        if needs_resource && self.resource.is_none() {
            return Err(("", "the statement must have Resource or NotResource"));
        }
        Ok(())
    }

    /// Whether the statement can be about the request's service at all; cheap.
    pub(crate) fn may_match_service(&self, service: u64) -> bool {
        self.services & service != 0
    }

    /// Whether `Action` or `NotAction` covers the action.
    pub(crate) fn covers_action(&self, request: &Request) -> bool {
        let action = request.action_lower();
        self.action.entries.iter().any(|pattern| pattern.matches(action)) != self.action.not
    }

    /// Whether `Resource` or `NotResource` covers the resource. Without either, the policy is about the
    /// resource that it is attached to.
    pub(crate) fn covers_resource(&self, request: &Request) -> Tri {
        let Some(element) = &self.resource else { return Tri::True };
        let found = Tri::any(element.entries.iter().map(|pattern| pattern.matches(request)));
        // "If AWS cannot resolve a variable this might cause the entire statement to be invalid."
        if element.not && element.entries.iter().any(|pattern| pattern.is_unresolved(request)) {
            return Tri::False;
        }
        if element.not { !found } else { found }
    }

    /// Whether all conditions hold.
    pub(crate) fn conditions_hold(&self, request: &Request) -> Tri {
        Tri::all(self.conditions.iter().map(|condition| condition.holds(request)))
    }

    /// Whether the principal element covers the caller, and how closely it names it. `bounded` tells that the
    /// caller has a permissions boundary.
    pub(crate) fn covers_principal(&self, request: &Request, bounded: bool) -> [(Naming, Tri); 3] {
        let mut result = [
            (Naming::Account, Tri::False),
            (Naming::Role, Tri::False),
            (Naming::Direct, Tri::False),
        ];
        let Some(element) = &self.principal else {
            result[2].1 = Tri::True;
            return result;
        };
        if element.not {
            result[2].1 = !self.is_exempt(element, request, bounded);
            return result;
        }
        for entry in &element.entries {
            let (named, naming) = entry.names(request);
            let slot = &mut result[naming as usize].1;
            *slot = *slot | named;
        }
        result
    }

    /// Whether `NotPrincipal` excepts the caller. For a session that takes the session, its role and its
    /// account, for a user or role also the account; with a permissions boundary a Deny never excepts
    /// (IAM User Guide, "NotPrincipal").
    fn is_exempt(&self, element: &Element<Entry>, request: &Request, bounded: bool) -> Tri {
        let named = |naming: Naming| {
            Tri::any(element.entries.iter().filter_map(|entry| {
                let (named, how) = entry.names(request);
                (how == naming).then_some(named)
            }))
        };
        if self.effect == Effect::Allow {
            // It grants to everyone but the named, whichever way they are named.
            return named(Naming::Direct) | named(Naming::Role) | named(Naming::Account);
        }
        let kind = request.principal().kind();
        let is_identity =
            matches!(kind, PrincipalKind::Role | PrincipalKind::Session | PrincipalKind::User);
        if bounded && is_identity {
            return Tri::False;
        }
        if element.entries.contains(&Entry::Everyone) {
            return Tri::True;
        }
        match kind {
            PrincipalKind::Session => {
                named(Naming::Direct) & named(Naming::Role) & named(Naming::Account)
            }
            PrincipalKind::Role => named(Naming::Role) & named(Naming::Account),
            PrincipalKind::User | PrincipalKind::FederatedUser => {
                named(Naming::Direct) & named(Naming::Account)
            }
            _ => named(Naming::Direct),
        }
    }
}

/// The bit of a service prefix in a statement's set of services.
pub(crate) fn service_bit(service: &str) -> u64 {
    let hash = service.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    });
    1 << (hash >> 58)
}
