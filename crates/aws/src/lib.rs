//! The AWS client: the official SDK's runtime under one table of operations.
//!
//! It knows how to ask AWS and how AWS answers. It does not know what the answers
//! mean, which calls a diagnosis needs, or how to redact: that is `collect`.
//!
//! ```no_run
//! use ecswhy_aws::{CallError, Client, Settings, operations::ecs};
//! use serde_json::json;
//!
//! # async fn example() -> Result<(), CallError> {
//! let client = Client::connect(Settings::default(), None).await;
//! let params = json!({"cluster": "prod", "services": ["app"]});
//! let answer = client.call(&ecs::DESCRIBE_SERVICES, None, params).await?;
//! let clusters = client.call_all(&ecs::LIST_CLUSTERS, Some("eu-west-1"), json!({})).await?;
//! # Ok(())
//! # }
//! ```
//!
//! - Operations are rows of [`operations`]; [`operations::ALL`] lists them, and each
//!   tells its IAM action, its AWS CLI spelling, its batch size and whether a run can
//!   do without it.
//! - Parameters and answers are JSON in the AWS CLI's shape, whatever the protocol.
//!   Times stay as AWS sends them: epoch numbers in JSON services, ISO texts in XML.
//!   A parameter that AWS's model does not know is refused before it is sent.
//! - [`Client::call`] asks for one page, [`Client::call_all`] for all, and
//!   [`Client::call_pages`] for some. A list that breaks off is an error.
//! - Errors are the few kinds of [`CallError`]. Required operations are retried as
//!   the SDK's standard mode does; optional ones get one attempt and a short timeout.
//! - An [`Observer`] sees each request start and end; [`Client::log`] keeps them.
//!
//! `model/` is generated from botocore by `gen/shapes.py`; its check mode compares.

mod answer;
mod attempts;
mod client;
mod credentials;
pub mod endpoints;
mod error;
mod guard;
pub mod model;
mod observe;
pub mod operations;
mod paging;
mod request;
pub mod service;
mod settings;
mod xml;

pub use aws_config::SdkConfig;
pub use client::Client;
pub use error::CallError;
pub use observe::{CallRecord, Observer};
pub use operations::{Need, Operation};
pub use paging::Pages;
pub use settings::Settings;
