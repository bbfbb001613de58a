//! What is asked about: a service, a task, or a task definition that is not deployed yet.

use serde::{Deserialize, Serialize};

/// The subject of a diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Target {
    /// A service.
    Service {
        /// Cluster name.
        cluster: String,
        /// Service name.
        service: String,
    },
    /// A task, standalone or of a service.
    Task {
        /// Cluster name.
        cluster: String,
        /// Task id, the last part of its ARN.
        task: String,
    },
}

impl Target {
    /// The cluster's name.
    pub fn cluster(&self) -> &str {
        match self {
            Self::Service { cluster, .. } | Self::Task { cluster, .. } => cluster,
        }
    }

    /// The service's name, where the target is a service.
    pub fn service(&self) -> Option<&str> {
        match self {
            Self::Service { service, .. } => Some(service),
            Self::Task { .. } => None,
        }
    }

    /// The subject under which facts about the target are kept: `cluster/service` or `cluster/task-id`.
    pub fn key(&self) -> String {
        match self {
            Self::Service { cluster, service } => format!("{cluster}/{service}"),
            Self::Task { cluster, task } => format!("{cluster}/{task}"),
        }
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.key())
    }
}
