//! Amazon ECS: clusters, services, task definitions. Tasks have a module of their own.

use super::entry::{Entry, copy, member, optional_text, parse, put_each};
use crate::Facts;
use crate::ecs::{ClusterNames, ServiceNames, Tag, TaskDefinition};
use crate::ids::partition_of_region;
use crate::known::Known;
use serde_json::Value;

/// The last part of an ARN or path, or the name itself.
pub(super) fn last_part(name_or_arn: &str) -> &str {
    name_or_arn.rsplit('/').next().unwrap_or(name_or_arn)
}

/// The cluster that a request is about. ECS takes `default` where none is named.
pub(super) fn cluster(entry: &Entry<'_>) -> String {
    last_part(entry.param("cluster").unwrap_or("default")).to_owned()
}

/// The cluster in an ECS ARN of the long format: `service/CLUSTER/NAME`, `task/CLUSTER/ID`.
pub(super) fn cluster_in(arn: &str) -> Option<&str> {
    let mut parts = arn.split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some(cluster), Some(_)) => Some(cluster),
        _ => None,
    }
}

fn text<'a>(item: &'a Value, field: &str) -> Option<&'a str> {
    item.get(field).and_then(Value::as_str)
}

pub(super) fn list_clusters(entry: &Entry<'_>, facts: &mut Facts) {
    let names = entry.known(|_| {
        let arns = entry.list::<String>("clusterArns")?;
        Ok(Some(ClusterNames(arns.iter().map(|arn| last_part(arn).to_owned()).collect())))
    });
    if facts.ecs.cluster_names.present().is_none() {
        facts.ecs.cluster_names = names;
    }
}

pub(super) fn describe_clusters(entry: &Entry<'_>, facts: &mut Facts) {
    let mut asked: Vec<String> =
        entry.params("clusters").iter().map(|name| last_part(name).to_owned()).collect();
    if asked.is_empty() && !entry.params.is_null() {
        asked.push("default".to_owned());
    }
    let key = |item: &Value| -> Vec<String> {
        text(item, "clusterName")
            .or_else(|| text(item, "clusterArn").map(last_part))
            .map(str::to_owned)
            .into_iter()
            .collect()
    };
    for (arn, failure) in failures(entry) {
        facts.ecs.clusters.put(last_part(&arn), failure);
    }
    entry.batch(&mut facts.ecs.clusters, &unfailed(entry, asked, last_part), "clusters", key);
}

pub(super) fn list_services(entry: &Entry<'_>, facts: &mut Facts) {
    let names = entry.known(|_| {
        let arns = entry.list::<String>("serviceArns")?;
        Ok(Some(ServiceNames(arns.iter().map(|arn| last_part(arn).to_owned()).collect())))
    });
    facts.ecs.service_names.put(cluster(entry), names);
}

pub(super) fn describe_services(entry: &Entry<'_>, facts: &mut Facts) {
    let cluster = cluster(entry);
    let key_of = |service: &str| {
        let cluster = cluster_in(service).unwrap_or(&cluster);
        format!("{cluster}/{}", last_part(service))
    };
    let asked: Vec<String> =
        entry.params("services").iter().map(|service| key_of(service)).collect();
    let key = |item: &Value| -> Vec<String> {
        let Some(name) = text(item, "serviceName").or_else(|| text(item, "serviceArn")) else {
            return Vec::new();
        };
        let cluster = text(item, "clusterArn").map_or(cluster.as_str(), last_part);
        vec![format!("{cluster}/{}", last_part(name))]
    };
    for (arn, failure) in failures(entry) {
        facts.ecs.services.put(key_of(&arn), failure);
    }
    let services = &mut facts.ecs.services;
    // A cluster that does not exist holds none of its services.
    if let Some(Known::Absent) = entry.problem::<()>() {
        return put_each(services, &asked, || Known::Absent);
    }
    entry.batch(services, &unfailed(entry, asked, |arn| arn), "services", key);
}

pub(super) fn describe_task_definition(entry: &Entry<'_>, facts: &mut Facts) {
    let known: Known<TaskDefinition> = entry.known(|output| {
        let mut definition: TaskDefinition = member(output, "taskDefinition")?;
        if definition.task_definition_arn.is_none() {
            return Err("taskDefinition.taskDefinitionArn: missing".to_owned());
        }
        if output.get("tags").is_some() {
            definition.tags = entry.list::<Tag>("tags")?;
        }
        Ok(Some(definition))
    });
    let asked = entry.param("taskDefinition").map(|asked| task_definition_arn(entry, asked));
    let answered = known.present().and_then(|definition| definition.task_definition_arn.clone());
    if let Some(subject) = answered.or(asked) {
        facts.ecs.task_definitions.put(subject, known);
    }
}

/// `family:revision` as an ARN; what names no revision is kept as it is.
fn task_definition_arn(entry: &Entry<'_>, asked: &str) -> String {
    if asked.starts_with("arn:") || !asked.contains(':') {
        return asked.to_owned();
    }
    let Entry { account, region, .. } = entry;
    format!("arn:{}:ecs:{region}:{account}:task-definition/{asked}", partition_of_region(region))
}

/// The `failures` that ECS answers beside the items: `MISSING` proves absence.
pub(super) fn failures<T>(entry: &Entry<'_>) -> Vec<(String, Known<T>)> {
    let Ok(items) = entry.items("failures") else { return Vec::new() };
    let read = |item: &Value| {
        let arn = text(item, "arn")?.to_owned();
        let reason = text(item, "reason").unwrap_or("no reason given");
        let detail = optional_text(item, "detail").ok().flatten();
        let known = match reason {
            "MISSING" => Known::Absent,
            _ => Known::Failed {
                why: format!(
                    "{} could not describe it: {reason}{}",
                    entry.call,
                    detail.map(|detail| format!(" ({detail})")).unwrap_or_default()
                ),
            },
        };
        Some((arn, known))
    };
    items.iter().filter_map(read).collect()
}

/// What was asked without that of which AWS said why it cannot be described.
fn unfailed(entry: &Entry<'_>, asked: Vec<String>, key: impl Fn(&str) -> &str) -> Vec<String> {
    let failed: Vec<(String, Known<()>)> = failures(entry);
    let said = |subject: &String| {
        failed.iter().any(|(arn, known)| {
            !matches!(known, Known::Absent) && last_part(key(arn)) == last_part(subject)
        })
    };
    asked.into_iter().filter(|subject| !said(subject)).collect()
}

/// Reads one item, and says what is wrong with it under the list's name.
pub(super) fn item<T: serde::de::DeserializeOwned>(
    entry: &Entry<'_>,
    place: usize,
    value: &Value,
) -> Known<T> {
    match parse(value) {
        Ok(item) => Known::Present(item),
        Err(why) => copy(&entry.nonsense::<T>(&format!("tasks[{place}].{why}"))),
    }
}
