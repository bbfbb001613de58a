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

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let secret = told
            .parameters
            .get("secret")
            .or_else(|| told.parameters.get("image"))
            .cloned()
            .unwrap_or_else(|| launch.target.key());
        Some(Fault::new(
            secret,
            format!(
                "The registry credentials were refused or could not be read ({}).",
                how_often(told)
            ),
        ))
    }))
}
