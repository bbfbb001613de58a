//! `service/deployment-deadlock`: minimum and maximum percent leave no room.

use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::ecs::Service;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "service/deployment-deadlock",
    title: "Minimum and maximum percent leave room to deploy",
    stage: Stage::Service,
    weight: Weight::Blocks,
    // AWS's sentence about the deployment configuration is one of its placement failures.
    explains: &[Symptom::DeploymentDeadlock, Symptom::PlacementFailed],
    explanation: "## What it is\nA rolling deployment may stop old tasks down to minimumHealthyPercent (rounded up) and start new ones up to maximumPercent (rounded down) of the desired count. When neither allows a single task, nothing ever moves. A service without tasks may start its first ones all the same.\n\n## Why it stops the launch\nECS starts no task of the new deployment and stops none of the old.\n\n## How to fix it\nRaise maximumPercent to 200 or lower minimumHealthyPercent.\n\n## Sources\nECS API reference, DeploymentConfiguration; ECS Developer Guide, service event messages.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let Some(service) = launch.service else {
        return Ok(Verdict::NotApplicable("the target is not a service"));
    };
    let controller =
        service.deployment_controller.as_ref().and_then(|it| it.r#type.as_deref()).unwrap_or("ECS");
    let Some(configuration) =
        service.deployment_configuration.as_ref().filter(|_| controller == "ECS")
    else {
        return Ok(Verdict::NotApplicable("the service does not deploy by rolling update"));
    };
    let desired = service.desired_count.unwrap_or_default();
    let minimum = configuration.minimum_healthy_percent.unwrap_or(100);
    let maximum = configuration.maximum_percent.unwrap_or(200);
    // UpdateService reference: the lower limit is rounded up, the upper limit rounded down.
    let must_run = (desired * minimum + 99) / 100;
    let may_run = desired * maximum / 100;
    // Only tasks that are there already take the room: a service without any may start its first ones.
    let there =
        service.running_count.unwrap_or_default() + service.pending_count.unwrap_or_default();
    if desired == 0 || there > must_run || there < may_run {
        return Ok(Verdict::Pass);
    }
    let arn = service.service_arn.clone().unwrap_or_else(|| launch.target.key());
    let cluster = launch.target.cluster().to_owned();
    let change = Change::SetDeploymentPercent {
        cluster,
        service: service.service_name.clone().unwrap_or_default(),
        minimum,
        maximum: 200,
        was_minimum: minimum,
        was_maximum: maximum,
    };
    let message = format!(
        "With desired count {desired}, minimumHealthyPercent {minimum} and maximumPercent {maximum} ECS may neither stop one of the {there} tasks that are there nor start a new one."
    );
    let fault = Fault::new(arn.clone(), message)
        .fact(Service::CALL, arn.clone(), "deploymentConfiguration.minimumHealthyPercent", minimum)
        .fact(Service::CALL, arn.clone(), "deploymentConfiguration.maximumPercent", maximum)
        .fact(Service::CALL, arn, "runningCount + pendingCount", there)
        .remedy(Remedy::new(
            "Let ECS start new tasks beside the old ones: set maximumPercent to 200",
            Safety::NonDisruptive,
            vec![change],
        ));
    Ok(Verdict::Fail(vec![fault]))
}
