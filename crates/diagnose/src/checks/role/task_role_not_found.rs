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
    explanation: "## What it is\nThe task definition names a role under `taskRoleArn` that does not exist.\n\n## How to fix it\nCreate the role, or name one that exists.\n",
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
