//! `service/task-definition-inactive`: the revision was deregistered or deleted.

use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::ecs::TaskDefinition;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "service/task-definition-inactive",
    title: "The task definition is active",
    stage: Stage::Service,
    weight: Weight::Blocks,
    explains: &[],
    explanation: "## What it is\nA deregistered task definition (INACTIVE) keeps running tasks, but in a state DELETE_IN_PROGRESS no new task starts from it, and INACTIVE ones cannot be used by new services.\n\n## How to fix it\nRegister the task definition again and deploy the new revision.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let definition = launch.task_definition()?;
    let status = definition.status.as_deref().unwrap_or("ACTIVE");
    if status == "ACTIVE" {
        return Ok(Verdict::Pass);
    }
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let fault = Fault::new(
        arn.clone(),
        format!("The task definition is {status}, so it may start no new task."),
    )
    .fact(TaskDefinition::CALL, arn, "status", status);
    Ok(Verdict::Fail(vec![fault]))
}
