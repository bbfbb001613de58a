//! `role/action-does-not-exist`: a policy of the execution role allows an action that AWS does not have.

use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::{Actor, Place};
use ecswhy_facts::Gap;
use ecswhy_iam::known_actions::misspelled;
use serde_json::Value;

/// The record.
pub static CHECK: Check = Check {
    id: "role/action-does-not-exist",
    title: "Every action that the execution role is allowed exists",
    stage: Stage::Role,
    weight: Weight::Risk,
    explains: &[],
    explanation: "## What it is\nA policy of the execution role allows an action that no AWS service has, such as `ecr:GetDownloadSizeForLayer`. IAM accepts it, and it grants nothing.\n\n## Why it is a risk\nWhoever wrote it meant another action, which may be missing.\n\n## How to fix it\nWrite the action that was meant: for image layers that is `ecr:GetDownloadUrlForLayer`.\n\n## Sources\nService Authorization Reference.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let Some(role) = launch.execution_role()? else {
        return Ok(Verdict::NotApplicable("the task definition names no execution role"));
    };
    let permissions = launch.permissions()?;
    let Some(own) = permissions.roles.get(&Actor::ExecutionRole) else {
        return Ok(Verdict::NotApplicable("the execution role does not exist"));
    };
    let mut fault: Option<Fault> = None;
    for (label, (place, document)) in &own.places {
        // Policies of AWS and boundaries are not what their reader wrote for this role.
        let is_own = match place {
            Place::Inline(_) => true,
            Place::Managed(arn) => !arn.contains(":iam::aws:"),
            Place::Boundary(_) => false,
        };
        let Some(document) = document.as_ref().filter(|_| is_own) else { continue };
        for wrong in allowed_actions(document).filter_map(misspelled) {
            // Without an action that was meant it may just be newer than this tool.
            let Some(meant) = wrong.meant else { continue };
            let message = format!(
                "The {label} of the execution role {} allows {}, which does not exist and grants nothing: {meant} does.",
                role.name, wrong.written
            );
            let known = fault.take().unwrap_or_else(|| Fault::new(role.arn.clone(), message));
            fault =
                Some(known.fact("iam:GetRolePolicy", label, "Statement[].Action", wrong.written));
        }
    }
    Ok(match fault {
        Some(fault) => Verdict::Fail(vec![fault]),
        None if own.gaps.is_empty() => Verdict::Pass,
        None => Verdict::Unknown(own.gaps.values().cloned().collect()),
    })
}

fn allowed_actions(document: &Value) -> impl Iterator<Item = &str> {
    list(&document["Statement"])
        .iter()
        .filter(|statement| statement["Effect"].as_str() == Some("Allow"))
        .flat_map(|statement| list(&statement["Action"]))
        .filter_map(Value::as_str)
}

/// An element that may be one value or a list.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(many) => many,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}
