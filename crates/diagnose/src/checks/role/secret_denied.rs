//! `role/secret-denied`: the role may not read a secret.

use super::super::secret::reference;
use super::permission::{self, Wanted};
use crate::Stage;
use crate::check::{Check, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "role/secret-denied",
    title: "The execution role may read the secrets",
    stage: Stage::Secrets,
    weight: Weight::Blocks,
    explains: &[Symptom::SecretAccessDenied],
    explanation: "## What it is\nReading a secret needs `secretsmanager:GetSecretValue` on its ARN, whose six random characters at the end a policy must cover.\n\n## How to fix it\nAllow the action on the ARN of the secret in a policy of the role.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let Some(role) = launch.execution_role()? else {
        return Ok(Verdict::NotApplicable("the task definition names no execution role"));
    };
    let mut wanted = Vec::new();
    for secret in
        reference::secrets(launch)?.iter().filter(|secret| secret.arn.account == role.account)
    {
        let text = secret.facts.secrets.secret_policies.get(&secret.key);
        let resource_policy = permission::resource_policy(
            "resource policy of the secret",
            text.map(|policy| policy.0.as_str()),
        );
        wanted.push(Wanted {
            action: "secretsmanager:GetSecretValue",
            resource: secret.key.clone(),
            resource_policy,
        });
    }
    if wanted.is_empty() {
        return Ok(Verdict::NotApplicable("the task definition needs nothing of it"));
    }
    let mut tally = Tally::default();
    tally.add(permission::judge(launch, &role, &wanted));
    Ok(tally.verdict(""))
}
