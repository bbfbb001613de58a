//! The awslogs log driver.

use super::registry;

pub mod group_missing;
pub mod options_invalid;
pub mod region_mismatch;

registry!(group_missing, options_invalid, region_mismatch);
