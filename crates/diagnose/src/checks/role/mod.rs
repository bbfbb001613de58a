//! The task execution role and the task role.

use super::registry;

pub mod execution_role_missing;
pub mod execution_role_not_found;
pub mod task_role_not_found;

registry!(execution_role_missing, execution_role_not_found, task_role_not_found);
