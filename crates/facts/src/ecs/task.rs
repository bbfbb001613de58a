//! Tasks: `DescribeTasks`.
#![expect(
    missing_docs,
    reason = "the fields are AWS's own, documented in the Amazon ECS API reference under the type's name"
)]

use super::task_definition::{EphemeralStorage, Tag};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// ECS API `Task`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Task {
    pub task_arn: Option<String>,
    pub cluster_arn: Option<String>,
    pub task_definition_arn: Option<String>,
    pub group: Option<String>,
    pub started_by: Option<String>,
    pub last_status: Option<String>,
    pub desired_status: Option<String>,
    pub health_status: Option<String>,
    pub stop_code: Option<String>,
    pub stopped_reason: Option<String>,
    pub launch_type: Option<String>,
    pub capacity_provider_name: Option<String>,
    pub platform_version: Option<String>,
    pub platform_family: Option<String>,
    pub availability_zone: Option<String>,
    /// CPU units as text, as the API has it.
    pub cpu: Option<String>,
    /// MiB as text, as the API has it.
    pub memory: Option<String>,
    pub ephemeral_storage: Option<EphemeralStorage>,
    pub connectivity: Option<String>,
    pub connectivity_at: Option<Time>,
    pub created_at: Option<Time>,
    pub pull_started_at: Option<Time>,
    pub pull_stopped_at: Option<Time>,
    pub started_at: Option<Time>,
    pub stopping_at: Option<Time>,
    pub execution_stopped_at: Option<Time>,
    pub stopped_at: Option<Time>,
    pub attachments: Vec<Attachment>,
    pub containers: Vec<Container>,
    pub enable_execute_command: Option<bool>,
    pub tags: Vec<Tag>,
}

impl Task {
    /// The value of a detail of the task's elastic network interface, such as `subnetId` or `privateIPv4Address`.
    pub fn eni_detail(&self, name: &str) -> Option<&str> {
        self.attachments
            .iter()
            .filter(|attachment| attachment.r#type.as_deref() == Some("ElasticNetworkInterface"))
            .flat_map(|attachment| &attachment.details)
            .find(|detail| detail.name.as_deref() == Some(name))
            .and_then(|detail| detail.value.as_deref())
    }

    /// The last part of the task's ARN.
    pub fn id(&self) -> Option<&str> {
        self.task_arn.as_deref()?.rsplit('/').next()
    }
}

/// ECS API `Attachment`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Attachment {
    pub id: Option<String>,
    pub r#type: Option<String>,
    pub status: Option<String>,
    pub details: Vec<KeyValue>,
}

/// ECS API `KeyValuePair`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct KeyValue {
    pub name: Option<String>,
    pub value: Option<String>,
}

/// ECS API `Container`: a container of a task.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Container {
    pub name: Option<String>,
    pub container_arn: Option<String>,
    pub image: Option<String>,
    pub image_digest: Option<String>,
    pub runtime_id: Option<String>,
    pub last_status: Option<String>,
    pub exit_code: Option<i64>,
    pub reason: Option<String>,
    pub health_status: Option<String>,
    pub network_interfaces: Vec<NetworkInterface>,
}

/// ECS API `NetworkInterface` of a container.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct NetworkInterface {
    pub attachment_id: Option<String>,
    pub private_ipv4_address: Option<String>,
    pub ipv6_address: Option<String>,
}
