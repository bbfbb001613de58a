//! `log/region-mismatch`: the driver writes to another Region.

use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "log/region-mismatch",
    title: "Containers log to the task's own Region",
    stage: Stage::Logging,
    weight: Weight::Risk,
    explains: &[Symptom::LogUnreachable, Symptom::LogGroupNotFound],
    explanation: "## What it is\n`awslogs-region` names another Region than the task's. Endpoints of the VPC do not serve it, so it needs a route to the internet.\n\n## How to fix it\nSet `awslogs-region` to the task's Region.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    let home = &launch.snapshot.region;
    let arn = launch.task_definition_arn().unwrap_or_default();
    for need in &launch.needs()?.log_groups {
        let other = need.region.as_deref().filter(|region| *region != home);
        tally.add(Ok(other.map(|region| {
            Fault::new(
                format!("{arn}/{}", need.container),
                format!(
                    "Container {} logs to {region}, but the task runs in {home}.",
                    need.container
                ),
            )
            .fact(
                "ecs:DescribeTaskDefinition",
                arn,
                "logConfiguration.options.awslogs-region",
                region,
            )
        })));
    }
    Ok(tally.verdict("no container uses awslogs"))
}
