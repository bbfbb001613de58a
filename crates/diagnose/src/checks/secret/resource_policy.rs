//! `secret/resource-policy`: the policy of a secret keeps the role out.

use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::{Purpose, tell};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "secret/resource-policy",
    title: "The policies of the secrets let the execution role read",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::SecretAccessDenied, Symptom::RegistryCredentialsInvalid],
    explanation: "## What it is\nA Deny in the secret's own policy covers the execution role, or the secret is in another account and its policy does not allow the role.\n\n## Why it stops the launch\nA Deny anywhere wins; across accounts both sides must allow.\n\n## How to fix it\nExempt the role from the Deny, or allow it `secretsmanager:GetSecretValue` in the secret's policy.\n\n## Sources\nSecrets Manager User Guide, Resource-based policies; Access secrets from a different account.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    tell::resource(launch, Purpose::Secret)
}
