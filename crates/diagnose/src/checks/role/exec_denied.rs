//! `role/exec-denied`: ECS Exec cannot open its channels, decrypt or log its sessions.

use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::{Purpose, is_exec_enabled, tell};
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/exec-denied",
    title: "The task role may do what ECS Exec needs",
    stage: Stage::Role,
    weight: Weight::Risk,
    explains: &[],
    explanation: "## What it is\nECS Exec is on, and the task role lacks `ssmmessages:CreateControlChannel`, `CreateDataChannel`, `OpenControlChannel` or `OpenDataChannel` on `*`, or what the cluster's `executeCommandConfiguration` adds: `kms:Decrypt` on its key, writing to its log group (`logs:DescribeLogStreams`, `logs:CreateLogStream`, `logs:PutLogEvents`) or its bucket (`s3:PutObject`, and `s3:GetEncryptionConfiguration` where encryption is demanded).\n\n## Why it is a risk\nTasks start all the same; `aws ecs execute-command` fails, or leaves no log.\n\n## How to fix it\nAllow the actions in a policy of the task role.\n\n## Sources\nECS Developer Guide, Monitor Amazon ECS containers with ECS Exec.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    if !is_exec_enabled(launch) {
        return Ok(Verdict::NotApplicable("ECS Exec is off"));
    }
    let definition = launch.task_definition()?;
    if definition.task_role_arn.is_some() {
        return tell::caller(launch, Purpose::Exec);
    }
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let message = "ECS Exec is on, and the task definition names no task role for it to use.";
    Ok(Verdict::Fail(vec![Fault::new(arn.clone(), message).fact(
        "ecs:DescribeTaskDefinition",
        arn,
        "taskRoleArn",
        "(absent)",
    )]))
}
