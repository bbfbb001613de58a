//! `role/execution-role-not-found`: the role is gone.

use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::{Launch, RoleOf};
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/execution-role-not-found",
    title: "The execution role exists",
    stage: Stage::Role,
    weight: Weight::Blocks,
    explains: &[Symptom::RoleNotAssumable],
    explanation: "## What it is\nThe task definition names a role under `executionRoleArn` that does not exist. A path is part of the ARN: `role/web` and `role/service/web` are two names.\n\n## Why it stops the launch\nFargate pulls the image, reads the secrets and writes the logs with this role. ECS cannot assume it, so no task starts.\n\n## How to see it\n`aws iam get-role --role-name NAME` answers NoSuchEntity, or prints an ARN with another path.\n\n## How to fix it\nCreate the role with a trust policy for ecs-tasks.amazonaws.com and AmazonECSTaskExecutionRolePolicy, or register the task definition with the ARN of one that exists.\n\n## Sources\nECS Developer Guide, Amazon ECS task execution IAM role; IAM User Guide, IAM identifiers.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    if let Some(role) = launch.execution_role()? {
        let edit = |arn| TaskDefinitionEdit::ExecutionRole { arn };
        tally.add(missing(launch, &role, "execution role", edit));
    }
    Ok(tally.verdict("the task definition names no execution role"))
}

/// The fault of a role that does not exist. A role of its name under another path is another role.
pub(super) fn missing(
    launch: &Launch<'_>,
    role: &RoleOf<'_>,
    what: &str,
    edit: impl FnOnce(String) -> TaskDefinitionEdit,
) -> Result<Option<Fault>, Gap> {
    if role.role.clone()?.is_some() {
        return Ok(None);
    }
    let fault = |message| {
        Fault::new(role.arn.clone(), message)
            .about("role", role.name.clone())
            .about("role", role.arn.clone())
    };
    let Some(known) = role.namesake.and_then(|known| known.arn.clone()) else {
        let message = format!("The {what} {} does not exist.", role.arn);
        return Ok(Some(fault(message).fact("iam:GetRole", &role.name, "Role", "NoSuchEntity")));
    };
    let message = format!(
        "The {what} {} does not exist; the role {} has another path: {known}.",
        role.arn, role.name
    );
    let fault = fault(message).fact("iam:GetRole", &role.name, "Role.Arn", &known);
    let Some(task_definition) = launch.task_definition()?.task_definition_arn.clone() else {
        return Ok(Some(fault));
    };
    let title = format!("Name the {what} by its ARN, {known}");
    let change = Change::RegisterTaskDefinition { task_definition, edits: vec![edit(known)] };
    Ok(Some(fault.remedy(Remedy::new(title, Safety::NeedsNewDeployment, vec![change]))))
}
