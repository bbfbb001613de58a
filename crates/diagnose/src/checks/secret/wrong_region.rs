//! `secret/wrong-region`: the ARN names another Region.

use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "secret/wrong-region",
    title: "Secrets and parameters lie in the task's Region",
    stage: Stage::Secrets,
    weight: Weight::Risk,
    explains: &[Symptom::SecretUnreachable, Symptom::SecretNotFound, Symptom::ParameterNotFound],
    explanation: "## What it is\nThe ARN names another Region than the task's. It is read from there: endpoints of the task's VPC do not serve it, so it needs a route to the internet.\n\n## How to fix it\nReplicate the secret into the task's Region and name the replica's ARN.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    let home = &launch.snapshot.region;
    let arn = launch.task_definition_arn().unwrap_or_default();
    for need in &launch.needs()?.secrets {
        let Ok(reference) = &need.reference else { continue };
        let other = reference.region().filter(|region| *region != home);
        tally.add(Ok(other.map(|region| {
            Fault::new(
                need.value_from.clone(),
                format!(
                    "{} of container {} is read from {region}, but the task runs in {home}.",
                    need.name, need.container
                ),
            )
            .fact("ecs:DescribeTaskDefinition", arn, "valueFrom", &need.value_from)
            .about("secret", need.value_from.clone())
        })));
    }
    Ok(tally.verdict("no secret or parameter is used"))
}
