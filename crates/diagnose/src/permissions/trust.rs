//! Whether ECS may assume a role: its trust policy, with the conditions that guard against confused deputies.
//! Source: ECS Developer Guide, "Cross-service confused deputy prevention".

use super::policies::read;
use crate::change::{Change, with_statement};
use crate::check::{Fault, Remedy};
use crate::launch::{Launch, RoleOf};
use crate::report::Safety;
use ecswhy_facts::iam::Role;
use ecswhy_facts::{Fact, Gap, GapReason};
use ecswhy_iam::{Applies, Decision, Policies, Request, Trace, decide_with_trace};
use serde_json::{Value, json};

const ECS: &str = "ecs-tasks.amazonaws.com";

/// The fault of a role that ECS may not assume; `None` when it may, or when the role does not exist.
///
/// # Errors
/// The gap, when the role or a condition key is not known.
pub fn judge(launch: &Launch<'_>, role: &RoleOf<'_>, called: &str) -> Result<Option<Fault>, Gap> {
    let Some(known) = role.role.clone()? else { return Ok(None) };
    let failed = |why: String| Gap {
        call: Role::CALL.to_owned(),
        subject: role.name.clone(),
        why: GapReason::Failed { why },
    };
    let document = known
        .assume_role_policy_document
        .clone()
        .ok_or_else(|| failed("the answer holds no trust policy".to_owned()))?;
    let label = format!("trust policy of {}", role.name);
    let (trust, gap) = read(&label, Role::CALL, Ok(Some(document.clone())));
    if let Some(gap) = gap {
        return Err(gap);
    }
    let policies = Policies { resource: Some(trust), ..Policies::new() };
    let traces: Vec<Trace> = sources(launch)
        .iter()
        .filter_map(|source| Some(decide_with_trace(&policies, &request(launch, role, source)?)))
        .collect();
    let Some(first) = traces.first() else { return Ok(None) };
    if traces.iter().all(|trace| trace.decision == Decision::Allowed) {
        return Ok(None);
    }
    if !traces.iter().all(|trace| trace.decision.is_denied()) {
        let keys = match &first.unknown {
            Some(unknown) => unknown.keys.iter().cloned().collect::<Vec<_>>().join(", "),
            None => "aws:SourceArn".to_owned(),
        };
        let why = format!(
            "whether {ECS} may assume {} depends on {keys}, which only the request itself shows",
            role.arn
        );
        return Err(Gap { why: GapReason::Unknowable { why }, ..failed(String::new()) });
    }
    Ok(Some(fault(launch, role, called, &label, &document, first)))
}

/// What ECS passes as `aws:SourceArn` names the Region and account; what follows is not documented, and a single
/// cluster cannot be named.
fn sources(launch: &Launch<'_>) -> [String; 2] {
    let home = &launch.snapshot;
    let start = format!("arn:{}:ecs:{}:{}:", launch.partition(), home.region, home.account);
    [
        format!("{start}0123456789abcdef"),
        format!("{start}task/{}/0123456789abcdef0123456789abcdef", launch.target.cluster()),
    ]
}

fn request(launch: &Launch<'_>, role: &RoleOf<'_>, source: &str) -> Option<Request> {
    let request =
        Request::new(ECS, "sts:AssumeRole", &role.arn).ok()?.with_open_world_of(&["aws", "sts"]);
    Some(
        request
            .with("aws:SourceAccount", &launch.snapshot.account)
            .with("aws:SourceArn", source)
            .with("aws:SecureTransport", "true")
            .with("aws:CurrentTime", launch.now().to_string())
            .without("sts:ExternalId")
            .without("aws:PrincipalArn")
            .without("aws:PrincipalAccount")
            .without("aws:PrincipalOrgID")
            .without("aws:SourceVpc")
            .without("aws:SourceVpce")
            .without("aws:MultiFactorAuthPresent"),
    )
}

fn fault(
    launch: &Launch<'_>,
    role: &RoleOf<'_>,
    called: &str,
    label: &str,
    document: &Value,
    trace: &Trace,
) -> Fault {
    let is_explicit = trace.decision == Decision::ExplicitlyDenied;
    let statements = || trace.policies.iter().flat_map(|policy| &policy.statements);
    let nearest = statements()
        .filter(|statement| statement.applies == Applies::No)
        .min_by_key(|statement| statement.because.len().saturating_sub(1))
        .and_then(|statement| statement.because.last());
    let why = match (is_explicit, trace.deciding.first(), nearest) {
        (true, Some(reason), _) => reason.sentence.clone(),
        (_, _, Some(mismatch)) => format!("its trust policy does not match: {mismatch}"),
        _ => "its trust policy names no service".to_owned(),
    };
    let mut lines: Vec<String> =
        trace.deciding.iter().map(|reason| reason.sentence.clone()).collect();
    lines.extend(statements().map(|statement| format!("{label}: {statement}")));
    let message = format!("{ECS} may not assume the {called} {}: {why}.", role.name);
    Fault::new(role.arn.clone(), message)
        .fact("iam:GetRole", role.name.clone(), "Role.AssumeRolePolicyDocument", document)
        .trace(lines)
        .about("role", &role.name)
        .about("role", &role.arn)
        .remedy(remedy(launch, role, document, is_explicit))
}

/// A statement for ECS in this account; one for ECS whose conditions do not hold goes, the others stay.
fn remedy(launch: &Launch<'_>, role: &RoleOf<'_>, document: &Value, is_explicit: bool) -> Remedy {
    let title = format!("Let {ECS} assume the role {}", role.name);
    if is_explicit {
        let instruction = format!(
            "Remove the Deny for {ECS} from the trust policy of {}, and allow sts:AssumeRole to it.",
            role.name
        );
        return Remedy::by_hand(title, Safety::NonDisruptive, instruction, []);
    }
    let mut kept = document.clone();
    let is_for_ecs = |statement: &Value| match &statement["Principal"]["Service"] {
        Value::String(service) => service == ECS,
        Value::Array(services) => matches!(services.as_slice(), [Value::String(one)] if one == ECS),
        _ => false,
    };
    match &mut kept["Statement"] {
        Value::Array(statements) => statements.retain(|statement| !is_for_ecs(statement)),
        one if is_for_ecs(one) => *one = json!([]),
        _ => {}
    }
    let home = &launch.snapshot;
    let statement = json!({
        "Effect": "Allow",
        "Principal": { "Service": ECS },
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": { "aws:SourceAccount": home.account },
            "ArnLike": { "aws:SourceArn": format!("arn:{}:ecs:{}:{}:*", launch.partition(), home.region, home.account) },
        },
    });
    let policy = with_statement(Some(&kept), statement);
    let change = Change::SetTrustPolicy { role: role.name.clone(), policy };
    Remedy::new(title, Safety::NonDisruptive, vec![change])
}
