//! The container whose own health check failed, and that check.

use crate::checks::container::ended;
use crate::launch::{Launch, Told};
use crate::symptom::Symptom;
use ecswhy_facts::ecs::HealthCheck;

/// A container with its own health check, as the judged launch defines it.
#[derive(Clone, Debug)]
pub struct Checked<'l> {
    /// The container.
    pub container: String,
    /// Its check.
    pub check: &'l HealthCheck,
}

impl Checked<'_> {
    /// The check as a person writes it.
    pub fn command(&self) -> String {
        self.check.command.join(" ")
    }
}

/// The containers of the judged launch that check themselves.
pub fn checked<'l>(launch: &Launch<'l>) -> Vec<Checked<'l>> {
    let Ok(definition) = launch.task_definition() else { return Vec::new() };
    let of = |container: &'l ecswhy_facts::ecs::ContainerDefinition| {
        let check = container.health_check.as_ref()?;
        let is_off = check.command.first().is_none_or(|first| first == "NONE");
        (!is_off).then(|| Checked { container: container.name.clone().unwrap_or_default(), check })
    };
    definition.container_definitions.iter().filter_map(of).collect()
}

/// What AWS said about tasks that it stopped because a container's check failed.
pub fn told<'l>(launch: &'l Launch<'_>) -> Option<&'l Told> {
    if launch.steady {
        return None;
    }
    launch.symptoms.iter().find(|told| told.symptom == Symptom::ContainerUnhealthy)
}

/// The container whose check failed: the one that ECS calls unhealthy, else the only one that checks itself.
pub fn failed<'l>(launch: &Launch<'l>, told: &Told) -> Option<Checked<'l>> {
    let checked = checked(launch);
    let unhealthy = ended::attempts_of(launch, told)
        .flat_map(|attempt| &attempt.task.containers)
        .filter(|container| container.health_status.as_deref() == Some("UNHEALTHY"))
        .find_map(|container| {
            checked.iter().find(|each| Some(each.container.as_str()) == container.name.as_deref())
        })
        .cloned();
    unhealthy.or_else(|| match checked.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    })
}
