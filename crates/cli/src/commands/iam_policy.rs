//! `ecswhy iam-policy`: the least that the tool needs, from the table of operations that it can call.

use crate::failure::Failure;
use crate::output;
use ecswhy_aws::operations;
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

/// One statement: every action is a read, and most of them take no resource in IAM.
fn policy() -> String {
    let actions: BTreeSet<String> =
        operations::ALL.iter().map(|operation| operation.action()).collect();
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
