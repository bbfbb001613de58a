//! `service/changed-since-last-good`: what differs between the failing launch and the last that ran.

use super::placement;
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::ecs::{Service, Task, TaskDefinition};
use ecswhy_facts::{Fact, Gap};
use serde_json::Value;
use std::collections::BTreeMap;

/// The record.
pub static CHECK: Check = Check {
    id: "service/changed-since-last-good",
    title: "The launch is like the last one that ran",
    stage: Stage::Service,
    weight: Weight::Note,
    explains: &[],
    explanation: "## What it is\nThe failing launch differs from the last one that ran in the fields named: of the task definition, and of the subnets, security groups, public IP setting and platform version of the service.\n\n## Why it matters\nWhat worked and now fails mostly fails for what was changed between.\n\n## How to see it\nThe evidence names each field with both values.\n\n## How to fix it\nCompare the fields with what the root cause names; deploying the last good revision again is a quick way back.\n\n## Sources\nECS API reference, DescribeTaskDefinition and DescribeServices.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    if launch.steady {
        return Ok(Verdict::NotApplicable("the launch runs"));
    }
    let judged = launch.task_definition()?;
    let Some(good) = last_good(launch, judged) else {
        return Ok(Verdict::NotApplicable("no other launch is known to have run"));
    };
    let ran = good.task_definition_arn.as_deref();
    let definition =
        ran.and_then(|arn| launch.facts.ecs.task_definitions.get(arn).present().copied());
    let mut changed: Vec<Changed> = match definition {
        Some(good) => differences(&fields(good), &fields(judged)),
        None => Vec::new(),
    };
    let placed = placement::changed(launch, good);
    if definition.is_none() && placed.is_empty() {
        return Ok(Verdict::NotApplicable("no other launch is known to have run"));
    }
    changed.extend(placed);
    if changed.is_empty() {
        return Ok(Verdict::Pass);
    }
    let arn = judged.task_definition_arn.clone().unwrap_or_default();
    let listed = changed.iter().map(|each| each.name.as_str()).collect::<Vec<_>>().join(", ");
    let before = match definition.filter(|good| good.revision != judged.revision) {
        Some(good) => format!("Revision {}", good.revision.unwrap_or_default()),
        None => "An earlier launch".to_owned(),
    };
    let mut fault =
        Fault::new(arn.clone(), format!("{before} ran; this launch differs from it in {listed}."));
    for Changed { name, before, after, of_service } in changed {
        let (call, resource) = match of_service {
            true => (Service::CALL, launch.arn()),
            false => (TaskDefinition::CALL, arn.clone()),
        };
        fault = fault.fact(call, resource, &name, format!("{before} -> {after}"));
    }
    Ok(Verdict::Fail(vec![fault]))
}

/// A setting that is not what it was.
pub(super) struct Changed {
    /// Its name, as AWS spells it.
    pub name: String,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
    /// Whether the service says it, and not the task definition.
    pub of_service: bool,
}

/// The newest task that started in another launch than the judged one.
fn last_good<'a>(launch: &Launch<'a>, judged: &TaskDefinition) -> Option<&'a Task> {
    let id = launch.rollout.as_ref().and_then(|rollout| rollout.id);
    let started = launch.tasks.iter().filter(|task| task.started_at.is_some());
    let of_another = |task: &&Task| {
        let deployment = task.started_by.as_deref().filter(|_| id.is_some());
        task.task_definition_arn != judged.task_definition_arn
            || deployment.is_some_and(|deployment| Some(deployment) != id)
    };
    started.filter(of_another).max_by_key(|task| task.started_at)
}

fn differences(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> Vec<Changed> {
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let show = |side: &BTreeMap<String, String>, name: &str| {
        side.get(name).cloned().unwrap_or_else(|| "(absent)".to_owned())
    };
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| Changed {
            name: name.clone(),
            before: show(before, name),
            after: show(after, name),
            of_service: false,
        })
        .collect()
}

/// The fields of a task definition that a person writes, flattened to `containerDefinitions.app.image`.
fn fields(definition: &TaskDefinition) -> BTreeMap<String, String> {
    /// Fields that differ between any two revisions.
    const OF_REVISION: [&str; 9] = [
        "taskDefinitionArn",
        "revision",
        "registeredAt",
        "registeredBy",
        "deregisteredAt",
        "status",
        "requiresAttributes",
        "compatibilities",
        "tags",
    ];
    let mut flat = BTreeMap::new();
    if let Ok(Value::Object(map)) = serde_json::to_value(definition) {
        for (name, value) in map.iter().filter(|(name, _)| !OF_REVISION.contains(&name.as_str())) {
            flatten(name, value, &mut flat);
        }
    }
    flat
}

fn flatten(path: &str, value: &Value, flat: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(name, value)| flatten(&format!("{path}.{name}"), value, flat))
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let name = item
                    .get("name")
                    .and_then(Value::as_str)
                    .map_or_else(|| index.to_string(), str::to_owned);
                flatten(&format!("{path}.{name}"), item, flat);
            }
        }
        Value::Null => {}
        Value::String(text) => drop(flat.insert(path.to_owned(), text.clone())),
        other => drop(flat.insert(path.to_owned(), other.to_string())),
    }
}
