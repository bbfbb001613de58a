//! Finding targets that are not named in full: services by name or task definition, tasks by id, services that are not
//! steady. Everything that can be asked at once is.

use crate::error::CollectError;
use crate::plan::batch_size;
use ecswhy_aws::operations::ecs;
use ecswhy_aws::{CallError, Client};
use ecswhy_facts::ecs::Service;
use ecswhy_facts::{Target, suggest};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// The service of this name, in whichever cluster.
///
/// # Errors
/// When there is none, or several.
pub async fn service(client: &Client, wanted: &str) -> Result<Target, CollectError> {
    let region = client.region().unwrap_or_default();
    let what = format!("the service {wanted}");
    let all = names(client, None).await.map_err(|error| needed(&error, &what, region))?;
    let found: Vec<&(String, String)> = all.iter().filter(|(_, name)| name == wanted).collect();
    match found.as_slice() {
        [(cluster, service)] => {
            Ok(Target::Service { cluster: cluster.clone(), service: service.clone() })
        }
        [] => {
            let names: Vec<String> = all.into_iter().map(|(_, name)| name).collect();
            let place = format!("any cluster of {region}");
            let hint = hint(wanted, &names);
            Err(CollectError::ServiceMissing { service: wanted.to_owned(), place, hint })
        }
        many => {
            let choices: Vec<String> =
                many.iter().map(|(cluster, service)| format!("{cluster}/{service}")).collect();
            Err(CollectError::Ambiguous {
                service: wanted.to_owned(),
                choices: choices.join(" or "),
            })
        }
    }
}

/// The task of this id, in whichever cluster.
///
/// # Errors
/// When no cluster knows it.
pub async fn task(client: &Client, id: &str) -> Result<Target, CollectError> {
    let region = client.region().unwrap_or_default();
    let what = format!("the task {id}");
    let clusters = clusters(client).await.map_err(|error| needed(&error, &what, region))?;
    let mut calls = JoinSet::new();
    for cluster in clusters {
        let (client, id) = (client.clone(), id.to_owned());
        calls.spawn(async move {
            let params = json!({ "cluster": cluster, "tasks": [id] });
            let answer = client.call(&ecs::DESCRIBE_TASKS, None, params).await;
            (cluster, answer)
        });
    }
    for (cluster, answer) in calls.join_all().await {
        let answer = answer.map_err(|error| needed(&error, &what, region))?;
        if answer["tasks"].as_array().is_some_and(|tasks| !tasks.is_empty()) {
            return Ok(Target::Task { cluster, task: id.to_owned() });
        }
    }
    let place = format!("any cluster of {region}");
    Err(CollectError::TaskMissing { task: id.to_owned(), place })
}

/// Services of one cluster, or of all, that this holds for.
///
/// # Errors
/// When they cannot be listed.
pub async fn services_that(
    client: &Client,
    cluster: Option<&str>,
    holds: impl Fn(&Service) -> bool,
) -> Result<Vec<Target>, CollectError> {
    let region = client.region().unwrap_or_default();
    let what = match cluster {
        Some(cluster) => format!("the services of the cluster {cluster}"),
        None => "services".to_owned(),
    };
    let named = match (names(client, cluster).await, cluster) {
        (Ok(named), _) => named,
        (Err(CallError::NotFound { .. }), Some(cluster)) => {
            let names = clusters(client).await.unwrap_or_default();
            return Err(CollectError::ClusterMissing {
                cluster: cluster.to_owned(),
                region: region.to_owned(),
                account: account(client).await,
                hint: hint(cluster, &names),
            });
        }
        (Err(error), _) => return Err(needed(&error, &what, region)),
    };
    let mut calls = JoinSet::new();
    for of_cluster in named.chunk_by(|one, other| one.0 == other.0) {
        for batch in of_cluster.chunks(batch_size(&ecs::DESCRIBE_SERVICES)) {
            let client = client.clone();
            let cluster = batch.first().map(|(cluster, _)| cluster.clone()).unwrap_or_default();
            let services: Vec<String> = batch.iter().map(|(_, name)| name.clone()).collect();
            calls.spawn(async move {
                let params = json!({ "cluster": cluster, "services": services });
                let answer = client.call(&ecs::DESCRIBE_SERVICES, None, params).await;
                (cluster, answer)
            });
        }
    }
    let mut targets = Vec::new();
    for (cluster, answer) in calls.join_all().await {
        let answer = answer.map_err(|error| needed(&error, &what, region))?;
        let services = answer["services"].as_array().cloned().unwrap_or_default();
        for service in services.into_iter().filter_map(|it| serde_json::from_value(it).ok()) {
            let service: Service = service;
            if let (true, Some(name)) = (holds(&service), &service.service_name) {
                targets.push(Target::Service { cluster: cluster.clone(), service: name.clone() });
            }
        }
    }
    targets.sort();
    Ok(targets)
}

