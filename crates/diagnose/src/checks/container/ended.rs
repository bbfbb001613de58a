//! Which container a symptom speaks of, and what is known of its end.

use crate::check::Fault;
use crate::launch::{Attempt, Launch, Told};
use crate::report::Evidence;

/// The container that a symptom names, else the one whose end stopped the task, else the only one.
pub fn name_of(launch: &Launch<'_>, told: &Told) -> String {
    let named = told.parameters.get("container").cloned();
    let guilty = || attempt_of(launch, told)?.guilty_container()?.name.clone();
    let only = || match attempt_of(launch, told)?.task.containers.as_slice() {
        [only] => only.name.clone(),
        _ => None,
    };
    named.or_else(guilty).or_else(only).unwrap_or_else(|| launch.target.key())
}

/// The newest attempt that ended so.
pub fn attempt_of<'l, 'a>(launch: &'l Launch<'a>, told: &Told) -> Option<&'l Attempt<'a>> {
    launch.attempts.iter().find(|attempt| {
        attempt.task.id().is_some_and(|id| told.tasks.iter().any(|task| task == id))
    })
}

/// The exit code of the container in the newest such attempt.
pub fn exit_code(launch: &Launch<'_>, told: &Told, container: &str) -> Option<i64> {
    let attempt = attempt_of(launch, told)?;
    attempt.task.containers.iter().find(|each| each.name.as_deref() == Some(container))?.exit_code
}

/// Adds the container's exit code, its life time and its last log lines as evidence.
pub fn with_end(mut fault: Fault, launch: &Launch<'_>, told: &Told, container: &str) -> Fault {
    let Some(attempt) = attempt_of(launch, told) else { return fault };
    let task = attempt.task.id().unwrap_or_default();
    if let Some(code) = exit_code(launch, told, container) {
        fault = fault.fact(
            "ecs:DescribeTasks",
            task,
            &format!("containers[{container}].exitCode"),
            code,
        );
    }
    if let Some(seconds) = attempt.lived_seconds() {
        fault =
            fault.fact("ecs:DescribeTasks", task, "stoppedAt - startedAt", format!("{seconds} s"));
    }
    fault.evidence.extend(last_lines(launch, container, task));
    fault
}

/// The last lines that the container logged, where they were read.
fn last_lines(launch: &Launch<'_>, container: &str, task: &str) -> Option<Evidence> {
    /// More than this does not help on a first screen.
    const SHOWN: usize = 5;
    let need = launch.needs().ok()?.log_groups.iter().find(|need| need.container == container)?;
    let region = need.region.as_deref().unwrap_or(&launch.snapshot.region);
    let stream = format!("{}:{}", need.group.as_deref()?, need.stream(task)?);
    let lines = launch
        .snapshot
        .of(&launch.snapshot.account, region)
        .logs
        .lines
        .get(&stream)
        .present()
        .copied()?;
    let texts: Vec<&str> = lines.0.iter().filter_map(|event| event.message.as_deref()).collect();
    let shown = texts.get(texts.len().saturating_sub(SHOWN)..)?;
    (!shown.is_empty())
        .then(|| Evidence::fact("logs:GetLogEvents", stream, "events[].message", shown.join("\n")))
}
