//! `secret/not-found`: Secrets Manager knows no such secret.

use super::reference::{SecretOf, secrets};
use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "secret/not-found",
    title: "The secrets exist",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::SecretNotFound, Symptom::SecretAccessDenied],
    explanation: "## What it is\nThe task definition names a Secrets Manager secret that does not exist. A deleted and re-created secret has a new six-character suffix, and so a new ARN.\n\n## How to fix it\nCreate the secret, or correct the ARN under `valueFrom`.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    for secret in secrets(launch)? {
        tally.add(judge(&secret));
    }
    Ok(tally.verdict("no secret of Secrets Manager is used"))
}

fn judge(secret: &SecretOf<'_>) -> Result<Option<Fault>, Gap> {
    if secret.facts.secrets.secrets.ask(&secret.key)?.is_some() {
        return Ok(None);
    }
    let message = format!(
        "The secret {} does not exist in {} (wanted by container {} for {}).",
        secret.arn.resource, secret.arn.region, secret.need.container, secret.need.name
    );
    Ok(Some(
        Fault::new(secret.key.clone(), message)
            .fact(
                "secretsmanager:DescribeSecret",
                secret.key.clone(),
                "Name",
                "ResourceNotFoundException",
            )
            .about("secret", secret.key.clone()),
    ))
}
