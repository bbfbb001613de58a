//! The container images.

use super::registry;

pub mod digest_gone;
pub(crate) mod ecr;
pub mod platform_mismatch;
pub(crate) mod push;
pub mod rate_limited;
pub mod reference_invalid;
pub mod registry_credentials;
pub mod repository_missing;
pub mod repository_policy;
pub mod tag_missing;
pub mod too_large;

registry!(
    digest_gone,
    platform_mismatch,
    rate_limited,
    reference_invalid,
    registry_credentials,
    repository_missing,
    repository_policy,
    tag_missing,
    too_large
);
