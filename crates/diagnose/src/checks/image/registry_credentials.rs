//! `image/registry-credentials`: the registry refused them.

use super::super::said::{how_often, said};
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "image/registry-credentials",
    title: "The registry accepts the credentials",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::RegistryCredentialsInvalid],
    explanation: "## What it is\nThe registry refused user name or password, or the secret under repositoryCredentials is not JSON with `username` and `password`.\n\n## Why it stops the launch\nFargate logs in to the private registry before it pulls, and pulls nothing without.\n\n## How to see it\nTry the pair with `docker login REGISTRY`; look at the names of the secret's keys, never its values in a log. An access token may have expired.\n\n## How to fix it\nStore a secret of the form {\"username\": \"...\", \"password\": \"...\"} and name its ARN in repositoryCredentials.\n\n## Sources\nECS Developer Guide, Using non-AWS container images in Amazon ECS.\n",
    run,
};

/// The secret could not be read: a matter of its existence and its policies, not of what it holds.
fn is_unread(message: &str) -> bool {
    let message = message.to_lowercase();
    let is_of_secret =
        message.contains("registry auth from asm") || message.contains("asm fetching");
    is_of_secret && !message.contains("malformed")
}

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        if is_unread(&told.message) {
            return None;
        }
        let secret = told
            .parameters
            .get("secret")
            .or_else(|| told.parameters.get("image"))
            .cloned()
            .unwrap_or_else(|| launch.target.key());
        Some(Fault::new(
            secret,
            format!(
                "The registry refused the credentials, or could not make sense of them ({}).",
                how_often(told)
            ),
        ))
    }))
}
