//! Which container's end stopped a task. AWS gives no time per container: exit codes, the task definition and the
//! task's timestamps decide.

use super::Launch;
use ecswhy_facts::ecs::{Container, Task, TaskDefinition};

/// Seconds between the order to stop and the end of the last container from which on a container outlived SIGTERM:
/// ECS sends SIGKILL after `stopTimeout`, 30 s unless set (task definition parameters, `stopTimeout`).
const OUTLIVED_SECONDS: i64 = 20;

/// The container that ended first, of those whose end ends the task.
pub fn container<'a>(launch: &Launch<'a>, task: &'a Task) -> Option<&'a Container> {
    let definition = task
        .task_definition_arn
        .as_deref()
        .and_then(|arn| launch.facts.ecs.task_definitions.get(arn).present().copied());
    first_to_end(task, definition)
}

fn first_to_end<'a>(task: &'a Task, definition: Option<&TaskDefinition>) -> Option<&'a Container> {
    let essential = |container: &&Container| {
        let name = container.name.as_deref().unwrap_or_default();
        // GuardDuty User Guide, Runtime Monitoring for Fargate: the task goes on without the agent.
        if name.starts_with("aws-guardduty-agent") {
            return false;
        }
        definition
            .and_then(|definition| definition.container(name))
            .is_none_or(|container| container.is_essential())
    };
    let ended = || task.containers.iter().filter(|container| container.exit_code.is_some());
    let mut candidates: Vec<&Container> = ended().filter(essential).collect();
    if candidates.is_empty() {
        candidates = ended().collect();
    }
    let with = |code: i64| candidates.iter().find(|each| each.exit_code == Some(code)).copied();
    // 143 and 137 beside another code are what ECS sent to the others when that one had ended.
    let own = candidates.iter().find(|each| !matches!(each.exit_code, Some(0 | 137 | 143)));
    if let Some(own) = own {
        return Some(own);
    }
    match (with(0), with(137)) {
        // Killed beside one that ended well: by the time-out of the order to stop, or first, which brought the order.
        (Some(done), Some(killed)) => Some(if outlived_order(task) { done } else { killed }),
        (Some(done), None) => Some(done),
        (None, Some(killed)) => Some(killed),
        (None, None) => candidates.first().copied(),
    }
}

/// Whether the container is the proxy that Service Connect adds to a task, which no task definition names.
pub fn is_service_connect(name: &str) -> bool {
    name.starts_with("ecs-service-connect-")
}

/// Whether something ran on after the order to stop until it was killed.
fn outlived_order(task: &Task) -> bool {
    let ended = task.execution_stopped_at.or(task.stopped_at);
    ended
        .zip(task.stopping_at)
        .is_some_and(|(ended, ordered)| ended.seconds_since(ordered) >= OUTLIVED_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::first_to_end;
    use ecswhy_facts::ecs::{Task, TaskDefinition};
    use serde_json::{Value, json};

    fn first(exits: &[(&str, i64)], seconds_to_end: i64, helpers: &[&str]) -> String {
        let containers: Vec<Value> =
            exits.iter().map(|(name, code)| json!({ "name": name, "exitCode": code })).collect();
        let task: Task = serde_json::from_value(json!({
            "containers": containers,
            "stoppingAt": 1_000,
            "executionStoppedAt": 1_000 + seconds_to_end,
        }))
        .unwrap();
        let definitions: Vec<Value> = exits
            .iter()
            .map(|(name, _)| json!({ "name": name, "essential": !helpers.contains(name) }))
            .collect();
        let definition: TaskDefinition =
            serde_json::from_value(json!({ "containerDefinitions": definitions })).unwrap();
        first_to_end(&task, Some(&definition)).and_then(|it| it.name.clone()).unwrap_or_default()
    }

    #[test]
    fn the_container_that_ended_by_itself_is_guilty() {
        assert_eq!(first(&[("app", 143), ("proxy", 1)], 3, &[]), "proxy");
        assert_eq!(first(&[("app", 137), ("proxy", 1)], 31, &[]), "proxy");
        assert_eq!(first(&[("app", 143), ("proxy", 0)], 3, &[]), "proxy");
        assert_eq!(first(&[("app", 143), ("proxy", 137)], 3, &[]), "proxy");
    }

    #[test]
    fn a_container_that_is_not_essential_stops_no_task() {
        assert_eq!(first(&[("migrate", 0), ("app", 137)], 3, &["migrate"]), "app");
        assert_eq!(first(&[("migrate", 1), ("app", 1)], 3, &["migrate"]), "app");
    }

    #[test]
    fn the_agent_of_guard_duty_stops_no_task() {
        assert_eq!(first(&[("aws-guardduty-agent-a1b2c3", 1), ("app", 137)], 3, &[]), "app");
    }

    #[test]
    fn a_kill_at_the_end_of_the_stop_timeout_is_a_consequence() {
        assert_eq!(first(&[("app", 137), ("job", 0)], 31, &[]), "job");
        assert_eq!(first(&[("app", 137), ("job", 0)], 3, &[]), "app");
    }
}
