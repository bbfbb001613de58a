//! Changes to services and their task definitions.

use super::{NotModelled, task_definition};
use crate::change::Change;
use ecswhy_facts::ecs::{DeploymentConfiguration, NetworkConfiguration, Service};
use ecswhy_facts::{Known, Snapshot, Target};

pub(super) fn apply(snapshot: &mut Snapshot, change: &Change) -> Result<(), NotModelled> {
    match change {
        Change::AssignPublicIp { cluster, service } => {
            let found = find(snapshot, cluster, service)?;
            networks(found, |network| {
                if let Some(awsvpc) = &mut network.awsvpc_configuration {
                    awsvpc.assign_public_ip = Some("ENABLED".to_owned());
                }
            });
            Ok(())
        }
        Change::SetServiceNetwork { cluster, service, subnets, security_groups } => {
            let found = find(snapshot, cluster, service)?;
            networks(found, |network| {
                if let Some(awsvpc) = &mut network.awsvpc_configuration {
                    awsvpc.subnets.clone_from(subnets);
                    awsvpc.security_groups.clone_from(security_groups);
                }
            });
            Ok(())
        }
        Change::RegisterTaskDefinition { task_definition, edits } => {
            let facts = &mut snapshot.home_mut().ecs;
            let Some(old) = facts.task_definitions.get(task_definition).present().copied() else {
                return Err(NotModelled::unknown("task definition", task_definition));
            };
            let mut new = old.clone();
            for edit in edits {
                task_definition::edit(&mut new, edit)?;
            }
            let family = new.family.clone().unwrap_or_default();
            let revision = newest(snapshot, &family).map_or(1, |(revision, _)| revision + 1);
            let (stem, _) = task_definition
                .rsplit_once(':')
                .ok_or_else(|| NotModelled::unknown("revision in", task_definition))?;
            let arn = format!("{stem}:{revision}");
            new.task_definition_arn = Some(arn.clone());
            new.revision = Some(revision);
            new.status = Some("ACTIVE".to_owned());
            new.registered_at = Some(snapshot.taken_at);
            new.deregistered_at = None;
            snapshot.home_mut().ecs.task_definitions.put(arn.clone(), Known::Present(new));
            run_again(snapshot, task_definition, &arn);
            Ok(())
        }
        Change::DeployTaskDefinition { cluster, service, family } => {
            let (_, arn) = newest(snapshot, family)
                .ok_or_else(|| NotModelled::unknown("task definition family", family))?;
            let found = find(snapshot, cluster, service)?;
            found.task_definition = Some(arn.clone());
            if let Some(deployment) = found.deployments.first_mut() {
                deployment.task_definition = Some(arn);
            }
            Ok(())
        }
        Change::SetGracePeriod { cluster, service, seconds, .. } => {
            find(snapshot, cluster, service)?.health_check_grace_period_seconds = Some(*seconds);
            Ok(())
        }
        Change::SetDeploymentPercent { cluster, service, minimum, maximum, .. } => {
            let found = find(snapshot, cluster, service)?;
            let configuration =
                found.deployment_configuration.get_or_insert_with(DeploymentConfiguration::default);
            configuration.minimum_healthy_percent = Some(*minimum);
            configuration.maximum_percent = Some(*maximum);
            Ok(())
        }
        Change::ForceNewDeployment { cluster, service } => {
            find(snapshot, cluster, service).map(|_| ())
        }
        _ => Ok(()),
    }
}

fn find<'s>(
    snapshot: &'s mut Snapshot,
    cluster: &str,
    service: &str,
) -> Result<&'s mut Service, NotModelled> {
    let key = format!("{cluster}/{service}");
    let found = snapshot.home_mut().ecs.services.present_mut(&key);
    found.ok_or_else(|| NotModelled::unknown("service", &key))
}

fn networks(service: &mut Service, change: impl Fn(&mut NetworkConfiguration)) {
    service.network_configuration.iter_mut().for_each(&change);
    for deployment in &mut service.deployments {
        deployment.network_configuration.iter_mut().for_each(&change);
    }
}

/// The newest revision of a family that is known, and its ARN.
pub(in crate::fix) fn newest(snapshot: &Snapshot, family: &str) -> Option<(i64, String)> {
    snapshot
        .home()
        .ecs
        .task_definitions
        .present()
        .filter(|(_, definition)| definition.family.as_deref() == Some(family))
        .filter_map(|(arn, definition)| Some((definition.revision?, arn.to_owned())))
        .max()
}

/// A standalone task has no service that deploys: a new revision takes effect when somebody runs the task again.
fn run_again(snapshot: &mut Snapshot, old: &str, new: &str) {
    let tasks: Vec<String> = snapshot
        .targets
        .iter()
        .filter(|target| matches!(target, Target::Task { .. }))
        .map(Target::key)
        .collect();
    for key in tasks {
        let Some(found) = snapshot.home_mut().ecs.tasks.present_mut(&key) else { continue };
        for task in &mut found.tasks {
            if task.task_definition_arn.as_deref() == Some(old) {
                task.task_definition_arn = Some(new.to_owned());
            }
        }
    }
}
