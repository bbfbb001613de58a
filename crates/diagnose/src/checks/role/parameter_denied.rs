//! `role/parameter-denied`: the role may not read a parameter.

use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::{Purpose, tell};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/parameter-denied",
    title: "The execution role may read the parameters",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::SecretAccessDenied],
    explanation: "## What it is\nReading parameters needs `ssm:GetParameters` (plural; `ssm:GetParameter` does not help) on the ARN of each. The ARN of `/app/key` is `parameter/app/key`, with one slash.\n\n## Why it stops the launch\nParameters are read before the containers start, with the execution role.\n\n## How to fix it\nAllow `ssm:GetParameters` on the ARNs of the parameters in a policy of the role.\n\n## Sources\nECS Developer Guide, Pass Systems Manager parameters through Amazon ECS environment variables.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    tell::caller(launch, Purpose::Parameter)
}
