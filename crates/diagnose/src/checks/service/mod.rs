//! Cluster, service, task definition and deployment.

use super::registry;

pub mod cause_cleared;
pub mod changed_since_last_good;
pub mod cluster_inactive;
pub mod deployment_deadlock;
pub mod deployment_rolled_back;
pub mod desired_count_zero;
pub mod linked_role_missing;
pub mod not_on_fargate;
mod placement;
pub mod task_definition_inactive;

registry!(
    cause_cleared,
    changed_since_last_good,
    cluster_inactive,
    deployment_deadlock,
    deployment_rolled_back,
    desired_count_zero,
    linked_role_missing,
    not_on_fargate,
    task_definition_inactive
);
