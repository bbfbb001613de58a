//! Storage: EFS volumes and ephemeral storage.

use super::registry;

pub mod efs_access_point_missing;
pub mod efs_directory_missing;
pub mod efs_mount_target_missing;
pub mod efs_not_found;
pub mod efs_security_group;
pub(crate) mod ephemeral;
pub mod ephemeral_full;
pub(crate) mod mounts;

registry!(
    efs_not_found,
    efs_mount_target_missing,
    efs_security_group,
    efs_access_point_missing,
    efs_directory_missing,
    ephemeral_full
);
