//! Which launch is judged: the newest deployment that is unfinished or failed, one that was rolled back included;
//! otherwise the PRIMARY one. Task sets count as deployments.

use ecswhy_facts::Time;
use ecswhy_facts::ecs::{
    AwsvpcConfiguration, CapacityProviderStrategyItem, Deployment, NetworkConfiguration, Service,
    Task, TaskSet,
};
use std::borrow::Cow;

/// A deployment or a task set, in one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout<'a> {
    /// Deployment or task set id, which is the `startedBy` of its tasks.
    pub id: Option<&'a str>,
    /// `PRIMARY`, `ACTIVE`, `INACTIVE`, `DRAINING`.
    pub status: Option<&'a str>,
    /// ARN.
    pub task_definition: Option<&'a str>,
    /// `IN_PROGRESS`, `COMPLETED`, `FAILED`; task sets have none.
    pub rollout_state: Option<&'a str>,
    /// Why it is in that state.
    pub reason: Option<&'a str>,
    /// Tasks.
    pub desired: Option<i64>,
    /// Tasks.
    pub running: Option<i64>,
    /// Tasks.
    pub pending: Option<i64>,
    /// Tasks that did not start.
    pub failed: Option<i64>,
    /// When it began.
    pub created_at: Option<Time>,
    /// Where its tasks are placed, if it says so itself.
    pub network: Option<Cow<'a, AwsvpcConfiguration>>,
    /// Platform version, if it says so itself.
    pub platform_version: Option<&'a str>,
    /// Launch type, if it says so itself.
    pub launch_type: Option<&'a str>,
    /// Capacity providers, if it says so itself.
    pub capacity_providers: &'a [CapacityProviderStrategyItem],
}

impl<'a> Rollout<'a> {
    fn of_deployment(deployment: &'a Deployment) -> Self {
        Self {
            id: deployment.id.as_deref(),
            status: deployment.status.as_deref(),
            task_definition: deployment.task_definition.as_deref(),
            rollout_state: deployment.rollout_state.as_deref(),
            reason: deployment.rollout_state_reason.as_deref(),
            desired: deployment.desired_count,
            running: deployment.running_count,
            pending: deployment.pending_count,
            failed: deployment.failed_tasks,
            created_at: deployment.created_at,
            network: awsvpc(deployment.network_configuration.as_ref()),
            platform_version: deployment.platform_version.as_deref(),
            launch_type: deployment.launch_type.as_deref(),
            capacity_providers: &deployment.capacity_provider_strategy,
        }
    }

    fn of_task_set(set: &'a TaskSet) -> Self {
        // A task set has no rollout state; STABILIZING is its word for one that is under way.
        let rollout_state = match set.stability_status.as_deref() {
            Some("STEADY_STATE") => Some("COMPLETED"),
            Some(_) => Some("IN_PROGRESS"),
            None => None,
        };
        Self {
            id: set.id.as_deref(),
            status: set.status.as_deref(),
            task_definition: set.task_definition.as_deref(),
            rollout_state,
            reason: None,
            desired: set.computed_desired_count,
            running: set.running_count,
            pending: set.pending_count,
            failed: None,
            created_at: set.created_at,
            network: awsvpc(set.network_configuration.as_ref()),
            platform_version: set.platform_version.as_deref(),
            launch_type: set.launch_type.as_deref(),
            capacity_providers: &set.capacity_provider_strategy,
        }
    }

    /// Whether it replaces the failed deployment that the circuit breaker gave up on.
    pub fn is_rollback(&self) -> bool {
        self.reason.is_some_and(|reason| reason.contains("rolling back to"))
    }

    /// Whether all its tasks run and ECS calls it complete.
    pub fn is_complete(&self) -> bool {
        let wanted = self.desired.unwrap_or_default();
        matches!(self.rollout_state, None | Some("COMPLETED"))
            && self.running.unwrap_or_default() >= wanted
    }
}

fn awsvpc(configuration: Option<&NetworkConfiguration>) -> Option<Cow<'_, AwsvpcConfiguration>> {
    Some(Cow::Borrowed(configuration?.awsvpc_configuration.as_ref()?))
}

/// The deployments of a service, or its task sets, newest first.
pub fn rollouts(service: &Service) -> Vec<Rollout<'_>> {
    let mut rollouts: Vec<Rollout<'_>> =
        service.deployments.iter().map(Rollout::of_deployment).collect();
    rollouts.extend(service.task_sets.iter().map(Rollout::of_task_set));
    rollouts.sort_by_key(|rollout| std::cmp::Reverse(rollout.created_at));
    rollouts
}

/// The judged launch of a service, and whether ECS has rolled it back.
pub fn judged<'a>(service: &'a Service, tasks: &'a [Task]) -> Option<(Rollout<'a>, bool)> {
    let rollouts = rollouts(service);
    let primary = rollouts.iter().find(|rollout| rollout.status == Some("PRIMARY"));
    if let Some(rolled_back) = rolled_back(service, tasks, &rollouts, primary) {
        return Some((rolled_back, true));
    }
    let unfinished = |rollout: &&Rollout<'a>| {
        // An ACTIVE deployment that completed is the old one, being drained.
        let draining = rollout.status != Some("PRIMARY") && rollout.rollout_state != Some("FAILED");
        !draining && !rollout.is_complete()
    };
    rollouts
        .iter()
        .find(unfinished)
        .or(primary)
        .or(rollouts.first())
        .cloned()
        .map(|rollout| (rollout, false))
}

/// The failed deployment behind a rollback: listed still, named by an event, or known from its stopped tasks.
fn rolled_back<'a>(
    service: &'a Service,
    tasks: &'a [Task],
    rollouts: &[Rollout<'a>],
    primary: Option<&Rollout<'a>>,
) -> Option<Rollout<'a>> {
    let primary = primary?;
    let listed = rollouts.iter().find(|rollout| {
        rollout.rollout_state == Some("FAILED") && rollout.status != Some("PRIMARY")
    });
    if let Some(failed) = listed {
        let superseded = !primary.is_rollback()
            && primary.created_at > failed.created_at
            && !rollback_event_names(service, primary);
        return (!superseded).then(|| failed.clone());
    }
    if !primary.is_rollback() && !rollback_event_names(service, primary) {
        return None;
    }
    // The failed deployment is gone from the list: its stopped tasks still say which revision it was.
    let of_another = |task: &&Task| {
        let started_by = task.started_by.as_deref();
        started_by.is_some_and(|id| id.starts_with("ecs-svc/"))
            && started_by != primary.id
            && task.task_definition_arn.as_deref() != primary.task_definition
    };
    let newest = tasks.iter().filter(of_another).max_by_key(|task| task.created_at)?;
    Some(Rollout {
        id: newest.started_by.as_deref(),
        status: Some("INACTIVE"),
        task_definition: newest.task_definition_arn.as_deref(),
        rollout_state: Some("FAILED"),
        reason: None,
        desired: None,
        running: Some(0),
        pending: Some(0),
        failed: None,
        created_at: None,
        network: None,
        platform_version: newest.platform_version.as_deref(),
        launch_type: newest.launch_type.as_deref(),
        capacity_providers: &[],
    })
}

/// Whether an event says that ECS rolled back to this deployment.
fn rollback_event_names(service: &Service, primary: &Rollout<'_>) -> bool {
    let Some(id) = primary.id else { return false };
    service
        .events
        .iter()
        .filter_map(|event| event.message.as_deref())
        .any(|message| message.contains("rolling back to deployment") && message.contains(id))
}
