//! AWS IAM: roles and policies. A document may come decoded (AWS CLI), as JSON text, or percent-encoded (the API).

use super::entry::{Entry, Nonsense, member};
use crate::Facts;
use crate::iam::{AttachedPolicies, InlinePolicy, InlinePolicyNames, ManagedPolicy, Role};
use crate::known::Known;
use serde_json::Value;

pub(super) fn get_role(entry: &Entry<'_>, facts: &mut Facts) {
    let role: Known<Role> = entry.known(|output| {
        let mut role: Role = member(output, "Role")?;
        if let Some(document) = role.assume_role_policy_document.take() {
            role.assume_role_policy_document = Some(
                decoded(document).map_err(|why| format!("Role.AssumeRolePolicyDocument: {why}"))?,
            );
        }
        Ok(Some(role))
    });
    let name = role.present().and_then(|role| role.role_name.clone());
    if let Some(name) = entry.param("RoleName").map(str::to_owned).or(name) {
        facts.iam.roles.put(name, role);
    }
}

pub(super) fn list_attached_role_policies(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(role) = entry.param("RoleName") else { return };
    let policies = entry.known(|_| Ok(Some(AttachedPolicies(entry.list("AttachedPolicies")?))));
    facts.iam.attached_policies.put(role, policies);
}

pub(super) fn list_role_policies(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(role) = entry.param("RoleName") else { return };
    let names = entry.known(|_| Ok(Some(InlinePolicyNames(entry.list("PolicyNames")?))));
    facts.iam.inline_policy_names.put(role, names);
}

pub(super) fn get_role_policy(entry: &Entry<'_>, facts: &mut Facts) {
    let subject =
        (entry.subject("RoleName", "RoleName"), entry.subject("PolicyName", "PolicyName"));
    let (Some(role), Some(policy)) = subject else { return };
    let document =
        entry.known(|output| Ok(Some(InlinePolicy(document(output, "PolicyDocument")?))));
    facts.iam.inline_policies.put(format!("{role}/{policy}"), document);
}

/// The policy itself says nothing that is kept, but its absence does.
pub(super) fn get_policy(entry: &Entry<'_>, facts: &mut Facts) {
    if let (Some(arn), Some(problem)) = (entry.param("PolicyArn"), entry.problem()) {
        facts.iam.managed_policies.put(arn, problem);
    }
}

pub(super) fn get_policy_version(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(arn) = entry.param("PolicyArn") else { return };
    let version = entry.output().and_then(|output| output.get("PolicyVersion"));
    // A version that is not there says nothing of the policy, and one that is not the default grants nothing.
    if matches!(entry.problem::<()>(), Some(Known::Absent)) {
        return;
    }
    if version.and_then(|version| version.get("IsDefaultVersion")) == Some(&Value::Bool(false)) {
        return;
    }
    let document = entry.known(|output| {
        let version = output.get("PolicyVersion").ok_or("PolicyVersion: missing")?;
        let document =
            document(version, "Document").map_err(|why| format!("PolicyVersion.{why}"))?;
        Ok(Some(ManagedPolicy(document)))
    });
    facts.iam.managed_policies.put(arn, document);
}

fn document(value: &Value, field: &str) -> Result<Value, Nonsense> {
    let document = value.get(field).ok_or_else(|| format!("{field}: missing"))?;
    decoded(document.clone()).map_err(|why| format!("{field}: {why}"))
}

fn decoded(document: Value) -> Result<Value, Nonsense> {
    let Value::String(text) = document else {
        return if document.is_object() {
            Ok(document)
        } else {
            Err("not a policy document".to_owned())
        };
    };
    let plain = if text.trim_start().starts_with('%') { percent_decoded(&text) } else { text };
    match serde_json::from_str(&plain) {
        Ok(document @ Value::Object(_)) => Ok(document),
        Ok(_) => Err("not a policy document".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// RFC 3986 percent-encoding, undone; what is no valid escape stays as it is.
pub(crate) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = escape.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], byte) {
            (b'%', Some(byte)) => {
                plain.push(byte);
                at += 3;
            }
            (byte, _) => {
                plain.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}
