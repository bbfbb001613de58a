//! `ecswhy iam-policy`: the least that the tool needs for reading an account, from the operations of the call plan.

use crate::failure::Failure;
use crate::output;
use std::collections::BTreeSet;

/// Runs `iam-policy`.
///
/// # Errors
/// When standard output cannot be written.
pub fn run() -> Result<u8, Failure> {
    let mut text = policy();
    text.push('\n');
    output::write(&text, None)?;
    Ok(0)
}

/// One statement: every action is a read, and most of them take no resource in IAM. `sts:GetCallerIdentity`, which the
/// tool calls too, needs no permission (AWS STS API Reference).
fn policy() -> String {
    let actions: BTreeSet<String> =
        ecswhy_collect::OPERATIONS.iter().map(|operation| operation.action()).collect();
    let policy = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "EcswhyReadsOnly",
            "Effect": "Allow",
            "Action": actions,
            "Resource": "*",
        }],
    });
    format!("{policy:#}")
}
