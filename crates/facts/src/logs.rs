//! Amazon CloudWatch: log groups, the last lines of failed containers, memory metrics.
#![expect(
    missing_docs,
    reason = "the fields are AWS's own, documented in the service's API reference under the type's name"
)]

use crate::known::{Answers, Fact};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// What is known of Amazon CloudWatch in one account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogFacts {
    /// Log groups by name.
    pub groups: Answers<LogGroup>,
    /// The last lines of a log stream, by `group:stream`; `Absent` when the stream does not exist.
    pub lines: Answers<LogLines>,
    /// Memory use of a service in percent of its reservation, by `cluster/service`.
    pub memory: Answers<MemoryUtilization>,
}

/// CloudWatch Logs API `LogGroup`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LogGroup {
    pub log_group_name: Option<String>,
    pub arn: Option<String>,
    pub kms_key_id: Option<String>,
    /// Milliseconds since the epoch.
    pub creation_time: Option<i64>,
    pub retention_in_days: Option<i64>,
}

impl Fact for LogGroup {
    const CALL: &'static str = "logs:DescribeLogGroups";
}

/// The last events of one log stream, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogLines(pub Vec<LogEvent>);

impl Fact for LogLines {
    const CALL: &'static str = "logs:GetLogEvents";
}

/// CloudWatch Logs API `OutputLogEvent`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct LogEvent {
    /// Milliseconds since the epoch.
    pub timestamp: Option<i64>,
    pub message: Option<String>,
}

/// `AWS/ECS` `MemoryUtilization`, maxima.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MemoryUtilization(pub Vec<Datapoint>);

impl Fact for MemoryUtilization {
    const CALL: &'static str = "cloudwatch:GetMetricStatistics";
}

/// CloudWatch API `Datapoint`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct Datapoint {
    pub timestamp: Option<Time>,
    /// Percent of the reservation.
    pub maximum: Option<f64>,
}
