//! Whether the launch is allowed what it needs, and if not, whose policy forbids it.
//!
//! Three sides have a say, and each is judged with the others out of the way: the caller's own policies and boundary,
//! the policy of the resource, the policy of the VPC endpoint on the way. A side that forbids by itself is at fault;
//! several may be.

mod edits;
mod judge;
mod narrow;
mod needed;
mod policies;
pub(crate) mod remedy;
mod request;
pub(crate) mod requirement;
pub(crate) mod tell;
pub(crate) mod trust;
pub(crate) mod way;

pub use judge::{Permissions, judge};
pub(crate) use needed::is_exec_enabled;
pub use policies::Place;
pub use requirement::{Actor, Purpose};
