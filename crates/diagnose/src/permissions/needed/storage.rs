//! What files in S3 and EFS volumes need.

use crate::launch::Launch;
use crate::permissions::requirement::{
    Actor, Guard, KeyValue, Leaves, Purpose, Requirement, document,
};
use crate::symptom::Symptom;
use ecswhy_facts::needs::{EnvFileNeed, FileSystemNeed};
use ecswhy_facts::storage::{BucketPolicy, FileSystemPolicy};
use ecswhy_facts::{Fact, Gap, GapReason};
use ecswhy_network::services::Service;
use serde_json::json;

const FILE_REFUSED: &[Symptom] = &[Symptom::EnvFileUnavailable];
const MOUNT_REFUSED: &[Symptom] = &[Symptom::EfsAccessDenied, Symptom::EfsFailed];

pub(super) fn add(launch: &Launch<'_>, all: &mut Vec<Requirement>) -> Result<(), Gap> {
    let needs = launch.needs()?;
    for file in needs.env_files.iter().chain(&needs.router_files) {
        fetch(launch, file, all);
    }
    for volume in &needs.file_systems {
        mount(launch, volume, all)?;
    }
    Ok(())
}

/// ECS Developer Guide, "Pass environment variables through a file": the object, and where its bucket is.
fn fetch(launch: &Launch<'_>, file: &EnvFileNeed, all: &mut Vec<Requirement>) {
    let Ok(object) = &file.object else { return };
    let region = &launch.snapshot.region;
    let bucket = format!("arn:{}:s3:::{}", object.partition, object.bucket);
    let (guard, owner) = bucket_policy(launch, &object.bucket);
    for (action, resource) in [
        ("s3:GetObject", format!("{bucket}/{}", object.key)),
        ("s3:GetBucketLocation", bucket.clone()),
    ] {
        let host = Service::bucket(&object.bucket, region).host;
        let leaves = Leaves::Task { service: "s3", host };
        let mut fetch = Requirement::new(Purpose::EnvFile, action, &resource, leaves, FILE_REFUSED)
            .guarded_by(guard.clone(), &bucket)
            .about("resource", &resource)
            .key("s3:authType", KeyValue::One("REST-HEADER".to_owned()))
            .key("s3:signatureversion", KeyValue::One("AWS4-HMAC-SHA256".to_owned()))
            .key("s3:versionid", KeyValue::Absent)
            .key("s3:DataAccessPointArn", KeyValue::Absent);
        fetch.region.clone_from(region);
        fetch.owner.clone_from(&owner);
        all.push(fetch);
    }
}

/// The policy of a bucket, and its owner. S3 API, GetBucketPolicy: only the account that owns it gets an answer.
pub(super) fn bucket_policy(launch: &Launch<'_>, bucket: &str) -> (Guard, Option<String>) {
    let failed = |why| Gap {
        call: BucketPolicy::CALL.to_owned(),
        subject: bucket.to_owned(),
        why: GapReason::Failed { why },
    };
    let text = launch.facts.storage.bucket_policies.ask(bucket);
    let owner = text.is_ok().then(|| launch.snapshot.account.clone());
    let policy = text.and_then(|text| document(text.map(|text| text.0.as_str()), failed));
    (Guard::new(format!("bucket policy of {bucket}"), policy), owner)
}

/// EFS User Guide, "Using IAM to control file system data access": the task role where the volume turns IAM on,
/// nobody otherwise; and the default policy, which lets everybody in, as long as no other is set.
fn mount(
    launch: &Launch<'_>,
    volume: &FileSystemNeed,
    all: &mut Vec<Requirement>,
) -> Result<(), Gap> {
    let storage = &launch.facts.storage;
    let id = &volume.file_system;
    let (system, doubt) = match storage.file_systems.ask(id) {
        // A file system that does not exist is another check's finding.
        Ok(None) => return Ok(()),
        Ok(Some(system)) => (Some(system), None),
        Err(gap) => (None, Some(gap)),
    };
    let (region, account) = (&launch.snapshot.region, &launch.snapshot.account);
    let arn = |kind: &str, id: &str| {
        format!("arn:{}:elasticfilesystem:{region}:{account}:{kind}/{id}", launch.partition())
    };
    let resource = system
        .and_then(|system| system.file_system_arn.clone())
        .unwrap_or_else(|| arn("file-system", id));
    let failed = |why| Gap {
        call: FileSystemPolicy::CALL.to_owned(),
        subject: id.clone(),
        why: GapReason::Failed { why },
    };
    let policy = storage.file_system_policies.ask(id).and_then(|text| match text {
        Some(text) => document(Some(&text.0), failed),
        None => Ok(Some(json!({ "Version": "2012-10-17", "Statement": [{
            "Sid": "default", "Effect": "Allow", "Principal": { "AWS": "*" },
            "Action": "elasticfilesystem:Client*", "Resource": "*"
        }] }))),
    });
    let guard = Guard::new(format!("policy of file system {id}"), policy);
    let actor = if volume.uses_iam() { Actor::TaskRole } else { Actor::Anonymous };
    let is_encrypted = volume.configuration.transit_encryption.as_deref() == Some("ENABLED");
    let point =
        volume.access_point().map(|point| match storage.access_points.get(point).present() {
            Some(known) => {
                known.access_point_arn.clone().unwrap_or_else(|| arn("access-point", point))
            }
            None => arn("access-point", point),
        });
    let mut actions = vec![("elasticfilesystem:ClientMount", true)];
    if is_written(launch, &volume.volume)? {
        actions.push(("elasticfilesystem:ClientWrite", false));
    }
    for (action, blocks) in actions {
        let mut mount = Requirement::new(
            Purpose::FileSystem,
            action,
            &resource,
            Leaves::Service,
            MOUNT_REFUSED,
        )
        .by(actor)
        .guarded_by(guard.clone(), id)
        .key("aws:SecureTransport", KeyValue::One(is_encrypted.to_string()))
        .key("elasticfilesystem:AccessedViaMountTarget", KeyValue::One("true".to_owned()))
        .key_of("elasticfilesystem:AccessPointArn", point.clone())
        .about("file_system", id);
        mount.blocks = blocks;
        mount.doubt.clone_from(&doubt);
        all.push(mount);
    }
    Ok(())
}

/// Whether a container mounts the volume other than read-only.
fn is_written(launch: &Launch<'_>, volume: &str) -> Result<bool, Gap> {
    let containers = &launch.task_definition()?.container_definitions;
    Ok(containers.iter().flat_map(|container| &container.mount_points).any(|mount| {
        mount.source_volume.as_deref() == Some(volume) && mount.read_only != Some(true)
    }))
}
