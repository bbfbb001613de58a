//! The verdict: which policies must allow a request, and which may deny it.
//!
//! Sources: IAM User Guide, "Policy evaluation logic" (single account, cross-account) and "Permissions
//! boundaries"; Organizations User Guide, "SCP evaluation" and "RCP evaluation"; KMS Developer Guide,
//! "Key policies" and "Grants". Three-valued: an unknown part counts only when it can change the verdict.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::cases;
use crate::policies::{Attached, EndpointKind, Grant, Policies, Source};
use crate::policy::{Effect, Policy, PolicyKind, Statement};
use crate::principal::{Entry, Naming, PrincipalKind};
use crate::request::{Lookup, Request, Value};
use crate::tri::Tri;

/// What AWS would answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "&'static str")]
pub enum Decision {
    /// The request is allowed.
    Allowed,
    /// A Deny statement applies.
    ExplicitlyDenied,
    /// The request is denied whatever the unknown keys and policies are, and no Deny is sure to apply.
    ImplicitlyDenied,
    /// It depends on something unknown.
    Undetermined(Unknowns),
}

impl From<Decision> for &'static str {
    fn from(decision: Decision) -> Self {
        decision.word()
    }
}

impl Decision {
    /// The word of the line protocol.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::ExplicitlyDenied => "ExplicitlyDenied",
            Self::ImplicitlyDenied => "ImplicitlyDenied",
            Self::Undetermined(_) => "Undetermined",
        }
    }

    /// Whether the request is certainly denied.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::ExplicitlyDenied | Self::ImplicitlyDenied)
    }
}

/// What a verdict would need to know.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Unknowns {
    /// Condition keys, as the policies write them.
    pub keys: BTreeSet<String>,
    /// Labels of the policies that could not be read.
    pub policies: BTreeSet<String>,
}

/// Decides a request.
pub fn decide(policies: &Policies, request: &Request) -> Decision {
    let parts = Parts::of(policies, request);
    let mut verdict = parts.verdict().or_else(|| cases::settle(policies, request));
    if verdict == Some(Verdict::ImplicitlyDenied)
        && parts.deny == Tri::Unknown
        && cases::always_denied_explicitly(policies, request)
    {
        verdict = Some(Verdict::ExplicitlyDenied);
    }
    match verdict {
        Some(Verdict::Allowed) => Decision::Allowed,
        Some(Verdict::ExplicitlyDenied) => Decision::ExplicitlyDenied,
        Some(Verdict::ImplicitlyDenied) => Decision::ImplicitlyDenied,
        None => Decision::Undetermined(unknowns(policies, request)),
    }
}

/// A decision that depends on nothing unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    ExplicitlyDenied,
    /// No Deny is sure to apply, and nothing allows.
    ImplicitlyDenied,
}

impl Verdict {
    /// The verdict when either may be right; none when one allows and the other denies.
    pub(crate) fn or(self, other: Self) -> Option<Self> {
        match (self, other) {
            (one, other) if one == other => Some(one),
            (Self::Allowed, _) | (_, Self::Allowed) => None,
            _ => Some(Self::ImplicitlyDenied),
        }
    }
}

/// What one policy says to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Says {
    pub deny: Tri,
    /// By how closely the caller is named: account, role, directly.
    pub allow: [Tri; 3],
}

impl Says {
    pub(crate) const NOTHING: Self = Self { deny: Tri::False, allow: [Tri::False; 3] };
    const UNKNOWN: Self = Self { deny: Tri::Unknown, allow: [Tri::Unknown; 3] };

    /// Whether it allows, however closely the caller is named.
    pub(crate) fn allows(self) -> Tri {
        self.allow[0] | self.allow[1] | self.allow[2]
    }
}

/// What `Principal` means where a policy is attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    pub kind: PolicyKind,
    pub gateway: bool,
    /// Whether the caller has a permissions boundary.
    pub bounded: bool,
}

impl Reading {
    fn of(kind: PolicyKind) -> Self {
        Self { kind, gateway: false, bounded: false }
    }

    /// Whether, and how closely, a statement names the caller.
    pub(crate) fn principal(self, statement: &Statement, request: &Request) -> [(Naming, Tri); 3] {
        if self.gateway
            && let Some(element) = &statement.principal
            && !element.not
        {
            let is_root = request.principal().kind() == PrincipalKind::Root;
            let named = element.entries.iter().map(|entry| match entry {
                Entry::Everyone => Tri::True,
                entry if is_root => entry.names(request).0,
                _ => Tri::False,
            });
            let named = Tri::any(named);
            return [
                (Naming::Account, Tri::False),
                (Naming::Role, Tri::False),
                (Naming::Direct, named),
            ];
        }
        statement.covers_principal(request, self.bounded)
    }
}

