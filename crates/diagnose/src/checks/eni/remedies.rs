//! Other subnets and security groups for a service: what can be named instead of what is gone, full or foreign.

use super::super::network::tell::{list, task_groups};
use super::super::network::ways_out::{one_per_zone, same_way_out};
use crate::change::Change;
use crate::check::{Fault, Remedy};
use crate::launch::Launch;
use crate::report::Safety;
use ecswhy_facts::ec2::{SecurityGroup, Subnet};

/// The subnets of the launch that exist and have a free address.
fn usable(launch: &Launch<'_>) -> Vec<String> {
    let own = super::super::network::paths::subnets(launch);
    own.into_iter()
        .filter(|id| launch.facts.ec2.subnets.by_id(id).ok().flatten().is_some_and(has_room))
        .collect()
}

fn has_room(subnet: &Subnet) -> bool {
    subnet.available_ip_address_count.is_some_and(|free| free > 0)
}

/// Subnets of the same VPC as `like` that the launch does not name, with room and the same default route.
fn spare(launch: &Launch<'_>, like: &str) -> Vec<String> {
    let own = super::super::network::paths::subnets(launch);
    let found = launch.facts.ec2.subnets.by_id(like).ok().flatten();
    let Some(vpc) = found.and_then(|subnet| subnet.vpc_id.as_deref()) else { return Vec::new() };
    let all = launch.facts.ec2.subnets.in_vpc(vpc).unwrap_or_default();
    let ids: Vec<String> = all
        .into_iter()
        .filter(|subnet| has_room(subnet))
        .filter_map(|subnet| subnet.subnet_id.clone())
        .filter(|id| !own.contains(id) && same_way_out(launch, like, id))
        .collect();
    one_per_zone(launch, &ids)
}

/// What can be done about a subnet that is gone or has no room.
pub fn without_subnet(launch: &Launch<'_>, fault: Fault, subnet: &str) -> Fault {
    let rest = usable(launch);
    let Some(service) = launch.target.service() else {
        let title = "Run the task in a subnet with free addresses";
        return fault.remedy(by_hand(title, "Run the task again in a subnet with free addresses"));
    };
    let network = |subnets: Vec<String>| Change::SetServiceNetwork {
        cluster: launch.target.cluster().to_owned(),
        service: service.to_owned(),
        subnets,
        security_groups: task_groups(launch),
    };
    let spare = spare(launch, subnet);
    let mut fault = fault;
    let mut offered = false;
    if !spare.is_empty() {
        let title = format!("Run the service in {} instead of {subnet}", list(&spare));
        let subnets = rest.iter().cloned().chain(spare).collect();
        fault = fault.remedy(
            Remedy::new(title, Safety::NeedsNewDeployment, vec![network(subnets)])
                .touches("The load balancer and other services must reach these subnets."),
        );
        offered = true;
    }
    if !rest.is_empty() {
        let title = format!("Take {subnet} out of the service");
        fault = fault.remedy(
            Remedy::new(title, Safety::NeedsNewDeployment, vec![network(rest)])
                .touches("The tasks of this subnet start in the others."),
        );
        offered = true;
    }
    if offered {
        return fault;
    }
    fault.remedy(by_hand(
        "Give the service a subnet with free addresses",
        "Create a subnet with free addresses and the same routes, and name it in the service's network configuration",
    ))
}

/// Run the service in the Availability Zones of the VPC, too, that it does not use yet.
pub fn more_zones(launch: &Launch<'_>) -> Option<Remedy> {
    let service = launch.target.service()?;
    let own = usable(launch);
    let zone = |id: &String| {
        let found = launch.facts.ec2.subnets.by_id(id).ok().flatten();
        found.and_then(|subnet| subnet.availability_zone.as_deref())
    };
    let used: Vec<&str> = own.iter().filter_map(zone).collect();
    let other: Vec<String> = spare(launch, own.first()?)
        .into_iter()
        .filter(|id| zone(id).is_some_and(|zone| !used.contains(&zone)))
        .collect();
    if other.is_empty() {
        return None;
    }
    let title = format!("Run the service in {}, too, in other Availability Zones", list(&other));
    let change = Change::SetServiceNetwork {
        cluster: launch.target.cluster().to_owned(),
        service: service.to_owned(),
        subnets: own.into_iter().chain(other).collect(),
        security_groups: task_groups(launch),
    };
    Some(
        Remedy::new(title, Safety::NeedsNewDeployment, vec![change])
            .touches("The load balancer and other services must reach these subnets.")
            .estimate(),
    )
}

/// What can be done about a security group that no interface in `vpc` can have.
pub fn without_group(launch: &Launch<'_>, fault: Fault, vpc: &str) -> Fault {
    let known = |id: &String| launch.facts.ec2.security_groups.by_id(id).ok().flatten();
    let fits = |group: &SecurityGroup| group.vpc_id.as_deref() == Some(vpc);
    let named = task_groups(launch);
    let rest: Vec<String> =
        named.iter().filter(|id| known(id).is_some_and(fits)).cloned().collect();
    match launch.target.service() {
        // Without any group ECS takes the default group of the VPC, which nobody asked for.
        Some(service) if !rest.is_empty() => {
            let title = format!("Run the service with {} alone", list(&rest));
            let change = Change::SetServiceNetwork {
                cluster: launch.target.cluster().to_owned(),
                service: service.to_owned(),
                subnets: super::super::network::paths::subnets(launch),
                security_groups: rest,
            };
            fault.remedy(
                Remedy::new(title, Safety::NeedsNewDeployment, vec![change])
                    .touches("What only the other group admitted is closed."),
            )
        }
        _ => fault.remedy(by_hand(
            &format!("Name a security group of {vpc}"),
            &format!(
                "Name a security group of {vpc} with the rules that the tasks need in the network configuration"
            ),
        )),
    }
}

fn by_hand(title: &str, instruction: &str) -> Remedy {
    Remedy::by_hand(title, Safety::NeedsNewDeployment, instruction, [])
}
