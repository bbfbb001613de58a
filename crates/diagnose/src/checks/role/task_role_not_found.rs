//! `role/task-role-not-found`: the role is gone.

use super::execution_role_not_found::missing;
use crate::Stage;
use crate::change::TaskDefinitionEdit;
use crate::check::{Check, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/task-role-not-found",
    title: "The task role exists",
    stage: Stage::Role,
    weight: Weight::Blocks,
    explains: &[Symptom::RoleNotAssumable],
    explanation: "## What it is\nThe task definition names a role under `taskRoleArn` that does not exist: it was deleted, belongs to another account, or its path is missing (`role/web` and `role/service/web` are two roles).\n\n## Why it stops the launch\nECS assumes the task role for the containers before it starts them, and launches nothing without it. Tasks that run keep the credentials that they have until these expire.\n\n## How to see it\n`aws iam get-role --role-name NAME` answers NoSuchEntity. The service event says that ECS was unable to assume the role.\n\n## How to fix it\nCreate the role with a trust policy for ecs-tasks.amazonaws.com, or register the task definition with the ARN of one that exists. Leave `taskRoleArn` out if the application calls no AWS API.\n\n## Sources\nECS Developer Guide, Amazon ECS task IAM role; IAM User Guide, IAM identifiers.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    if let Some(role) = launch.task_role()? {
        let edit = |arn| TaskDefinitionEdit::TaskRole { arn };
        tally.add(missing(launch, &role, "task role", edit));
    }
    Ok(tally.verdict("the task definition names no task role"))
}
