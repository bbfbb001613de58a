//! The stages of a launch, in the order in which a Fargate task passes them.

use serde::{Deserialize, Serialize};

/// A stage of the launch. Stages from network to image are one phase whose inner order AWS does not document.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Cluster, service and task definition are active and a deployment has room to run.
    Service,
    /// Task size, quota and Fargate capacity.
    Capacity,
    /// The task's elastic network interface: subnets, addresses, security groups.
    Eni,
    /// Execution and task role exist and ECS may assume them.
    Role,
    /// Each destination that the launch needs can be reached from the task.
    Network,
    /// Secrets, parameters, registry credentials and environment files can be read.
    Secrets,
    /// The log driver can write.
    Logging,
    /// File systems can be mounted.
    Storage,
    /// The image exists, fits the platform and may be pulled.
    Image,
    /// The containers start and stay up.
    Container,
    /// Health checks can pass in time.
    Health,
}

impl Stage {
    /// Every stage, in launch order.
    pub const ALL: [Self; 11] = [
        Self::Service,
        Self::Capacity,
        Self::Eni,
        Self::Role,
        Self::Network,
        Self::Secrets,
        Self::Logging,
        Self::Storage,
        Self::Image,
        Self::Container,
        Self::Health,
    ];

    /// Whether a task whose containers started has proven this stage.
    pub fn is_start_precondition(self) -> bool {
        (Self::Capacity..=Self::Image).contains(&self)
    }

    /// The name that the report uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Capacity => "capacity",
            Self::Eni => "eni",
            Self::Role => "role",
            Self::Network => "network",
            Self::Secrets => "secrets",
            Self::Logging => "logging",
            Self::Storage => "storage",
            Self::Image => "image",
            Self::Container => "container",
            Self::Health => "health",
        }
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
