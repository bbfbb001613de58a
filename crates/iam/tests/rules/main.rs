//! AWS's rules as cases, in the line protocol of `ecswhy can --lines`.

mod conditions;
mod decisions;
mod malformed;
mod principals;
mod unknown;

use serde_json::{Value, json};

const ROLE: &str = "arn:aws:iam::111122223333:role/web";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/web/0123456789abcdef";
const USER: &str = "arn:aws:iam::111122223333:user/ann";
const ROOT: &str = "arn:aws:iam::111122223333:root";

/// A policy with one statement that allows.
fn allow(action: Value, resource: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource}]})
}

/// A policy that allows everything.
fn everything() -> Value {
    allow(json!("*"), json!("*"))
}

/// A policy that denies everything.
fn nothing() -> Value {
    with(everything(), "Effect", json!("Deny"))
}

/// The policy with a field of its statement set.
fn with(mut policy: Value, field: &str, value: Value) -> Value {
    policy["Statement"][0][field] = value;
    policy
}

/// The policy under a condition.
fn when(policy: Value, condition: Value) -> Value {
    with(policy, "Condition", condition)
}

/// What a session of the role web asks.
fn request(action: &str, resource: &str) -> Value {
    json!({"action": action, "resource": resource, "principal": SESSION})
}

/// A session of the role web reads an object of a bucket in its own account.
fn get_object() -> Value {
    request("s3:GetObject", "arn:aws:s3:::bucket/key")
}

fn answer(line: &Value) -> String {
    ecswhy_iam::lines::answer(&line.to_string(), false)
        .unwrap_or_else(|error| format!("error: {error}"))
}

fn check(case: &str, line: Value, expected: &str) {
    assert_eq!(answer(&line), expected, "{case}: {line}");
}
