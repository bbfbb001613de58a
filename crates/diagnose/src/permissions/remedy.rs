//! What gives a missing permission: a statement that names exactly what the task uses. Where a Deny or a boundary
//! forbids, one more Allow does not help: the remedy edits what forbids, or says what a person must edit.

use super::policies::{Place, RolePolicies};
use super::requirement::{Actor, Purpose};
use super::tell::{Forbidden, listed};
use crate::change::{Change, with_statement};
use crate::check::Remedy;
use crate::launch::{Launch, RoleOf};
use crate::report::Safety;
use ecswhy_iam::PolicyKind;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// IAM User Guide, "AWS managed policies": what the policy of this name allows, on every resource.
const MANAGED: [&str; 6] = [
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
];

/// What lets a role do what it may not do.
pub fn of_caller(
    role: &RoleOf<'_>,
    own: &RolePolicies,
    forbidden: &[Forbidden<'_>],
) -> Vec<Remedy> {
    let mut edits = edits_of_what_forbids(role, own, forbidden);
    let lacking: Vec<Forbidden<'_>> =
        forbidden.iter().filter(|each| lacks_identity(each)).copied().collect();
    if lacking.is_empty() && edits.is_empty() {
        return Vec::new();
    }
    let added = statements(role, &lacking);
    if edits.is_empty() {
        let allow = Remedy::new(
            format!("Allow {} in a policy of the role {}", actions(&lacking), role.name),
            Safety::NonDisruptive,
            added,
        );
        let managed = managed_policy(role, own, &lacking);
        return std::iter::once(allow).chain(managed).collect();
    }
    edits.extend(added);
    let title = format!("Edit what forbids {} to the role {}", actions(forbidden), role.name);
    vec![Remedy::new(title, Safety::NonDisruptive, edits).estimate()]
}

fn lacks_identity(each: &Forbidden<'_>) -> bool {
    !each.denial.is_explicit && each.denial.kinds().any(|kind| kind == PolicyKind::Identity)
}

fn actions(forbidden: &[Forbidden<'_>]) -> String {
    let actions: BTreeSet<&str> = forbidden.iter().map(|each| each.requirement.action).collect();
    listed(&actions.into_iter().collect::<Vec<_>>())
}

/// Least privilege: the resources that the task uses, those with the same actions together.
fn statements(role: &RoleOf<'_>, lacking: &[Forbidden<'_>]) -> Vec<Change> {
    let mut by_resource: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Forbidden { requirement, .. } in lacking {
        by_resource.entry(&requirement.grant_on).or_default().insert(requirement.action);
    }
    let mut by_actions: BTreeMap<BTreeSet<&str>, Vec<&str>> = BTreeMap::new();
    for (resource, actions) in by_resource {
        by_actions.entry(actions).or_default().push(resource);
    }
    let purpose = lacking.first().map_or("start", |each| word(each.requirement.purpose));
    let single = by_actions.len() == 1;
    by_actions
        .into_iter()
        .enumerate()
        .map(|(index, (actions, resources))| Change::PutRolePolicyStatement {
            role: role.name.clone(),
            policy_name: match single {
                true => format!("ecswhy-{purpose}"),
                false => format!("ecswhy-{purpose}-{}", index + 1),
            },
            statement: json!({ "Effect": "Allow", "Action": actions, "Resource": resources }),
        })
        .collect()
}

fn word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Pull => "pull",
        Purpose::Secret => "secrets",
        Purpose::Parameter => "parameters",
        Purpose::Key => "decrypt",
        Purpose::Log => "logs",
        Purpose::EnvFile => "files",
        Purpose::FileSystem => "mount",
        Purpose::Exec => "exec",
    }
}

