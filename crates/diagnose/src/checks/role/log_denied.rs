//! `role/log-denied`: the role may not write logs.

use super::permission::{self, Wanted};
use crate::Stage;
use crate::check::{Check, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/log-denied",
    title: "The execution role may write to the log groups",
    stage: Stage::Logging,
    weight: Weight::Blocks,
    explains: &[Symptom::LogAccessDenied],
    explanation: "## What it is\nThe awslogs driver needs `logs:CreateLogStream` and `logs:PutLogEvents` on the log streams (a log group ARN without `:*` does not cover them), and `logs:CreateLogGroup` with `awslogs-create-group`, which AmazonECSTaskExecutionRolePolicy does not have.\n\n## How to fix it\nAllow these actions on `arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*` in a policy of the role.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let Some(role) = launch.execution_role()? else {
        return Ok(Verdict::NotApplicable("the task definition names no execution role"));
    };
    let mut wanted = Vec::new();
    for need in &launch.needs()?.log_groups {
        let Some(group) = &need.group else { continue };
        let region = need.region.as_deref().unwrap_or(&launch.snapshot.region);
        let arn = format!(
            "arn:{}:logs:{region}:{}:log-group:{group}",
            launch.partition(),
            launch.snapshot.account
        );
        let prefix = need.stream_prefix.as_deref().unwrap_or_default();
        let stream = format!(
            "{arn}:log-stream:{prefix}/{}/0123456789abcdef0123456789abcdef",
            need.container
        );
        for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
            wanted.push(Wanted::on(action, stream.clone()));
        }
        if need.create_group {
            wanted.push(Wanted::on("logs:CreateLogGroup", arn));
        }
    }
    if wanted.is_empty() {
        return Ok(Verdict::NotApplicable("the task definition needs nothing of it"));
    }
    let mut tally = Tally::default();
    tally.add(permission::judge(launch, &role, &wanted));
    Ok(tally.verdict(""))
}
