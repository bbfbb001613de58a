//! `service/not-on-fargate`: the tasks run on container instances, of which nothing is judged here.

use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::ecs::Service;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "service/not-on-fargate",
    title: "The tasks run on AWS Fargate",
    stage: Stage::Service,
    weight: Weight::Note,
    explains: &[],
    explanation: "## What it is\nThe launch type is EC2 or EXTERNAL, so the tasks run on container instances. What a task definition says is judged as on Fargate: images, roles, secrets, logging, containers, health checks. What the instances decide is not: their capacity and placement constraints, the ECS agent, the instance role, and the network of tasks that do not use `awsvpc`.\n\n## How to fix it\nNothing is wrong by itself. Look at the instances too: `aws ecs list-container-instances --cluster CLUSTER`, then `describe-container-instances` for `agentConnected` and `remainingResources`.\n\n## Sources\nAmazon ECS Developer Guide, \"Amazon ECS launch types and capacity providers\".\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let Some(service) = launch.service else {
        return Ok(Verdict::NotApplicable("the target is not a service"));
    };
    if launch.is_fargate() {
        return Ok(Verdict::Pass);
    }
    let arn = service.service_arn.clone().unwrap_or_else(|| launch.target.key());
    let launch_type = service.launch_type.as_deref().unwrap_or("a capacity provider");
    let message = format!(
        "The tasks run on container instances ({launch_type}), not on Fargate: placement, the instances' capacity, \
         agent, role and network are not judged."
    );
    Ok(Verdict::Fail(vec![Fault::new(arn.clone(), message).fact(
        Service::CALL,
        arn,
        "launchType",
        launch_type,
    )]))
}
