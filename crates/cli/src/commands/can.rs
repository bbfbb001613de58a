//! `ecswhy can`: would IAM allow it, and which statement says so?

use crate::arguments::FromArguments;
use crate::failure::Failure;
use crate::{lines, output, source};
use clap::Args;
use ecswhy_facts::suggest::hint;
use ecswhy_facts::{Arn, Facts, Known, Redaction, Snapshot};
use ecswhy_iam::lines::Session;
use ecswhy_iam::{Attached, Policies, Policy, Request, decide_with_trace};
use ecswhy_report::{Format, prose};
use serde_json::Value;
use std::fmt::Write as _;

const EXAMPLES: &str = "\
Examples:
  ecswhy can exec-role ecr:GetAuthorizationToken '*' --from snapshot.json
  ecswhy can --lines < requests.jsonl

A line of --lines is a JSON object. Policies that are left out do not exist:
  {\"identityPolicies\":[...], \"permissionBoundary\":..., \"sessionPolicy\":...,
   \"resourcePolicy\":..., \"endpointPolicies\":[...], \"scps\":[...], \"rcps\":[...],
   \"request\":{\"action\":..., \"resource\":..., \"principal\":..., \"context\":{...}},
   \"unknownContext\":[...]}";

/// Arguments of `can`.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Name or ARN of the role that asks
    #[arg(required_unless_present = "lines", conflicts_with = "lines")]
    role: Option<String>,
    /// What it asks for, such as ecr:BatchGetImage
    #[arg(required_unless_present = "lines", conflicts_with = "lines")]
    action: Option<String>,
    /// ARN of what it asks about; * for actions that take none
    #[arg(required_unless_present = "lines", conflicts_with = "lines")]
    resource: Option<String>,
    #[command(flatten)]
    from: FromArguments,
    /// text, for people; or json, for programs: the decision and its trace
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = crate::arguments::format)]
    format: Format,
    /// Read one request with its policies per line from standard input and answer each with one line
    #[arg(long)]
    lines: bool,
}

/// Runs `can`.
///
/// # Errors
/// When the role is not among the facts, or the request cannot be judged.
pub fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let json = arguments.format == Format::Json;
    if arguments.lines {
        let session = || {
            let mut session = Session::new();
            move |line: &str| session.answer(line, json).map_err(|error| error.to_string())
        };
        return lines::answer(std::io::stdin().lock(), std::io::stdout().lock(), session);
    }
    let (Some(role), Some(action), Some(resource)) =
        (&arguments.role, &arguments.action, &arguments.resource)
    else {
        return Err(Failure::new("give ROLE, ACTION and RESOURCE, or --lines"));
    };
    let Some(path) = &arguments.from.from else {
        return Err(Failure::new(
            "`can` reads no live account yet: collect the facts with `ecswhy snapshot`, then give --from FILE",
        ));
    };
    let redaction = if arguments.from.no_redact { Redaction::Off } else { Redaction::On };
    let snapshot = source::read(path, redaction)?;
    let name = role.rsplit('/').next().unwrap_or(role);
    let mut policies = policies(&snapshot, name)?;
    policies.resource = resource_policy(&snapshot, resource);
    let request = request(&snapshot, name, action, resource)?;
    let trace = decide_with_trace(&policies, &request);
    let text = if json {
        format!("{}\n", serde_json::json!({"decision": trace.decision, "trace": trace}))
    } else {
        let mut text = format!("# {}\n", trace.decision.word());
        for line in trace.lines() {
            let _ = write!(text, "\n- {}", line.trim());
        }
        prose(&text, &output::look(false, false))
    };
    output::write(&text, None)?;
    Ok(0)
}

/// What an ECS task's role session asks. What the launch does not fix (source address, time ...) is not known.
fn request(
    snapshot: &Snapshot,
    role: &str,
    action: &str,
    resource: &str,
) -> Result<Request, Failure> {
    let facts = snapshot.home();
    let known = facts.iam.roles.get(role).present().and_then(|role| role.arn.clone());
    let arn = known.unwrap_or_else(|| {
        let partition = ecswhy_facts::ids::partition_of_region(&snapshot.region);
        format!("arn:{partition}:iam::{}:role/{role}", snapshot.account)
    });
    Ok(Request::new(&arn, action, resource)
        .map_err(|error| Failure::new(error.to_string()))?
        .with("aws:RequestedRegion", &snapshot.region)
        .with_open_world())
}

