//! Tags that come from calls of their own: of target groups, load balancers, repositories, log groups, keys. Other
//! resources bring their tags along.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The tags of one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceTags(pub BTreeMap<String, String>);
