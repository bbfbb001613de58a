//! What ECS Exec needs of the task role: its channels, and what the cluster's sessions are written to and encrypted with.
//!
//! Source: ECS Developer Guide, "Monitor Amazon ECS containers with ECS Exec", "Logging", "Using a customer managed key".

use super::secrets::decrypt_with;
use super::storage::bucket_policy;
use crate::launch::Launch;
use crate::permissions::requirement::{Actor, KeyValue, Leaves, Purpose, Requirement};
use ecswhy_facts::ecs::{ExecuteCommandConfiguration, ExecuteCommandLogConfiguration};
use ecswhy_network::services::Service;

/// The channels of the SSM agent.
const CHANNELS: [&str; 4] = [
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
];
/// Stands for the id of a session.
const SESSION: &str = "ecs-execute-command-0123456789abcdef0";

pub(super) fn add(launch: &Launch<'_>, all: &mut Vec<Requirement>) {
    if !is_enabled(launch) {
        return;
    }
    for action in CHANNELS {
        all.push(ask(launch, action, "*", "ssmmessages"));
    }
    let clusters = &launch.facts.ecs.clusters;
    let cluster = clusters.get(launch.target.cluster()).present().copied();
    if let Some(exec) = cluster.and_then(|cluster| cluster.exec()) {
        key(launch, exec, all);
        if let Some(logs) = exec.override_of_logs() {
            group(launch, logs, all);
            bucket(launch, logs, all);
        }
    }
}

/// Whether the judged launch turns ECS Exec on.
pub(crate) fn is_enabled(launch: &Launch<'_>) -> bool {
    match launch.service {
        Some(service) => service.enable_execute_command == Some(true),
        None => launch.tasks.iter().any(|task| task.enable_execute_command == Some(true)),
    }
}

fn ask(
    launch: &Launch<'_>,
    action: &'static str,
    resource: &str,
    service: &'static str,
) -> Requirement {
    let region = &launch.snapshot.region;
    let leaves = Leaves::Task { service, host: Service::new(service, region).host };
    let mut ask =
        Requirement::new(Purpose::Exec, action, resource, leaves, &[]).by(Actor::TaskRole).soft();
    ask.region.clone_from(region);
    ask
}

/// The agent itself decrypts the key of the session's data.
fn key(launch: &Launch<'_>, exec: &ExecuteCommandConfiguration, all: &mut Vec<Requirement>) {
    let Some(named) = &exec.kms_key_id else { return };
    let (region, account) = (&launch.snapshot.region, &launch.snapshot.account);
    let Some(mut decrypt) = decrypt_with(launch.facts, named, region, account) else { return };
    decrypt.leaves = Leaves::Task { service: "kms", host: Service::new("kms", region).host };
    decrypt.purpose = Purpose::Exec;
    decrypt.symptoms = &[];
    all.push(decrypt.key("kms:ViaService", KeyValue::Absent).by(Actor::TaskRole).soft());
}

fn group(launch: &Launch<'_>, logs: &ExecuteCommandLogConfiguration, all: &mut Vec<Requirement>) {
    let Some(name) = &logs.cloud_watch_log_group_name else { return };
    let home = launch.snapshot;
    let (region, account) = (&home.region, &home.account);
    let group = format!("arn:{}:logs:{region}:{account}:log-group:{name}", launch.partition());
    let stream = format!("{group}:log-stream:{SESSION}");
    for (action, resource) in [
        ("logs:DescribeLogStreams", format!("{group}:log-stream:")),
        ("logs:CreateLogStream", stream.clone()),
        ("logs:PutLogEvents", stream),
    ] {
        all.push(ask(launch, action, &resource, "logs").granted_on(format!("{group}:*")));
    }
}

fn bucket(launch: &Launch<'_>, logs: &ExecuteCommandLogConfiguration, all: &mut Vec<Requirement>) {
    let Some(name) = &logs.s3_bucket_name else { return };
    let bucket = format!("arn:{}:s3:::{name}", launch.partition());
    let prefix = logs.s3_key_prefix.as_deref().map(|prefix| prefix.trim_matches('/'));
    let folder = prefix.filter(|prefix| !prefix.is_empty()).map(|prefix| format!("{prefix}/"));
    let folder = format!("{bucket}/{}", folder.unwrap_or_default());
    let (guard, owner) = bucket_policy(launch, name);
    let mut asks = vec![
        ask(launch, "s3:PutObject", &format!("{folder}{SESSION}.log"), "s3")
            .granted_on(format!("{folder}*")),
    ];
    if logs.s3_encryption_enabled == Some(true) {
        asks.push(ask(launch, "s3:GetEncryptionConfiguration", &bucket, "s3"));
    }
    for mut ask in asks {
        ask.leaves = Leaves::Task {
            service: "s3",
            host: Service::bucket(name, &launch.snapshot.region).host,
        };
        ask.owner.clone_from(&owner);
        all.push(ask.guarded_by(guard.clone(), &bucket));
    }
}
