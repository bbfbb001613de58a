//! What decided: the statements that allow or deny, the kinds of policy that do not allow, what is open.

use super::{Answer, Applies, Deciding, PolicyTrace, name};
use crate::decide::{self, Parts, Rule};
use crate::policies::Policies;
use crate::policy::{Effect, PolicyKind};
use crate::request::Request;
use crate::tri::Tri;

/// The statements of an effect that apply.
pub(super) fn by_statement(traces: &[PolicyTrace], effect: Effect) -> Vec<Deciding> {
    let verb = if effect == Effect::Allow { "allows" } else { "denies" };
    let mut result = Vec::new();
    for trace in traces {
        for statement in
            trace.statements.iter().filter(|s| s.effect == effect && s.applies == Applies::Yes)
        {
            let name = name(statement.index, statement.sid.as_deref());
            result.push(Deciding {
                kind: trace.kind,
                label: Some(trace.label.clone()),
                statement: Some(statement.index),
                sid: statement.sid.clone(),
                sentence: format!("{name} of {} {verb} it", trace.label),
            });
        }
    }
    result
}

pub(super) fn allowing(
    traces: &[PolicyTrace],
    policies: &Policies,
    request: &Request,
) -> Vec<Deciding> {
    let mut result = by_statement(traces, Effect::Allow);
    // The grants of access come first, the limits that they stay within after them.
    result.sort_by_key(|d| !matches!(d.kind, PolicyKind::Identity | PolicyKind::Resource));
    for trace in traces.iter().filter(|t| t.kind == PolicyKind::Grant && t.says == Answer::Allows) {
        result
            .insert(0, about(trace.kind, Some(&trace.label), format!("{} allows it", trace.label)));
    }
    let grants = [PolicyKind::Identity, PolicyKind::Resource, PolicyKind::Grant];
    if !result.iter().any(|reason| grants.contains(&reason.kind)) {
        let keys = decide::unknowns(policies, request).keys;
        let sentence = if keys.is_empty() {
            "the root user may do everything in its account".to_owned()
        } else {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            format!("it is allowed whatever {} is", keys.join(" and "))
        };
        result.insert(0, about(PolicyKind::Identity, None, sentence));
        result
            .extend(open(traces, policies, request).into_iter().filter(|r| r.statement.is_some()));
    }
    result
}

fn about(kind: PolicyKind, label: Option<&str>, sentence: String) -> Deciding {
    Deciding { kind, label: label.map(str::to_owned), statement: None, sid: None, sentence }
}

/// Unknown statements and policies that an undetermined verdict rests on.
pub(super) fn open(
    traces: &[PolicyTrace],
    policies: &Policies,
    request: &Request,
) -> Vec<Deciding> {
    let mut result = Vec::new();
    for trace in traces {
        if let Some(why) = &trace.unreadable {
            result.push(about(
                trace.kind,
                Some(&trace.label),
                format!("{} is not known: {why}", trace.label),
            ));
        }
        for statement in trace.statements.iter().filter(|s| s.applies == Applies::Unknown) {
            result.push(Deciding {
                kind: trace.kind,
                label: Some(trace.label.clone()),
                statement: Some(statement.index),
                sid: statement.sid.clone(),
                sentence: format!("{}: {statement}", trace.label),
            });
        }
        if trace.kind == PolicyKind::Grant && trace.says == Answer::Unknown {
            result.push(about(
                trace.kind,
                Some(&trace.label),
                format!("{} may allow it", trace.label),
            ));
        }
    }
    if let Some(why) = &policies.grants_unreadable {
        result.push(about(
            PolicyKind::Grant,
            None,
            format!("the grants of the key are not known: {why}"),
        ));
    }
    if result.is_empty() {
        result = lacking(traces, policies, request, Tri::Unknown);
    }
    result
}

