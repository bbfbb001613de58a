//! ECS Exec: what the cluster's configuration adds to the four channels.

use super::account::*;
use ecswhy_diagnose::report::VerdictName;
use serde_json::{Value, json};

const GROUP: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/exec/sessions";

/// ECS Exec is on, its sessions configured; the task role has the channels and these statements.
fn on(configuration: Value, statements: &[Value]) -> Account {
    let mut account = Account::of("nat");
    account.service()["enableExecuteCommand"] = json!(true);
    account.facts()["ecs"]["clusters"]["shop"]["present"]["configuration"] =
        json!({ "executeCommandConfiguration": configuration });
    account.facts()["storage"]["bucket_policies"]["sessions"] = json!("absent");
    let mut all = vec![allow("ssmmessages:*", "*")];
    all.extend_from_slice(statements);
    account.facts()["iam"]["inline_policies"]["orders-task/queue"] =
        json!({ "present": policy(json!(all)) });
    account
}

/// Where the sessions are written to, instead of the tasks' own logs.
fn written(to: Value) -> Value {
    json!({ "logging": "OVERRIDE", "logConfiguration": to })
}

/// ECS Developer Guide, "Logging for ECS Exec" and "Using a customer managed key for ECS Exec".
#[test]
fn sessions_need_what_the_cluster_is_configured_with() {
    let key = Account::of("nat").key();
    let logs = |resource: &str| {
        allow(
            json!(["logs:DescribeLogStreams", "logs:CreateLogStream", "logs:PutLogEvents"]),
            resource,
        )
    };
    let group = written(json!({ "cloudWatchLogGroupName": "/exec/sessions" }));
    let bucket = written(json!({ "s3BucketName": "sessions", "s3KeyPrefix": "ecs" }));
    let sealed = written(json!({ "s3BucketName": "sessions", "s3EncryptionEnabled": true }));
    let decrypt = allow("kms:Decrypt", key.clone());
    let through = under(decrypt.clone(), "StringLike", "kms:ViaService", "*.amazonaws.com");
    for (case, configuration, statements, missing) in [
        ("channels alone", json!({}), vec![], None),
        ("the tasks' own logs", json!({ "logging": "DEFAULT" }), vec![], None),
        ("no logs", json!({ "logging": "NONE" }), vec![], None),
        (
            "a group that is not used",
            json!({ "logging": "NONE", "logConfiguration": { "cloudWatchLogGroupName": "/exec/sessions" } }),
            vec![],
            None,
        ),
        ("a key", json!({ "kmsKeyId": key }), vec![], Some("kms:Decrypt")),
        ("a key, allowed", json!({ "kmsKeyId": key }), vec![decrypt], None),
        ("a key, through services", json!({ "kmsKeyId": key }), vec![through], Some("kms:Decrypt")),
        ("a group", group.clone(), vec![], Some("logs:CreateLogStream")),
        ("a group, allowed", group.clone(), vec![logs(&format!("{GROUP}:*"))], None),
        ("a group, not its streams", group, vec![logs(GROUP)], Some("logs:PutLogEvents")),
        ("a bucket", bucket.clone(), vec![], Some("s3:PutObject")),
        (
            "a bucket, another folder",
            bucket.clone(),
            vec![allow("s3:PutObject", "arn:aws:s3:::sessions/logs/*")],
            Some("s3:PutObject"),
        ),
        (
            "a bucket, allowed",
            bucket,
            vec![allow("s3:PutObject", "arn:aws:s3:::sessions/ecs/*")],
            None,
        ),
        (
            "a bucket that must be encrypted",
            sealed.clone(),
            vec![allow("s3:PutObject", "arn:aws:s3:::sessions/*")],
            Some("s3:GetEncryptionConfiguration"),
        ),
        ("a bucket that must be encrypted, allowed", sealed, vec![allow("s3:*", "*")], None),
    ] {
        let account = on(configuration, &statements);
        let expected: Vec<String> =
            missing.iter().map(|_| format!("risk role/exec-denied {TASK_ROLE}")).collect();
        assert_eq!(account.found(), expected, "{case}");
        for finding in &account.report().findings {
            assert!(finding.message.contains(missing.unwrap_or_default()), "{}", finding.message);
            assert!(!finding.fixes.is_empty(), "{case}");
        }
    }
}

/// What the policies of the key and the bucket say is not known: they may let the role in.
#[test]
fn what_is_not_known_of_a_session_is_unknown() {
    let key = Account::of("nat").key();
    let mut hidden = on(json!({ "kmsKeyId": key }), &[]);
    hidden.facts()["secrets"]["key_policies"] = json!({});
    let mut bucket = on(written(json!({ "s3BucketName": "sessions" })), &[]);
    bucket.facts()["storage"]["bucket_policies"] = json!({});
    for account in [hidden, bucket] {
        assert_eq!(verdict(&account, "role/exec-denied"), VerdictName::Unknown);
        assert!(!account.found().iter().any(|found| found.contains("exec")));
    }
}
