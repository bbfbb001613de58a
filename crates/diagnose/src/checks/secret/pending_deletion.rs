//! `secret/pending-deletion`: the secret is scheduled for deletion.

use super::reference::{SecretOf, secrets};
use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "secret/pending-deletion",
    title: "The secrets are not being deleted",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::SecretNotFound],
    explanation: "## What it is\nA secret that is marked for deletion cannot be read, although it is still listed until its recovery window (7 to 30 days) ends.\n\n## Why it stops the launch\nFargate reads the secrets before it starts the containers; Secrets Manager refuses this one.\n\n## How to see it\n`aws secretsmanager describe-secret --secret-id ARN --query DeletedDate` prints a date.\n\n## How to fix it\nRestore it: `aws secretsmanager restore-secret --secret-id ARN`, or name another one in `valueFrom`.\n\n## Sources\nSecrets Manager User Guide, Delete an AWS Secrets Manager secret.\n",
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
    let Some(deleted) =
        secret.facts.secrets.secrets.ask(&secret.key)?.and_then(|found| found.deleted_date)
    else {
        return Ok(None);
    };
    let restore = Change::RestoreSecret { secret: secret.key.clone() };
    Ok(Some(
        Fault::new(
            secret.key.clone(),
            format!(
                "The secret {} is marked for deletion, so nothing can read it.",
                secret.arn.resource
            ),
        )
        .fact("secretsmanager:DescribeSecret", secret.key.clone(), "DeletedDate", deleted)
        .about("secret", secret.key.clone())
        .remedy(Remedy::new("Restore the secret", Safety::NonDisruptive, vec![restore])),
    ))
}
