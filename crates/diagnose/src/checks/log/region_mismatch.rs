//! `log/region-mismatch`: the driver writes to a Region that does not have the group.

use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::logs::LogGroup;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "log/region-mismatch",
    title: "The log groups exist in the Region that the driver writes to",
    stage: Stage::Logging,
    weight: Weight::Blocks,
    explains: &[Symptom::LogGroupNotFound, Symptom::LogUnreachable],
    explanation: "## What it is\n`awslogs-region` names another Region than the task's, and the log group is not there: mostly a setting that was copied from another environment. A group that does exist in another Region can be written, over a route to the internet.\n\n## Why it stops the launch\nThe log driver fails before the container starts.\n\n## How to fix it\nSet `awslogs-region` to the task's Region.\n\n## Sources\nECS Developer Guide, Send Amazon ECS logs to CloudWatch.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    let home = launch.snapshot;
    let arn = launch.task_definition_arn().unwrap_or_default();
    for need in &launch.needs()?.log_groups {
        let (Some(group), Some(region)) = (need.group.as_deref(), need.region.as_deref()) else {
            continue;
        };
        let Some(subject) = need.arn(&home.account, region) else { continue };
        if region == home.region || need.create_group {
            continue;
        }
        let facts = home.of(&home.account, region);
        tally.add(facts.logs.groups.ask(group).map(|found| {
            found.is_none().then(|| {
                let message = format!(
                    "Container {} logs to the group {group} in {region}, where it does not exist; the task runs in {}.",
                    need.container, home.region
                );
                let edit = TaskDefinitionEdit::LogOption {
                    container: need.container.clone(),
                    option: "awslogs-region".to_owned(),
                    value: Some(home.region.clone()),
                };
                let change = Change::RegisterTaskDefinition {
                    task_definition: arn.to_owned(),
                    edits: vec![edit],
                };
                Fault::new(subject.clone(), message)
                    .fact(
                        "ecs:DescribeTaskDefinition",
                        arn,
                        "logConfiguration.options.awslogs-region",
                        region,
                    )
                    .fact(LogGroup::CALL, group, "logGroups", "[]")
                    .about("log_group", group)
                    .remedy(
                        Remedy::new(
                            format!("Log to {}, the task's own Region", home.region),
                            Safety::NeedsNewDeployment,
                            vec![change],
                        )
                        .estimate(),
                    )
            })
        }));
    }
    Ok(tally.verdict("every container logs to the task's own Region"))
}
