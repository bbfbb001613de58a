//! The rounds of a collection: what can be asked at once is asked at once, and each answer goes through the one door
//! of the snapshot.

use crate::plan::{self, Ask};
use ecswhy_aws::{CallError, Client, operations};
use ecswhy_facts::door::{Answer, Outcome};
use ecswhy_facts::{Arn, Known, Redaction, Snapshot, Target, Time};
use serde_json::json;
use std::collections::BTreeSet;
use tokio::task::JoinSet;

/// Pages of the listing of a cluster's stopped tasks that are read at most.
const STOPPED_PAGES: u32 = 5;

/// What to collect.
#[derive(Clone, Debug)]
pub struct Request {
    /// The subject of the diagnosis.
    pub target: Target,
    /// When the run began: the snapshot's clock.
    pub now: Time,
    /// Whether secrets are masked as they enter.
    pub redaction: Redaction,
}

/// Why nothing could be collected.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// No credentials, or AWS does not accept them.
    #[error(
        "AWS does not accept the credentials: {0}; refresh them, or choose others with --profile"
    )]
    Credentials(String),
    /// AWS cannot be reached, or no region is set.
    #[error("{0}")]
    Unreachable(String),
    /// The cluster does not exist in this region.
    #[error("the cluster {cluster} does not exist in {region} of account {account}{hint}")]
    ClusterMissing {
        /// Name.
        cluster: String,
        /// Region.
        region: String,
        /// Account.
        account: String,
        /// The nearest names.
        hint: String,
    },
    /// The service does not exist in the cluster.
    #[error("the service {service} does not exist in the cluster {cluster} ({region}){hint}")]
    ServiceMissing {
        /// Name.
        service: String,
        /// Cluster name.
        cluster: String,
        /// Region.
        region: String,
        /// The nearest names.
        hint: String,
    },
    /// AWS does not remember the task.
    #[error(
        "AWS knows no task {task} in the cluster {cluster}; it forgets stopped tasks after about an hour"
    )]
    TaskMissing {
        /// Task id.
        task: String,
        /// Cluster name.
        cluster: String,
    },
}

/// Rounds of calls that depend on each other; a service takes five, and a rolled back one a few more.
const MOST_ROUNDS: usize = 8;

/// Reads everything that a diagnosis of the target needs.
///
/// # Errors
/// When AWS cannot be asked at all, or the target does not exist.
pub async fn collect(client: &Client, request: &Request) -> Result<Snapshot, CollectError> {
    let region = client.region().unwrap_or_default().to_owned();
    let mut snapshot = Snapshot::new(request.now, "", &region);
    let mut asked = BTreeSet::new();
    let mut listed = Vec::new();
    let mut first = start(client, plan::possible(&snapshot, &request.target, &listed), &mut asked);
    let identity = client.call(&operations::sts::GET_CALLER_IDENTITY, None, json!({})).await;
    let account = match identity {
        Ok(answer) => answer["Account"].as_str().unwrap_or_default().to_owned(),
        Err(CallError::Credentials { message }) => return Err(CollectError::Credentials(message)),
        Err(
            error @ (CallError::Unreachable { .. }
            | CallError::NotSent { .. }
            | CallError::Timeout { .. }),
        ) => {
            return Err(CollectError::Unreachable(error.to_string()));
        }
        // sts:GetCallerIdentity needs no permission; whoever blocks it still lets the target's ARN name the account.
        Err(_) => String::new(),
    };
    let mut ended = finish(&mut first).await;
    let account = if account.is_empty() {
        ended.iter().find_map(account_in).unwrap_or_default()
    } else {
        account
    };
    snapshot = Snapshot::new(request.now, account, &region);
    snapshot.targets = vec![request.target.clone()];
    for round in 0..MOST_ROUNDS {
        let versions = policy_versions(&ended);
        listed.extend(tasks_in(&ended));
        listed.sort();
        listed.dedup();
        take(&mut snapshot, ended, request.redaction);
        if round == 0 {
            require_target(client, &snapshot, request).await?;
        }
        let asks = plan::possible(&snapshot, &request.target, &listed)
            .into_iter()
            .chain(versions)
            .collect();
        let mut calls = start(client, asks, &mut asked);
        if calls.is_empty() {
            break;
        }
        ended = finish(&mut calls).await;
    }
    if matches!(&request.target, Target::Task { .. }) {
        require_task(&snapshot, request)?;
    }
    Ok(snapshot)
}

/// A call that ended, with its place in the plan.
type Ended = (usize, Ask, Outcome);

fn start(client: &Client, asks: Vec<Ask>, asked: &mut BTreeSet<String>) -> JoinSet<Ended> {
    let mut calls = JoinSet::new();
    for ask in asks {
        if asked.insert(ask.identity()) {
            let (client, order) = (client.clone(), calls.len());
            calls.spawn(async move { (order, ask.clone(), answer(&client, &ask).await) });
        }
    }
    calls
}

async fn answer(client: &Client, ask: &Ask) -> Outcome {
    let region = (!ask.region.is_empty()).then_some(ask.region.as_str());
    let params = ask.params.clone();
    let name = ask.operation.name;
    let result = if name == operations::ecs::LIST_TASKS.name {
        let pages = client.call_pages(ask.operation, region, params, STOPPED_PAGES).await;
        pages.map(|pages| Outcome::Answered { output: pages.value, cut: pages.cut })
    } else if name == operations::logs::GET_LOG_EVENTS.name {
        // A log stream has no last page: the token repeats, and the last events come first.
        client.call(ask.operation, region, params).await.map(Outcome::answered)
    } else {
        client.call_all(ask.operation, region, params).await.map(Outcome::answered)
    };
    result.unwrap_or_else(outcome_of)
}

