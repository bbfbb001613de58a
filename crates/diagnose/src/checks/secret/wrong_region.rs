//! `secret/wrong-region`: a secret or parameter is named in a Region where it is not.

use super::reference::{ParameterOf, SecretOf, parameters, secrets};
use crate::Stage;
use crate::change::{Change, TaskDefinitionEdit};
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::needs::{SecretNeed, SecretUse};
use ecswhy_facts::secrets::{Parameter, SecretDescription};
use ecswhy_facts::{Fact, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "secret/wrong-region",
    title: "Secrets and parameters exist in the Region that their ARN names",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::SecretNotFound, Symptom::SecretAccessDenied, Symptom::ParameterNotFound],
    explanation: "## What it is\nThe ARN names another Region than the task's, and what it names is not there: mostly an ARN that was copied from another environment. A secret that does exist in another Region can be read from there, over a route to the internet.\n\n## Why it stops the launch\nECS reads every secret and parameter before it starts the containers, from the Region that the ARN names.\n\n## How to fix it\nName the ARN of the task's own Region, or replicate the secret into the Region that is named.\n\n## Sources\nECS Developer Guide, Pass Secrets Manager secrets to a container.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    for secret in secrets(launch)?.iter().filter(|secret| secret.is_elsewhere) {
        tally.add(of_secret(launch, secret));
    }
    for parameter in parameters(launch)?.iter().filter(|parameter| parameter.is_elsewhere) {
        tally.add(of_parameter(launch, parameter));
    }
    Ok(tally.verdict("every secret and parameter is named in the task's Region"))
}

fn of_secret(launch: &Launch<'_>, secret: &SecretOf<'_>) -> Result<Option<Fault>, Gap> {
    if secret.facts.secrets.secrets.ask(&secret.key)?.is_some() {
        return Ok(None);
    }
    let fault = fault(launch, secret.need, &secret.key, &secret.arn.region)
        .fact(SecretDescription::CALL, secret.key.clone(), "Name", "ResourceNotFoundException")
        .about("secret", secret.key.clone());
    Ok(Some(fault))
}

fn of_parameter(launch: &Launch<'_>, parameter: &ParameterOf<'_>) -> Result<Option<Fault>, Gap> {
    if parameter.described()?.is_some() {
        return Ok(None);
    }
    let fault = fault(launch, parameter.need, &parameter.arn, parameter.region)
        .fact(Parameter::CALL, parameter.name, "Parameters", "[]")
        .about("parameter", parameter.name)
        .about("parameter", parameter.arn.clone());
    Ok(Some(fault))
}

fn fault(launch: &Launch<'_>, need: &SecretNeed, subject: &str, region: &str) -> Fault {
    let home = &launch.snapshot.region;
    let arn = launch.task_definition_arn().unwrap_or_default();
    let message = format!(
        "{} of container {} is named in {region}, where it does not exist; the task runs in {home}.",
        need.name, need.container
    );
    let fault = Fault::new(subject, message).fact(
        "ecs:DescribeTaskDefinition",
        arn,
        "valueFrom",
        &need.value_from,
    );
    if need.used_as != SecretUse::Environment {
        return fault;
    }
    let edit = TaskDefinitionEdit::SecretValueFrom {
        container: need.container.clone(),
        name: need.name.clone(),
        value_from: need.value_from.replacen(&format!(":{region}:"), &format!(":{home}:"), 1),
    };
    let change =
        Change::RegisterTaskDefinition { task_definition: arn.to_owned(), edits: vec![edit] };
    fault.remedy(
        Remedy::new(
            format!("Read {} from {home}, the task's own Region", need.name),
            Safety::NeedsNewDeployment,
            vec![change],
        )
        .estimate(),
    )
}
