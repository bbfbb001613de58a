//! `ecswhy can`: would IAM allow it, and which statement says so?

use crate::arguments::{AwsArguments, FromArguments};
use crate::failure::Failure;
use crate::{lines, output, role_policies, source};
use clap::Args;
use ecswhy_facts::{Arn, Snapshot};
use ecswhy_iam::known_actions;
use ecswhy_iam::lines::Session;
use ecswhy_iam::{Decision, Policies, PolicyKind, Request, Source, Trace, decide_with_trace};
use ecswhy_report::{Format, prose};
use std::fmt::Write as _;

const EXAMPLES: &str = "\
Examples:
  ecswhy can exec-role ecr:GetAuthorizationToken '*'
  ecswhy can exec-role secretsmanager:GetSecretValue ARN --from snapshot.json
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
    #[command(flatten)]
    aws: AwsArguments,
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
    let name = role.rsplit('/').next().unwrap_or(role);
    // What is wrong with the question is told before anything is collected.
    Request::new("arn:aws:iam::000000000000:role/any", action, resource)
        .map_err(|error| Failure::new(error.to_string()))?;
    let account = role.parse::<Arn>().ok().map(|arn| arn.account);
    let about = resource.parse::<Arn>().ok();
    let snapshot =
        source::gather_role(name, account, about.as_ref(), &arguments.from, &arguments.aws)?;
    let mut policies = role_policies::policies(&snapshot, name)?;
    role_policies::add_resource(&mut policies, &snapshot, resource);
    let request = request(&snapshot, name, action, resource)?;
    let trace = decide_with_trace(&policies, &request);
    let text = if json {
        format!("{}\n", serde_json::json!({"decision": trace.decision, "trace": trace}))
    } else {
        prose(&as_text(&trace, &policies, &request), &output::look(false, false))
    };
    output::write(&text, None)?;
    Ok(0)
}

/// What a role asks. What an ECS launch does not fix (source address, time ...) is not known.
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
    let region = resource.parse::<Arn>().map(|arn| arn.region).unwrap_or_default();
    let region = if region.is_empty() { snapshot.region.clone() } else { region };
    Ok(Request::new(&arn, action, resource)
        .map_err(|error| Failure::new(error.to_string()))?
        .with("aws:RequestedRegion", region)
        .with("aws:SecureTransport", "true")
        .with_open_world())
}

/// The answer from the top: the decision, what says so, what is missing, then every policy.
fn as_text(trace: &Trace, policies: &Policies, request: &Request) -> String {
    let (action, resource) = (request.action(), request.resource());
    let mut text = String::new();
    let verdict = match &trace.decision {
        Decision::Allowed => "Allowed",
        Decision::ExplicitlyDenied => "Denied by a Deny statement",
        Decision::ImplicitlyDenied => "Denied: not everything that must allow it does",
        Decision::Undetermined(_) => "Not decided by what is known",
    };
    let _ = writeln!(
        text,
        "# {verdict}\n\n{} asks for {action} on {resource}.\n",
        request.principal().arn()
    );
    for reason in &trace.deciding {
        let _ = writeln!(text, "- {}", capital(&reason.sentence));
    }
    let missing = missing(trace, request);
    if !missing.is_empty() {
        let heading = match &trace.decision {
            Decision::ExplicitlyDenied => "What to change",
            Decision::Undetermined(_) => "What would decide it",
            Decision::Allowed | Decision::ImplicitlyDenied => "What is missing",
        };
        let _ = write!(text, "\n# {heading}\n\n{}", missing.join("\n"));
        text.push('\n');
    }
    let near = near_misses(&trace.decision, policies, request);
    if !near.is_empty() {
        let _ = write!(text, "\n# Close, but not the same\n\n- {}\n", near.join("\n- "));
    }
    text.push_str("\n# Policies\n\n");
    for policy in &trace.policies {
        let (near, others): (Vec<_>, Vec<_>) =
            policy.statements.iter().partition(|statement| statement.is_about_the_action());
        let rest = match (near.len(), others.len()) {
            (_, 0) => String::new(),
            (0, 1) => " (its statement is about other actions)".to_owned(),
            (0, n) => format!(" (its {n} statements are about other actions)"),
            (_, n) => format!(" ({n} more about other actions)"),
        };
        let _ = writeln!(text, "- {policy}{rest}");
        for statement in near {
            let _ = writeln!(text, "    {statement}");
        }
    }
    text.push_str(
        "\nNot looked at: service and resource control policies, policies of VPC endpoints.\n",
    );
    text
}

fn capital(sentence: &str) -> String {
    let mut characters = sentence.chars();
    let Some(first) = characters.next() else { return String::new() };
    format!("{}{}.", first.to_uppercase(), characters.as_str())
}

/// What to change, in Markdown.
fn missing(trace: &Trace, request: &Request) -> Vec<String> {
    let (action, resource) = (request.action(), request.resource());
    let statement =
        format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "{resource}"}}"#);
    match &trace.decision {
        Decision::Allowed => Vec::new(),
        _ if known_actions::exists(action) == Some(false) => Vec::new(),
        Decision::ExplicitlyDenied => vec![
            "Change or remove each Deny statement that applies; no Allow elsewhere outweighs it.".to_owned(),
        ],
        Decision::Undetermined(unknowns) => {
            let keys = unknowns.keys.iter().map(|key| format!("- the condition key {key}"));
            let mut lines: Vec<String> = keys.collect();
            lines.extend(unknowns.policies.iter().map(|policy| format!("- {policy}, which could not be read")));
            lines
        }
        Decision::ImplicitlyDenied => trace
            .deciding
            .iter()
            .map(|reason| match (reason.kind, &reason.label) {
                (PolicyKind::Identity, _) => {
                    format!("- Add to a policy of the role:\n\n    {statement}\n")
                }
                (PolicyKind::Boundary, Some(label)) => {
                    format!("- Allow {action} in the {label} too: it limits what the role's policies allow.")
                }
                (_, Some(label)) => format!("- Allow {} to use {action} in the {label}.", request.principal().arn()),
                (_, None) => format!("- Give {resource} a policy that allows {} to use {action}.", request.principal().arn()),
            })
            .collect(),
    }
}

/// Actions that the policies grant and that were probably meant to be this one.
fn near_misses(decision: &Decision, policies: &Policies, request: &Request) -> Vec<String> {
    let mut found = Vec::new();
    if known_actions::exists(request.action()) == Some(false) {
        let meant = known_actions::misspelled(request.action()).and_then(|found| found.meant);
        let hint = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
        found.push(format!("AWS has no action {}{hint}", request.action()));
    }
    if decision == &Decision::Allowed {
        return found;
    }
    for attached in &policies.identity {
        let Source::Known(policy) = &attached.source else { continue };
        for (index, _, written) in policy.action_patterns() {
            if known_actions::resembles(written, request.action()) {
                let label = &attached.label;
                found.push(format!(
                    "statement {index} of {label} names {written}, which is not {}",
                    request.action()
                ));
            }
        }
    }
    found
}
