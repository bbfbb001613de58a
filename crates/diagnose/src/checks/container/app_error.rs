//! `container/app-error`: the application ended with an error code.

use super::super::said::{how_often, said};
use super::ended;
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/app-error",
    title: "The application starts",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::ContainerExited, Symptom::AppError],
    explanation: "## What it is\nThe application ended by itself with an error code. Its own log says why.\n\n## How to fix it\nRead the last log lines: a missing variable, a dependency that does not answer, a file that is not there.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let container = ended::name_of(launch, told);
        let code = ended::exit_code(launch, told, &container);
        if code == Some(0) {
            return None;
        }
        let with = code.map_or_else(String::new, |code| format!(" with exit code {code}"));
        let fault = Fault::new(
            container.clone(),
            format!(
                "The application in container {container} ended by itself{with} ({}).",
                how_often(told)
            ),
        );
        Some(ended::with_end(fault, launch, told, &container))
    }))
}
