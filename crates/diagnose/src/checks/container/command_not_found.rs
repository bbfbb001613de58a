//! `container/command-not-found`: no such file at start.

use super::super::said::{how_often, said};
use super::ended::End;
use super::next_steps::look_for;
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::{Launch, Told};
use crate::loglines::LogKind;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;
use ecswhy_facts::ecs::ContainerDefinition;

/// The record.
pub static CHECK: Check = Check {
    id: "container/command-not-found",
    title: "The command exists in the image",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::CommandNotStartable],
    explanation: "## What it is\nThe file under `command` or `entryPoint` is not in the image or not on its PATH, its interpreter or libc is missing, or a volume mounted over the directory hides it. Exit code 127 is the shell's word for the same. A whole command line in one element of `command` is taken as the name of one file.\n\n## Why it stops the launch\nThe container cannot start, so there is no log either.\n\n## How to fix it\nLook into the image (`docker run --entrypoint sh IMAGE -c 'command -v NAME'`), then correct `command` or `entryPoint` in the task definition, or the image. A script with Windows line ends fails so, too: its interpreter is then named `/bin/sh\\r`.\n\n## Sources\nECS Developer Guide, Troubleshooting CannotStartContainerError; Docker run reference, Exit status.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let lower = told.message.to_ascii_lowercase();
        if lower.contains("permission denied")
            || told.parameters.get("exit_code").is_some_and(|code| code == "126")
        {
            return None;
        }
        let end = End::of(launch, told);
        if end.kind() == Some(LogKind::ExecFormat) {
            return None;
        }
        let container = end.container.clone();
        let command = command(&end, told, launch.container(&container));
        let message = format!(
            "The command{command} of container {container} is not in the image ({}).",
            how_often(told)
        );
        let look = look_for(launch, &container, command.trim_start());
        let fault = end.evidence(Fault::new(container, message));
        Some(look.into_iter().fold(fault, Fault::remedy))
    }))
}

/// ` gunicorn`, where the message, the log or the task definition names it.
pub(super) fn command(
    end: &End<'_>,
    told: &Told,
    definition: Option<&ContainerDefinition>,
) -> String {
    let of_log = || end.said().and_then(|said| said.get("command").or_else(|| said.get("path")));
    let of_definition = || {
        let definition = definition?;
        let words = definition.entry_point.iter().chain(&definition.command).flatten();
        words.map(String::as_str).next()
    };
    let named = told.parameters.get("command").map(String::as_str);
    let command = named.or_else(of_log).or_else(of_definition);
    command.map_or_else(String::new, |command| format!(" {command}"))
}
