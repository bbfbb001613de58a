//! Edits of the role's own policies that forbid: a Deny is narrowed by what the launch needs, a boundary is widened by
//! it. Where the text of a policy is not known, or is AWS's, a person is told which policy and which statement.

use super::narrow::{Exception, narrowed};
use super::policies::{Place, RolePolicies};
use super::tell::{Forbidden, listed};
use crate::change::{Change, with_statement};
use crate::launch::RoleOf;
use crate::shell::Command;
use ecswhy_iam::PolicyKind;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The edits, and what they touch besides the role.
#[derive(Debug, Default)]
pub struct Edits {
    /// One for each policy.
    pub changes: Vec<Change>,
    /// What else they touch.
    pub touches: Vec<String>,
}

/// What one policy forbids.
#[derive(Default)]
struct Forbids<'p> {
    /// By the Deny statement that applies.
    denied: BTreeMap<usize, Vec<Forbidden<'p>>>,
    /// For want of an Allow.
    lacking: Vec<Forbidden<'p>>,
    /// The statements that deny, in words.
    statements: BTreeSet<String>,
    /// The policy is that of a resource, under this name.
    resource: Option<String>,
}

impl<'p> Forbids<'p> {
    fn all(&self) -> impl Iterator<Item = &Forbidden<'p>> {
        self.denied.values().flatten().chain(&self.lacking)
    }
}

