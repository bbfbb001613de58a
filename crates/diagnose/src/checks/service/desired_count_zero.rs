//! `service/desired-count-zero`: nothing runs because nothing is wanted.

use crate::Stage;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use ecswhy_facts::ecs::Service;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "service/desired-count-zero",
    title: "The service wants at least one task",
    stage: Stage::Service,
    weight: Weight::Note,
    explains: &[],
    explanation: "## What it is\nThe desired count is 0, so ECS starts nothing and reports a steady state. Somebody set it, or Application Auto Scaling or a schedule scaled the service in.\n\n## Why it matters\nNothing is broken; nothing runs either.\n\n## How to see it\n`aws application-autoscaling describe-scaling-activities --service-namespace ecs` tells whether a policy or schedule did it; CloudTrail names who called UpdateService.\n\n## How to fix it\nSet it: `aws ecs update-service --cluster CLUSTER --service SERVICE --desired-count 1`. Where Application Auto Scaling manages the service, raise its minimum.\n\n## Sources\nECS API reference, UpdateService; Application Auto Scaling User Guide, Scaling activities.\n",
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
    Ok(Verdict::Fail(vec![start(launch).into_iter().fold(fault, Fault::remedy)]))
}

/// Ask for one task.
fn start(launch: &Launch<'_>) -> Option<Remedy> {
    let title = "Let the service run one task";
    let command = launch.update_service()?.arg("--desired-count", 1);
    Some(Remedy::by_hand(title, Safety::AddsResources, title, [command]).touches(
        "Application Auto Scaling, where it manages the service, needs a minimum of 1, too.",
    ))
}
