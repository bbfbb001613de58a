//! Where facts come from: a live account, a snapshot file, a folder of AWS CLI outputs. Chooses the targets among
//! them; judges nothing.

use crate::arguments::{AwsArguments, FromArguments};
use crate::failure::Failure;
use crate::target::{Subject, Wanted};
use ecswhy_facts::ecs::Service;
use ecswhy_facts::suggest::hint;
use ecswhy_facts::{Arn, EcsResource, Known, Redaction, Snapshot, Target};
use std::collections::BTreeSet;
use std::path::Path;

/// Warnings about a folder's files that are told; more are only counted.
const WARNINGS: usize = 12;

/// Gathers the facts about what is wanted.
///
/// # Errors
/// When there are none, or the target is not among them.
pub fn gather(
    wanted: &Wanted,
    from: &FromArguments,
    aws: &AwsArguments,
) -> Result<Snapshot, Failure> {
    let redaction = if from.no_redact { Redaction::Off } else { Redaction::On };
    match &from.from {
        Some(path) => {
            let mut snapshot = read(path, redaction)?;
            choose_targets(&mut snapshot, wanted)?;
            require_facts(&snapshot)?;
            Ok(snapshot)
        }
        None => collect(wanted, aws, redaction),
    }
}

/// The facts for one question about a path: around a target or, without one, around the EC2 resources at its ends.
///
/// # Errors
/// When they cannot be read, or the target is not among them.
pub fn gather_path(
    wanted: Option<&Wanted>,
    ends: &[String],
    from: &FromArguments,
    aws: &AwsArguments,
) -> Result<Snapshot, Failure> {
    let redaction = if from.no_redact { Redaction::Off } else { Redaction::On };
    match (&from.from, wanted) {
        (Some(_), Some(wanted)) => gather(wanted, from, aws),
        (Some(path), None) => read(path, redaction),
        (None, _) => collect_path(wanted, ends, aws, redaction),
    }
}

/// The facts for one question about a role: from a file or folder, or from the account.
///
/// # Errors
/// When they cannot be read.
pub fn gather_role(
    role: &str,
    account: Option<String>,
    resource: Option<&Arn>,
    from: &FromArguments,
    aws: &AwsArguments,
) -> Result<Snapshot, Failure> {
    let redaction = if from.no_redact { Redaction::Off } else { Redaction::On };
    match &from.from {
        Some(path) => read(path, redaction),
        None => collect_role(role, account, resource, aws, redaction),
    }
}

#[cfg(feature = "live")]
use crate::live::{collect_path, collect_role};

#[cfg(not(feature = "live"))]
fn collect_path(
    _: Option<&Wanted>,
    _: &[String],
    _: &AwsArguments,
    _: Redaction,
) -> Result<Snapshot, Failure> {
    Err(no_live())
}

#[cfg(not(feature = "live"))]
fn collect_role(
    _: &str,
    _: Option<String>,
    _: Option<&Arn>,
    _: &AwsArguments,
    _: Redaction,
) -> Result<Snapshot, Failure> {
    Err(no_live())
}

#[cfg(feature = "live")]
fn collect(wanted: &Wanted, aws: &AwsArguments, redaction: Redaction) -> Result<Snapshot, Failure> {
    crate::live::collect(wanted, aws, redaction)
}

#[cfg(not(feature = "live"))]
fn collect(_: &Wanted, _: &AwsArguments, _: Redaction) -> Result<Snapshot, Failure> {
    Err(no_live())
}

#[cfg(not(feature = "live"))]
fn no_live() -> Failure {
    Failure::new(
        "this build reads no live account: give --from FILE, or install ecswhy with the feature `live`",
    )
}

/// Reads the facts that a file or a folder holds, and tells on standard error what it left out.
///
/// # Errors
/// When it cannot be read or holds none.
pub fn read(path: &Path, redaction: Redaction) -> Result<Snapshot, Failure> {
    std::fs::metadata(path).map_err(|error| Failure::file("read", path, &error))?;
    let read = ecswhy_facts::read::any(path, redaction).map_err(failure)?;
    for warning in read.warnings.iter().take(WARNINGS) {
        Failure::new(format!("left out: {warning}")).tell();
    }
    if let Some(more @ 1..) = read.warnings.len().checked_sub(WARNINGS) {
        Failure::new(format!("left out: {more} more files of {}", path.display())).tell();
    }
    Ok(read.snapshot)
}