/// The kinds of policy that must allow the request and do not; those that are at most `least` sure.
pub(super) fn lacking(
    traces: &[PolicyTrace],
    policies: &Policies,
    request: &Request,
    least: Tri,
) -> Vec<Deciding> {
    let parts = Parts::of(policies, request);
    let [account, role, direct] = parts.resource;
    let mut result = Vec::new();
    let mut lack = |says: Tri, kind: PolicyKind, label: Option<&str>, sentence: String| {
        if says <= least {
            result.push(about(kind, label, sentence));
        }
    };
    let action = request.action();
    let resource = policies.resource.as_ref().map(|a| a.label.as_str());
    let identity =
        (parts.identity, PolicyKind::Identity, format!("no identity policy allows {action}"));
    let caller = request.principal().arn();
    match parts.rules() {
        (Rule::CrossAccount, _) | (_, Some(_)) => {
            let any = direct | role | account | parts.grant;
            let sentence = match resource {
                Some(label) => {
                    format!("{label} does not allow {caller}, which is in another account")
                }
                None => format!(
                    "the resource is in another account and has no policy that allows {caller}"
                ),
            };
            lack(identity.0 | parts.grant, identity.1, None, identity.2);
            lack(any, PolicyKind::Resource, resource, sentence);
        }
        (Rule::Mandatory, None) => {
            let any = direct | role | account | parts.grant;
            let sentence = match resource {
                Some(label) => {
                    format!("{label} neither allows {caller} nor leaves it to the account")
                }
                None => "the resource has no policy, and without one nobody may use it".to_owned(),
            };
            lack(any, PolicyKind::Resource, resource, sentence);
            if any > least {
                let sentence = match resource {
                    Some(label) => format!("{label} leaves it to the account, but {}", identity.2),
                    None => identity.2,
                };
                lack(identity.0 | direct | role | parts.grant, identity.1, None, sentence);
            }
        }
        (Rule::SameAccount, None) => lack(identity.0 | direct | role, identity.1, None, identity.2),
        (Rule::NoAccount, None) => {
            let sentence = match resource {
                Some(label) => format!("{label} does not allow {caller}"),
                None => format!("the resource has no policy that allows {caller}"),
            };
            lack(direct | parts.grant, PolicyKind::Resource, resource, sentence);
        }
    }
    let is_limited = direct != Tri::True || parts.cross_account != Tri::False;
    for (says, attached, kind) in [
        (parts.boundary, &policies.boundary, PolicyKind::Boundary),
        (parts.session, &policies.session, PolicyKind::Session),
    ] {
        if let Some(attached) = attached.as_ref().filter(|_| is_limited && parts.has_account) {
            lack(
                says,
                kind,
                Some(&attached.label),
                format!("{} does not allow {action}", attached.label),
            );
        }
    }
    for (level, attached) in policies.scps.iter().enumerate() {
        let at_level =
            |t: &&PolicyTrace| t.kind == PolicyKind::ServiceControl && t.level == Some(level);
        let allows = Tri::any(traces.iter().filter(at_level).map(|t| match t.says {
            Answer::Allows => Tri::True,
            Answer::Unknown => Tri::Unknown,
            _ => Tri::False,
        }));
        if parts.scps <= least {
            let label = attached.first().map(|a| a.label.as_str());
            let sentence = format!("no service control policy of level {level} allows {action}");
            lack(allows, PolicyKind::ServiceControl, label, sentence);
        }
    }
    for trace in
        traces.iter().filter(|t| t.kind == PolicyKind::Endpoint && t.says == Answer::Silent)
    {
        lack(
            Tri::False,
            PolicyKind::Endpoint,
            Some(&trace.label),
            format!("{} does not allow {action} on {}", trace.label, request.resource()),
        );
    }
    if result.is_empty() {
        // Denied in every case, each for its own reason.
        let sentence = format!("no combination of the unknown keys and policies allows {action}");
        result.push(about(PolicyKind::Identity, None, sentence));
    }
    result
}
