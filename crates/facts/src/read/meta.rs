//! The file that `snapshot --script` writes beside its answers: when, which account, which region.

use crate::{Target, Time};
use serde::{Deserialize, Serialize};

/// Its name.
pub const META_FILE: &str = "ecswhy-meta.json";

/// What no answer says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// When the answers were taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Time>,
    /// Account of the targets, twelve digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Region of the targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What was asked about; every service of the folder when empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
}
