//! The task execution role and the task role.

use super::registry;

pub mod ecr_denied;
pub mod execution_role_missing;
pub mod execution_role_not_found;
pub mod log_denied;
pub mod parameter_denied;
mod permission;
pub mod secret_denied;
pub mod task_role_not_found;

registry!(
    ecr_denied,
    execution_role_missing,
    execution_role_not_found,
    log_denied,
    parameter_denied,
    secret_denied,
    task_role_not_found
);