/// Reads a snapshot's text; `place` names it in an error.
///
/// # Errors
/// When it is no snapshot that this build can read.
pub fn parse(text: &[u8], place: &str) -> Result<Snapshot, Failure> {
    ecswhy_facts::read::snapshot_bytes(text, place, Redaction::On).map_err(failure)
}

fn failure(error: ecswhy_facts::ReadError) -> Failure {
    Failure::new(error.to_string())
}

/// Sets the targets of a snapshot to what is wanted.
fn choose_targets(snapshot: &mut Snapshot, wanted: &Wanted) -> Result<(), Failure> {
    for (what, given, has) in [
        ("region", &wanted.region, &snapshot.region),
        ("account", &wanted.account, &snapshot.account),
    ] {
        if let Some(given) = given.as_ref().filter(|given| *given != has) {
            return Err(Failure::new(format!(
                "the target is in {what} {given}, but these facts are of {what} {has}"
            )));
        }
    }
    let services = services(snapshot);
    let targets = match &wanted.subject {
        Subject::Unsteady { cluster } => {
            let of_cluster = |target: &Target| {
                cluster.as_ref().is_none_or(|cluster| target.cluster() == cluster)
            };
            if cluster.is_none() && !snapshot.targets.is_empty() {
                return Ok(());
            }
            if let Some(cluster) = cluster {
                require_cluster(snapshot, cluster)?;
            }
            snapshot
                .home()
                .ecs
                .services
                .present()
                .filter(|(_, service)| !is_steady(service))
                .filter_map(|(key, _)| service_target(key))
                .filter(of_cluster)
                .collect()
        }
        Subject::Service { cluster, service } => {
            let found: Vec<&(String, String)> = services
                .iter()
                .filter(|(its_cluster, name)| {
                    name == service && cluster.as_ref().is_none_or(|cluster| cluster == its_cluster)
                })
                .collect();
            match found.as_slice() {
                [(cluster, service)] => {
                    require_active(snapshot, cluster, service)?;
                    vec![Target::Service { cluster: cluster.clone(), service: service.clone() }]
                }
                [] => {
                    if let Some(cluster) = cluster {
                        require_cluster(snapshot, cluster)?;
                    }
                    let names: Vec<&str> = services.iter().map(|(_, name)| name.as_str()).collect();
                    let place = cluster
                        .as_ref()
                        .map(|cluster| format!(" of the cluster {cluster}"))
                        .unwrap_or_default();
                    return Err(Failure::new(format!(
                        "these facts hold no service {service}{place}{}",
                        hint(service, names)
                    )));
                }
                many => return Err(in_several(service, many.iter().map(|(cluster, _)| cluster))),
            }
        }
        Subject::Task { cluster, task } => vec![task_target(snapshot, cluster.as_deref(), task)?],
        Subject::TaskDefinition { family, revision } => {
            let targets: Vec<Target> = snapshot
                .home()
                .ecs
                .services
                .present()
                .filter(|(_, service)| uses(service, family, *revision))
                .filter_map(|(key, _)| service_target(key))
                .collect();
            if targets.is_empty() {
                let name = revision
                    .map_or_else(|| family.clone(), |revision| format!("{family}:{revision}"));
                return Err(Failure::new(format!(
                    "no service in these facts uses the task definition {name}: name the service instead"
                )));
            }
            targets
        }
    };
    snapshot.targets = targets;
    Ok(())
}

/// Of a target of which nothing was ever asked, nothing can be said: neither good nor bad.
fn require_facts(snapshot: &Snapshot) -> Result<(), Failure> {
    let ecs = &snapshot.home().ecs;
    let asked = |target: &&Target| {
        let key = target.key();
        !matches!(ecs.services.get(&key), Known::NotAsked)
            || !matches!(ecs.tasks.get(&key), Known::NotAsked)
    };
    match snapshot.targets.iter().find(|target| !asked(target)) {
        Some(target) => Err(Failure::new(format!(
            "these facts, of account {} and region {}, hold nothing about {}: collect them anew",
            snapshot.account,
            snapshot.region,
            target.key()
        ))),
        None => Ok(()),
    }
}

