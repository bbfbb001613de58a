//! `service/deployment-rolled-back`: the circuit breaker undid the newest deployment.

use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::ecs::Service;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "service/deployment-rolled-back",
    title: "The newest deployment was kept",
    stage: Stage::Service,
    weight: Weight::Note,
    explains: &[Symptom::CircuitBreaker],
    explanation: "## What it is\nThe deployment circuit breaker gave up on the newest deployment and went back to the one before.\n\n## Why it matters\nThe service runs, but on the old revision. Deploy tools may call that a success: CloudFormation and `aws ecs wait services-stable` see a steady service.\n\n## How to see it\n`aws ecs describe-services --cluster CLUSTER --services SERVICE --query 'services[].events[].message'` holds \"rolling back to deployment\"; the newest task definition is not the one that runs.\n\n## How to fix it\nRepair the root cause of the failed revision, then deploy it again.\n\n## Sources\nECS Developer Guide, How the Amazon ECS deployment circuit breaker detects failures.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let Some(rollout) = &launch.rollout else {
        return Ok(Verdict::NotApplicable("the target has no deployments"));
    };
    if !launch.rolled_back {
        return Ok(Verdict::Pass);
    }
    let id = rollout.id.unwrap_or_default();
    let revision = rollout
        .task_definition
        .and_then(|arn| arn.rsplit('/').next())
        .unwrap_or("its task definition");
    let fault = Fault::new(
        id,
        format!("ECS gave up on the deployment of {revision} and rolled back to the one before."),
    )
    .fact(
        Service::CALL,
        id,
        "deployments[].rolloutState",
        rollout.rollout_state.unwrap_or("FAILED"),
    );
    Ok(Verdict::Fail(vec![fault]))
}
