//! `service/changed-since-last-good`: what differs between the failing launch and the last that ran.

use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;
use ecswhy_facts::ecs::TaskDefinition;
use serde_json::Value;
use std::collections::BTreeMap;

/// The record.
pub static CHECK: Check = Check {
    id: "service/changed-since-last-good",
    title: "The launch is like the last one that ran",
    stage: Stage::Service,
    weight: Weight::Note,
    explains: &[],
    explanation: "## What it is\nThe failing launch differs from the last one that ran in the fields named. The cause is often among them.\n\n## How to fix it\nCompare the fields with what the root cause names; deploying the last good revision again is a quick way back.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    if launch.steady {
        return Ok(Verdict::NotApplicable("the launch runs"));
    }
    let judged = launch.task_definition()?;
    let ran = |arn: &str| launch.facts.ecs.task_definitions.get(arn).present().copied();
    let started = launch.tasks.iter().filter(|task| task.started_at.is_some());
    let last_good = started
        .filter(|task| task.task_definition_arn != judged.task_definition_arn)
        .max_by_key(|task| task.started_at)
        .and_then(|task| ran(task.task_definition_arn.as_deref()?));
    let Some(good) = last_good else {
        return Ok(Verdict::NotApplicable("no other revision is known to have run"));
    };
    let (before, after) = (fields(good), fields(judged));
    let names = before.keys().chain(after.keys()).collect::<std::collections::BTreeSet<_>>();
    let changed: Vec<_> =
        names.into_iter().filter(|name| before.get(*name) != after.get(*name)).collect();
    if changed.is_empty() {
        return Ok(Verdict::Pass);
    }
    let arn = judged.task_definition_arn.clone().unwrap_or_default();
    let from = good.revision.unwrap_or_default();
    let listed = changed.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let mut fault = Fault::new(
        arn.clone(),
        format!("Revision {from} ran; this one differs from it in {listed}."),
    );
    for name in changed {
        let show = |side: &BTreeMap<String, String>| {
            side.get(name).cloned().unwrap_or_else(|| "(absent)".to_owned())
        };
        fault = fault.fact(
            "ecs:DescribeTaskDefinition",
            arn.clone(),
            name,
            format!("{} -> {}", show(&before), show(&after)),
        );
    }
    Ok(Verdict::Fail(vec![fault]))
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
