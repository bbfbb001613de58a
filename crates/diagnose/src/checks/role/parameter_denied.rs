//! `role/parameter-denied`: the role may not read a parameter.

use super::super::secret::reference;
use super::permission::{self, Wanted};
use crate::Stage;
use crate::check::{Check, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/parameter-denied",
    title: "The execution role may read the parameters",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::SecretAccessDenied],
    explanation: "## What it is\nReading parameters needs `ssm:GetParameters` (plural; `ssm:GetParameter` does not help) on the ARN of each.\n\n## How to fix it\nAllow `ssm:GetParameters` on the ARNs of the parameters in a policy of the role.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let Some(role) = launch.execution_role()? else {
        return Ok(Verdict::NotApplicable("the task definition names no execution role"));
    };
    let mut wanted = Vec::new();
    for parameter in reference::parameters(launch)? {
        wanted.push(Wanted::on("ssm:GetParameters", parameter.arn.clone()));
    }
    if wanted.is_empty() {
        return Ok(Verdict::NotApplicable("the task definition needs nothing of it"));
    }
    let mut tally = Tally::default();
    tally.add(permission::judge(launch, &role, &wanted));
    Ok(tally.verdict(""))
}
