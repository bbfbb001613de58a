//! `secret/not-found`: Secrets Manager knows no such secret.

use super::reference::{SecretOf, secrets};
use crate::Stage;
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::shell::Command;
use crate::symptom::Symptom;
use ecswhy_facts::needs::SecretNeed;
use ecswhy_facts::secrets::SecretDescription;
use ecswhy_facts::{Fact, Gap, SecretRefError};

/// The record.
pub static CHECK: Check = Check {
    id: "secret/not-found",
    title: "The secrets exist",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::SecretNotFound, Symptom::SecretAccessDenied],
    explanation: "## What it is\nThe task definition names a Secrets Manager secret that does not exist. A deleted and re-created secret has a new six-character suffix, and so a new ARN. A version or staging label that the secret does not have counts the same.\n\n## Why it stops the launch\nECS reads every secret before it starts the containers.\n\n## How to fix it\nCreate the secret, or correct the ARN under `valueFrom`.\n\n## Sources\nECS Developer Guide, Pass Secrets Manager secrets to a container.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    for need in &launch.needs()?.secrets {
        if let Err(error) = &need.reference {
            tally.add(Ok(invalid(launch, need, error)));
        }
    }
    for secret in secrets(launch)? {
        tally.add(judge(&secret));
    }
    Ok(tally.verdict("no secret of Secrets Manager is used"))
}

/// A `valueFrom` that names nothing. A masked text says nothing about what was written.
fn invalid(launch: &Launch<'_>, need: &SecretNeed, error: &SecretRefError) -> Option<Fault> {
    let arn = launch.task_definition_arn().unwrap_or_default();
    let fault = || {
        Fault::new(
            need.value_from.clone(),
            format!(
                "The valueFrom of {} in container {} names no secret: {error}.",
                need.name, need.container
            ),
        )
        .fact("ecs:DescribeTaskDefinition", arn, "valueFrom", &need.value_from)
    };
    (!need.value_from.contains("***")).then(fault)
}

fn judge(secret: &SecretOf<'_>) -> Result<Option<Fault>, Gap> {
    let found = secret.facts.secrets.secrets.ask(&secret.key)?;
    // What is missing in another Region is named in the wrong one.
    if found.is_none() && secret.is_elsewhere {
        return Ok(None);
    }
    let wanted = format!("wanted by container {} for {}", secret.need.container, secret.need.name);
    let fault = |message: String| {
        Fault::new(secret.key.clone(), message).about("secret", secret.key.clone())
    };
    let Some(found) = found else {
        let message = format!(
            "The secret {} does not exist in {} ({wanted}).",
            secret.arn.resource, secret.arn.region
        );
        let region = &secret.arn.region;
        let remedy = Remedy::by_hand(
            "Create the secret or correct its ARN",
            Safety::AddsResources,
            "Create the secret, or name an existing one in the task definition",
            [
                Command::aws("secretsmanager list-secrets")
                    .region(region)
                    .query("SecretList[].ARN"),
                Command::aws("secretsmanager create-secret")
                    .arg("--name", name(&secret.arn.resource))
                    .flag("--secret-string file://value.json")
                    .region(region),
            ],
        )
        .touches("A secret that is created anew has another suffix in its ARN.");
        let fault = fault(message).fact(
            SecretDescription::CALL,
            secret.key.clone(),
            "Name",
            "ResourceNotFoundException",
        );
        return Ok(Some(fault.remedy(remedy)));
    };
    Ok(missing_version(secret, found).map(|what| {
        fault(format!("The secret {} has no version with {what} ({wanted}).", secret.arn.resource))
            .fact(
                SecretDescription::CALL,
                secret.key.clone(),
                "VersionIdsToStages",
                stages(found).collect::<Vec<_>>().join(", "),
            )
    }))
}

/// The staging label or version id that the secret lacks. A description without any version says nothing.
fn missing_version(secret: &SecretOf<'_>, found: &SecretDescription) -> Option<String> {
    if found.version_ids_to_stages.is_empty() {
        return None;
    }
    if let Some(id) = secret.version_id.filter(|id| !found.version_ids_to_stages.contains_key(*id))
    {
        return Some(format!("the id {id}"));
    }
    let stage = secret.version_stage.or(secret.version_id.is_none().then_some("AWSCURRENT"))?;
    (!stages(found).any(|found| found == stage)).then(|| format!("the staging label {stage}"))
}

fn stages(found: &SecretDescription) -> impl Iterator<Item = &str> {
    found.version_ids_to_stages.values().flatten().map(String::as_str)
}

/// The secret's name: the resource without `secret:` and the six characters that Secrets Manager adds.
fn name(resource: &str) -> &str {
    /// Secrets Manager User Guide: a hyphen and six random characters.
    const SUFFIX: usize = 7;
    let name = resource.strip_prefix("secret:").unwrap_or(resource);
    match name.len().checked_sub(SUFFIX).and_then(|end| name.split_at_checked(end)) {
        Some((name, suffix)) if suffix.starts_with('-') && !name.is_empty() => name,
        _ => name,
    }
}
