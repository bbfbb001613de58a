//! Secrets, parameters, keys and environment files.

use super::registry;

pub mod env_file_missing;
pub mod json_key_missing;
pub mod key_policy;
pub mod key_unusable;
pub mod not_found;
pub mod parameter_not_found;
pub mod pending_deletion;
pub(crate) mod reference;
pub mod resource_policy;
pub mod wrong_region;

registry!(
    env_file_missing,
    json_key_missing,
    key_policy,
    key_unusable,
    not_found,
    parameter_not_found,
    pending_deletion,
    resource_policy,
    wrong_region
);
