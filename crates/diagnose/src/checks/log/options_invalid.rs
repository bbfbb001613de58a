//! `log/options-invalid`: options of the awslogs driver that are missing, unknown or exclude each other.

use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::{Confidence, Safety};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;
use ecswhy_facts::ecs::{ContainerDefinition, TaskDefinition};
use std::collections::BTreeMap;

/// The record.
pub static CHECK: Check = Check {
    id: "log/options-invalid",
    title: "The options of the log driver are complete",
    stage: Stage::Logging,
    weight: Weight::Blocks,
    explains: &[Symptom::LogConfigInvalid],
    explanation: "## What it is\nOn Fargate the awslogs driver needs `awslogs-group`, `awslogs-region` and `awslogs-stream-prefix`. It takes either `awslogs-datetime-format` or `awslogs-multiline-pattern`, and `max-buffer-size` only in the mode `non-blocking`; options that it does not know are refused.\n\n## Why it stops the launch\nThe log driver refuses its settings, so the container is not created.\n\n## How to fix it\nRegister the task definition with the options that are missing, without those that the driver refuses.\n\n## Sources\nECS API reference, LogConfiguration; Docker, Amazon CloudWatch Logs logging driver.\n",
    run,
};

/// What the driver knows. Source: Docker's awslogs driver, with the options that all drivers have.
const KNOWN: [&str; 19] = [
    "awslogs-region",
    "awslogs-endpoint",
    "awslogs-group",
    "awslogs-stream",
    "awslogs-stream-prefix",
    "awslogs-create-group",
    "awslogs-create-stream",
    "awslogs-force-flush-interval-seconds",
    "awslogs-max-buffered-events",
    "awslogs-datetime-format",
    "awslogs-multiline-pattern",
    "awslogs-credentials-endpoint",
    "awslogs-format",
    "mode",
    "max-buffer-size",
    "tag",
    "labels",
    "env",
    "env-regex",
];

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let definition = launch.task_definition()?;
    // A task that started with these very options has proven them.
    let has_started = launch.proofs.last_start(&[]).is_some();
    let mut tally = Tally::default();
    for container in &definition.container_definitions {
        let log = container.log_configuration.as_ref();
        let Some(log) = log.filter(|log| log.log_driver.as_deref() == Some("awslogs")) else {
            continue;
        };
        let wrong = wrong(&log.options, launch.is_fargate()).filter(|_| !has_started);
        tally.add(Ok(wrong.map(|wrong| fault(definition, container, &log.options, &wrong))));
    }
    Ok(tally.verdict("no container uses awslogs"))
}

/// What is wrong with a set of options.
#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    Missing(Vec<&'static str>),
    Unknown(String),
    Exclusive,
    BufferWithoutMode,
    Mode(String),
}

fn wrong(options: &BTreeMap<String, String>, on_fargate: bool) -> Option<Wrong> {
    let has = |name: &str| options.contains_key(name);
    let required = ["awslogs-group", "awslogs-region", "awslogs-stream-prefix"];
    let missing: Vec<_> = required.into_iter().filter(|name| on_fargate && !has(name)).collect();
    if !missing.is_empty() {
        return Some(Wrong::Missing(missing));
    }
    if has("awslogs-datetime-format") && has("awslogs-multiline-pattern") {
        return Some(Wrong::Exclusive);
    }
    match options.get("mode").map(String::as_str) {
        Some("blocking") if has("max-buffer-size") => return Some(Wrong::BufferWithoutMode),
        Some(mode) if !matches!(mode, "blocking" | "non-blocking") => {
            return Some(Wrong::Mode(mode.to_owned()));
        }
        _ => {}
    }
    let unknown = options.keys().find(|name| !KNOWN.contains(&name.as_str()))?;
    Some(Wrong::Unknown(unknown.clone()))
}

fn fault(
    definition: &TaskDefinition,
    container: &ContainerDefinition,
    options: &BTreeMap<String, String>,
    wrong: &Wrong,
) -> Fault {
    let name = container.name.clone().unwrap_or_default();
    let arn = definition.task_definition_arn.clone().unwrap_or_default();
    let what = match wrong {
        Wrong::Missing(missing) => format!("lacks {}", missing.join(", ")),
        Wrong::Unknown(option) => format!("does not know the option {option}"),
        Wrong::Exclusive => {
            "takes awslogs-datetime-format or awslogs-multiline-pattern, not both".to_owned()
        }
        Wrong::BufferWithoutMode => {
            "takes max-buffer-size in the mode non-blocking only".to_owned()
        }
        Wrong::Mode(mode) => format!("does not know the mode {mode}"),
    };
    let listed = options.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let fault = Fault::new(name.clone(), format!("The log driver of container {name} {what}."))
        .fact("ecs:DescribeTaskDefinition", arn.clone(), "logConfiguration.options", listed);
    // A driver may have learned an option since.
    let fault = match wrong {
        Wrong::Unknown(_) => fault.confidence(Confidence::Likely),
        _ => fault,
    };
    let set = |option: &str, value: Option<&str>| TaskDefinitionEdit::LogOption {
        container: name.clone(),
        option: option.to_owned(),
        value: value.map(str::to_owned),
    };
    let edits = match wrong {
        Wrong::Missing(missing) if missing == &["awslogs-stream-prefix"] => {
            vec![set("awslogs-stream-prefix", Some("ecs"))]
        }
        Wrong::Missing(_) => return fault,
        Wrong::Unknown(option) => vec![set(option, None)],
        Wrong::Exclusive => vec![set("awslogs-multiline-pattern", None)],
        Wrong::BufferWithoutMode | Wrong::Mode(_) => vec![set("mode", Some("non-blocking"))],
    };
    let change = Change::RegisterTaskDefinition { task_definition: arn, edits };
    fault.remedy(Remedy::new(
        format!("Correct the log options of container {name}"),
        Safety::NeedsNewDeployment,
        vec![change],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_driver_takes() {
        let full = ["awslogs-group=/app", "awslogs-region=eu-west-1", "awslogs-stream-prefix=ecs"];
        for (more, expected) in [
            (vec![], None),
            (vec!["mode=non-blocking", "max-buffer-size=25m"], None),
            (vec!["max-buffer-size=25m"], None),
            (vec!["mode=blocking", "max-buffer-size=25m"], Some(Wrong::BufferWithoutMode)),
            (vec!["mode=async"], Some(Wrong::Mode("async".to_owned()))),
            (
                vec!["awslogs-datetime-format=%Y", "awslogs-multiline-pattern=^x"],
                Some(Wrong::Exclusive),
            ),
            (vec!["awslogs-datetime-format=%Y"], None),
            (
                vec!["awslogs-stream-prefx=a"],
                Some(Wrong::Unknown("awslogs-stream-prefx".to_owned())),
            ),
        ] {
            let options = full
                .iter()
                .chain(&more)
                .filter_map(|option| option.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            assert_eq!(wrong(&options, true), expected, "{more:?}");
        }
        let options = BTreeMap::from([("awslogs-group".to_owned(), "/app".to_owned())]);
        let missing = Wrong::Missing(vec!["awslogs-region", "awslogs-stream-prefix"]);
        assert_eq!(wrong(&options, true), Some(missing));
        assert_eq!(wrong(&options, false), None);
    }
}
