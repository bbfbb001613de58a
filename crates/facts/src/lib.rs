//! What is known of an AWS account: the snapshot, typed ids, AWS shapes as the AWS CLI prints them.
//! Nothing here calls AWS, looks at a clock or decides what a fact means.

pub mod ec2;
mod known;

pub use known::{Answers, Fact, Gap, GapReason, Known};
