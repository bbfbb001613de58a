//! Health: whether the load balancer and the container's own check find the task well, and in time.

use super::registry;

pub(crate) mod balanced;
mod container_check;
pub mod container_check_command_missing;
pub mod container_check_fails;
pub mod container_check_too_early;
mod from_balancer;
pub mod grace_period_too_short;
pub mod listens_on_loopback;
mod observed;
mod ports;
pub mod target_az_disabled;
pub mod target_group_unused;
pub mod target_network_acl;
pub mod target_port_mismatch;
pub mod target_response_code;
pub mod target_security_group;
pub mod target_timeout;
pub mod target_type;
pub mod target_unhealthy;
mod timing;

registry!(
    container_check_command_missing,
    container_check_fails,
    container_check_too_early,
    grace_period_too_short,
    listens_on_loopback,
    target_az_disabled,
    target_group_unused,
    target_network_acl,
    target_port_mismatch,
    target_response_code,
    target_security_group,
    target_timeout,
    target_type,
    target_unhealthy
);
