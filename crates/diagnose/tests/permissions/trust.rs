//! Who may assume the roles, and which role that is.

use super::account::*;
use ecswhy_diagnose::report::VerdictName;
use serde_json::{Value, json};

/// ECS Developer Guide, "Cross-service confused deputy prevention".
#[test]
fn the_trust_policy_sees_account_and_region_of_the_task() {
    let role = |a: &mut Account, name: &str, condition: Value| {
        a.facts()["iam"]["roles"][name]["present"]["AssumeRolePolicyDocument"] = policy(json!([{
            "Effect": "Allow", "Principal": { "Service": "ecs-tasks.amazonaws.com" },
            "Action": "sts:AssumeRole", "Condition": condition
        }]));
    };
    for (condition, trusts) in [
        (
            json!({ "StringEquals": { "aws:SourceAccount": "123456789012" }, "ArnLike": { "aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:*" } }),
            true,
        ),
        (json!({ "ArnLike": { "aws:SourceArn": "arn:aws:ecs:*:123456789012:*" } }), true),
        (
            json!({ "StringLike": { "aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:*" } }),
            true,
        ),
        (
            json!({ "StringEquals": { "aws:SourceAccount": ["111111111111", "123456789012"] } }),
            true,
        ),
        (json!({ "StringEquals": { "aws:SourceAccount": FOREIGN } }), false),
        (
            json!({ "ArnLike": { "aws:SourceArn": format!("arn:aws:ecs:us-east-1:{FOREIGN}:*") } }),
            false,
        ),
        (json!({ "ArnLike": { "aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*" } }), false),
        // "Specifying a specific cluster is not supported."
        (
            json!({ "ArnEquals": { "aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:cluster/shop" } }),
            false,
        ),
        (
            json!({ "ArnLike": { "aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:service/shop/*" } }),
            false,
        ),
        // The literal star is a wildcard in ArnLike only.
        (
            json!({ "StringEquals": { "aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:*" } }),
            false,
        ),
        (
            json!({ "StringEquals": { "aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:task/x" } }),
            false,
        ),
        (json!({ "StringEquals": { "aws:PrincipalOrgID": "o-abcdef1234" } }), false),
    ] {
        for (name, id) in [
            ("orders-execution", "role/execution-role-trust"),
            ("orders-task", "role/task-role-trust"),
        ] {
            let mut account = Account::of("nat");
            role(&mut account, name, condition.clone());
            let subject = format!("arn:aws:iam::123456789012:role/{name}");
            let expected = if trusts { nothing() } else { one(id, &subject) };
            assert_eq!(account.found(), expected, "{condition}");
        }
    }
}

/// IAM User Guide, "IAM identifiers": the path is a part of the ARN, which is what is assumed; GetRole takes the name.
#[test]
fn a_role_under_another_path_is_another_role() {
    for (field, name, id) in [
        ("executionRoleArn", "orders-execution", "role/execution-role-not-found"),
        ("taskRoleArn", "orders-task", "role/task-role-not-found"),
    ] {
        let plain = format!("arn:aws:iam::123456789012:role/{name}");
        let deep = format!("arn:aws:iam::123456789012:role/ecs/boot/{name}");
        for (known, named, found) in [
            (&plain, &plain, true),
            (&deep, &deep, true),
            (&deep, &plain, false),
            (&plain, &deep, false),
        ] {
            let mut account = Account::of("nat");
            account.facts()["iam"]["roles"][name]["present"]["Arn"] = json!(known);
            account.definition()[field] = json!(named);
            let expected = if found { nothing() } else { one(id, named) };
            assert_eq!(account.found(), expected, "{named} where {known} exists");
            if !found {
                let report = account.report();
                assert!(report.findings[0].message.contains(known.as_str()));
                assert_eq!(report.findings[0].fixes.len(), 1);
            }
        }
    }
}

/// IAM User Guide, "Revoke IAM role temporary security credentials": a task that starts later has newer ones.
#[test]
fn revoked_sessions_do_not_stop_the_next_task() {
    for (before, expected) in [
        ("2026-03-01T00:00:00Z", nothing()),
        ("2036-03-01T00:00:00Z", one("role/parameter-denied", ROLE)),
    ] {
        let mut account = Account::of("nat");
        account.also(under(deny("ssm:*", "*"), "DateLessThan", "aws:TokenIssueTime", before));
        assert_eq!(account.found(), expected, "{before}");
        assert_ne!(verdict(&account, "role/parameter-denied"), VerdictName::Unknown);
    }
}
