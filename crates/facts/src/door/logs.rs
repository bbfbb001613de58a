//! Amazon CloudWatch: log groups, last log lines, the memory metric.

use super::entry::{Entry, Nonsense, named, parse};
use crate::Facts;
use crate::known::Known;
use crate::logs::{Datapoint, LogLines, MemoryUtilization};
use serde_json::Value;

pub(super) fn describe_log_groups(entry: &Entry<'_>, facts: &mut Facts) {
    // AWS lists the groups that begin with the prefix in alphabetical order: the one of that very name comes first.
    let asked: Vec<String> =
        entry.param("logGroupNamePrefix").map(str::to_owned).into_iter().collect();
    entry.batch(&mut facts.logs.groups, &asked, "logGroups", named("logGroupName"));
}

pub(super) fn get_log_events(entry: &Entry<'_>, facts: &mut Facts) {
    let group = entry.param("logGroupName").or_else(|| {
        let identifier = entry.param("logGroupIdentifier")?;
        Some(identifier.split(":log-group:").last().unwrap_or(identifier).trim_end_matches(":*"))
    });
    let (Some(group), Some(stream)) = (group, entry.param("logStreamName")) else { return };
    let lines = entry.known(|_| Ok(Some(LogLines(entry.list("events")?))));
    facts.logs.lines.put(format!("{group}:{stream}"), lines);
}

pub(super) fn get_metric_statistics(entry: &Entry<'_>, facts: &mut Facts) {
    if entry.param("MetricName").is_some_and(|name| name != "MemoryUtilization") {
        return;
    }
    let Some(service) = entry.params.get("Dimensions").and_then(service) else { return };
    let points = entry.known(|_| {
        let mut points: Vec<Datapoint> = entry.list("Datapoints")?;
        points.sort_by_key(|point| point.timestamp);
        Ok(Some(MemoryUtilization(points)))
    });
    facts.logs.memory.put(service, points);
}

pub(super) fn get_metric_data(entry: &Entry<'_>, facts: &mut Facts) {
    let queries = entry.params.get("MetricDataQueries").and_then(Value::as_array);
    for query in queries.into_iter().flatten() {
        let metric = query.pointer("/MetricStat/Metric");
        let name = metric.and_then(|metric| metric.get("MetricName")).and_then(Value::as_str);
        let service = metric.and_then(|metric| metric.get("Dimensions")).and_then(service);
        let (Some("MemoryUtilization"), Some(service)) = (name, service) else { continue };
        let points: Known<MemoryUtilization> = entry.known(|_| {
            let results = entry.items("MetricDataResults")?;
            let result = results.iter().find(|result| result.get("Id") == query.get("Id"));
            Ok(Some(MemoryUtilization(data_points(
                result.ok_or("MetricDataResults: an Id is missing")?,
            )?)))
        });
        facts.logs.memory.put(service, points);
    }
}

fn data_points(result: &Value) -> Result<Vec<Datapoint>, Nonsense> {
    let list = |field: &str| {
        result
            .get(field)
            .and_then(Value::as_array)
            .ok_or_else(|| format!("MetricDataResults.{field}: not a list"))
    };
    let (times, values) = (list("Timestamps")?, list("Values")?);
    if times.len() != values.len() {
        return Err("MetricDataResults.Values: not as many as Timestamps".to_owned());
    }
    let point = |(time, value): (&Value, &Value)| {
        parse(&serde_json::json!({"Timestamp": time, "Maximum": value}))
            .map_err(|why| format!("MetricDataResults.{why}"))
    };
    let mut points: Vec<Datapoint> =
        times.iter().zip(values).map(point).collect::<Result<_, _>>()?;
    points.sort_by_key(|point| point.timestamp);
    Ok(points)
}

/// `cluster/service` of a metric's dimensions.
fn service(dimensions: &Value) -> Option<String> {
    let value = |name: &str| {
        let mut dimensions = dimensions.as_array()?.iter();
        dimensions
            .find(|one| one.get("Name").and_then(Value::as_str) == Some(name))?
            .get("Value")?
            .as_str()
    };
    Some(format!("{}/{}", value("ClusterName")?, value("ServiceName")?))
}
