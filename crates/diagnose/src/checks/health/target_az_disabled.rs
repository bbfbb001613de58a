//! `health/target-az-disabled`: the load balancer has no node in the zone of a subnet.

use super::balanced::{Balanced, each_group};
use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::checks::network::paths;
use crate::checks::network::tell::{list, task_groups};
use crate::checks::network::ways_out::public_subnets_of;
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::elb::LoadBalancerDescription;
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "health/target-az-disabled",
    title: "The load balancer is enabled in every zone of the service",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::TargetRegistrationFailed, Symptom::TargetUnhealthy],
    explanation: "## What it is\nThe load balancer is not enabled in the Availability Zone of one of the service's subnets.\n\n## Why it stops the launch\nA target in a zone that is not enabled stays `unused` (Target.NotInUse) and gets no traffic and no health checks. Tasks in other zones are served, so the service fails only sometimes.\n\n## How to fix it\nEnable the zone on the load balancer (`aws elbv2 set-subnets`), or take the subnet out of the service.\n\n## Sources\nElastic Load Balancing, Availability Zones for your Application Load Balancer; Target health reason codes.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(each_group(launch, |balanced| {
        launch.settings_known()?;
        judge(launch, balanced)
    }))
}

fn judge(launch: &Launch<'_>, balanced: &Balanced<'_>) -> Result<Option<Fault>, Gap> {
    let Some(group) = balanced.group.clone()? else { return Ok(None) };
    for arn in &group.load_balancer_arns {
        let Some(balancer) = launch.facts.elb.load_balancers.ask(arn)? else { continue };
        let enabled: Vec<&str> = balancer
            .availability_zones
            .iter()
            .filter_map(|zone| zone.zone_name.as_deref())
            .collect();
        // A Gateway Load Balancer or an answer without zones says nothing.
        if enabled.is_empty() {
            continue;
        }
        let mut bad: Vec<(String, String)> = Vec::new();
        for id in paths::subnets(launch) {
            let Some(subnet) = launch.facts.ec2.subnets.by_id(&id)? else { continue };
            let zone = subnet.availability_zone.clone().unwrap_or_default();
            // Targets of another VPC are registered for all zones.
            let same_vpc = balancer.vpc_id.is_none() || balancer.vpc_id == subnet.vpc_id;
            if !zone.is_empty() && same_vpc && !enabled.contains(&zone.as_str()) {
                bad.push((id, zone));
            }
        }
        if !bad.is_empty() {
            return Ok(Some(fault(launch, balanced, balancer, &enabled, &bad)));
        }
    }
    Ok(None)
}

fn fault(
    launch: &Launch<'_>,
    balanced: &Balanced<'_>,
    balancer: &LoadBalancerDescription,
    enabled: &[&str],
    bad: &[(String, String)],
) -> Fault {
    let name = balancer.load_balancer_name.as_deref().unwrap_or("the load balancer");
    let subnets: Vec<String> = bad.iter().map(|(subnet, _)| subnet.clone()).collect();
    let mut zones: Vec<String> = bad.iter().map(|(_, zone)| zone.clone()).collect();
    zones.dedup();
    let total = paths::subnets(launch).len();
    let message = format!(
        "Load balancer {name} is not enabled in {}, the zone of subnet {} ({} of {total} subnets): tasks there stay unused in target group {}.",
        list(&zones),
        list(&subnets),
        subnets.len(),
        balanced.name()
    );
    let mut fault = Fault::new(balanced.arn, message)
        .about("target_group", balanced.arn)
        .about("target_group", balanced.name())
        .in_subnets(subnets.clone())
        .fact(LoadBalancerDescription::CALL, name, "AvailabilityZones", enabled.join(", "));
    for (subnet, zone) in bad {
        fault = fault.fact("ec2:DescribeSubnets", subnet.clone(), "AvailabilityZone", zone);
    }
    for remedy in remedies(launch, balancer, bad, &subnets) {
        fault = fault.remedy(remedy);
    }
    fault
}

fn remedies(
    launch: &Launch<'_>,
    balancer: &LoadBalancerDescription,
    bad: &[(String, String)],
    subnets: &[String],
) -> Vec<Remedy> {
    let mut remedies = Vec::new();
    let public = balancer.scheme.as_deref() != Some("internal");
    let zone_of =
        |id: &String| launch.facts.ec2.subnets.by_id(id).ok().flatten()?.availability_zone.clone();
    let mut added: Vec<String> = Vec::new();
    for (subnet, zone) in bad {
        let vpc = balancer.vpc_id.clone().unwrap_or_default();
        let found = if public {
            let all = public_subnets_of(launch, &vpc, Some(subnet));
            all.into_iter().find(|id| zone_of(id).as_ref() == Some(zone))
        } else {
            Some(subnet.clone())
        };
        added.extend(found.filter(|id| !added.contains(id)));
    }
    if added.len() == bad.len()
        && let Some(arn) = &balancer.load_balancer_arn
    {
        let title = format!("Enable the load balancer in {}", list(&added));
        let change = Change::EnableLoadBalancerZone { load_balancer: arn.clone(), subnets: added };
        remedies
            .push(Remedy::new(title, Safety::NonDisruptive, vec![change]).touches(
                "Every target group of the load balancer is served in the new zone, too.",
            ));
    }
    let rest: Vec<String> =
        paths::subnets(launch).into_iter().filter(|id| !subnets.contains(id)).collect();
    if let Some(service) = launch.target.service().filter(|_| !rest.is_empty()) {
        let change = Change::SetServiceNetwork {
            cluster: launch.target.cluster().to_owned(),
            service: service.to_owned(),
            subnets: rest,
            security_groups: task_groups(launch),
        };
        remedies.push(
            Remedy::new(
                format!("Take {} out of the service", list(subnets)),
                Safety::NeedsNewDeployment,
                vec![change],
            )
            .touches("The service runs in fewer Availability Zones."),
        );
    }
    remedies
}
