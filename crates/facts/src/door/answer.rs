//! One answer of AWS with its request, before it becomes facts.

use serde_json::Value;

/// What AWS answered to one request, all pages merged.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer<'a> {
    /// `service:Operation`, the service spelt as in IAM actions: `elasticloadbalancing:DescribeTargetHealth`.
    pub call: &'a str,
    /// Account of the resource asked about, twelve digits.
    pub account: &'a str,
    /// Region of the resource asked about.
    pub region: &'a str,
    /// The request in the AWS CLI's `--cli-input-json` form.
    pub params: Value,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a request ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// AWS answered.
    Answered {
        /// The answer as the AWS CLI prints it.
        output: Value,
        /// Whether more pages exist that were not read.
        cut: bool,
    },
    /// AWS said that the subject does not exist.
    NotFound,
    /// The caller may not ask.
    Denied {
        /// The IAM action that would settle it.
        action: String,
        /// AWS's message.
        message: String,
    },
    /// The request failed otherwise.
    Failed {
        /// One sentence for people.
        why: String,
    },
}

impl Outcome {
    /// A complete answer.
    pub fn answered(output: Value) -> Self {
        Self::Answered { output, cut: false }
    }
}
