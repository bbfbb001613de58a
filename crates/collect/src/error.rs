//! Why nothing could be collected: each a sentence that names the thing, the place and what to do.

use ecswhy_aws::CallError;

/// Why nothing could be collected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CollectError {
    /// No credentials, or AWS does not accept them.
    #[error("{0}")]
    Credentials(String),
    /// AWS cannot be reached, or no region is set.
    #[error("{0}")]
    Unreachable(String),
    /// The target is in an account that these credentials are not of.
    #[error(
        "the target is in account {wanted}, but the credentials are of account {own}: choose others with --profile"
    )]
    OtherAccount {
        /// Account of the target.
        wanted: String,
        /// Account of the credentials.
        own: String,
    },
    /// The target cannot be looked for.
    #[error("cannot look for {wanted} in {region}: {why}")]
    Hidden {
        /// What was looked for.
        wanted: String,
        /// Region.
        region: String,
        /// Why AWS did not tell.
        why: String,
    },
    /// The cluster does not exist in this region.
    #[error("the cluster {cluster} does not exist in {region} of account {account}{hint}")]
    ClusterMissing {
        /// Name.
        cluster: String,
        /// Region.
        region: String,
        /// Account.
        account: String,
        /// The nearest names.
        hint: String,
    },
    /// The service does not exist.
    #[error("the service {service} does not exist in {place}{hint}")]
    ServiceMissing {
        /// Name.
        service: String,
        /// Cluster and region.
        place: String,
        /// The nearest names.
        hint: String,
    },
    /// The service was deleted; AWS still shows it for a while.
    #[error(
        "the service {service} of the cluster {cluster} ({region}) was deleted (INACTIVE): create it again, or name another"
    )]
    ServiceDeleted {
        /// Name.
        service: String,
        /// Cluster name.
        cluster: String,
        /// Region.
        region: String,
    },
    /// Several clusters have a service of this name.
    #[error("several clusters have a service {service}: give {choices}")]
    Ambiguous {
        /// Name.
        service: String,
        /// `one/name or other/name`.
        choices: String,
    },
    /// AWS does not remember the task.
    #[error(
        "AWS knows no task {task} in {place}; it forgets stopped tasks after about an hour: name the service instead"
    )]
    TaskMissing {
        /// Task id.
        task: String,
        /// Cluster or region.
        place: String,
    },
    /// No service uses the task definition.
    #[error(
        "no service in {region} uses the task definition {name}: deploy it, or name a service, as CLUSTER/SERVICE"
    )]
    Unused {
        /// `family` or `family:revision`.
        name: String,
        /// Region.
        region: String,
    },
}

impl CollectError {
    /// An error that every further call would meet too.
    pub(crate) fn of_every_call(error: &CallError) -> Option<Self> {
        match error {
            CallError::Credentials { message } => Some(Self::Credentials(message.clone())),
            CallError::NotSent { message } => Some(Self::Unreachable(message.clone())),
            _ => None,
        }
    }

    /// An error of a call without which nothing can be said.
    pub(crate) fn of_needed_call(error: &CallError, wanted: &str, region: &str) -> Self {
        match error {
            CallError::Unreachable { .. } | CallError::Timeout { .. } => {
                Self::Unreachable(unreachable(error))
            }
            other => Self::of_every_call(other).unwrap_or_else(|| Self::Hidden {
                wanted: wanted.to_owned(),
                region: region.to_owned(),
                why: other.to_string(),
            }),
        }
    }
}

/// What to do when no connection comes about.
pub(crate) fn unreachable(error: &CallError) -> String {
    format!("{error}; check the network, the region's name and --endpoint-url")
}
