//! `container/command-not-executable`: permission denied at start.

use super::super::said::{how_often, said};
use super::command_not_found::command;
use super::ended::End;
use super::next_steps::look_for;
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/command-not-executable",
    title: "The command can be executed",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::CommandNotStartable],
    explanation: "## What it is\nExit code 126, or permission denied at start: the file is there but may not be executed: its executable bit is missing, it is a directory, or `user` may not reach it.\n\n## Why it stops the launch\nThe container cannot start, so there is no log either.\n\n## How to fix it\nSet the bit in the image (`RUN chmod +x FILE`; `COPY --chmod=755`), or call the script through its interpreter (`[\"sh\", \"FILE\"]`).\n\n## Sources\nDocker run reference, Exit status.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let lower = told.message.to_ascii_lowercase();
        let denied = lower.contains("permission denied")
            || told.parameters.get("exit_code").is_some_and(|code| code == "126");
        if !denied {
            return None;
        }
        let end = End::of(launch, told);
        let container = end.container.clone();
        let command = command(&end, told, launch.container(&container));
        let message = format!(
            "The command{command} of container {container} cannot be executed ({}).",
            how_often(told)
        );
        let look = look_for(launch, &container, command.trim_start());
        let fault = end.evidence(Fault::new(container, message));
        Some(look.into_iter().fold(fault, Fault::remedy))
    }))
}
