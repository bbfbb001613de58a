//! `log/options-invalid`: required options are missing.

use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "log/options-invalid",
    title: "The options of the log driver are complete",
    stage: Stage::Logging,
    weight: Weight::Blocks,
    explains: &[Symptom::LogConfigInvalid],
    explanation: "## What it is\nOn Fargate the awslogs driver needs `awslogs-group`, `awslogs-region` and `awslogs-stream-prefix`, and knows only its own options.\n\n## How to fix it\nRegister the task definition with the options that are missing, without those that the driver does not know.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    let arn = launch.task_definition_arn().unwrap_or_default();
    for need in &launch.needs()?.log_groups {
        let wanted = [
            ("awslogs-group", &need.group),
            ("awslogs-region", &need.region),
            ("awslogs-stream-prefix", &need.stream_prefix),
        ];
        let missing: Vec<&str> =
            wanted.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| *name).collect();
        tally.add(Ok((!missing.is_empty() && launch.is_fargate()).then(|| {
            Fault::new(
                format!("{arn}/{}", need.container),
                format!(
                    "The log driver of container {} lacks {}.",
                    need.container,
                    missing.join(", ")
                ),
            )
            .fact(
                "ecs:DescribeTaskDefinition",
                arn,
                "logConfiguration.options",
                missing.join(", "),
            )
        })));
    }
    Ok(tally.verdict("no container uses awslogs"))
}
