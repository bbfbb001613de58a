//! Facts of a live account: the only place that touches the AWS client and the collector.

use crate::arguments::AwsArguments;
use crate::failure::Failure;
use crate::source::{in_several, is_steady};
use crate::suggest::hint;
use crate::target::{Subject, Wanted};
use ecswhy_aws::operations::ecs;
use ecswhy_aws::{CallError, Client, Settings};
use ecswhy_collect::Request;
use ecswhy_facts::ecs::Service;
use ecswhy_facts::{Redaction, Snapshot, Target, Time};
use serde_json::{Value, json};

/// Collects the facts about what is wanted, one snapshot per target.
///
/// # Errors
/// When AWS cannot be asked or does not know the target.
pub fn collect(
    wanted: &Wanted,
    aws: &AwsArguments,
    redaction: Redaction,
) -> Result<Vec<Snapshot>, Failure> {
    let region = region(wanted, aws)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
    runtime.block_on(async {
        let settings = Settings {
            profile: aws.profile.clone(),
            region,
            endpoint_url: aws.endpoint_url.clone(),
            ..Settings::default()
        };
        let client = Client::connect(settings, None).await;
        let now = Time(jiff::Timestamp::now());
        let mut snapshots = Vec::new();
        for target in targets(&client, wanted).await? {
            let request = Request { target, now, redaction };
            let snapshot = ecswhy_collect::collect(&client, &request)
                .await
                .map_err(|error| Failure::new(error.to_string()))?;
            if let Some(account) = wanted.account.as_ref().filter(|it| **it != snapshot.account) {
                return Err(Failure::new(format!(
                    "the target is in account {account}, but the credentials are of account {}: choose others with --profile",
                    snapshot.account
                )));
            }
            snapshots.push(snapshot);
        }
        if snapshots.is_empty() {
            snapshots.push(Snapshot::new(now, "", client.region().unwrap_or_default()));
        }
        Ok(snapshots)
    })
}

/// The region of an ARN or address wins over the environment's, and must not contradict `--region`.
fn region(wanted: &Wanted, aws: &AwsArguments) -> Result<Option<String>, Failure> {
    match (&wanted.region, &aws.region) {
        (Some(named), Some(given)) if named != given => Err(Failure::new(format!(
            "TARGET is in {named}, but --region is {given}: leave --region out"
        ))),
        (named, given) => Ok(named.clone().or_else(|| given.clone())),
    }
}

async fn targets(client: &Client, wanted: &Wanted) -> Result<Vec<Target>, Failure> {
    match &wanted.subject {
        Subject::Service { cluster: Some(cluster), service } => {
            Ok(vec![Target::Service { cluster: cluster.clone(), service: service.clone() }])
        }
        Subject::Task { cluster, task } => Ok(vec![Target::Task {
            cluster: cluster.clone().unwrap_or_else(|| "default".to_owned()),
            task: task.clone(),
        }]),
        Subject::Service { cluster: None, service } => find_service(client, service).await,
        Subject::Unsteady { cluster } => unsteady(client, cluster.as_deref()).await,
        Subject::TaskDefinition { family, .. } => Err(Failure::new(format!(
            "AWS does not tell which service uses the task definition {family}: name the service, as CLUSTER/SERVICE"
        ))),
    }
}

/// Looks for a service in every cluster.
async fn find_service(client: &Client, wanted: &str) -> Result<Vec<Target>, Failure> {
    let mut found = Vec::new();
    let mut names = Vec::new();
    for cluster in clusters(client).await? {
        for name in service_names(client, &cluster).await? {
            if name == wanted {
                found.push(cluster.clone());
            }
            names.push(name);
        }
    }
    match found.as_slice() {
        [cluster] => {
            Ok(vec![Target::Service { cluster: cluster.clone(), service: wanted.to_owned() }])
        }
        [] => Err(Failure::new(format!(
            "no cluster in {} has a service {wanted}{}",
            client.region().unwrap_or("this region"),
            hint(wanted, names.iter().map(String::as_str))
        ))),
        several => Err(in_several(wanted, several.iter())),
    }
}

/// Every service that is not steady.
async fn unsteady(client: &Client, cluster: Option<&str>) -> Result<Vec<Target>, Failure> {
    let clusters = match cluster {
        Some(cluster) => vec![cluster.to_owned()],
        None => clusters(client).await?,
    };
    let mut targets = Vec::new();
    for cluster in clusters {
        let names = service_names(client, &cluster).await?;
        // DescribeServices takes ten names.
        for batch in names.chunks(10) {
            let answer = ask(client
                .call(&ecs::DESCRIBE_SERVICES, None, json!({"cluster": cluster, "services": batch}))
                .await)?;
            let services: Vec<Service> =
                serde_json::from_value(answer["services"].clone()).unwrap_or_default();
            targets.extend(services.into_iter().filter(|service| !is_steady(service)).filter_map(
                |service| {
                    Some(Target::Service {
                        cluster: cluster.clone(),
                        service: service.service_name?,
                    })
                },
            ));
        }
    }
    Ok(targets)
}

async fn clusters(client: &Client) -> Result<Vec<String>, Failure> {
    let answer = ask(client.call_all(&ecs::LIST_CLUSTERS, None, json!({})).await)?;
    Ok(last_parts(&answer["clusterArns"]))
}

async fn service_names(client: &Client, cluster: &str) -> Result<Vec<String>, Failure> {
    let answer = client.call_all(&ecs::LIST_SERVICES, None, json!({"cluster": cluster})).await;
    Ok(last_parts(&ask(answer)?["serviceArns"]))
}

/// Names at the end of ARNs.
fn last_parts(arns: &Value) -> Vec<String> {
    let text = |arn: &Value| Some(arn.as_str()?.rsplit('/').next()?.to_owned());
    arns.as_array().into_iter().flatten().filter_map(text).collect()
}

fn ask(answer: Result<Value, CallError>) -> Result<Value, Failure> {
    answer.map_err(|error| Failure::new(error.to_string()))
}
