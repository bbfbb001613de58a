//! `role/execution-role-missing`: an execution role is needed and none is named.

use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/execution-role-missing",
    title: "The task definition names an execution role where one is needed",
    stage: Stage::Role,
    weight: Weight::Blocks,
    explains: &[
        Symptom::RoleNotAssumable,
        Symptom::ImageAccessDenied,
        Symptom::ImagePullFailed,
        Symptom::LogAccessDenied,
        Symptom::SecretAccessDenied,
    ],
    explanation: "## What it is\nOn Fargate, a private ECR image, the awslogs driver, secrets and registry credentials are all used with the task execution role, and the task definition names none under `executionRoleArn`.\n\n## Why it stops the launch\nWithout the role Fargate has nothing to sign its calls with: the pull, the secrets and the log stream all fail. The task role does not stand in for it.\n\n## How to see it\n`aws ecs describe-task-definition --task-definition FAMILY --query taskDefinition.executionRoleArn` prints null.\n\n## How to fix it\nName a role under `executionRoleArn` that trusts ecs-tasks.amazonaws.com and has AmazonECSTaskExecutionRolePolicy.\n\n## Sources\nECS Developer Guide, Amazon ECS task execution IAM role.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let definition = launch.task_definition()?;
    if definition.execution_role_arn.is_some() {
        return Ok(Verdict::Pass);
    }
    let needs = launch.needs()?;
    let private = needs
        .images
        .iter()
        .any(|need| need.image.as_ref().is_ok_and(|image| image.registry().is_ecr_private()));
    let wants: Vec<&str> = [
        (private, "a private ECR image"),
        (!needs.log_groups.is_empty(), "the awslogs driver"),
        (!needs.secrets.is_empty(), "secrets"),
        (!needs.env_files.is_empty(), "environment files"),
        (!needs.router_files.is_empty(), "a log router's configuration in S3"),
    ]
    .into_iter()
    .filter_map(|(wanted, name)| wanted.then_some(name))
    .collect();
    if wants.is_empty() || !launch.is_fargate() {
        return Ok(Verdict::NotApplicable(
            "nothing in the task definition needs an execution role",
        ));
    }
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let fault = Fault::new(
        arn.clone(),
        format!("The task definition names no execution role, but uses {}.", wants.join(", ")),
    )
    .fact("ecs:DescribeTaskDefinition", arn, "executionRoleArn", "(absent)");
    Ok(Verdict::Fail(vec![fault]))
}
