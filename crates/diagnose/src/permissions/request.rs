//! The request that AWS would see: keys that the launch fixes are known, all others are not.
//! Source: IAM User Guide, "AWS global condition context keys".

use super::requirement::{Actor, KeyValue, Requirement};
use super::way::Way;
use crate::launch::{Launch, RoleOf};
use ecswhy_iam::{Request, RequestError};

/// Stands for the id of a task that does not exist yet: the name of the role's session.
const SESSION: &str = "0123456789abcdef0123456789abcdef";

/// Keys that only requests of other kinds carry: those of AWS services, of federated users, of instances, of changes.
const NEVER: [&str; 12] = [
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceIdentity",
    "aws:FederatedProvider",
    "aws:Ec2InstanceSourceVpc",
    "aws:Ec2InstanceSourcePrivateIPv4",
    "aws:Referer",
    "aws:TagKeys",
    "aws:RequestTag/*",
    "ec2:SourceInstanceARN",
];

/// The request of a requirement on one resource, on one way.
///
/// # Errors
/// A role, action or resource that is none.
pub fn request(
    launch: &Launch<'_>,
    requirement: &Requirement,
    resource: &str,
    way: &Way,
    role: Option<&RoleOf<'_>>,
) -> Result<Request, RequestError> {
    let mut request = match (requirement.actor, role) {
        (Actor::Registry, _) => {
            let owner = requirement.owner.clone().unwrap_or_default();
            let caller = format!("arn:{}:iam::{owner}:role/ecr", launch.partition());
            Request::new(&caller, requirement.action, resource)?
        }
        (Actor::Anonymous, _) | (_, None) => Request::new("*", requirement.action, resource)?,
        (_, Some(role)) => of_role(launch, requirement, resource, role)?,
    };
    request = request
        .with_open_world_of(&families(requirement.action))
        .with("aws:SecureTransport", "true")
        .with("aws:ViaAWSService", "false")
        .with("aws:RequestedRegion", &requirement.region)
        .with("aws:CurrentTime", launch.now().to_string())
        .with("aws:EpochTime", launch.now().0.as_second().to_string());
    for key in NEVER.into_iter().chain(["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"])
    {
        request = request.without(key);
    }
    request = match &requirement.owner {
        Some(owner) => request.with_resource_account(owner),
        // What is no resource has no tags.
        None if resource == "*" => families(requirement.action)
            .iter()
            .fold(request, |request, service| request.without(&format!("{service}:ResourceTag/*"))),
        None => request.with_unknown("aws:ResourceAccount"),
    };
    request = on_way(request, way);
    for (key, value) in &requirement.keys {
        request = match value {
            KeyValue::One(value) => request.with(key, value),
            KeyValue::Many(values) => request.with_values(key, values),
            KeyValue::Absent => request.without(key),
            KeyValue::Unknown => request.with_unknown(key),
        };
    }
    Ok(request)
}

/// Services whose condition keys a request to this one carries: its own, and the global ones.
fn families(action: &str) -> Vec<&str> {
    let service = action.split(':').next().unwrap_or_default();
    match service {
        // The channels of Session Manager know the keys of Systems Manager.
        "ssmmessages" => vec!["aws", service, "ssm"],
        _ => vec!["aws", service],
    }
}

/// A session of a role: its tags are the role's, since ECS passes none, and no device confirmed it.
fn of_role(
    launch: &Launch<'_>,
    requirement: &Requirement,
    resource: &str,
    role: &RoleOf<'_>,
) -> Result<Request, RequestError> {
    let session = format!(
        "arn:{}:sts::{}:assumed-role/{}/{SESSION}",
        launch.partition(),
        role.account,
        role.name
    );
    let mut request = Request::new(&session, requirement.action, resource)?
        .with("aws:MultiFactorAuthPresent", "false")
        .with("kms:CallerAccount", &role.account)
        // The next task gets credentials of its own, issued when it starts.
        .with("aws:TokenIssueTime", launch.now().to_string())
        .without("aws:MultiFactorAuthAge")
        .without("aws:PrincipalTag/*");
    let Ok(Some(known)) = &role.role else { return Ok(request) };
    // A role with a path has it in its own ARN, not in its session's.
    request = request.with("aws:PrincipalArn", known.arn.as_deref().unwrap_or(&role.arn));
    if let Some(id) = &known.role_id {
        request = request.with("aws:userid", format!("{id}:{SESSION}"));
    }
    for tag in &known.tags {
        if let Some(key) = &tag.key {
            let value = tag.value.clone().unwrap_or_default();
            request = request.with(&format!("aws:PrincipalTag/{key}"), value);
        }
    }
    Ok(request)
}

/// `aws:SourceVpc` and `aws:SourceVpce` come with a VPC endpoint only, `aws:SourceIp` only without one.
fn on_way(request: Request, way: &Way) -> Request {
    match way {
        Way::Endpoint { id, vpc } => {
            let request = request.with("aws:SourceVpce", id).without("aws:SourceIp");
            match vpc {
                Some(vpc) => request.with("aws:SourceVpc", vpc),
                None => request,
            }
        }
        Way::Public => {
            request.without("aws:SourceVpce").without("aws:SourceVpc").without("aws:VpcSourceIp")
        }
        Way::Unknown => request,
    }
}