async fn finish(calls: &mut JoinSet<Ended>) -> Vec<Ended> {
    let mut ended = Vec::new();
    while let Some(call) = calls.join_next().await {
        ended.extend(call.ok());
    }
    ended.sort_by_key(|(order, _, _)| *order);
    ended
}

fn take(snapshot: &mut Snapshot, ended: Vec<Ended>, redaction: Redaction) {
    for (_, ask, outcome) in ended {
        let account = if ask.account.is_empty() { snapshot.account.clone() } else { ask.account };
        let region = if ask.region.is_empty() { snapshot.region.clone() } else { ask.region };
        let call = plan::call_name(ask.operation);
        snapshot.absorb(
            Answer { call: &call, account: &account, region: &region, params: ask.params, outcome },
            redaction,
        );
    }
}

/// The tasks that listings named.
fn tasks_in(ended: &[Ended]) -> Vec<String> {
    let arns = ended.iter().filter_map(|(_, _, outcome)| match outcome {
        Outcome::Answered { output, .. } => output["taskArns"].as_array(),
        _ => None,
    });
    arns.flatten().filter_map(|arn| arn.as_str().map(str::to_owned)).collect()
}

/// A managed policy tells its default version; the document is asked for by version.
fn policy_versions(ended: &[Ended]) -> Vec<Ask> {
    let version = |(_, _, outcome): &Ended| {
        let Outcome::Answered { output, .. } = outcome else { return None };
        let policy = &output["Policy"];
        let params = json!({ "PolicyArn": policy["Arn"].as_str()?, "VersionId": policy["DefaultVersionId"].as_str()? });
        Some(Ask {
            operation: &operations::iam::GET_POLICY_VERSION,
            account: String::new(),
            region: String::new(),
            params,
        })
    };
    ended.iter().filter_map(version).collect()
}

fn outcome_of(error: CallError) -> Outcome {
    match error {
        CallError::NotFound { .. } => Outcome::NotFound,
        CallError::Denied { action, message } => Outcome::Denied { action, message },
        other => Outcome::Failed { why: other.to_string() },
    }
}

fn account_in((_, _, outcome): &Ended) -> Option<String> {
    let Outcome::Answered { output, .. } = outcome else { return None };
    let arn = output["services"][0]["serviceArn"]
        .as_str()
        .or_else(|| output["clusters"][0]["clusterArn"].as_str())?;
    Some(arn.parse::<Arn>().ok()?.account)
}

/// A target that does not exist is an error of its own, with the nearest names.
async fn require_target(
    client: &Client,
    snapshot: &Snapshot,
    request: &Request,
) -> Result<(), CollectError> {
    let facts = snapshot.home();
    let cluster = request.target.cluster().to_owned();
    if matches!(facts.ecs.clusters.get(&cluster), Known::Absent) {
        let names = names(client, &operations::ecs::LIST_CLUSTERS, json!({}), "clusterArns").await;
        let hint = hint(&cluster, &names);
        return Err(CollectError::ClusterMissing {
            cluster,
            region: snapshot.region.clone(),
            account: snapshot.account.clone(),
            hint,
        });
    }
    match &request.target {
        Target::Service { service, .. }
            if matches!(facts.ecs.services.get(&request.target.key()), Known::Absent) =>
        {
            let names = names(
                client,
                &operations::ecs::LIST_SERVICES,
                json!({ "cluster": cluster }),
                "serviceArns",
            )
            .await;
            let hint = hint(service, &names);
            Err(CollectError::ServiceMissing {
                service: service.clone(),
                cluster,
                region: snapshot.region.clone(),
                hint,
            })
        }
        _ => Ok(()),
    }
}

fn require_task(snapshot: &Snapshot, request: &Request) -> Result<(), CollectError> {
    let Target::Task { cluster, task } = &request.target else { return Ok(()) };
    let missing = match snapshot.home().ecs.tasks.get(&request.target.key()) {
        Known::Absent => true,
        Known::Present(tasks) => tasks.tasks.is_empty(),
        _ => false,
    };
    if missing {
        Err(CollectError::TaskMissing { task: task.clone(), cluster: cluster.clone() })
    } else {
        Ok(())
    }
}

async fn names(
    client: &Client,
    operation: &'static ecswhy_aws::Operation,
    params: serde_json::Value,
    field: &str,
) -> Vec<String> {
    let Ok(answer) = client.call_all(operation, None, params).await else { return Vec::new() };
    let arns = answer[field].as_array().cloned().unwrap_or_default();
    arns.iter().filter_map(|arn| Some(arn.as_str()?.rsplit('/').next()?.to_owned())).collect()
}

/// `; did you mean a, b?`, or what there is.
fn hint(wanted: &str, names: &[String]) -> String {
    /// More names than this do not help.
    const SHOWN: usize = 3;
    let close = |name: &&String| {
        let (a, b) = (wanted.to_lowercase(), name.to_lowercase());
        a.contains(&b) || b.contains(&a) || distance(&a, &b) <= 1 + a.chars().count() / 4
    };
    let near: Vec<&str> = names.iter().filter(close).take(SHOWN).map(String::as_str).collect();
    match (near.is_empty(), names) {
        (false, _) => format!("; did you mean {}?", near.join(" or ")),
        (true, []) => String::new(),
        (true, some) => format!(
            "; there is {}",
            some.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let cost = (diagonal + usize::from(x != *y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_offered_before_others() {
        let names = ["orders", "payments", "web"].map(str::to_owned);
        assert_eq!(hint("payment", &names), "; did you mean payments?");
        assert_eq!(hint("ordres", &names), "; did you mean orders?");
        assert_eq!(hint("zzzzzz", &names[..2]), "; there is orders, payments");
        assert_eq!(hint("zzzzzz", &[]), "");
    }
}
