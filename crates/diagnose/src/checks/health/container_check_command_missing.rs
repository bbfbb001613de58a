//! `health/container-check-command-missing`: the check's command cannot be executed in the container.

use super::container_check::{Checked, checked, told};
use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::checks::container::ended;
use crate::launch::Launch;
use crate::loglines::LogKind;
use crate::report::{Confidence, Evidence, Safety};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "health/container-check-command-missing",
    title: "The container health check's command can be executed",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::ContainerUnhealthy],
    explanation: "## What it is\nThe command of the container health check runs inside the container, with what its image holds: slim images have neither curl nor wget, distroless ones not even a shell. `CMD` executes its arguments directly, so a line for a shell must follow `CMD-SHELL`.\n\n## Why it stops the launch\nA check that cannot be executed fails like one that says no, so ECS stops the task.\n\n## How to fix it\nWrite `[\"CMD-SHELL\", \"curl -f http://localhost:8080/health || exit 1\"]` with a program that the image has, or add one to the image.\n\n## Sources\nECS API reference, HealthCheck.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    launch.task_definition()?;
    launch.observed()?;
    let mut tally = Tally::default();
    for checked in checked(launch) {
        // Who was found healthy has a command that works.
        let is_disproved = launch.steady || is_healthy(launch, &checked.container);
        let fault = || shell_line(launch, &checked).or_else(|| said_by_log(launch, &checked));
        tally.add(Ok(if is_disproved { None } else { fault() }));
    }
    Ok(tally.verdict("no container checks itself"))
}

fn is_healthy(launch: &Launch<'_>, container: &str) -> bool {
    launch.attempts.iter().any(|attempt| {
        ended::container_of(attempt, container)
            .is_some_and(|container| container.health_status.as_deref() == Some("HEALTHY"))
    })
}

/// What only a shell understands.
const SHELL_WORDS: [&str; 6] = [" || ", " && ", " | ", "; ", " > ", "$("];

/// `CMD` with one argument that is a line for a shell: no program has that name.
fn shell_line(launch: &Launch<'_>, checked: &Checked<'_>) -> Option<Fault> {
    let [form, line] = checked.check.command.as_slice() else { return None };
    if form != "CMD" || !line.trim().contains(' ') {
        return None;
    }
    let message = format!(
        "The health check of container {} executes the line `{line}` as one program; a line for a shell must follow CMD-SHELL.",
        checked.container
    );
    let sure = if SHELL_WORDS.iter().any(|word| line.contains(word)) {
        Confidence::Certain
    } else {
        Confidence::Likely
    };
    let arn = launch.task_definition_arn().unwrap_or_default();
    let edit = TaskDefinitionEdit::HealthCheck {
        container: checked.container.clone(),
        start_period: None,
        command: Some(vec!["CMD-SHELL".to_owned(), line.clone()]),
        retries: None,
    };
    let change =
        Change::RegisterTaskDefinition { task_definition: arn.to_owned(), edits: vec![edit] };
    Some(
        with_command(Fault::new(checked.container.clone(), message), arn, checked)
            .confidence(sure)
            // Whether the line then succeeds, only a task can tell.
            .remedy(
                Remedy::new(
                    "Let a shell execute the health check: CMD-SHELL",
                    Safety::NeedsNewDeployment,
                    vec![change],
                )
                .estimate(),
            ),
    )
}

/// A line of the log says that the program is missing that the check executes.
fn said_by_log(launch: &Launch<'_>, checked: &Checked<'_>) -> Option<Fault> {
    let told = told(launch)?;
    let command = checked.command();
    let names = |program: &str| {
        command
            .split(|c: char| !(c.is_ascii_alphanumeric() || "._/-".contains(c)))
            .any(|word| word == program || word.rsplit('/').next() == Some(program))
    };
    ended::attempts_of(launch, told).find_map(|attempt| {
        let log = launch.log(attempt.task, &checked.container).ok().flatten()?;
        let missing = log.readings.iter().find(|reading| {
            reading.kind == LogKind::CommandNotFound && reading.get("command").is_some_and(names)
        })?;
        let program = missing.get("command").unwrap_or_default();
        let message = format!(
            "The health check of container {} needs {program}, which its image does not have.",
            checked.container
        );
        let arn = launch.task_definition_arn().unwrap_or_default();
        let mut fault = with_command(Fault::new(checked.container.clone(), message), arn, checked);
        let line = log.line(missing.line_index);
        fault.evidence.push(Evidence::fact(
            "logs:GetLogEvents",
            log.stream.clone(),
            "events[].message",
            line,
        ));
        Some(fault.remedy(Remedy::by_hand(
            format!("Add {program} to the image or use another program"),
            Safety::NeedsNewDeployment,
            format!(
                "Add {program} to the image in its Dockerfile, or check with a program that it has"
            ),
            [],
        )))
    })
}

fn with_command(fault: Fault, arn: &str, checked: &Checked<'_>) -> Fault {
    fault.fact(
        "ecs:DescribeTaskDefinition",
        arn,
        &format!("containerDefinitions[{}].healthCheck.command", checked.container),
        format!("{:?}", checked.check.command),
    )
}
