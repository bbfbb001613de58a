//! What is asked: a principal wants an action on a resource, with condition keys around it.
//!
//! Knows how the keys that every request carries are derived (IAM User Guide, "AWS global condition context
//! keys"). Knows no policies.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::service_bit;
use crate::principal::{Principal, PrincipalError, PrincipalKind};
use crate::tri::Tri;

/// The value of a condition key in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A single-valued key.
    One(String),
    /// A multi-valued key, maybe with one value or none.
    Many(Vec<String>),
}

/// What a request says about a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// The request does not carry the key.
    Absent,
    /// Nobody knows whether the request carries it, or with which value.
    Unknown,
    /// A single-valued key.
    One(&'a str),
    /// A multi-valued key.
    Many(&'a [String]),
}

/// A request that AWS would authorize. Built with [`Request::new`] and the `with_` methods.
#[derive(Debug, Clone)]
pub struct Request {
    principal: Principal,
    action: String,
    action_lower: String,
    service: u64,
    resource: String,
    resource_account: Option<String>,
    context: BTreeMap<String, Value>,
    unknown: BTreeSet<String>,
    absent: BTreeSet<String>,
    /// Unknown keys that are tried out, with a value or none.
    assumed: BTreeMap<String, Option<Value>>,
    open_world: bool,
    /// Prefixes of the keys that the open world has; none: all.
    families: Vec<String>,
}

impl Request {
    /// A request with the derived condition keys only; every other key is absent.
    ///
    /// # Errors
    /// A principal, action or resource that is none.
    pub fn new(principal: &str, action: &str, resource: &str) -> Result<Self, RequestError> {
        Self::for_principal(Principal::parse(principal)?, action, resource)
    }

    /// As [`Request::new`], for a principal that is parsed already.
    ///
    /// # Errors
    /// An action or resource that is none.
    pub fn for_principal(
        principal: Principal,
        action: &str,
        resource: &str,
    ) -> Result<Self, RequestError> {
        let service = match action.split_once(':') {
            Some((service, name)) if !service.is_empty() && !name.is_empty() => {
                service_bit(service)
            }
            _ => return Err(RequestError::Action(action.to_owned())),
        };
        if action.contains(['*', '?']) {
            return Err(RequestError::ActionPattern(action.to_owned()));
        }
        if resource != "*" && (!resource.starts_with("arn:") || resource.splitn(6, ':').count() < 6)
        {
            return Err(RequestError::Resource(resource.to_owned()));
        }
        let mut request = Self {
            principal,
            action: action.to_owned(),
            action_lower: action.to_ascii_lowercase(),
            service,
            resource: resource.to_owned(),
            resource_account: None,
            context: BTreeMap::new(),
            unknown: BTreeSet::new(),
            absent: BTreeSet::new(),
            assumed: BTreeMap::new(),
            open_world: false,
            families: Vec::new(),
        };
        request.resource_account = request.arn_account().map(str::to_owned);
        Ok(request)
    }

    /// Names the account that owns the resource, for ARNs that carry none (S3).
    #[must_use]
    pub fn with_resource_account(mut self, account: impl Into<String>) -> Self {
        if self.arn_account().is_none() {
            self.resource_account = Some(account.into());
        }
        self
    }

    /// Adds a single-valued key. Giving a derived key replaces it.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.set(key, Value::One(value.into()));
        self
    }

    /// Adds a multi-valued key.
    #[must_use]
    pub fn with_values<S: Into<String>>(
        mut self,
        key: &str,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        self.set(key, Value::Many(values.into_iter().map(Into::into).collect()));
        self
    }

    /// Says that nobody knows this key: it may be absent or have any value. A trailing `*` stands for all
    /// keys that start so (`aws:PrincipalTag/*`).
    #[must_use]
    pub fn with_unknown(mut self, key: &str) -> Self {
        self.unknown.insert(key.to_ascii_lowercase());
        self
    }

    /// Says that this key is certainly absent. Of use with [`Request::with_open_world`]. A trailing `*` stands for
    /// all keys that start so (`aws:ResourceTag/*`) and are not given.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.forget(key);
        self
    }

    /// Makes every key that is neither given, derived nor excluded unknown instead of absent.
    #[must_use]
    pub fn with_open_world(mut self) -> Self {
        self.open_world = true;
        self
    }

    /// As [`Request::with_open_world`], for the keys of these services only (`aws`, `kms`): what begins otherwise is
    /// absent. Service Authorization Reference: the keys of a service come with requests to that service.
    #[must_use]
    pub fn with_open_world_of(mut self, services: &[&str]) -> Self {
        self.open_world = true;
        self.families =
            services.iter().map(|service| format!("{service}:").to_lowercase()).collect();
        self
    }

    /// Who asks.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The action, as given.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// The action in lower case, since actions match in any case.
    pub(crate) fn action_lower(&self) -> &str {
        &self.action_lower
    }

    /// The bit of the action's service, see [`service_bit`].
    pub(crate) fn service(&self) -> u64 {
        self.service
    }

    /// The resource: an ARN, or `*` for an action without one.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// The account that owns the resource: the ARN's, else the one given, else the caller's.
    pub fn resource_account(&self) -> Option<&str> {
        self.resource_account
            .as_deref()
            .or_else(|| match self.context.get("aws:resourceaccount") {
                Some(Value::One(account)) => Some(account.as_str()),
                _ => None,
            })
            .or_else(|| self.principal.account())
    }

    /// Whether the caller and the resource are in different accounts; unknown when `aws:ResourceAccount` is
    /// and neither the ARN nor the request names the owner.
    pub fn is_cross_account(&self) -> Tri {
        if self.resource_account.is_none()
            && self.lookup_given("aws:resourceaccount") == Lookup::Unknown
        {
            return Tri::Unknown;
        }
        match (self.principal.account(), self.resource_account()) {
            (Some(caller), Some(owner)) => (caller != owner).into(),
            _ => Tri::False,
        }
    }

    /// The given keys, in lower case, with their values; derived keys are left out.
    pub(crate) fn context(&self) -> &BTreeMap<String, Value> {
        &self.context
    }

    /// The value that was given for a single-valued key, rather than derived. The key must be in lower case.
    pub(crate) fn given(&self, key: &str) -> Option<&str> {
        match self.context.get(key) {
            Some(Value::One(value)) if !self.is_listed_unknown(key) => Some(value),
            _ => None,
        }
    }

    /// What the request says about a key, which must be in lower case.
    pub(crate) fn lookup(&self, key: &str) -> Lookup<'_> {
        if !self.assumed.is_empty()
            && let Some(assumed) = self.assumed.get(key)
        {
            return match assumed {
                None => Lookup::Absent,
                Some(Value::One(value)) => Lookup::One(value),
                Some(Value::Many(values)) => Lookup::Many(values),
            };
        }
        self.lookup_given(key)
    }

    /// As [`Request::lookup`], without what is tried out: for what a key decides outside of conditions.
    pub(crate) fn lookup_given(&self, key: &str) -> Lookup<'_> {
        if !self.unknown.is_empty() && self.is_listed_unknown(key) {
            return Lookup::Unknown;
        }
        match self.context.get(key) {
            Some(Value::One(value)) => return Lookup::One(value),
            Some(Value::Many(values)) => return Lookup::Many(values),
            None => {}
        }
        if self.is_excluded(key) {
            return Lookup::Absent;
        }
        match self.derived(key) {
            Some(value) => Lookup::One(value),
            None if self.is_open(key) && !self.is_never_present(key) => Lookup::Unknown,
            None => Lookup::Absent,
        }
    }

    /// Tries out a value of an unknown key, or its absence. The key must be in lower case.
    pub(crate) fn assume(&mut self, key: &str, value: Option<Value>) {
        match self.assumed.get_mut(key) {
            Some(slot) => *slot = value,
            None => {
                self.assumed.insert(key.to_owned(), value);
            }
        }
    }

    /// Makes an assumed key unknown again.
    pub(crate) fn unassume(&mut self, key: &str) {
        self.assumed.remove(key);
    }

    /// Whether keys that start so may exist without anybody knowing.
    pub(crate) fn may_have_more(&self, prefix: &str) -> bool {
        (self.is_open(prefix) && !self.is_excluded(prefix))
            || self.unknown.iter().any(|unknown| match unknown.strip_suffix('*') {
                Some(family) => family.starts_with(prefix) || prefix.starts_with(family),
                None => unknown.starts_with(prefix),
            })
    }

    fn is_open(&self, key: &str) -> bool {
        let is_of = |family: &String| key.starts_with(family.as_str());
        self.open_world && (self.families.is_empty() || self.families.iter().any(is_of))
    }

    fn set(&mut self, key: &str, value: Value) {
        let key = key.to_ascii_lowercase();
        self.absent.remove(&key);
        self.context.insert(key, value);
    }

    fn forget(&mut self, key: &str) {
        let key = key.to_ascii_lowercase();
        self.context.remove(&key);
        self.absent.insert(key);
    }

    fn is_listed_unknown(&self, key: &str) -> bool {
        self.unknown.contains(key)
            || self
                .unknown
                .iter()
                .any(|u| u.strip_suffix('*').is_some_and(|prefix| key.starts_with(prefix)))
    }

    fn is_excluded(&self, key: &str) -> bool {
        let by_prefix =
            |absent: &String| absent.strip_suffix('*').is_some_and(|start| key.starts_with(start));
        !self.absent.is_empty() && (self.absent.contains(key) || self.absent.iter().any(by_prefix))
    }

    fn arn_account(&self) -> Option<&str> {
        let account = self.resource.split(':').nth(4)?;
        // AWS-owned ARNs carry the word aws instead of an account.
        (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit())).then_some(account)
    }

    /// Keys that a caller of this kind never has (IAM User Guide, "Principal key values").
    fn is_never_present(&self, key: &str) -> bool {
        match key {
            "aws:principalservicename" | "aws:principalservicenameslist" => {
                self.principal.service().is_none()
            }
            "aws:username" => self.principal.kind() != PrincipalKind::User,
            _ => false,
        }
    }

    fn derived(&self, key: &str) -> Option<&str> {
        match key {
            "aws:principalarn" => self.principal.principal_arn(),
            "aws:principalaccount" => self.principal.account(),
            "aws:principaltype" => self.principal.principal_type(),
            "aws:resourceaccount" => self.resource_account(),
            "aws:principalservicename" => self.principal.service(),
            // Every request carries it; the closed world of the line protocol leaves it out for roles and users.
            "aws:principalisawsservice" => match self.principal.service() {
                Some(_) => Some("true"),
                None => self.open_world.then_some("false"),
            },
            // "The AWS account of the caller"; left out of the closed world likewise.
            "kms:calleraccount" if self.open_world && self.action_lower.starts_with("kms:") => {
                self.principal.account()
            }
            _ => None,
        }
    }
}

/// Why a request cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The principal is none.
    #[error(transparent)]
    Principal(#[from] PrincipalError),
    /// The action has no service prefix.
    #[error("action {0:?} is not of the form service:Action, such as ecr:BatchGetImage")]
    Action(String),
    /// The action has wildcards.
    #[error("action {0:?} has a wildcard; a request names one action")]
    ActionPattern(String),
    /// The resource is neither an ARN nor `*`.
    #[error(
        "resource {0:?} is neither an ARN of six parts (arn:partition:service:region:account:resource) nor *"
    )]
    Resource(String),
}
