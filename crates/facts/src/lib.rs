//! What is known of an AWS account: the snapshot, typed ids, AWS shapes as the AWS CLI prints them.
//! Nothing here calls AWS, looks at a clock or decides what a fact means.

pub mod door;
pub mod ec2;
pub mod ecr;
pub mod ecs;
pub mod elb;
pub mod error;
pub mod iam;
pub mod ids;
mod known;
pub mod logs;
pub mod needs;
pub mod read;
pub mod redact;
pub mod secrets;
mod snapshot;
pub mod storage;
pub mod suggest;
pub mod tags;
mod target;
mod time;
pub mod write;

pub use door::{Answer, Outcome};
pub use error::{ReadError, WriteError};
pub use ids::{
    Arn, ArnError, ConsoleResource, ConsoleTarget, EcsResource, ImageRef, ImageRefError, Registry,
    S3ObjectRef, SecretRef, SecretRefError,
};
pub use known::{Answers, Fact, Gap, GapReason, Known};
pub use redact::Redaction;
pub use snapshot::{Calls, Facts, SNAPSHOT_VERSION, Scope, Snapshot};
pub use target::Target;
pub use time::Time;
