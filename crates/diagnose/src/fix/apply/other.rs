//! Changes to what the launch uses besides network and permissions: keys, secrets, log groups, load balancers, EFS.

use super::NotModelled;
use crate::change::Change;
use crate::fix::names;
use ecswhy_facts::ec2::{GroupIdentifier, NetworkInterface};
use ecswhy_facts::elb::{AvailabilityZone, Matcher, TargetGroup};
use ecswhy_facts::logs::LogGroup;
use ecswhy_facts::storage::{MountTarget, MountTargetSecurityGroups, MountTargets};
use ecswhy_facts::{Known, Snapshot};

pub(super) fn apply(snapshot: &mut Snapshot, change: &Change) -> Result<(), NotModelled> {
    match change {
        Change::EnableKey { key, .. } => {
            let mut found = false;
            for facts in snapshot.facts.values_mut() {
                for subject in names::key_subjects(facts, key) {
                    if let Some(metadata) = facts.secrets.keys.present_mut(&subject) {
                        metadata.key_state = Some("Enabled".to_owned());
                        metadata.enabled = Some(true);
                        metadata.deletion_date = None;
                        found = true;
                    }
                }
            }
            if found { Ok(()) } else { Err(NotModelled::unknown("key", key)) }
        }
        Change::RestoreSecret { secret } => {
            let mut found = false;
            for facts in snapshot.facts.values_mut() {
                for subject in names::secret_subjects(facts, secret) {
                    if let Some(description) = facts.secrets.secrets.present_mut(&subject) {
                        description.deleted_date = None;
                        found = true;
                    }
                }
            }
            if found { Ok(()) } else { Err(NotModelled::unknown("secret", secret)) }
        }
        Change::CreateLogGroup { log_group, region } => {
            let region = region.clone().unwrap_or_else(|| snapshot.region.clone());
            let account = snapshot.account.clone();
            let group = LogGroup { log_group_name: Some(log_group.clone()), ..LogGroup::default() };
            let logs = &mut snapshot.of_mut(&account, &region).logs;
            logs.groups.put(log_group, Known::Present(group));
            Ok(())
        }
        Change::SetHealthCheck { target_group, settings } => {
            let group = snapshot
                .home_mut()
                .elb
                .target_groups
                .present_mut(target_group)
                .ok_or_else(|| NotModelled::unknown("target group", target_group))?;
            settings.iter().try_for_each(|(option, value)| set_option(group, option, value))
        }
        Change::EnableLoadBalancerZone { load_balancer, subnets } => {
            enable_zone(snapshot, load_balancer, subnets)
        }
        Change::CreateMountTarget { file_system, subnet, security_groups } => {
            create_mount_target(snapshot, file_system, subnet, security_groups)
        }
        _ => Ok(()),
    }
}

fn set_option(group: &mut TargetGroup, option: &str, value: &str) -> Result<(), NotModelled> {
    let number = || value.parse::<i64>().map(Some);
    let bad = |_| NotModelled(format!("{option} is not a number: {value}"));
    match option {
        "health-check-path" => group.health_check_path = Some(value.to_owned()),
        "health-check-port" => group.health_check_port = Some(value.to_owned()),
        "health-check-protocol" => group.health_check_protocol = Some(value.to_owned()),
        "health-check-interval-seconds" => {
            group.health_check_interval_seconds = number().map_err(bad)?;
        }
        "health-check-timeout-seconds" => {
            group.health_check_timeout_seconds = number().map_err(bad)?;
        }
        "healthy-threshold-count" => group.healthy_threshold_count = number().map_err(bad)?,
        "unhealthy-threshold-count" => group.unhealthy_threshold_count = number().map_err(bad)?,
        "matcher" => {
            let grpc = group.protocol_version.as_deref() == Some("GRPC");
            group.matcher = Some(Matcher {
                http_code: (!grpc).then(|| value.to_owned()),
                grpc_code: grpc.then(|| value.to_owned()),
            });
        }
        _ => return Err(NotModelled(format!("{option} is not an option of a target group"))),
    }
    Ok(())
}

fn enable_zone(
    snapshot: &mut Snapshot,
    load_balancer: &str,
    subnets: &[String],
) -> Result<(), NotModelled> {
    let facts = snapshot.home_mut();
    let zones: Vec<AvailabilityZone> = subnets
        .iter()
        .map(|id| {
            let seen = facts.ec2.subnets.seen();
            let subnet = seen.iter().find(|subnet| subnet.subnet_id.as_ref() == Some(id));
            AvailabilityZone {
                zone_name: subnet.and_then(|subnet| subnet.availability_zone.clone()),
                subnet_id: Some(id.clone()),
            }
        })
        .collect();
    let found = facts
        .elb
        .load_balancers
        .present_mut(load_balancer)
        .ok_or_else(|| NotModelled::unknown("load balancer", load_balancer))?;
    for zone in zones {
        if !found.availability_zones.iter().any(|known| known.subnet_id == zone.subnet_id) {
            found.availability_zones.push(zone);
        }
    }
    Ok(())
}

fn create_mount_target(
    snapshot: &mut Snapshot,
    file_system: &str,
    subnet: &str,
    security_groups: &[String],
) -> Result<(), NotModelled> {
    let facts = snapshot.home_mut();
    let seen = facts.ec2.subnets.seen();
    let found = seen
        .into_iter()
        .find(|found| found.subnet_id.as_deref() == Some(subnet))
        .cloned()
        .ok_or_else(|| NotModelled::unknown("subnet", subnet))?;
    let id = format!("fsmt-new-{subnet}");
    let interface = format!("eni-{id}");
    facts.ec2.network_interfaces.add(NetworkInterface {
        network_interface_id: Some(interface.clone()),
        subnet_id: Some(subnet.to_owned()),
        vpc_id: found.vpc_id.clone(),
        interface_type: Some("efs".to_owned()),
        status: Some("in-use".to_owned()),
        private_ip_address: super::network::free_address(&facts.ec2, subnet),
        groups: security_groups
            .iter()
            .map(|group| GroupIdentifier { group_id: Some(group.clone()), group_name: None })
            .collect(),
        ..NetworkInterface::default()
    });
    let target = MountTarget {
        mount_target_id: Some(id.clone()),
        file_system_id: Some(file_system.to_owned()),
        subnet_id: Some(subnet.to_owned()),
        life_cycle_state: Some("available".to_owned()),
        network_interface_id: Some(interface),
        availability_zone_name: found.availability_zone.clone(),
        vpc_id: found.vpc_id.clone(),
        ..MountTarget::default()
    };
    let storage = &mut facts.storage;
    match storage.mount_targets.present_mut(file_system) {
        Some(targets) => targets.0.push(target),
        None => {
            storage.mount_targets.put(file_system, Known::Present(MountTargets(vec![target])));
        }
    }
    let groups = MountTargetSecurityGroups(security_groups.to_vec());
    storage.mount_target_security_groups.put(id, Known::Present(groups));
    Ok(())
}
