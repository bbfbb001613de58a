//! `health/container-check-fails`: the container's own health check says no.

use super::container_check::{Checked, failed, told};
use super::container_check_command_missing;
use super::container_check_too_early::found;
use super::timing::Timing;
use crate::Stage;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::checks::container::ended;
use crate::checks::said::{how_often, said};
use crate::launch::{Launch, Told};
use crate::loglines::LogKind;
use crate::report::{Confidence, Safety};
use crate::shell::quote;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "health/container-check-fails",
    title: "The container's own health check passes",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::ContainerUnhealthy],
    explanation: "## What it is\nThe command of the container health check, executed inside the container, exits with another code than 0. ECS does not show what it prints.\n\n## Why it stops the launch\nECS stops a task of a service whose essential container is UNHEALTHY.\n\n## How to fix it\nExecute the command in a running task with ECS Exec and read what it says: mostly a wrong port or path, or a program that the image does not have.\n\n## Sources\nECS API reference, HealthCheck; ECS Developer Guide, Troubleshoot health checks.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    launch.task_definition()?;
    launch.observed()?;
    let is_told_otherwise = || {
        matches!(container_check_command_missing::CHECK.judge(launch), Verdict::Fail(_))
            || told(launch).is_some_and(|told| {
                failed(launch, told)
                    .is_some_and(|checked| found(launch, told, &checked) != Timing::Fine)
            })
    };
    if told(launch).is_some() && is_told_otherwise() {
        return Ok(Verdict::Pass);
    }
    Ok(said(launch, CHECK.explains, |told| {
        Some(match failed(launch, told) {
            Some(checked) => of_check(launch, told, &checked),
            None => {
                let container = ended::name_of(launch, told);
                let message =
                    format!("The health check of a container fails ({}).", how_often(told));
                Fault::new(container, message).confidence(Confidence::Likely)
            }
        })
    }))
}

fn of_check(launch: &Launch<'_>, told: &Told, checked: &Checked<'_>) -> Fault {
    let container = checked.container.as_str();
    let log = ended::attempts_of(launch, told)
        .find_map(|attempt| launch.log(attempt.task, container).ok().flatten());
    let listens: Vec<&str> = log
        .iter()
        .flat_map(|log| log.readings.iter())
        .filter(|reading| reading.kind == LogKind::Listening)
        .filter_map(|reading| reading.get("port"))
        .collect();
    let asked = asked_port(&checked.command());
    let why = match (&asked, listens.as_slice()) {
        (Some(asked), [listens, ..]) if !listens.is_empty() && listens != asked => {
            format!(": it asks port {asked}, and the application listens on {listens}")
        }
        (_, [_, ..]) => " although the application listens".to_owned(),
        _ => String::new(),
    };
    let message =
        format!("The health check of container {container} fails{why} ({}).", how_often(told));
    let arn = launch.task_definition_arn().unwrap_or_default();
    let mut fault = Fault::new(container, message).fact(
        "ecs:DescribeTaskDefinition",
        arn,
        &format!("containerDefinitions[{container}].healthCheck.command"),
        checked.command(),
    );
    if let Some(log) = &log {
        fault.evidence.push(ended::last_lines(log, log.cause().map(|said| said.line_index)));
    }
    let execute = launch
        .aws("ecs execute-command")
        .arg("--cluster", launch.target.cluster())
        .arg("--task", "TASK_ID")
        .arg("--container", container)
        .flag("--interactive")
        .arg("--command", in_shell(&checked.check.command));
    fault.remedy(Remedy::by_hand(
        "Execute the health check by hand and correct it",
        Safety::ReadOnly,
        "Execute the health check in a running task and correct what it says",
        [execute],
    ))
}

/// A health check as a command line: what follows CMD-SHELL is one for a shell, what follows CMD is a list of words.
fn in_shell(command: &[String]) -> String {
    match command.split_first() {
        Some((kind, line)) if kind == "CMD-SHELL" => {
            format!("/bin/sh -c {}", quote(&line.join(" ")))
        }
        Some((kind, words)) if kind == "CMD" => {
            words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
        }
        _ => command.join(" "),
    }
}

/// The port of the URL in a command: `curl -f http://localhost:8080/health`.
fn asked_port(command: &str) -> Option<String> {
    let rest = command.split_once("://")?.1;
    let host = rest.split(['/', ' ', '\'', '"']).next()?;
    let port = host.rsplit_once(':')?.1;
    (!port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())).then(|| port.to_owned())
}
