//! Task definitions: `DescribeTaskDefinition`. Fields that the tool does not read are kept in `rest`, so that a
//! definition can be registered again with nothing lost.
#![expect(
    missing_docs,
    reason = "the fields are AWS's own, documented in the Amazon ECS API reference under the type's name"
)]

use super::task::KeyValue;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_with::skip_serializing_none;
use std::collections::BTreeMap;

/// ECS API `TaskDefinition`, with the tags that the API answers beside it.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct TaskDefinition {
    pub task_definition_arn: Option<String>,
    pub family: Option<String>,
    pub revision: Option<i64>,
    pub status: Option<String>,
    pub container_definitions: Vec<ContainerDefinition>,
    pub execution_role_arn: Option<String>,
    pub task_role_arn: Option<String>,
    pub network_mode: Option<String>,
    pub requires_compatibilities: Vec<String>,
    /// CPU units, or `.5 vCPU`, as text.
    pub cpu: Option<String>,
    /// MiB, or `1 GB`, as text.
    pub memory: Option<String>,
    pub runtime_platform: Option<RuntimePlatform>,
    pub volumes: Vec<Volume>,
    pub ephemeral_storage: Option<EphemeralStorage>,
    pub registered_at: Option<Time>,
    pub deregistered_at: Option<Time>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// ECS API `ContainerDefinition`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerDefinition {
    pub name: Option<String>,
    pub image: Option<String>,
    pub repository_credentials: Option<RepositoryCredentials>,
    /// CPU units.
    pub cpu: Option<i64>,
    /// Hard limit, MiB.
    pub memory: Option<i64>,
    /// Soft limit, MiB.
    pub memory_reservation: Option<i64>,
    pub essential: Option<bool>,
    pub entry_point: Option<Vec<String>>,
    pub command: Option<Vec<String>>,
    pub working_directory: Option<String>,
    pub user: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub port_mappings: Vec<PortMapping>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<KeyValue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environment_files: Vec<EnvironmentFile>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Secret>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<ContainerDependency>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mount_points: Vec<MountPoint>,
    /// Seconds.
    pub start_timeout: Option<i64>,
    /// Seconds.
    pub stop_timeout: Option<i64>,
    pub log_configuration: Option<LogConfiguration>,
    pub firelens_configuration: Option<FirelensConfiguration>,
    pub health_check: Option<HealthCheck>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

impl ContainerDefinition {
    /// Whether the task stops when this container stops; ECS takes an absent value as true.
    pub fn is_essential(&self) -> bool {
        self.essential.unwrap_or(true)
    }
}

/// ECS API `RepositoryCredentials`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RepositoryCredentials {
    pub credentials_parameter: Option<String>,
}

/// ECS API `PortMapping`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PortMapping {
    pub container_port: Option<i64>,
    pub host_port: Option<i64>,
    pub protocol: Option<String>,
    pub name: Option<String>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// ECS API `EnvironmentFile`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EnvironmentFile {
    pub value: Option<String>,
    pub r#type: Option<String>,
}

/// ECS API `Secret`: an environment variable taken from Secrets Manager or Parameter Store.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Secret {
    pub name: Option<String>,
    pub value_from: Option<String>,
}

/// ECS API `ContainerDependency`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ContainerDependency {
    pub container_name: Option<String>,
    pub condition: Option<String>,
}

/// ECS API `MountPoint`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct MountPoint {
    pub source_volume: Option<String>,
    pub container_path: Option<String>,
    pub read_only: Option<bool>,
}

/// ECS API `LogConfiguration`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LogConfiguration {
    pub log_driver: Option<String>,
    pub options: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secret_options: Vec<Secret>,
}

/// ECS API `FirelensConfiguration`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct FirelensConfiguration {
    pub r#type: Option<String>,
    pub options: BTreeMap<String, String>,
}

/// ECS API `HealthCheck`: the container's own check.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct HealthCheck {
    pub command: Vec<String>,
    /// Seconds; 30 when absent.
    pub interval: Option<i64>,
    /// Seconds; 5 when absent.
    pub timeout: Option<i64>,
    /// 3 when absent.
    pub retries: Option<i64>,
    /// Seconds; none when absent.
    pub start_period: Option<i64>,
}

/// ECS API `RuntimePlatform`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct RuntimePlatform {
    pub cpu_architecture: Option<String>,
    pub operating_system_family: Option<String>,
}

/// ECS API `EphemeralStorage`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EphemeralStorage {
    #[serde(rename = "sizeInGiB")]
    pub size_in_gib: Option<i64>,
}

/// ECS API `Volume`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Volume {
    pub name: Option<String>,
    pub efs_volume_configuration: Option<EfsVolumeConfiguration>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// ECS API `EFSVolumeConfiguration`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct EfsVolumeConfiguration {
    pub file_system_id: Option<String>,
    pub root_directory: Option<String>,
    pub transit_encryption: Option<String>,
    pub transit_encryption_port: Option<i64>,
    pub authorization_config: Option<AuthorizationConfig>,
}

/// ECS API `EFSAuthorizationConfig`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AuthorizationConfig {
    pub access_point_id: Option<String>,
    pub iam: Option<String>,
}

/// ECS API `Tag`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Tag {
    pub key: Option<String>,
    pub value: Option<String>,
}
