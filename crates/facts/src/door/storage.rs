//! Amazon EFS and Amazon S3.

use super::entry::{Entry, named, optional_text, parse};
use crate::Facts;
use crate::known::Known;
use crate::storage::{
    BucketPolicy, FileSystemPolicy, MountTarget, MountTargetSecurityGroups, MountTargets, S3Object,
};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) fn describe_file_systems(entry: &Entry<'_>, facts: &mut Facts) {
    let asked = entry.params("FileSystemId");
    entry.batch(&mut facts.storage.file_systems, &asked, "FileSystems", named("FileSystemId"));
}

pub(super) fn describe_mount_targets(entry: &Entry<'_>, facts: &mut Facts) {
    // A mount target asked for by its own id is not all of a file system's.
    if entry.param("MountTargetId").is_some() {
        return;
    }
    let targets = &mut facts.storage.mount_targets;
    if let Some(system) = entry.param("FileSystemId") {
        return targets
            .put(system, entry.known(|_| Ok(Some(MountTargets(entry.list("MountTargets")?)))));
    }
    let listed: Known<Vec<MountTarget>> = entry.known(|_| entry.list("MountTargets").map(Some));
    let mut by_system: BTreeMap<String, Vec<MountTarget>> = BTreeMap::new();
    for target in listed.present().into_iter().flatten() {
        if let Some(system) = &target.file_system_id {
            by_system.entry(system.clone()).or_default().push(target.clone());
        }
    }
    for (system, listed) in by_system {
        targets.put(system, Known::Present(MountTargets(listed)));
    }
}

pub(super) fn describe_mount_target_security_groups(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(target) = entry.param("MountTargetId") else { return };
    let groups =
        entry.known(|_| Ok(Some(MountTargetSecurityGroups(entry.list("SecurityGroups")?))));
    facts.storage.mount_target_security_groups.put(target, groups);
}

pub(super) fn describe_access_points(entry: &Entry<'_>, facts: &mut Facts) {
    let asked = entry.params("AccessPointId");
    entry.batch(&mut facts.storage.access_points, &asked, "AccessPoints", named("AccessPointId"));
}

pub(super) fn describe_file_system_policy(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(system) = entry.subject("FileSystemId", "FileSystemId") else { return };
    let policy = entry.known(|output| match optional_text(output, "Policy")? {
        Some(policy) => Ok(Some(FileSystemPolicy(policy))),
        None => Err("Policy: missing".to_owned()),
    });
    facts.storage.file_system_policies.put(system, policy);
}

/// Asked with the object's key as the prefix: keys come in order, so that the key itself would be the first.
pub(super) fn list_objects(entry: &Entry<'_>, facts: &mut Facts) {
    let bucket = entry.param("Bucket").or_else(|| entry.output()?.get("Name")?.as_str());
    let (Some(bucket), Some(key)) = (bucket, entry.param("Prefix")) else { return };
    let object = match entry.output() {
        None => entry.problem().unwrap_or_default(),
        Some(output) => object(entry, output, bucket, key),
    };
    facts.storage.objects.put(format!("{bucket}/{key}"), object);
}

fn object(entry: &Entry<'_>, output: &Value, bucket: &str, key: &str) -> Known<S3Object> {
    let contents = match output.get("Contents") {
        // The API leaves the list out when it is empty.
        None if output.is_object() => {
            return if entry.is_cut() { entry.cut() } else { Known::Absent };
        }
        Some(Value::Array(contents)) => contents,
        _ => return entry.nonsense("Contents: not a list"),
    };
    let found = contents.iter().find(|item| item.get("Key").and_then(Value::as_str) == Some(key));
    // Directory buckets, whose names end in `--x-s3`, list in no order.
    let in_order = !bucket.ends_with("--x-s3") && !contents.is_empty();
    match found.map(parse) {
        Some(Ok(object)) => Known::Present(object),
        Some(Err(why)) => entry.nonsense(&format!("Contents.{why}")),
        None if entry.is_cut() && !in_order => entry.cut(),
        None => Known::Absent,
    }
}

pub(super) fn get_bucket_policy(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(bucket) = entry.param("Bucket") else { return };
    let policy = entry.known(|output| match optional_text(output, "Policy")? {
        Some(policy) => Ok(Some(BucketPolicy(policy))),
        None => Err("Policy: missing".to_owned()),
    });
    facts.storage.bucket_policies.put(bucket, policy);
}
