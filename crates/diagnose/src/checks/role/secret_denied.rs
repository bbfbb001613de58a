//! `role/secret-denied`: the role may not read a secret.

use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::{Purpose, tell};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/secret-denied",
    title: "The execution role may read the secrets",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::SecretAccessDenied, Symptom::RegistryCredentialsInvalid],
    explanation: "## What it is\nReading a secret needs `secretsmanager:GetSecretValue` on its whole ARN, whose six random characters at the end a policy must cover (`NAME-??????`). The `:json-key:stage:version` that a task definition adds is not part of it.\n\n## Why it stops the launch\nSecrets are read before the containers start, with the execution role; reading one with your own credentials proves nothing about the role.\n\n## How to fix it\nAllow the action on the ARN of the secret in a policy of the role. Where a boundary or a Deny forbids it, change that.\n\n## Sources\nECS Developer Guide, Pass Secrets Manager secrets through Amazon ECS environment variables.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    tell::caller(launch, Purpose::Secret)
}
