//! `storage/efs-mount-target-missing`: a zone of the service has no mount target.

use super::mounts::{file_systems, target_of};
use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::checks::network::destinations::efs_host;
use crate::checks::network::paths;
use crate::checks::network::tell::list;
use crate::checks::network::ways_out::other_subnets;
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::storage::{FileSystem, MountTarget, MountTargets};
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "storage/efs-mount-target-missing",
    title: "Each zone of the service has an EFS mount target",
    stage: Stage::Storage,
    weight: Weight::Blocks,
    explains: &[Symptom::EfsUnreachable],
    explanation: "## What it is\nThe name of an EFS file system resolves to the mount target in the task's own Availability Zone. The file system has none there, or it is not available.\n\n## Why it stops the launch\nThe mount helper reports `Failed to resolve ... check that your file system ID is correct`; the id is mostly correct. Tasks in other zones start, so the service fails only sometimes.\n\n## How to fix it\nCreate a mount target in the zone, with a security group that admits the tasks on tcp 2049; or run the service only in zones that have one. A One Zone file system has a mount target in one zone only.\n\n## Sources\nEFS User Guide, Mounting with a DNS name; Creating and managing mount targets.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    for id in file_systems(launch)? {
        tally.add(launch.settings_known().and_then(|()| judge(launch, &id)));
    }
    Ok(tally.verdict("the task definition mounts no EFS volume"))
}

fn judge(launch: &Launch<'_>, id: &str) -> Result<Option<Fault>, Gap> {
    let storage = &launch.facts.storage;
    // A file system that does not exist has a finding of its own.
    let Some(system) = storage.file_systems.ask(id)? else { return Ok(None) };
    let subnets = paths::subnets(launch);
    let (mut bad, mut state) = (Vec::new(), "none");
    for subnet in &subnets {
        let target = target_of(launch, id, subnet)?;
        match target.and_then(|target| target.life_cycle_state.as_deref()) {
            None if target.is_some() => {}
            // A mount target answers while it is updated.
            Some("available" | "updating") => {}
            other => {
                state = other.unwrap_or("none");
                bad.push(subnet.clone());
            }
        }
    }
    Ok((!bad.is_empty()).then(|| fault(launch, system, id, &subnets, bad, state)))
}

fn fault(
    launch: &Launch<'_>,
    system: &FileSystem,
    id: &str,
    subnets: &[String],
    bad: Vec<String>,
    state: &str,
) -> Fault {
    let zone = |subnet: &String| {
        launch.facts.ec2.subnets.by_id(subnet).ok().flatten()?.availability_zone.clone()
    };
    let zones: Vec<String> = bad.iter().filter_map(zone).collect();
    let share = if bad.len() < subnets.len() {
        format!(" ({} of {} subnets)", bad.len(), subnets.len())
    } else {
        String::new()
    };
    let what = if state == "none" {
        "no mount target".to_owned()
    } else {
        format!("a mount target that is {state}")
    };
    let message = format!(
        "The EFS file system {id} has {what} in {}, the zone of subnet {}{share}, so tasks there cannot find it.",
        list(&zones),
        list(&bad)
    );
    let known =
        launch.facts.storage.mount_targets.get(id).present().map(|targets| targets.0.as_slice());
    let known = known.unwrap_or_default();
    let others: Vec<String> =
        known.iter().filter_map(|target| target.availability_zone_name.clone()).collect();
    let told = if others.is_empty() { "none".to_owned() } else { others.join(", ") };
    let mut fault = Fault::new(id, message)
        .fact(MountTargets::CALL, id, "MountTargets[].AvailabilityZoneName", told)
        .about("file_system", id)
        .about("host", efs_host(id, &launch.snapshot.region))
        .in_subnets(bad.clone());
    for subnet in &bad {
        let zone = zone(subnet).unwrap_or_default();
        fault = fault.fact("ec2:DescribeSubnets", subnet.clone(), "AvailabilityZone", zone);
    }
    fault = fault.remedy(create(launch, system, id, &bad, known));
    if let Some(remedy) = other_subnets(launch, &bad) {
        fault = fault.remedy(remedy);
    }
    fault
}

fn create(
    launch: &Launch<'_>,
    system: &FileSystem,
    id: &str,
    bad: &[String],
    known: &[MountTarget],
) -> Remedy {
    let groups = known.iter().find_map(|target| {
        let interface = target.network_interface_id.as_deref()?;
        let interface = launch.facts.ec2.network_interfaces.by_id(interface).ok()??;
        let groups: Vec<String> =
            interface.groups.iter().filter_map(|group| group.group_id.clone()).collect();
        (!groups.is_empty()).then_some(groups)
    });
    let security_groups =
        groups.unwrap_or_else(|| crate::checks::network::tell::task_groups(launch));
    let mut zones = std::collections::BTreeSet::new();
    let changes: Vec<Change> = bad
        .iter()
        .filter(|subnet| {
            let facts = launch.facts.ec2.subnets.by_id(subnet).ok().flatten();
            zones.insert(facts.and_then(|facts| facts.availability_zone.clone()))
        })
        .map(|subnet| Change::CreateMountTarget {
            file_system: id.to_owned(),
            subnet: subnet.clone(),
            security_groups: security_groups.clone(),
        })
        .collect();
    let name = system.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    Remedy::new(
        format!("Create a mount target of {id}{name} in {}", list(bad)),
        Safety::AddsResources,
        changes,
    )
    .costs(0.0)
    .touches("Every workload of the zone that mounts the file system by name uses the new mount target; a One Zone file system cannot have one in another zone.")
}
