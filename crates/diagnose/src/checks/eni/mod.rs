//! The task's elastic network interface.

use super::registry;

pub mod provisioning_timeout;
pub mod quota_reached;
pub(crate) mod remedies;
pub mod security_group_missing;
pub mod security_group_other_vpc;
pub mod subnet_missing;
pub mod subnet_out_of_addresses;

registry!(
    provisioning_timeout,
    quota_reached,
    security_group_missing,
    security_group_other_vpc,
    subnet_missing,
    subnet_out_of_addresses
);