/// Every policy in the facts that has a say: the role's own, its boundary, and the resource's, where it is one of those
/// that a launch asks about.
fn policies(snapshot: &Snapshot, role: &str) -> Result<Policies, Failure> {
    let iam = &snapshot.home().iam;
    let mut policies = Policies::new();
    let boundary = match iam.roles.get(role) {
        Known::Absent => return Err(Failure::new(format!("the role {role} does not exist"))),
        Known::Present(known) => known.permissions_boundary.as_ref(),
        Known::NotAsked => {
            let near = hint(role, iam.roles.present().map(|(name, _)| name));
            return Err(Failure::new(format!("these facts hold no role {role}{near}")));
        }
        Known::Denied { .. } | Known::Failed { .. } => None,
    };
    match iam.attached_policies.ask(role) {
        Ok(attached) => {
            for policy in attached.iter().flat_map(|attached| &attached.0) {
                let arn = policy.policy_arn.as_deref().unwrap_or_default();
                let label =
                    format!("managed policy {}", policy.policy_name.as_deref().unwrap_or(arn));
                policies.identity.push(managed(snapshot.home(), label, arn));
            }
        }
        Err(gap) => {
            policies.identity.push(Attached::unreadable("managed policies", gap.to_string()))
        }
    }
    match iam.inline_policy_names.ask(role) {
        Ok(names) => {
            for name in names.iter().flat_map(|names| &names.0) {
                let label = format!("inline policy {name}");
                let key = format!("{role}/{name}");
                policies.identity.push(match iam.inline_policies.ask(&key) {
                    Ok(policy) => attached(label, policy.map(|policy| &policy.0)),
                    Err(gap) => Attached::unreadable(label, gap.to_string()),
                });
            }
        }
        Err(gap) => {
            policies.identity.push(Attached::unreadable("inline policies", gap.to_string()))
        }
    }
    if let Some(arn) = boundary.and_then(|boundary| boundary.permissions_boundary_arn.as_deref()) {
        policies.boundary = Some(managed(snapshot.home(), "permissions boundary".to_owned(), arn));
    }
    Ok(policies)
}

/// The policy of the resource; none where AWS says that there is none, or where its kind has none.
fn resource_policy(snapshot: &Snapshot, resource: &str) -> Option<Attached> {
    let arn: Arn = resource.parse().ok()?;
    let facts = snapshot.of(&arn.account, &arn.region);
    let (label, policy) = match arn.service.as_str() {
        "ecr" => {
            let name = arn.repository_name()?;
            let policy = facts.ecr.repository_policies.ask(name);
            (format!("policy of the repository {name}"), policy.map(|it| it.map(|it| it.0.clone())))
        }
        "secretsmanager" => {
            let policy = facts.secrets.secret_policies.ask(resource);
            ("policy of the secret".to_owned(), policy.map(|it| it.map(|it| it.0.clone())))
        }
        "kms" => {
            let policy = facts.secrets.key_policies.ask(resource);
            let policy = policy.or_else(|gap| {
                arn.kms_key_id().map_or(Err(gap), |id| facts.secrets.key_policies.ask(id))
            });
            ("policy of the key".to_owned(), policy.map(|it| it.map(|it| it.0.clone())))
        }
        "s3" => return Some(Attached::unreadable("policy of the bucket", "it is not collected")),
        _ => return None,
    };
    match policy {
        Ok(None) => None,
        Ok(Some(text)) => Some(attached(label, Some(&Value::String(text)))),
        Err(gap) => Some(Attached::unreadable(label, gap.to_string())),
    }
}

fn managed(facts: &Facts, label: String, arn: &str) -> Attached {
    match facts.iam.managed_policies.ask(arn) {
        Ok(policy) => attached(label, policy.map(|policy| &policy.0)),
        Err(gap) => Attached::unreadable(label, gap.to_string()),
    }
}

fn attached(label: String, document: Option<&Value>) -> Attached {
    let Some(document) = document else {
        return Attached::unreadable(label, "AWS says that it does not exist");
    };
    let text = match document {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match Policy::parse(&text) {
        Ok(policy) => Attached::new(label, policy),
        Err(error) => Attached::unreadable(label, error.to_string()),
    }
}