/// The policy that AWS made for this, where it covers everything that is lacking.
fn managed_policy(
    role: &RoleOf<'_>,
    own: &RolePolicies,
    lacking: &[Forbidden<'_>],
) -> Option<Remedy> {
    let partition = role.arn.split(':').nth(1)?;
    let arn =
        format!("arn:{partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy");
    let is_attached = own.places.values().any(|(place, _)| *place == Place::Managed(arn.clone()));
    let covers = lacking.iter().all(|each| MANAGED.contains(&each.requirement.action));
    (covers && !is_attached).then(|| {
        let title = format!("Attach AmazonECSTaskExecutionRolePolicy to the role {}", role.name);
        let change = Change::AttachManagedPolicy { role: role.name.clone(), policy_arn: arn };
        Remedy::new(title, Safety::NonDisruptive, vec![change])
            .touches("The policy also allows pulling every image and writing every log group of the account.")
    })
}

/// Deny statements and boundaries: only a person can say what else they are for. One edit for each place.
fn edits_of_what_forbids(
    role: &RoleOf<'_>,
    own: &RolePolicies,
    forbidden: &[Forbidden<'_>],
) -> Vec<Change> {
    let mut edits: BTreeMap<(String, String), Vec<&Forbidden<'_>>> = BTreeMap::new();
    for each in forbidden {
        for reason in &each.denial.reasons {
            let label = reason.label.clone().unwrap_or_default();
            let start = match (each.denial.is_explicit, reason.kind) {
                (true, _) => {
                    let statement = reason.sentence.trim_end_matches(" denies it");
                    format!("Narrow or remove {statement}, so that it does not cover")
                }
                (false, PolicyKind::Boundary) => format!("In the {label}, allow"),
                (false, PolicyKind::Resource) => {
                    let guard = each.requirement.guard.as_ref().map(|guard| guard.label.as_str());
                    format!("In the {}, allow {}", guard.unwrap_or(&label), role.arn)
                }
                _ => continue,
            };
            edits.entry((label, start)).or_default().push(each);
        }
    }
    let edit = |((label, start), of): ((String, String), Vec<&Forbidden<'_>>)| {
        let resources: BTreeSet<&str> =
            of.iter().map(|each| each.requirement.grant_on.as_str()).collect();
        let actions: BTreeSet<&str> = of.iter().map(|each| each.requirement.action).collect();
        let listed = |words: BTreeSet<&str>| listed(&words.into_iter().collect::<Vec<_>>());
        let place = own.places.get(&label).map(|(place, text)| (place, text.as_ref()));
        Change::Manual {
            instruction: format!("{start} {} on {}.", listed(actions), listed(resources)),
            commands: commands(role, place),
        }
    };
    edits.into_iter().map(edit).collect()
}

fn commands(role: &RoleOf<'_>, place: Option<(&Place, Option<&Value>)>) -> Vec<String> {
    match place {
        Some((Place::Inline(name), text)) => {
            let of = format!("--role-name {} --policy-name {}", quoted(&role.name), quoted(name));
            let is_only = text.is_some_and(|text| match &text["Statement"] {
                Value::Array(statements) => statements.len() == 1,
                _ => true,
            });
            match is_only {
                true => vec![format!("aws iam delete-role-policy {of}")],
                false => vec![
                    format!("aws iam get-role-policy {of} --query PolicyDocument > policy.json"),
                    format!("aws iam put-role-policy {of} --policy-document file://policy.json"),
                ],
            }
        }
        Some((Place::Managed(arn) | Place::Boundary(arn), _)) => vec![format!(
            "aws iam create-policy-version --policy-arn {} --policy-document file://policy.json --set-as-default",
            quoted(arn)
        )],
        None => Vec::new(),
    }
}

/// For a POSIX shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-:/".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// What makes the policy of a resource let the role in.
pub fn of_resource(
    launch: &Launch<'_>,
    role: Option<&RoleOf<'_>>,
    subject: &str,
    forbidden: &[Forbidden<'_>],
) -> Option<Remedy> {
    let role = role?;
    let first = forbidden.first()?.requirement;
    let guard = first.guard.as_ref()?;
    let existing = guard.document.as_ref().ok()?.as_ref();
    let needed: BTreeSet<&str> = forbidden.iter().map(|each| each.requirement.action).collect();
    let is_explicit = forbidden.iter().any(|each| each.denial.is_explicit);
    let allow = json!({
        "Sid": "ecswhy", "Effect": "Allow", "Principal": { "AWS": role.arn }, "Action": needed,
    });
    let title = format!("Let the role {} in, in the {}", role.name, guard.label);
    let change = match (first.purpose, is_explicit) {
        (Purpose::Key, _) if first.guard_only => return Some(own_key(subject)),
        (Purpose::Key, true) => {
            let instruction = format!(
                "Narrow the Deny of the {} so that it does not cover kms:Decrypt by {}.",
                guard.label, role.arn
            );
            let command = format!(
                "aws kms get-key-policy --key-id {} --policy-name default",
                quoted(subject)
            );
            let manual = Change::Manual { instruction, commands: vec![command] };
            return Some(Remedy::new(title, Safety::NonDisruptive, vec![manual]).estimate());
        }
        (Purpose::Key, false) => {
            let mut statement = allow;
            statement["Resource"] = json!("*");
            Change::SetKeyPolicyStatement { key: subject.to_owned(), statement }
        }
        (Purpose::Secret, _) => {
            let mut statement = allow;
            statement["Resource"] = json!("*");
            let policy = if is_explicit {
                exempted(existing?, forbidden, &role.arn)
            } else {
                with_statement(existing, statement)
            };
            Change::SetSecretPolicy { secret: subject.to_owned(), policy }
        }
        (Purpose::Pull, _) => {
            let policy = if is_explicit {
                exempted(existing?, forbidden, &role.arn)
            } else {
                with_statement(existing, allow)
            };
            Change::SetRepositoryPolicy { repository: subject.to_owned(), policy }
        }
        _ => return None,
    };
    let remedy = Remedy::new(title, Safety::NonDisruptive, vec![change]);
    let owner = first.owner.as_ref().filter(|owner| **owner != launch.snapshot.account);
    Some(match owner {
        Some(owner) => {
            remedy.touches(format!("It belongs to account {owner}: run this with its credentials."))
        }
        None => remedy,
    })
}

fn own_key(alias: &str) -> Remedy {
    let owner = alias.split(':').nth(4).unwrap_or_default();
    let instruction = format!(
        "Encrypt the secret with a customer managed key of account {owner} whose policy lets the execution role decrypt."
    );
    let manual = Change::Manual { instruction, commands: Vec::new() };
    Remedy::new(
        "Encrypt the secret with a key that can be shared",
        Safety::NonDisruptive,
        vec![manual],
    )
    .estimate()
}

/// The policy with the role exempt from the statements that deny: one that names only the role goes.
fn exempted(policy: &Value, forbidden: &[Forbidden<'_>], role: &str) -> Value {
    let denying: BTreeSet<usize> = forbidden
        .iter()
        .filter(|each| each.denial.is_explicit)
        .flat_map(|each| each.denial.reasons.iter().filter_map(|reason| reason.statement))
        .collect();
    let statements = match &policy["Statement"] {
        Value::Array(statements) => statements.clone(),
        one => vec![one.clone()],
    };
    let kept = statements.into_iter().enumerate().filter_map(|(index, mut statement)| {
        if !denying.contains(&index) {
            return Some(statement);
        }
        let names_role_alone = match &statement["Principal"]["AWS"] {
            Value::String(one) => one == role,
            Value::Array(names) => matches!(names.as_slice(), [Value::String(one)] if one == role),
            _ => false,
        };
        if names_role_alone {
            return None;
        }
        let exempt = match &statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"] {
            Value::Array(others) => [others.as_slice(), &[json!(role)]].concat(),
            Value::String(other) => vec![json!(other), json!(role)],
            _ => vec![json!(role)],
        };
        if !statement["Condition"].is_object() {
            statement["Condition"] = json!({});
        }
        if !statement["Condition"]["ArnNotEquals"].is_object() {
            statement["Condition"]["ArnNotEquals"] = json!({});
        }
        statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"] = json!(exempt);
        Some(statement)
    });
    let mut policy = policy.clone();
    policy["Statement"] = Value::Array(kept.collect());
    policy
}

/// What makes the policy of an endpoint let the launch pass.
pub fn of_endpoint(
    launch: &Launch<'_>,
    role: Option<&RoleOf<'_>>,
    subject: &str,
    forbidden: &[Forbidden<'_>],
) -> Option<Remedy> {
    let endpoint = launch.facts.ec2.vpc_endpoints.by_id(subject).ok().flatten()?;
    let existing: Value = serde_json::from_str(&endpoint.policy_document.as_ref()?.0).ok()?;
    let title = format!("Allow the launch in the policy of endpoint {subject}");
    if forbidden.iter().any(|each| each.denial.is_explicit) {
        let statements: BTreeSet<&str> = forbidden
            .iter()
            .flat_map(|each| &each.denial.reasons)
            .map(|reason| reason.sentence.trim_end_matches(" denies it"))
            .collect();
        let instruction = format!(
            "Narrow {}, so that it does not cover {} on {}.",
            listed(&statements.into_iter().collect::<Vec<_>>()),
            actions(forbidden),
            forbidden.first().map(|each| each.requirement.grant_on.as_str()).unwrap_or_default()
        );
        let command = format!(
            "aws ec2 describe-vpc-endpoints --vpc-endpoint-ids {} --query 'VpcEndpoints[0].PolicyDocument'",
            quoted(subject)
        );
        let manual = Change::Manual { instruction, commands: vec![command] };
        return Some(Remedy::new(title, Safety::NonDisruptive, vec![manual]).estimate());
    }
    let mut policy = existing;
    let is_gateway = endpoint.vpc_endpoint_type.as_deref() == Some("Gateway");
    for by_registry in [true, false] {
        let mine: Vec<_> = forbidden
            .iter()
            .filter(|each| (each.requirement.actor == Actor::Registry) == by_registry)
            .collect();
        if mine.is_empty() {
            continue;
        }
        let actions: BTreeSet<&str> = mine.iter().map(|each| each.requirement.action).collect();
        let resources: BTreeSet<&str> =
            mine.iter().map(|each| each.requirement.grant_on.as_str()).collect();
        let mut statement = json!({
            "Effect": "Allow", "Principal": "*", "Action": actions, "Resource": resources,
        });
        // VPC User Guide: a gateway endpoint's policy names callers by aws:PrincipalArn only.
        match role.filter(|_| !by_registry) {
            Some(role) if is_gateway => {
                statement["Condition"] = json!({ "ArnEquals": { "aws:PrincipalArn": role.arn } });
            }
            Some(role) => statement["Principal"] = json!({ "AWS": role.arn }),
            None => {}
        }
        policy = with_statement(Some(&policy), statement);
    }
    let change = Change::SetEndpointPolicy { endpoint: subject.to_owned(), policy };
    Some(Remedy::new(title, Safety::NonDisruptive, vec![change]))
}
