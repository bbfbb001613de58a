//! `container/dependency-failed`: a dependsOn condition was not met.

use super::super::said::{how_often, said};
use super::ended::End;
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "container/dependency-failed",
    title: "The containers that others wait for come up",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::DependencyFailed],
    explanation: "## What it is\n`dependsOn` waits for a container that did not reach its condition (START, COMPLETE, SUCCESS, HEALTHY) in time.\n\n## How to fix it\nRepair the container that is waited for; raise its `startTimeout`.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        let container = end.container.clone();
        let fault = Fault::new(
            container.clone(),
            format!(
                "A container that {container} depends on did not reach its condition ({}).",
                how_often(told)
            ),
        );
        Some(end.evidence(fault))
    }))
}
