//! Facts of a live account: the only place that touches the AWS client and the collector.

use crate::arguments::AwsArguments;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::source::{is_steady, uses};
use crate::target::{Subject, Wanted};
use ecswhy_aws::{Client, Settings};
use ecswhy_collect::{CollectError, Place, Request, find};
use ecswhy_facts::{Arn, Redaction, Snapshot, Target, Time};

/// Collects the facts about what is wanted.
///
/// # Errors
/// When AWS cannot be asked or does not know the target.
pub fn collect(
    wanted: &Wanted,
    aws: &AwsArguments,
    redaction: Redaction,
) -> Result<Snapshot, Failure> {
    run(region(wanted, aws)?, aws, async |client| {
        let now = Time(jiff::Timestamp::now());
        let targets = targets(&client, wanted).await?;
        let account = wanted.account.clone();
        ecswhy_collect::collect(&client, &Request { targets, account, now, redaction }).await
    })
}

/// Collects the policies of a role of this name, and the policy of a resource.
///
/// # Errors
/// When AWS cannot be asked, or answers for another account than the role's.
pub fn collect_role(
    role: &str,
    account: Option<String>,
    resource: Option<&Arn>,
    aws: &AwsArguments,
    redaction: Redaction,
) -> Result<Snapshot, Failure> {
    let of_resource = resource.map(|arn| arn.region.clone()).filter(|region| !region.is_empty());
    run(aws.region.clone().or(of_resource), aws, async |client| {
        let now = Time(jiff::Timestamp::now());
        let request = Request { targets: Vec::new(), account, now, redaction };
        ecswhy_collect::collect_role(&client, &request, role, resource).await
    })
}

/// Collects the network around a target, or around the EC2 resources at the ends of a path.
///
/// # Errors
/// When AWS cannot be asked or does not know the target.
pub fn collect_path(
    wanted: Option<&Wanted>,
    ends: &[String],
    aws: &AwsArguments,
    redaction: Redaction,
) -> Result<Snapshot, Failure> {
    let region = match wanted {
        Some(wanted) => region(wanted, aws)?,
        None => aws.region.clone(),
    };
    let ends: Vec<Place> = ends.iter().filter_map(|id| Place::of(id)).collect();
    run(region, aws, async |client| {
        let now = Time(jiff::Timestamp::now());
        let targets = match wanted {
            Some(wanted) => targets(&client, wanted).await?,
            None => Vec::new(),
        };
        let account = wanted.and_then(|wanted| wanted.account.clone());
        let request = Request { targets, account, now, redaction };
        ecswhy_collect::collect_path(&client, &request, &ends).await
    })
}

/// Runs a collection with a client of its own.
fn run(
    region: Option<String>,
    aws: &AwsArguments,
    collect: impl AsyncFnOnce(Client) -> Result<Snapshot, CollectError>,
) -> Result<Snapshot, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("cannot start threads: {error}")))?;
    let settings = Settings {
        profile: aws.profile.clone(),
        region,
        endpoint_url: aws.endpoint_url.clone(),
        ..Settings::default()
    };
    let progress = Progress::on_terminal();
    let collected = runtime
        .block_on(async { collect(Client::connect(settings, progress.observer()).await).await });
    // A call that hangs must not keep the process alive.
    runtime.shutdown_background();
    progress.clear();
    collected.map_err(|error| Failure::new(error.to_string()))
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

async fn targets(client: &Client, wanted: &Wanted) -> Result<Vec<Target>, CollectError> {
    match &wanted.subject {
        Subject::Service { cluster: Some(cluster), service } => {
            Ok(vec![Target::Service { cluster: cluster.clone(), service: service.clone() }])
        }
        Subject::Service { cluster: None, service } => {
            Ok(vec![find::service(client, service).await?])
        }
        Subject::Task { cluster: Some(cluster), task } => {
            Ok(vec![Target::Task { cluster: cluster.clone(), task: task.clone() }])
        }
        Subject::Task { cluster: None, task } => Ok(vec![find::task(client, task).await?]),
        Subject::Unsteady { cluster } => {
            find::services_that(client, cluster.as_deref(), |service| !is_steady(service)).await
        }
        Subject::TaskDefinition { family, revision } => {
            let deployed = |service: &_| uses(service, family, *revision);
            let found = find::services_that(client, None, deployed).await?;
            if found.is_empty() {
                let name = revision
                    .map_or_else(|| family.clone(), |revision| format!("{family}:{revision}"));
                let region = client.region().unwrap_or_default().to_owned();
                return Err(CollectError::Unused { name, region });
            }
            Ok(found)
        }
    }
}
