//! The containers themselves: how they ended and what they said.

use super::registry;

pub mod app_error;
pub mod command_not_executable;
pub mod command_not_found;
pub mod dependency_failed;
mod ended;
pub mod exec_format;
pub mod exited_zero;
pub mod killed;
pub mod out_of_memory;
pub mod segfault;
pub mod sidecar_exited_first;
pub mod terminated;

registry!(
    app_error,
    command_not_found,
    command_not_executable,
    dependency_failed,
    exec_format,
    exited_zero,
    killed,
    out_of_memory,
    segfault,
    sidecar_exited_first,
    terminated
);
