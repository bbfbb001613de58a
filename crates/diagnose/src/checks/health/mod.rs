//! Health: whether the load balancer and the container's own check find the task well, and in time.

use super::registry;

pub(crate) mod balanced;
pub mod target_group_unused;
pub mod target_type;

registry!(target_group_unused, target_type);
