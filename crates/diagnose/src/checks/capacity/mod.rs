//! Task size, quota, Fargate capacity.

use super::registry;

pub mod fargate_unavailable;
pub(crate) mod size;
mod spot;
pub mod spot_interrupted;
pub mod task_size_invalid;
pub mod vcpu_quota_reached;

registry!(fargate_unavailable, spot_interrupted, task_size_invalid, vcpu_quota_reached);
