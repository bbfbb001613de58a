//! `secret/key-policy`: the policy of a KMS key keeps the role out.

use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::{Purpose, tell};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "secret/key-policy",
    title: "The policies of the keys let the execution role decrypt",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::SecretDecryptDenied, Symptom::SecretAccessDenied],
    explanation: "## What it is\nThe key's policy denies the role, or neither names it nor leaves the decision to IAM policies of the account; then no policy of the role counts. A secret in another account cannot be under the default key.\n\n## Why it stops the launch\nA KMS key trusts nobody whom its policy does not name, not even its own account.\n\n## How to fix it\nAllow the role `kms:Decrypt` in the policy of the key.\n\n## Sources\nKMS Developer Guide, Key policies in AWS KMS; Default key policy.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    tell::resource(launch, Purpose::Key)
}
