//! `role/execution-role-trust`: ECS may not assume the role.

use crate::Stage;
use crate::check::{Check, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::trust;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/execution-role-trust",
    title: "ECS may assume the execution role",
    stage: Stage::Role,
    weight: Weight::Blocks,
    explains: &[Symptom::RoleNotAssumable],
    explanation: "## What it is\nThe trust policy of the execution role does not let `ecs-tasks.amazonaws.com` assume it: it names another service, or a condition on `aws:SourceAccount` or `aws:SourceArn` names another account, Region or a single cluster.\n\n## Why it stops the launch\nECS assumes the role before it starts the task.\n\n## How to fix it\nAllow `sts:AssumeRole` to `ecs-tasks.amazonaws.com`, with `aws:SourceAccount` of this account and `aws:SourceArn` like `arn:aws:ecs:REGION:ACCOUNT:*`.\n\n## Sources\nECS Developer Guide, Amazon ECS task execution IAM role.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    if let Some(role) = launch.execution_role()? {
        tally.add(trust::judge(launch, &role, "execution role"));
    }
    Ok(tally.verdict("the task definition names no execution role"))
}
