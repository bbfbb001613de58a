//! The containers themselves: how they ended and what they said.

use super::registry;

pub mod app_error;
pub mod command_not_executable;
pub mod command_not_found;
pub mod dependency_failed;
pub mod dependency_unreachable;
pub(crate) mod ended;
pub mod exec_format;
pub mod exited_zero;
pub mod killed;
mod memory;
pub mod missing_environment;
pub(crate) mod next_steps;
pub mod out_of_memory;
pub mod port_in_use;
pub mod segfault;
pub mod sidecar_exited_first;
pub mod terminated;

registry!(
    app_error,
    command_not_found,
    command_not_executable,
    dependency_failed,
    dependency_unreachable,
    exec_format,
    exited_zero,
    killed,
    missing_environment,
    out_of_memory,
    port_in_use,
    segfault,
    sidecar_exited_first,
    terminated
);
