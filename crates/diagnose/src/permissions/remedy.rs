//! What gives a missing permission: a statement that names exactly what the task uses. Where a Deny or a boundary
//! forbids, one more Allow does not help: the remedy edits what forbids.

use super::edits::{exceptions, grouped, of_what_forbids};
use super::narrow::narrowed;
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
    let mut edits = of_what_forbids(role, own, forbidden);
    let lacking: Vec<Forbidden<'_>> =
        forbidden.iter().filter(|each| lacks_identity(each)).copied().collect();
    if lacking.is_empty() && edits.changes.is_empty() {
        return Vec::new();
    }
    let added = statements(role, &lacking);
    if edits.changes.is_empty() {
        let allow = Remedy::new(
            format!("Allow {} in a policy of the role {}", actions(&lacking), role.name),
            Safety::NonDisruptive,
            added.into_iter().collect(),
        );
        let managed = managed_policy(role, own, &lacking);
        return std::iter::once(allow).chain(managed).collect();
    }
    edits.changes.extend(added);
    let by_hand = edits.changes.iter().any(|change| matches!(change, Change::Manual { .. }));
    let title = format!("Edit what forbids {} to the role {}", actions(forbidden), role.name);
    let remedy = Remedy::new(title, Safety::NonDisruptive, edits.changes);
    let remedy = if by_hand { remedy.estimate() } else { remedy };
    vec![edits.touches.into_iter().fold(remedy, Remedy::touches)]
}

fn lacks_identity(each: &Forbidden<'_>) -> bool {
    !each.denial.is_explicit && each.denial.kinds().any(|kind| kind == PolicyKind::Identity)
}

fn actions(forbidden: &[Forbidden<'_>]) -> String {
    let actions: BTreeSet<&str> = forbidden.iter().map(|each| each.requirement.action).collect();
    listed(&actions.into_iter().collect::<Vec<_>>())
}

/// One policy with a statement for each group of resources.
fn statements(role: &RoleOf<'_>, lacking: &[Forbidden<'_>]) -> Option<Change> {
    let first = lacking.first()?;
    let purpose = word(first.requirement.purpose);
    let statement = |(actions, resources): (BTreeSet<&str>, Vec<&str>)| json!({ "Effect": "Allow", "Action": actions, "Resource": resources });
    Some(Change::PutRolePolicyStatement {
        role: role.name.clone(),
        policy_name: format!("ecswhy-{purpose}"),
        statements: grouped(lacking).into_iter().map(statement).collect(),
    })
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
        (Purpose::Key, true) => Change::SetKeyPolicy {
            key: subject.to_owned(),
            policy: exempted(existing?, forbidden, &role.arn),
        },
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
    Remedy::by_hand(
        "Encrypt the secret with a key that can be shared",
        Safety::NonDisruptive,
        format!(
            "Encrypt the secret with a customer managed key of account {owner} whose policy lets the execution role decrypt."
        ),
        [],
    )
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
    let (denied, lacking): (Vec<Forbidden<'_>>, Vec<Forbidden<'_>>) =
        forbidden.iter().copied().partition(|each| each.denial.is_explicit);
    let mut denying: BTreeMap<usize, Vec<Forbidden<'_>>> = BTreeMap::new();
    for each in denied {
        for index in each.denial.reasons.iter().filter_map(|reason| reason.statement) {
            denying.entry(index).or_default().push(each);
        }
    }
    let denying = denying.iter().map(|(index, of)| (*index, exceptions(of))).collect();
    let mut policy = narrowed(&existing, &denying)?;
    let is_gateway = endpoint.vpc_endpoint_type.as_deref() == Some("Gateway");
    for by_registry in [true, false] {
        let mine: Vec<_> = lacking
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
