//! `secret/key-unusable`: the KMS key is disabled or pending deletion.

use super::reference::{parameters, secrets};
use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::{Facts, Gap};

/// The record.
pub static CHECK: Check = Check {
    id: "secret/key-unusable",
    title: "The KMS keys of secrets are enabled",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::SecretDecryptDenied, Symptom::SecretAccessDenied],
    explanation: "## What it is\nThe customer managed key that encrypts the secret is disabled, pending deletion, without its key material or in a key store that is not connected, so nobody can decrypt it.\n\n## Why it stops the launch\nSecrets Manager and Parameter Store decrypt with this key when Fargate reads the value. No permission makes up for a key that is off.\n\n## How to see it\n`aws kms describe-key --key-id KEY --query KeyMetadata.KeyState` prints another state than Enabled.\n\n## How to fix it\nCancel the deletion and enable the key: `aws kms cancel-key-deletion`, `aws kms enable-key`. A key whose deletion is done is lost: store the secret anew under another key.\n\n## Sources\nKMS Developer Guide, Key states of AWS KMS keys.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    for secret in secrets(launch)? {
        let judged = secret.facts.secrets.secrets.ask(&secret.key).and_then(|found| {
            match found.and_then(|found| found.kms_key_id.as_deref()) {
                Some(key) => judge(secret.facts, key, &secret.key),
                None => Ok(None),
            }
        });
        tally.add(judged.map(|fault| fault.map(|fault| fault.about("secret", secret.key.clone()))));
    }
    for parameter in parameters(launch)? {
        let judged = parameter.described().and_then(|found| {
            match found.and_then(|found| found.key_id.as_deref()) {
                Some(key) if key != "alias/aws/ssm" => judge(parameter.facts, key, parameter.name),
                _ => Ok(None),
            }
        });
        tally.add(judged.map(|fault| fault.map(|fault| fault.about("parameter", parameter.name))));
    }
    Ok(tally.verdict("no secret or parameter is used"))
}

fn judge(facts: &Facts, key: &str, encrypts: &str) -> Result<Option<Fault>, Gap> {
    let Some(metadata) = facts.secrets.keys.ask(key)? else { return Ok(None) };
    let state = metadata.key_state.as_deref().unwrap_or("Enabled");
    // KMS Developer Guide, "Key states of AWS KMS keys": kms:Decrypt works in these only.
    if matches!(state, "Enabled" | "Updating") {
        return Ok(None);
    }
    let arn = metadata.arn.clone().unwrap_or_else(|| key.to_owned());
    let manual = |instruction: &str| {
        Remedy::by_hand("Make the key usable again", Safety::NonDisruptive, instruction, [])
    };
    let enable = |cancel_deletion| {
        let change = Change::EnableKey { key: arn.clone(), cancel_deletion };
        Remedy::new("Make the key usable again", Safety::NonDisruptive, vec![change])
    };
    let remedy = match state {
        "Disabled" => enable(false),
        "PendingDeletion" | "PendingReplicaDeletion" => enable(true),
        "PendingImport" => manual("Import the key material again."),
        "Unavailable" => manual("Connect the custom key store that holds the key."),
        _ => manual("Wait until KMS has finished what it does to the key."),
    };
    Ok(Some(
        Fault::new(arn.clone(), format!("The KMS key {arn} that encrypts {encrypts} is {state}."))
            .fact("kms:DescribeKey", arn.clone(), "KeyState", state)
            .about("key", arn.clone())
            .remedy(remedy),
    ))
}
