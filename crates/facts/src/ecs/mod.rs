//! Amazon ECS as its API describes it: clusters, services, tasks, task definitions.

mod service;
mod task;
mod task_definition;

pub use service::{
    AwsvpcConfiguration, CapacityProviderStrategyItem, CircuitBreaker, Cluster,
    ClusterConfiguration, Deployment, DeploymentConfiguration, DeploymentController,
    ExecuteCommandConfiguration, ExecuteCommandLogConfiguration, LoadBalancer,
    NetworkConfiguration, Service, ServiceEvent, TaskSet,
};
pub use task::{Attachment, Container, KeyValue, NetworkInterface, Task};
pub use task_definition::{
    AuthorizationConfig, ContainerDefinition, ContainerDependency, EfsVolumeConfiguration,
    EnvironmentFile, EphemeralStorage, FirelensConfiguration, HealthCheck, LogConfiguration,
    MountPoint, PortMapping, RepositoryCredentials, RuntimePlatform, Secret, Tag, TaskDefinition,
    Volume,
};

use crate::known::{Answers, Fact, Known};
use serde::{Deserialize, Serialize};

/// What is known of Amazon ECS in one account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EcsFacts {
    /// The names of all clusters.
    pub cluster_names: Known<ClusterNames>,
    /// Clusters by name.
    pub clusters: Answers<Cluster>,
    /// The names of a cluster's services, by cluster name.
    pub service_names: Answers<ServiceNames>,
    /// Services by `cluster/service`.
    pub services: Answers<Service>,
    /// Which tasks a target has, by `cluster/service` or `cluster/task-id`.
    pub tasks: Answers<Tasks>,
    /// Task definition revisions by ARN.
    pub task_definitions: Answers<TaskDefinition>,
}

/// The names of clusters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClusterNames(pub Vec<String>);

impl Fact for ClusterNames {
    const CALL: &'static str = "ecs:ListClusters";
}

/// The names of the services of one cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ServiceNames(pub Vec<String>);

impl Fact for ServiceNames {
    const CALL: &'static str = "ecs:ListServices";
}

/// The tasks of one target, stopped ones included while AWS remembers them (about an hour).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tasks {
    /// The tasks, in no particular order.
    pub tasks: Vec<Task>,
    /// Whether the listing of stopped tasks was cut before its end, so that older ones may be missing.
    pub cut: bool,
}

impl Fact for Tasks {
    const CALL: &'static str = "ecs:DescribeTasks";
}
impl Fact for Cluster {
    const CALL: &'static str = "ecs:DescribeClusters";
}
impl Fact for Service {
    const CALL: &'static str = "ecs:DescribeServices";
}
impl Fact for TaskDefinition {
    const CALL: &'static str = "ecs:DescribeTaskDefinition";
}
