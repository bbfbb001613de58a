//! Amazon EFS file systems and Amazon S3 environment files.
#![expect(
    missing_docs,
    reason = "the fields are AWS's own, documented in the service's API reference under the type's name"
)]

use crate::known::{Answers, Fact};
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// What is known of storage in one account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StorageFacts {
    /// File systems by id.
    pub file_systems: Answers<FileSystem>,
    /// Mount targets by file system id.
    pub mount_targets: Answers<MountTargets>,
    /// Security groups of a mount target, by mount target id.
    pub mount_target_security_groups: Answers<MountTargetSecurityGroups>,
    /// Access points by id.
    pub access_points: Answers<AccessPoint>,
    /// File system policies by file system id; `Absent` when there is none.
    pub file_system_policies: Answers<FileSystemPolicy>,
    /// S3 objects by `bucket/key`; `Absent` when the bucket holds no such key.
    pub objects: Answers<S3Object>,
    /// S3 bucket policies by bucket; `Absent` when there is none.
    pub bucket_policies: Answers<BucketPolicy>,
}

/// EFS API `FileSystemDescription`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct FileSystem {
    pub file_system_id: Option<String>,
    pub file_system_arn: Option<String>,
    pub name: Option<String>,
    pub life_cycle_state: Option<String>,
    pub number_of_mount_targets: Option<i64>,
    pub encrypted: Option<bool>,
    pub kms_key_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<crate::iam::Tag>,
}

impl Fact for FileSystem {
    const CALL: &'static str = "elasticfilesystem:DescribeFileSystems";
}

/// The mount targets of one file system.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MountTargets(pub Vec<MountTarget>);

impl Fact for MountTargets {
    const CALL: &'static str = "elasticfilesystem:DescribeMountTargets";
}

/// EFS API `MountTargetDescription`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct MountTarget {
    pub mount_target_id: Option<String>,
    pub file_system_id: Option<String>,
    pub subnet_id: Option<String>,
    pub life_cycle_state: Option<String>,
    pub ip_address: Option<String>,
    pub network_interface_id: Option<String>,
    pub availability_zone_name: Option<String>,
    pub vpc_id: Option<String>,
}

/// The security groups of one mount target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MountTargetSecurityGroups(pub Vec<String>);

impl Fact for MountTargetSecurityGroups {
    const CALL: &'static str = "elasticfilesystem:DescribeMountTargetSecurityGroups";
}

/// EFS API `AccessPointDescription`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct AccessPoint {
    pub access_point_id: Option<String>,
    pub access_point_arn: Option<String>,
    pub file_system_id: Option<String>,
    pub life_cycle_state: Option<String>,
}

impl Fact for AccessPoint {
    const CALL: &'static str = "elasticfilesystem:DescribeAccessPoints";
}

/// The text of a file system policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileSystemPolicy(pub String);

impl Fact for FileSystemPolicy {
    const CALL: &'static str = "elasticfilesystem:DescribeFileSystemPolicy";
}

/// S3 API `Object`, from `ListObjectsV2`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct S3Object {
    pub key: Option<String>,
    /// Bytes.
    pub size: Option<i64>,
}

impl Fact for S3Object {
    const CALL: &'static str = "s3:ListObjectsV2";
}

/// The text of a bucket policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BucketPolicy(pub String);

impl Fact for BucketPolicy {
    const CALL: &'static str = "s3:GetBucketPolicy";
}
