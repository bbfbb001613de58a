//! `secret/json-key-missing`: AWS said that the key is not in the secret.

use super::super::said::{how_often, said};
use crate::Stage;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::Launch;
use crate::report::{Confidence, Safety};
use crate::shell::Command;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "secret/json-key-missing",
    title: "The secrets hold the JSON keys that the task definition names",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::SecretKeyMissing],
    explanation: "## What it is\n`valueFrom` names a JSON key, and the secret's text is not a JSON object with that key. This tool never reads secret values: AWS's own message is the proof.\n\n## How to fix it\nAdd the key to the secret, or name one that it has. Without `:key::` in `valueFrom` the variable gets the whole text of the secret. Keys are case-sensitive.\n\n## Sources\nECS Developer Guide, Pass Secrets Manager secrets to a container.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(said(launch, CHECK.explains, |told| {
        let secret = told.parameters.get("secret").cloned().or_else(|| {
            let key = told.parameters.get("json_key")?;
            let needs = &launch.needs().ok()?.secrets;
            let names = |need: &&ecswhy_facts::needs::SecretNeed| matches!(&need.reference, Ok(ecswhy_facts::SecretRef::Secret { json_key: Some(named), .. }) if named == key);
            match needs.iter().find(names).map(|need| &need.reference) {
                Some(Ok(ecswhy_facts::SecretRef::Secret { arn, .. })) => Some(arn.to_string()),
                _ => None,
            }
        });
        let named = secret.is_some();
        let subject = secret.unwrap_or_else(|| launch.target.key());
        let key = told.parameters.get("json_key").map_or_else(String::new, |key| format!(" {key}"));
        let fault = Fault::new(
            subject.clone(),
            format!("The secret {subject} has no JSON key{key} ({}).", how_often(told)),
        );
        let fault = match told.parameters.get("json_key") {
            Some(key) if named => fault.remedy(look(launch, &subject, key)),
            _ => fault,
        };
        // Without the task definition, AWS's words alone do not say which secret it is.
        Some(if named { fault } else { fault.confidence(Confidence::Likely) })
    }))
}

/// Print the names of the keys, never the values, and add the one that is missing.
fn look(launch: &Launch<'_>, secret: &str, key: &str) -> Remedy {
    let names = Command::program("python3 -c")
        .word("import json,sys; print(*json.load(sys.stdin), sep=\"\\n\")");
    let list = launch
        .aws("secretsmanager get-secret-value")
        .arg("--secret-id", secret)
        .query("SecretString")
        .piped(names);
    Remedy::by_hand(
        format!("Add the key {key} to the secret, or name one that it has"),
        Safety::NeedsNewDeployment,
        format!(
            "List the keys of the secret (the command prints no value), then add {key} to it, or name an existing key in valueFrom"
        ),
        [list],
    )
}
