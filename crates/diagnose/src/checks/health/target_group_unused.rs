//! `health/target-group-unused`: no listener or rule forwards to the target group.

use super::balanced::{Balanced, each_group};
use crate::Stage;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::elb::{Listener, TargetGroup};
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "health/target-group-unused",
    title: "A listener forwards to the target groups",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::TargetRegistrationFailed, Symptom::TargetUnhealthy],
    explanation: "## What it is\nA target group belongs to a load balancer only while a listener's default action or one of its rules forwards to it. Its targets are `unused` otherwise (Target.NotInUse) and never become healthy.\n\n## Why it stops the launch\nECS refuses to place a task whose target group has no load balancer.\n\n## How to fix it\nLet a listener or a rule of the load balancer forward to the target group.\n\n## Sources\nElastic Load Balancing API reference, TargetHealth; ECS Developer Guide, Troubleshooting service load balancers.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let controller = launch
        .service
        .and_then(|service| service.deployment_controller.as_ref()?.r#type.as_deref())
        .unwrap_or("ECS");
    // CodeDeploy attaches the second target group of a pair only while it shifts the traffic.
    if controller != "ECS" {
        return Ok(Verdict::NotApplicable("another controller shifts the traffic"));
    }
    Ok(each_group(launch, |balanced| {
        balanced.group.clone().map(|group| match group {
            Some(group) if has_listener(launch, group, balanced.arn) => None,
            found => Some(fault(launch, balanced, found.is_some())),
        })
    }))
}

/// ELB names the load balancers whose listeners or rules forward to the group. Its word stands, unless every listener
/// and rule of theirs was read and none forwards there.
fn has_listener(launch: &Launch<'_>, group: &TargetGroup, arn: &str) -> bool {
    let elb = &launch.facts.elb;
    let forwards = |listener: &Listener| {
        let rules = listener.listener_arn.as_deref().map(|arn| elb.rules.get(arn));
        listener.forwards_to(arn)
            || rules
                .and_then(|rules| rules.present().copied())
                .is_none_or(|rules| rules.0.iter().any(|rule| rule.forwards_to(arn)))
    };
    group.load_balancer_arns.iter().any(|balancer| {
        let listeners = elb.listeners.get(balancer);
        listeners.present().is_none_or(|listeners| listeners.0.iter().any(forwards))
    })
}

fn fault(launch: &Launch<'_>, balanced: &Balanced<'_>, exists: bool) -> Fault {
    let name = balanced.name();
    let fault = match exists {
        true => Fault::new(
            balanced.arn,
            format!("No listener forwards to the target group {name}, so its targets are never used."),
        )
        .fact(TargetGroup::CALL, balanced.arn, "LoadBalancerArns", "[]"),
        false => Fault::new(
            balanced.arn,
            format!("The target group {name} does not exist any more, so no task can be registered in it."),
        )
        .fact(TargetGroup::CALL, balanced.arn, "TargetGroups", "TargetGroupNotFound"),
    };
    let fault = fault.about("target_group", balanced.arn);
    if !exists {
        return fault;
    }
    let listeners =
        |operation: &str| launch.aws(operation).arg("--load-balancer-arn", "LOAD_BALANCER_ARN");
    let forward = format!("Type=forward,TargetGroupArn={}", balanced.arn);
    fault.remedy(Remedy::by_hand(
        format!("Let a listener forward to the target group {name}"),
        Safety::NonDisruptive,
        format!("Let a listener or rule forward to the target group {name}"),
        [
            listeners("elbv2 describe-listeners"),
            listeners("elbv2 create-listener")
                .flag("--protocol HTTP --port 80")
                .arg("--default-actions", forward),
        ],
    ))
}