/// What a policy says, as `reading` has it.
pub(crate) fn says(policy: &Policy, request: &Request, reading: Reading) -> Says {
    let mut says = Says::NOTHING;
    let service = request.service();
    for statement in &policy.statements {
        if !statement.may_match_service(service) || !statement.covers_action(request) {
            continue;
        }
        let mut applies = statement.covers_resource(request);
        if applies == Tri::False {
            continue;
        }
        let named = reading.principal(statement, request);
        if named.iter().all(|(_, named)| *named == Tri::False) {
            continue;
        }
        applies = applies & statement.conditions_hold(request);
        for (naming, named) in named {
            match statement.effect {
                Effect::Deny => says.deny = says.deny | (applies & named),
                Effect::Allow => {
                    let slot = &mut says.allow[naming as usize];
                    *slot = *slot | (applies & named);
                }
            }
        }
        if says.deny == Tri::True {
            break;
        }
    }
    says
}

fn attached_says(attached: &Attached, request: &Request, reading: Reading) -> Says {
    match &attached.source {
        Source::Known(policy) => says(policy, request, reading),
        Source::Unreadable(_) => Says::UNKNOWN,
    }
}

/// Every policy that has a say, with its reading and, for SCPs and RCPs, its level from 0.
pub(crate) fn each<'p>(
    policies: &'p Policies,
    request: &Request,
) -> impl Iterator<Item = (Reading, usize, &'p Attached)> {
    let bounded = policies.boundary.is_some();
    let of_resource = move |kind| Reading { kind, gateway: false, bounded };
    let has_account = request.principal().account().is_some();
    let service_linked = request.principal().is_service_linked();
    // SCPs and RCPs do not restrict service-linked roles; SCPs are about the callers of the organization.
    let scps: &[_] = if service_linked || !has_account { &[] } else { &policies.scps };
    let rcps: &[_] = if service_linked || request.action_lower() == "kms:retiregrant" {
        &[]
    } else {
        &policies.rcps
    };
    let single = |kind, attached: &'p Option<Attached>| {
        attached.iter().map(move |a| (Reading::of(kind), 0, a))
    };
    let leveled = |reading: Reading, levels: &'p [Vec<Attached>]| {
        levels
            .iter()
            .enumerate()
            .flat_map(move |(i, level)| level.iter().map(move |a| (reading, i, a)))
    };
    let identity = policies.identity.iter().map(|a| (Reading::of(PolicyKind::Identity), 0, a));
    identity
        .chain(single(PolicyKind::Boundary, &policies.boundary))
        .chain(single(PolicyKind::Session, &policies.session))
        .chain(policies.resource.iter().map(move |a| (of_resource(PolicyKind::Resource), 0, a)))
        .chain(leveled(Reading::of(PolicyKind::ServiceControl), scps))
        .chain(leveled(of_resource(PolicyKind::ResourceControl), rcps))
        .chain(policies.endpoints.iter().map(move |endpoint| {
            let reading = of_resource(PolicyKind::Endpoint);
            let gateway = endpoint.kind == EndpointKind::Gateway;
            (Reading { gateway, ..reading }, 0, &endpoint.policy)
        }))
}

/// Which account rule applies to the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Identity or resource policy.
    SameAccount,
    /// Identity and resource policy.
    CrossAccount,
    /// The resource policy must allow or delegate: KMS keys and role trust.
    Mandatory,
    /// The caller belongs to no account: the resource policy alone decides.
    NoAccount,
}

/// What each kind of policy says, together.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub deny: Tri,
    pub identity: Tri,
    pub boundary: Tri,
    pub session: Tri,
    pub resource: [Tri; 3],
    pub grant: Tri,
    pub scps: Tri,
    pub endpoints: Tri,
    pub cross_account: Tri,
    pub mandatory: bool,
    pub has_account: bool,
}

