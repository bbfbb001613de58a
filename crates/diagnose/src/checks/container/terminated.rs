//! `container/terminated`: exit code 143 without an order of ECS.

use super::super::said::{how_often, said};
use super::ended::End;
use super::next_steps::read_all_logs;
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/terminated",
    title: "The containers are not terminated from inside",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::Terminated],
    explanation: "## What it is\nExit code 143 is 128 + 15: the process ended by SIGTERM, and ECS had not asked the task to stop. Something inside the task sent it: a supervisor, an init script, a process that ends its parent.\n\n## Why it stops the launch\nThe container is essential, so ECS stops the task with it.\n\n## How to fix it\nRead the last log lines of every container in the task, and find what ends the process: a supervisor whose other program failed, a watchdog, a script with `kill`.\n\n## Sources\nECS Developer Guide, Stopped tasks error messages; signal(7).\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        let container = end.container.clone();
        let fault = Fault::new(
            container.clone(),
            format!(
                "Container {container} ended on SIGTERM (exit code 143) that ECS had not ordered ({}).",
                how_often(told)
            ),
        );
        Some(end.evidence(fault).remedy(read_all_logs(launch, &end)))
    }))
}