/// Edits of everything that forbids, but the want of an Allow in identity policies.
pub fn of_what_forbids(
    role: &RoleOf<'_>,
    own: &RolePolicies,
    forbidden: &[Forbidden<'_>],
) -> Edits {
    let mut by_label: BTreeMap<String, Forbids<'_>> = BTreeMap::new();
    for each in forbidden {
        for reason in &each.denial.reasons {
            let label = reason.label.clone().unwrap_or_default();
            match (each.denial.is_explicit, reason.kind) {
                (true, _) => {
                    let forbids = by_label.entry(label).or_default();
                    let statement = reason.sentence.trim_end_matches(" denies it");
                    forbids.statements.insert(statement.to_owned());
                    forbids
                        .denied
                        .entry(reason.statement.unwrap_or_default())
                        .or_default()
                        .push(*each);
                }
                (false, PolicyKind::Boundary) => {
                    by_label.entry(label).or_default().lacking.push(*each);
                }
                (false, PolicyKind::Resource) => {
                    let guard = each.requirement.guard.as_ref().map(|guard| guard.label.clone());
                    let guard = guard.unwrap_or_else(|| label.clone());
                    let forbids = by_label.entry(label).or_default();
                    forbids.lacking.push(*each);
                    forbids.resource = Some(guard);
                }
                _ => {}
            }
        }
    }
    let mut edits = Edits::default();
    for (label, forbids) in &by_label {
        let place = own.places.get(label);
        let typed = match place {
            Some((place, Some(document))) => typed(role, place, document, forbids),
            _ => None,
        };
        if typed.is_some() && !forbids.denied.is_empty() {
            let statements: Vec<&str> = forbids.statements.iter().map(String::as_str).collect();
            edits.touches.push(format!(
                "Somebody wrote {} for a reason: ask before it is narrowed.",
                listed(&statements)
            ));
        }
        if let (Some(_), Some((Place::Managed(_) | Place::Boundary(_), _))) = (&typed, place) {
            edits.touches.push(format!(
                "The {label} also counts for every other role and user that has it. IAM keeps five versions of a policy: delete an old one first where it has five."
            ));
        }
        let by_hand = || by_hand(role, place.map(|(place, _)| place), label, forbids);
        edits.changes.push(typed.unwrap_or_else(by_hand));
    }
    edits
}

/// The edit of a policy that is known and not AWS's.
fn typed(
    role: &RoleOf<'_>,
    place: &Place,
    document: &Value,
    forbids: &Forbids<'_>,
) -> Option<Change> {
    let denying = forbids.denied.iter().map(|(index, of)| (*index, exceptions(of))).collect();
    let mut policy = narrowed(document, &denying)?;
    for (actions, resources) in grouped(&forbids.lacking) {
        let allow = json!({ "Effect": "Allow", "Action": actions, "Resource": resources });
        policy = with_statement(Some(&policy), allow);
    }
    let is_empty = policy["Statement"].as_array().is_some_and(Vec::is_empty);
    let role = role.name.clone();
    match place {
        Place::Inline(name) if is_empty => {
            Some(Change::DeleteRolePolicy { role, policy_name: name.clone() })
        }
        Place::Inline(name) => {
            Some(Change::SetRolePolicy { role, policy_name: name.clone(), policy })
        }
        Place::Managed(arn) | Place::Boundary(arn) => {
            let is_editable = !is_empty && !is_of_aws(arn);
            is_editable.then(|| Change::SetManagedPolicy { policy_arn: arn.clone(), policy })
        }
    }
}

/// IAM User Guide, "AWS managed policies": they cannot be edited.
fn is_of_aws(arn: &str) -> bool {
    arn.contains(":iam::aws:policy/")
}

/// What is forbidden, as exceptions from a Deny: actions on the same resource together.
pub fn exceptions(forbidden: &[Forbidden<'_>]) -> Vec<Exception> {
    let mut by_resource: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
    for Forbidden { requirement, .. } in forbidden {
        let resource = (requirement.resource.as_str(), requirement.grant_on.as_str());
        by_resource.entry(resource).or_default().insert(requirement.action.to_owned());
    }
    let exception = |((checked, named), actions): ((&str, &str), _)| Exception {
        actions,
        checked: checked.to_owned(),
        named: named.to_owned(),
    };
    by_resource.into_iter().map(exception).collect()
}

/// Least privilege: the resources that the task uses, those with the same actions together.
pub fn grouped<'f>(lacking: &'f [Forbidden<'_>]) -> BTreeMap<BTreeSet<&'f str>, Vec<&'f str>> {
    let mut by_resource: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Forbidden { requirement, .. } in lacking {
        by_resource.entry(&requirement.grant_on).or_default().insert(requirement.action);
    }
    let mut by_actions: BTreeMap<BTreeSet<&str>, Vec<&str>> = BTreeMap::new();
    for (resource, actions) in by_resource {
        by_actions.entry(actions).or_default().push(resource);
    }
    by_actions
}

/// What a person edits: the text is not known, is AWS's, or is that of a resource.
fn by_hand(role: &RoleOf<'_>, place: Option<&Place>, label: &str, forbids: &Forbids<'_>) -> Change {
    let actions: BTreeSet<&str> = forbids.all().map(|each| each.requirement.action).collect();
    let resources: BTreeSet<&str> =
        forbids.all().map(|each| each.requirement.grant_on.as_str()).collect();
    let words = |words: BTreeSet<&str>| listed(&words.into_iter().collect::<Vec<_>>());
    let what = format!("{} on {}", words(actions), words(resources));
    let statements: Vec<&str> = forbids.statements.iter().map(String::as_str).collect();
    let instruction = match (place, &forbids.resource) {
        (_, Some(guard)) => format!("In the {guard}, allow {} {what}.", role.arn),
        (Some(Place::Managed(arn)), _) if is_of_aws(arn) => format!(
            "Detach {arn} from the role {}: it denies {what}, and a policy of AWS cannot be edited.",
            role.name
        ),
        (Some(Place::Boundary(arn)), _) if is_of_aws(arn) => format!(
            "Give the role {} another permissions boundary than {arn}, which is a policy of AWS: one that also allows {what}.",
            role.name
        ),
        _ if !statements.is_empty() => {
            format!("Narrow or remove {}, so that it does not cover {what}.", listed(&statements))
        }
        _ => format!("In the {label}, allow {what}."),
    };
    Change::manual(instruction, commands(role, place))
}

fn commands(role: &RoleOf<'_>, place: Option<&Place>) -> Vec<Command> {
    const EDITED: &str = "--policy-document file://policy.json";
    let on_role = |operation: &str| Command::aws(operation).arg("--role-name", &role.name);
    match place {
        Some(Place::Inline(name)) => vec![
            on_role("iam get-role-policy")
                .arg("--policy-name", name)
                .flag("--query PolicyDocument > policy.json"),
            on_role("iam put-role-policy").arg("--policy-name", name).flag(EDITED),
        ],
        Some(Place::Managed(arn)) if is_of_aws(arn) => {
            vec![on_role("iam detach-role-policy").arg("--policy-arn", arn)]
        }
        Some(Place::Boundary(arn)) if is_of_aws(arn) => Vec::new(),
        Some(Place::Managed(arn) | Place::Boundary(arn)) => vec![
            Command::aws("iam create-policy-version")
                .arg("--policy-arn", arn)
                .flag(EDITED)
                .flag("--set-as-default"),
        ],
        None => Vec::new(),
    }
}