impl Parts {
    pub(crate) fn of(policies: &Policies, request: &Request) -> Self {
        let is_root = request.principal().kind() == PrincipalKind::Root;
        let mut parts = Self {
            deny: Tri::False,
            // The root user of an account may do everything that SCPs leave.
            identity: is_root.into(),
            boundary: Tri::True,
            session: Tri::True,
            resource: [Tri::False; 3],
            grant: Tri::any(policies.grants.iter().map(|grant| grant_allows(grant, request))),
            scps: Tri::True,
            endpoints: Tri::True,
            cross_account: request.is_cross_account(),
            mandatory: is_mandatory(policies, request),
            has_account: request.principal().account().is_some(),
        };
        if policies.grants_unreadable.is_some() {
            parts.grant = parts.grant | Tri::Unknown;
        }
        let mut level = None;
        let mut level_allows = Tri::True;
        for (reading, at, attached) in each(policies, request) {
            let says = attached_says(attached, request, reading);
            parts.deny = parts.deny | says.deny;
            match reading.kind {
                PolicyKind::Identity => parts.identity = parts.identity | says.allows(),
                PolicyKind::Boundary => parts.boundary = says.allows(),
                PolicyKind::Session => parts.session = says.allows(),
                PolicyKind::Resource => parts.resource = says.allow,
                PolicyKind::Endpoint => parts.endpoints = parts.endpoints & says.allows(),
                PolicyKind::ServiceControl => {
                    if level != Some(at) {
                        parts.scps = parts.scps & level_allows;
                        level = Some(at);
                        level_allows = Tri::False;
                    }
                    level_allows = level_allows | says.allows();
                }
                // RCPFullAWSAccess allows at every level; only the Deny of an RCP counts.
                PolicyKind::ResourceControl | PolicyKind::Grant => {}
            }
        }
        parts.scps = parts.scps & level_allows;
        if parts.has_account
            && !request.principal().is_service_linked()
            && policies.scps.iter().any(Vec::is_empty)
        {
            parts.scps = Tri::False;
        }
        parts
    }

    /// The verdict; none when it depends on something unknown, as far as three-valued logic can tell.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        match (self.deny, self.allow()) {
            (Tri::True, _) => Some(Verdict::ExplicitlyDenied),
            (_, Tri::False) => Some(Verdict::ImplicitlyDenied),
            (Tri::False, Tri::True) => Some(Verdict::Allowed),
            _ => None,
        }
    }

    /// Whether everything that must allow does.
    pub(crate) fn allow(&self) -> Tri {
        let granted = match self.rules() {
            (rule, None) => self.granted(rule),
            (one, Some(other)) => {
                let (one, other) = (self.granted(one), self.granted(other));
                if one == other { one } else { Tri::Unknown }
            }
        };
        granted & self.scps & self.endpoints
    }

    /// The rule of the request; two when the owner of the resource is unknown.
    pub(crate) fn rules(&self) -> (Rule, Option<Rule>) {
        let same = if self.mandatory { Rule::Mandatory } else { Rule::SameAccount };
        match self.cross_account {
            _ if !self.has_account => (Rule::NoAccount, None),
            Tri::False => (same, None),
            Tri::True => (Rule::CrossAccount, None),
            Tri::Unknown => (same, Some(Rule::CrossAccount)),
        }
    }

    fn granted(&self, rule: Rule) -> Tri {
        let [account, role, direct] = self.resource;
        let limit = self.boundary & self.session;
        let identity = self.identity & limit;
        match rule {
            Rule::SameAccount => direct | (role & limit) | identity,
            Rule::Mandatory => direct | (role & limit) | (account & identity) | self.grant,
            // A grant is a way of its own: "... until you attach IAM policies ..., or use grants".
            Rule::CrossAccount => ((direct | role | account) & identity) | self.grant,
            Rule::NoAccount => direct | self.grant,
        }
    }
}

/// Whether the resource policy must allow or delegate even in the caller's own account: "IAM role trust
/// policies and KMS key policies are exceptions to this logic, because they must explicitly allow access".
fn is_mandatory(policies: &Policies, request: &Request) -> bool {
    let action = request.action_lower();
    let resource = request.resource().splitn(6, ':').nth(5);
    if action.starts_with("kms:") {
        return match resource {
            Some(resource) => resource.starts_with("key/"),
            None => policies.resource.is_some(),
        };
    }
    let assumes = action.starts_with("sts:assumerole")
        || matches!(action, "sts:tagsession" | "sts:setsourceidentity");
    assumes && resource.is_none_or(|resource| resource.starts_with("role/"))
}

