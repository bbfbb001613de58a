//! `ecswhy can` for people: what an engineer reads, for each way that an answer can come out.
#![expect(clippy::unwrap_used, reason = "a test that cannot run its own binary fails")]

use serde_json::{Value, json};
use std::io::Write;
use std::process::Command;

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1";

fn policy(statements: Value) -> Value {
    json!({"present": {"Version": "2012-10-17", "Statement": statements}})
}

/// The role `exec`, whose boundary leaves S3 out and whose policy says something of everything.
fn facts() -> Value {
    let start = policy(json!([
        {"Sid": "Pull", "Effect": "Allow", "Action": ["ecr:GetAuthorizationToken", "ecr:BatchGetImage"], "Resource": "*"},
        {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},
        {"Sid": "FromHere", "Effect": "Deny", "Action": "logs:PutLogEvents", "Resource": "*"},
        {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
            "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}
    ]));
    let boundary = "arn:aws:iam::111122223333:policy/limits";
    let key_policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/admin"}, "Action": "kms:*", "Resource": "*"}]});
    json!({
        "iam": {
            "roles": {"exec": {"present": {"RoleName": "exec", "Arn": "arn:aws:iam::111122223333:role/exec",
                "PermissionsBoundary": {"PermissionsBoundaryArn": boundary}}}},
            "attached_policies": {"exec": {"present": []}},
            "inline_policy_names": {"exec": {"present": ["start"]}},
            "inline_policies": {"exec/start": start},
            "managed_policies": {boundary: policy(json!([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}]))}
        },
        "secrets": {
            "key_policies": {KEY: {"present": key_policy.to_string()}},
            "key_grants": {KEY: {"present": []}},
            "secret_policies": {"arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf": "absent"}
        }
    })
}

fn can(action: &str, resource: &str, more: &[&str]) -> String {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let snapshot = json!({"snapshot_version": 1, "taken_at": "2026-03-12T14:05:00Z", "account": "111122223333",
        "region": "eu-west-1", "targets": [], "facts": {"111122223333/eu-west-1": facts()}});
    write!(file, "{snapshot}").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_ecswhy"))
        .args(["can", "exec", action, resource, "--from"])
        .arg(file.path())
        .args(more)
        .env_clear()
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), told.as_str()), (Some(0), ""), "{action}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn an_answer_reads_from_the_top() {
    let stream = "arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/web:log-stream:web/web/1";
    let secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf";
    let answers: Vec<String> = [
        ("ecr:GetAuthorizationToken", "*"),
        ("ssm:GetParameters", "arn:aws:ssm:eu-west-1:111122223333:parameter/db"),
        ("s3:GetObject", "arn:aws:s3:::config/web.env"),
        ("kms:Decrypt", KEY),
        ("logs:PutLogEvents", stream),
        ("secretsmanager:GetSecretValue", secret),
        ("ecr:GetDownloadSizeForLayer", "arn:aws:ecr:eu-west-1:111122223333:repository/web"),
    ]
    .into_iter()
    .map(|(action, resource)| can(action, resource, &[]))
    .collect();
    insta::assert_snapshot!(answers.join("----\n"));
}

#[test]
fn json_has_the_decision_and_its_trace() {
    let answer: Value =
        serde_json::from_str(&can("ecr:BatchGetImage", "*", &["--format", "json"])).unwrap();
    assert_eq!(answer["decision"], "Allowed");
    assert_eq!(answer["trace"]["deciding"][0]["sid"], "Pull");
}