/// AWS shows a deleted service for a while.
fn require_active(snapshot: &Snapshot, cluster: &str, service: &str) -> Result<(), Failure> {
    let found = snapshot.home().ecs.services.get(&format!("{cluster}/{service}"));
    match found.present().and_then(|service| service.status.as_deref()) {
        Some("INACTIVE") => Err(Failure::new(format!(
            "the service {service} of the cluster {cluster} was deleted (INACTIVE): create it again, or name another"
        ))),
        _ => Ok(()),
    }
}

/// A service name that several clusters have.
fn in_several<'c>(service: &str, clusters: impl Iterator<Item = &'c String>) -> Failure {
    let names: Vec<String> = clusters.map(|cluster| format!("{cluster}/{service}")).collect();
    Failure::new(format!("several clusters have a service {service}: give {}", names.join(" or ")))
}

/// Every service that the facts know, by cluster and name.
fn services(snapshot: &Snapshot) -> BTreeSet<(String, String)> {
    let ecs = &snapshot.home().ecs;
    let described = ecs.services.present().filter_map(|(key, _)| key.split_once('/'));
    let named =
        snapshot.targets.iter().filter_map(|target| Some((target.cluster(), target.service()?)));
    described
        .chain(named)
        .map(|(cluster, service)| (cluster.to_owned(), service.to_owned()))
        .collect()
}

fn require_cluster(snapshot: &Snapshot, cluster: &str) -> Result<(), Failure> {
    let ecs = &snapshot.home().ecs;
    let clusters: BTreeSet<String> = services(snapshot)
        .into_iter()
        .map(|(cluster, _)| cluster)
        .chain(ecs.clusters.present().map(|(name, _)| name.to_owned()))
        .chain(ecs.tasks.iter().filter_map(|(key, _)| Some(key.split_once('/')?.0.to_owned())))
        .collect();
    if clusters.contains(cluster) {
        return Ok(());
    }
    let hint = hint(cluster, clusters.iter().map(String::as_str));
    Err(Failure::new(format!("these facts hold no cluster {cluster}{hint}")))
}

fn service_target(key: &str) -> Option<Target> {
    let (cluster, service) = key.split_once('/')?;
    Some(Target::Service { cluster: cluster.to_owned(), service: service.to_owned() })
}

fn task_target(snapshot: &Snapshot, cluster: Option<&str>, task: &str) -> Result<Target, Failure> {
    let ecs = &snapshot.home().ecs;
    let arn_ends = |arn: Option<&str>| arn.is_some_and(|arn| arn.rsplit('/').next() == Some(task));
    for (key, tasks) in ecs.tasks.present() {
        let Some((its_cluster, _)) = key.split_once('/') else { continue };
        if cluster.is_none_or(|cluster| cluster == its_cluster)
            && tasks.tasks.iter().any(|each| arn_ends(each.task_arn.as_deref()))
        {
            return Ok(Target::Task { cluster: its_cluster.to_owned(), task: task.to_owned() });
        }
    }
    Err(Failure::new(format!(
        "these facts hold no task {task}; AWS forgets stopped tasks after about an hour"
    )))
}

/// As wanted, completed, and in one deployment. A service of another controller than ECS has task sets instead.
pub fn is_steady(service: &Service) -> bool {
    let complete = |deployment: &ecswhy_facts::ecs::Deployment| {
        deployment.rollout_state.as_deref().is_none_or(|state| state == "COMPLETED")
    };
    service.running_count >= service.desired_count
        && service.deployments.len() <= 1
        && service.deployments.iter().all(complete)
        && service.task_sets.len() <= 1
}

/// Whether a deployment of the service runs the task definition.
pub fn uses(service: &Service, family: &str, revision: Option<u32>) -> bool {
    let deployed =
        service.deployments.iter().filter_map(|deployment| deployment.task_definition.as_deref());
    deployed.chain(service.task_definition.as_deref()).any(|text| {
        let Ok(arn) = text.parse::<ecswhy_facts::Arn>() else { return false };
        matches!(
            arn.ecs(),
            Some(EcsResource::TaskDefinition { family: its, revision: its_revision })
                if its == family && (revision.is_none() || revision == its_revision)
        )
    })
}
