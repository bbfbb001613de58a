//! Would the packet arrive: VPC reachability from a task's network interface to what it needs, and back.
//! It knows the rules of VPC routing and filtering, not ECS, not IAM, and calls nothing.
//! Three-valued: a proven obstacle blocks, a missing fact leaves the answer open, never a guess.

mod address;
mod elsewhere;
mod endpoint;
mod evaluate;
mod filter;
mod follow;
mod gateway;
pub mod lines;
mod model;
mod nacl;
mod nat;
mod origin;
mod question;
mod reply;
mod route;
mod service;
pub mod services;
mod trace;
mod transit;
mod walk;

pub use address::*;
pub use evaluate::destination;
pub use model::*;
pub use question::*;
pub use service::name_missing_endpoints;
pub use trace::*;
