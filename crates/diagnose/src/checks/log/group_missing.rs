//! `log/group-missing`: the log group is not there and may not be created.

use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "log/group-missing",
    title: "The log groups exist",
    stage: Stage::Logging,
    weight: Weight::Blocks,
    explains: &[Symptom::LogGroupNotFound, Symptom::LogUnreachable],
    explanation: "## What it is\nThe log group does not exist and the task definition does not let the driver create it (`awslogs-create-group`).\n\n## Why it stops the launch\nFargate opens the log stream before it starts the container. `awslogs-create-group` needs logs:CreateLogGroup, which AmazonECSTaskExecutionRolePolicy does not give.\n\n## How to see it\n`aws logs describe-log-groups --log-group-name-prefix NAME --region REGION` lists no group of exactly this name.\n\n## How to fix it\nCreate it: `aws logs create-log-group --log-group-name NAME`, in the Region that `awslogs-region` names.\n\n## Sources\nECS Developer Guide, Send Amazon ECS logs to CloudWatch.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    let home = launch.snapshot;
    for need in launch.needs()?.log_groups.iter().filter(|need| !need.create_group) {
        let (Some(group), Some(arn)) = (&need.group, need.arn(&home.account, &home.region)) else {
            continue;
        };
        let region = need.region.as_deref().unwrap_or(&home.region);
        // What is missing in another Region is written to the wrong one.
        if region != home.region {
            continue;
        }
        tally.add(home.of(&home.account, region).logs.groups.ask(group).map(|found| {
            let create = Change::CreateLogGroup { log_group: group.clone(), region: need.region.clone() };
            found.is_none().then(|| {
                Fault::new(arn, format!("The log group {group} does not exist in {region}, and container {} may not create it.", need.container))
                    .fact("logs:DescribeLogGroups", group.clone(), "logGroups", "[]")
                    .about("log_group", group.clone())
                    .remedy(Remedy::new(format!("Create the log group {group}"), Safety::AddsResources, vec![create]))
            })
        }));
    }
    Ok(tally.verdict("no container writes to a log group that must exist"))
}
