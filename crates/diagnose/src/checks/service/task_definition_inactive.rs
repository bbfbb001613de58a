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
    explanation: "## What it is\nThe revision was deregistered (INACTIVE) or is being deleted (DELETE_IN_PROGRESS). What runs goes on running.\n\n## Why it stops the launch\nECS refuses such a revision to RunTask, to new services and to updates of a service, and after its deletion to everything.\n\n## How to fix it\nRegister the task definition again (`aws ecs describe-task-definition` still shows its text) and deploy the new revision.\n\n## Sources\nECS API reference, DeregisterTaskDefinition and DeleteTaskDefinitions.\n",
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
        format!("The task definition is {status}: ECS refuses to deploy it or to run it anew."),
    )
    .fact(TaskDefinition::CALL, arn, "status", status);
    Ok(Verdict::Fail(vec![fault]))
}
