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
    explanation: "## What it is\nThe deployment circuit breaker gave up on the newest deployment and went back to the one before. Deploy tools may call that a success.\n\n## How to fix it\nRepair the root cause of the failed revision, then deploy it again.\n",
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
