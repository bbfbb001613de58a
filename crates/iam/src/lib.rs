//! Would AWS allow it: an evaluator of IAM policies.
//!
//! Knows AWS's published evaluation logic and nothing else: no SDK, no account, no clock. It takes policies
//! and a request and says whether AWS would allow it, and which statement of which policy says so.
//!
//! ```
//! use ecswhy_iam::{Decision, Policies, Policy, Request, decide};
//!
//! let pull = Policy::parse(r#"{"Version": "2012-10-17", "Statement": [
//!     {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Resource": "*"}]}"#)?;
//! let policies = Policies::new().with_identity("inline policy pull of role web", pull);
//! let request = Request::new(
//!     "arn:aws:iam::111122223333:role/web",
//!     "ecr:BatchGetImage",
//!     "arn:aws:ecr:eu-west-1:111122223333:repository/web",
//! )?;
//! assert_eq!(decide(&policies, &request), Decision::Allowed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cases;
mod condition;
mod decide;
mod glob;
mod json;
pub mod known_actions;
pub mod lines;
mod pattern;
mod policies;
mod policy;
mod principal;
mod request;
mod trace;
mod tri;

pub use decide::{Decision, Unknowns, decide};
pub use json::MAX_BYTES;
pub use policies::{Attached, Endpoint, EndpointKind, Grant, Policies, Source};
pub use policy::{Effect, Policy, PolicyError, PolicyKind};
pub use principal::{Principal, PrincipalError, PrincipalKind};
pub use request::{Request, RequestError};
pub use trace::{
    Answer, Applies, Deciding, Mismatch, PolicyTrace, StatementTrace, Trace, decide_with_trace,
};
pub use tri::Tri;
