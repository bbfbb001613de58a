//! `service/desired-count-zero`: nothing runs because nothing is wanted.

use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::ecs::Service;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "service/desired-count-zero",
    title: "The service wants at least one task",
    stage: Stage::Service,
    weight: Weight::Note,
    explains: &[],
    explanation: "## What it is\nThe desired count is 0, so ECS starts nothing and reports a steady state.\n\n## How to fix it\nSet it: `aws ecs update-service --cluster CLUSTER --service SERVICE --desired-count 1`. Where Application Auto Scaling manages the service, raise its minimum.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let Some(service) = launch.service else {
        return Ok(Verdict::NotApplicable("the target is not a service"));
    };
    if service.desired_count != Some(0) || service.scheduling_strategy.as_deref() == Some("DAEMON")
    {
        return Ok(Verdict::Pass);
    }
    let arn = service.service_arn.clone().unwrap_or_else(|| launch.target.key());
    let fault = Fault::new(arn.clone(), "The desired count is 0, so ECS starts no task.").fact(
        Service::CALL,
        arn,
        "desiredCount",
        0,
    );
    Ok(Verdict::Fail(vec![fault]))
}
