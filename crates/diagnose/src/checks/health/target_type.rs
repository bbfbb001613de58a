//! `health/target-type`: the target group takes something else than IP addresses.

use super::balanced::register_in;
use super::balanced::{Balanced, each_group};
use crate::Stage;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::elb::TargetGroup;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "health/target-type",
    title: "The target groups take IP addresses",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::TargetRegistrationFailed],
    explanation: "## What it is\nA task on Fargate has a network interface of its own (network mode `awsvpc`) and is registered by its IP address. A target group of type `instance` or `lambda` cannot hold it. The type of a target group cannot be changed.\n\n## Why it stops the launch\nECS cannot register the task, so the load balancer never sends it anything.\n\n## How to fix it\nCreate a target group with `--target-type ip`, let the listener forward to it, and attach it to the service.\n\n## Sources\nECS Developer Guide, Use an Application Load Balancer for Amazon ECS.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let registers_addresses =
        launch.is_fargate() || launch.task_definition()?.network_mode.as_deref() == Some("awsvpc");
    if !registers_addresses {
        return Ok(Verdict::NotApplicable("the task has no network interface of its own"));
    }
    Ok(each_group(launch, |balanced| {
        balanced.group.clone().map(|group| judge(launch, balanced, group?))
    }))
}

fn judge(launch: &Launch<'_>, balanced: &Balanced<'_>, group: &TargetGroup) -> Option<Fault> {
    let kind = group.target_type.as_deref().filter(|kind| *kind != "ip")?;
    let name = balanced.name();
    let message = format!(
        "The target group {name} takes targets of type {kind}, but the tasks register IP addresses."
    );
    Some(
        Fault::new(balanced.arn, message)
            .fact(TargetGroup::CALL, balanced.arn, "TargetType", kind)
            .about("target_group", balanced.arn)
            .remedy(replacement(launch, balanced, group)),
    )
}

/// The type of a target group is fixed, so a new one must take its place: in the listener, then in the service.
fn replacement(launch: &Launch<'_>, balanced: &Balanced<'_>, group: &TargetGroup) -> Remedy {
    /// What the first command answers.
    const NEW: &str = "NEW_TARGET_GROUP_ARN";
    /// AWS: a target group's name has at most 32 characters.
    const LONGEST_NAME: usize = 32;
    let mut name = balanced.name().to_owned();
    name.truncate(name.floor_char_boundary(LONGEST_NAME - "-ip".len()));
    name.push_str("-ip");
    let protocol = group.protocol.as_deref().unwrap_or("HTTP");
    let port = balanced.port.or(group.port).unwrap_or(80);
    let vpc = group.vpc_id.as_deref().unwrap_or("VPC");
    let mut create = launch
        .aws("elbv2 create-target-group")
        .arg("--name", name)
        .flag("--target-type ip")
        .arg("--protocol", protocol)
        .arg("--port", port)
        .arg("--vpc-id", vpc);
    if let Some(path) = &group.health_check_path {
        create = create.arg("--health-check-path", path);
    }
    let forward = launch
        .aws("elbv2 modify-listener")
        .arg("--listener-arn", "LISTENER_ARN")
        .arg("--default-actions", format!("Type=forward,TargetGroupArn={NEW}"));
    let attach = register_in(launch, NEW, balanced.container, port);
    Remedy::by_hand(
        format!("Replace the target group {} by one of type ip", balanced.name()),
        Safety::NeedsNewDeployment,
        "Create a target group of type ip, let the listener forward to it, and attach it to the service",
        [create, forward].into_iter().chain(attach),
    )
    .touches("The listener forwards to an empty target group until the new tasks are healthy.")
}
