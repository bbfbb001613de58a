//! The paths from the task to what the launch needs.

use super::registry;
use crate::symptom::Symptom;

pub mod blackhole_route;
pub mod block_public_access;
pub(crate) mod destinations;
pub mod dns_disabled;
pub mod endpoint_missing;
pub mod endpoint_policy;
pub mod endpoint_private_dns;
pub mod endpoint_security_group;
pub mod endpoint_unavailable;
pub(crate) mod group;
pub mod nacl;
pub(crate) mod nacl_entry;
pub mod nat_unusable;
pub mod no_egress;
pub mod path_out_of_sight;
pub(crate) mod paths;
pub mod public_ip_missing;
pub(crate) mod remedies;
pub mod s3_endpoint_route_table;
pub mod security_group_egress;
pub mod target_unreachable;
pub(crate) mod tell;
pub(crate) mod ways_out;

/// What AWS says when a destination of the launch cannot be reached.
const UNREACHABLE: &[Symptom] = &[
    Symptom::RegistryUnreachable,
    Symptom::LayerDownloadUnreachable,
    Symptom::SecretUnreachable,
    Symptom::LogUnreachable,
    Symptom::EnvFileUnavailable,
    Symptom::ImagePullFailed,
];
/// The same, file systems among the destinations.
const UNREACHABLE_OR_UNMOUNTED: &[Symptom] = &[
    Symptom::RegistryUnreachable,
    Symptom::LayerDownloadUnreachable,
    Symptom::SecretUnreachable,
    Symptom::LogUnreachable,
    Symptom::EnvFileUnavailable,
    Symptom::ImagePullFailed,
    Symptom::EfsUnreachable,
];

registry!(
    no_egress,
    public_ip_missing,
    nat_unusable,
    blackhole_route,
    security_group_egress,
    nacl,
    endpoint_missing,
    endpoint_security_group,
    endpoint_policy,
    endpoint_private_dns,
    endpoint_unavailable,
    s3_endpoint_route_table,
    dns_disabled,
    block_public_access,
    target_unreachable,
    path_out_of_sight
);
