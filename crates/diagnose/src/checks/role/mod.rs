//! The task execution role and the task role.

use super::registry;

pub mod action_does_not_exist;
pub mod ecr_denied;
pub mod efs_denied;
pub mod env_file_denied;
pub mod exec_denied;
pub mod execution_role_missing;
pub mod execution_role_not_found;
pub mod execution_role_trust;
pub mod kms_denied;
pub mod log_denied;
pub mod parameter_denied;
pub mod secret_denied;
pub mod task_role_not_found;
pub mod task_role_trust;

registry!(
    action_does_not_exist,
    ecr_denied,
    efs_denied,
    env_file_denied,
    exec_denied,
    execution_role_missing,
    execution_role_not_found,
    execution_role_trust,
    kms_denied,
    log_denied,
    parameter_denied,
    secret_denied,
    task_role_not_found,
    task_role_trust,
);
