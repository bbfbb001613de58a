//! `role/kms-denied`: the role may not decrypt with the key of a secret or parameter.

use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::{Purpose, tell};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/kms-denied",
    title: "The execution role may decrypt with the keys of secrets",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::SecretDecryptDenied, Symptom::SecretAccessDenied],
    explanation: "## What it is\nA secret or parameter under a customer managed key also needs `kms:Decrypt` on that key, and the key's policy leaves the decision to IAM. A key that AWS manages needs nothing.\n\n## Why it stops the launch\nSecrets Manager and Parameter Store decrypt on behalf of the execution role.\n\n## How to fix it\nAllow `kms:Decrypt` on the ARN of the key (not of its alias) in a policy of the role.\n\n## Sources\nKMS Developer Guide, Determining access to AWS KMS keys.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    tell::caller(launch, Purpose::Key)
}