/// Whether a KMS grant allows the request (KMS Developer Guide, "Grants in AWS KMS", "Grant constraints").
pub(crate) fn grant_allows(grant: &Grant, request: &Request) -> Tri {
    let Some(action) = request.action_lower().strip_prefix("kms:") else { return Tri::False };
    if !grant.operations.iter().any(|operation| operation.eq_ignore_ascii_case(action)) {
        return Tri::False;
    }
    let entry = match Entry::aws(&grant.grantee) {
        Some(entry) => entry,
        None => Entry::Service(grant.grantee.clone()),
    };
    // A grant has one grantee: an account would mean its root user.
    let (named, naming) = entry.names(request);
    if named == Tri::False || naming == Naming::Account {
        return Tri::False;
    }
    let wanted = grant.context_equals.as_ref().or(grant.context_subset.as_ref());
    let pairs = wanted.into_iter().flatten().map(|(key, value)| {
        match request.lookup(&format!("kms:encryptioncontext:{}", key.to_ascii_lowercase())) {
            Lookup::One(found) => (found == value).into(),
            Lookup::Unknown => Tri::Unknown,
            Lookup::Absent | Lookup::Many(_) => Tri::False,
        }
    });
    let source = grant.source_arn.as_ref().map_or(Tri::True, |wanted| {
        match request.lookup("aws:sourcearn") {
            Lookup::One(found) => (found == wanted).into(),
            Lookup::Unknown => Tri::Unknown,
            Lookup::Absent | Lookup::Many(_) => Tri::False,
        }
    });
    named & source & Tri::all(pairs) & has_no_more(grant, request)
}

/// Whether the request has no other encryption context than the one that the grant equals.
fn has_no_more(grant: &Grant, request: &Request) -> Tri {
    const PREFIX: &str = "kms:encryptioncontext:";
    let Some(equals) = &grant.context_equals else { return Tri::True };
    let is_wanted = |key: &str| equals.keys().any(|wanted| wanted.eq_ignore_ascii_case(key));
    let extra = request.context().iter().any(|(key, value)| {
        matches!(value, Value::One(_)) && key.strip_prefix(PREFIX).is_some_and(|k| !is_wanted(k))
    });
    if extra {
        return Tri::False;
    }
    if request.may_have_more(PREFIX) { Tri::Unknown } else { Tri::True }
}

/// The unknown keys and policies in statements that may apply.
pub(crate) fn unknowns(policies: &Policies, request: &Request) -> Unknowns {
    let mut result = Unknowns::default();
    for (reading, _, attached) in each(policies, request) {
        match &attached.source {
            Source::Unreadable(_) => {
                result.policies.insert(attached.label.clone());
            }
            Source::Known(policy) => {
                for statement in &policy.statements {
                    unknown_keys(statement, request, reading, &mut result.keys);
                }
            }
        }
    }
    if policies.grants_unreadable.is_some() && request.action_lower().starts_with("kms:") {
        result.policies.insert("grants of the KMS key".to_owned());
    }
    for grant in &policies.grants {
        if grant_allows(grant, request) == Tri::Unknown {
            result.keys.insert("kms:EncryptionContext".to_owned());
            if grant.source_arn.is_some() && request.lookup("aws:sourcearn") == Lookup::Unknown {
                result.keys.insert("aws:SourceArn".to_owned());
            }
        }
    }
    if request.is_cross_account() == Tri::Unknown {
        result.keys.insert("aws:ResourceAccount".to_owned());
    }
    result
}

/// Adds the unknown keys of a statement whose match is unknown.
fn unknown_keys(
    statement: &Statement,
    request: &Request,
    reading: Reading,
    keys: &mut BTreeSet<String>,
) {
    if !statement.may_match_service(request.service()) || !statement.covers_action(request) {
        return;
    }
    let resource = statement.covers_resource(request);
    let named = Tri::any(reading.principal(statement, request).into_iter().map(|(_, named)| named));
    if resource & named & statement.conditions_hold(request) != Tri::Unknown {
        return;
    }
    if named == Tri::Unknown {
        keys.insert("aws:userid".to_owned());
    }
    if let Some(element) = statement.resource.as_ref().filter(|_| resource == Tri::Unknown) {
        let templates = element.entries.iter().filter_map(|pattern| pattern.template());
        let unknown =
            templates.flat_map(|t| t.keys()).filter(|key| request.lookup(key) == Lookup::Unknown);
        keys.extend(unknown.map(str::to_owned));
    }
    for condition in &statement.conditions {
        if condition.holds(request) == Tri::Unknown {
            let unknown = condition.keys().filter(|key| request.lookup(key) == Lookup::Unknown);
            keys.extend(unknown.map(|key| {
                if key == condition.key_lower { condition.key.clone() } else { key.to_owned() }
            }));
        }
    }
}
