//! `role/log-denied`: the role may not write the log streams.

use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::{Purpose, tell};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/log-denied",
    title: "The execution role may write logs",
    stage: Stage::Logging,
    weight: Weight::Blocks,
    explains: &[Symptom::LogAccessDenied],
    explanation: "## What it is\nThe awslogs driver needs `logs:CreateLogStream` and `logs:PutLogEvents` on the log streams (a log group ARN without `:*` does not cover them). With `awslogs-create-group` and a group that is not there it also needs `logs:CreateLogGroup`, which AmazonECSTaskExecutionRolePolicy does not have.\n\n## Why it stops the launch\nThe driver opens the stream before the container starts.\n\n## How to fix it\nAllow these actions on `arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*` in a policy of the role.\n\n## Sources\nECS Developer Guide, Send Amazon ECS logs to CloudWatch; CloudWatch Logs User Guide, ARNs.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    tell::caller(launch, Purpose::Log)
}
