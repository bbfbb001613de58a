//! How we know: reads an account over the AWS API into a snapshot. Every call is a read, none returns a secret value,
//! and what a call does not give becomes a fact of its own (denied, failed), never an end of the run.

mod error;
pub mod find;
mod listing;
mod plan;
mod role;
mod run;

pub use error::CollectError;
pub use plan::{OPERATIONS, Place};
pub use role::collect_role;
pub use run::{Request, collect, collect_path};