/// Every service by cluster and name, in that order.
async fn names(client: &Client, cluster: Option<&str>) -> Result<Vec<(String, String)>, CallError> {
    let clusters = match cluster {
        Some(cluster) => vec![cluster.to_owned()],
        None => clusters(client).await?,
    };
    let mut calls = JoinSet::new();
    for cluster in clusters {
        let client = client.clone();
        calls.spawn(async move { (services(&client, &cluster).await, cluster) });
    }
    let mut named = Vec::new();
    for (services, cluster) in calls.join_all().await {
        named.extend(services?.into_iter().map(|name| (cluster.clone(), name)));
    }
    named.sort();
    Ok(named)
}

/// Names of the region's clusters.
pub(crate) async fn clusters(client: &Client) -> Result<Vec<String>, CallError> {
    let answer = client.call_all(&ecs::LIST_CLUSTERS, None, json!({})).await?;
    Ok(last_parts(&answer["clusterArns"]))
}

/// Names of a cluster's services.
pub(crate) async fn services(client: &Client, cluster: &str) -> Result<Vec<String>, CallError> {
    let params = json!({ "cluster": cluster });
    let answer = client.call_all(&ecs::LIST_SERVICES, None, params).await?;
    Ok(last_parts(&answer["serviceArns"]))
}

async fn account(client: &Client) -> String {
    let identity = &ecswhy_aws::operations::sts::GET_CALLER_IDENTITY;
    let answer = client.call(identity, None, json!({})).await.unwrap_or_default();
    answer["Account"].as_str().unwrap_or("this account").to_owned()
}

fn needed(error: &CallError, wanted: &str, region: &str) -> CollectError {
    CollectError::of_needed_call(error, wanted, region)
}

/// Names at the end of ARNs.
fn last_parts(arns: &Value) -> Vec<String> {
    let text = |arn: &Value| Some(arn.as_str()?.rsplit('/').next()?.to_owned());
    arns.as_array().into_iter().flatten().filter_map(text).collect()
}

/// `; did you mean a or b?`, or what there is instead.
pub(crate) fn hint(wanted: &str, names: &[String]) -> String {
    /// More names than this do not help.
    const SHOWN: usize = 3;
    let near = suggest::hint(wanted, names.iter().map(String::as_str));
    if !near.is_empty() || names.is_empty() {
        return near;
    }
    let mut some: Vec<&str> = names.iter().map(String::as_str).collect();
    some.sort_unstable();
    let more = if some.len() > SHOWN { " and others" } else { "" };
    some.truncate(SHOWN);
    format!("; there is {}{more}", some.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered_before_others() {
        let names = ["orders", "payments", "web", "zoo"].map(str::to_owned);
        for (wanted, some, expected) in [
            ("payment", &names[..], "; did you mean payments?"),
            ("ordres", &names, "; did you mean orders?"),
            ("zzzzzz", &names[..2], "; there is orders, payments"),
            ("zzzzzz", &names, "; there is orders, payments, web and others"),
            ("zzzzzz", &[], ""),
        ] {
            assert_eq!(hint(wanted, some), expected, "{wanted}");
        }
    }
}
