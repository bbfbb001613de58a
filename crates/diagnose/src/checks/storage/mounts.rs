//! The EFS volumes of the judged launch and the mount targets that its tasks would use. Knows which target belongs to
//! which subnet, not whether it can be reached.

use crate::launch::Launch;
use ecswhy_facts::Gap;
use ecswhy_facts::storage::MountTarget;

/// The mount target that a task in a subnet uses: the one in the zone of the subnet, of the VPC of the subnet.
/// EFS User Guide, "Mounting with a DNS name": the name resolves to the mount target in the client's own zone.
/// `None`: there is none.
///
/// # Errors
/// The gap that hides it.
pub fn target_of<'l>(
    launch: &Launch<'l>,
    file_system: &str,
    subnet: &str,
) -> Result<Option<&'l MountTarget>, Gap> {
    let ec2 = &launch.facts.ec2;
    let Some(targets) = launch.facts.storage.mount_targets.ask(file_system)? else {
        return Ok(None);
    };
    let Some(home) = ec2.subnets.by_id(subnet)? else { return Ok(None) };
    let same_zone = |target: &&MountTarget| {
        let beside = target.subnet_id.as_deref().and_then(|id| ec2.subnets.by_id(id).ok()?);
        let zone = beside.and_then(|beside| beside.availability_zone.as_deref());
        let zone = target.availability_zone_name.as_deref().or(zone);
        let vpc = target.vpc_id.as_deref().or(beside.and_then(|beside| beside.vpc_id.as_deref()));
        zone.is_some()
            && zone == home.availability_zone.as_deref()
            && (vpc.is_none() || vpc == home.vpc_id.as_deref())
    };
    Ok(targets.0.iter().find(same_zone))
}

/// The file systems that the launch mounts, each once.
///
/// # Errors
/// The gap, when the task definition is not readable.
pub fn file_systems(launch: &Launch<'_>) -> Result<Vec<String>, Gap> {
    let mut ids: Vec<String> = Vec::new();
    for volume in &launch.needs()?.file_systems {
        if !ids.contains(&volume.file_system) {
            ids.push(volume.file_system.clone());
        }
    }
    Ok(ids)
}
