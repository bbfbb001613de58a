//! What the awslogs driver needs.

use crate::launch::Launch;
use crate::permissions::requirement::{Leaves, Purpose, Requirement};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;
use ecswhy_facts::needs::LogNeed;
use ecswhy_network::services::Service;

const REFUSED: &[Symptom] = &[Symptom::LogAccessDenied];
/// Stands for the id of a task that does not exist yet.
const TASK: &str = "0123456789abcdef0123456789abcdef";

pub(super) fn add(launch: &Launch<'_>, all: &mut Vec<Requirement>) -> Result<(), Gap> {
    for need in &launch.needs()?.log_groups {
        let home = launch.snapshot;
        let (Some(group), Some(arn)) = (&need.group, need.arn(&home.account, &home.region)) else {
            continue;
        };
        let region = need.region.as_deref().unwrap_or(&home.region);
        let stream = need.stream(TASK).unwrap_or_else(|| TASK.to_owned());
        let stream = format!("{arn}:log-stream:{stream}");
        let mut actions = vec![
            ("logs:CreateLogStream", stream.clone(), None),
            ("logs:PutLogEvents", stream, None),
        ];
        if let Some(doubt) = creates_the_group(launch, need, group, region) {
            // CloudWatch Logs User Guide, "ARNs": policies name the group with `:*` for this action too; refusals
            // show the ARN that is checked.
            actions.push(("logs:CreateLogGroup", format!("{arn}:log-stream:"), doubt));
        }
        for (action, resource, doubt) in actions {
            let leaves = Leaves::Task { service: "logs", host: Service::new("logs", region).host };
            let mut requirement = Requirement::new(Purpose::Log, action, resource, leaves, REFUSED)
                .granted_on(format!("{arn}:*"))
                .about("log_group", group);
            requirement.doubt = doubt;
            all.push(requirement);
        }
    }
    Ok(())
}

/// Docker's awslogs driver creates the group only when creating the stream says that there is none. `Some` when it
/// will, or, with the missing fact, may.
fn creates_the_group(
    launch: &Launch<'_>,
    need: &LogNeed,
    group: &str,
    region: &str,
) -> Option<Option<Gap>> {
    let facts = launch.snapshot.of(&launch.snapshot.account, region);
    match facts.logs.groups.ask(group) {
        _ if !need.create_group => None,
        Ok(Some(_)) => None,
        Ok(None) => Some(None),
        Err(gap) => Some(Some(gap)),
    }
}
