//! What the roles of a launch must be allowed, and who is told to forbid it: each rule by one change to a healthy
//! account of which no task has run yet. Sources of the rules are named where the product implements them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod account;
mod across;
mod exec;
mod features;
mod forbidding;
mod matching;
mod network;
mod remedies;
mod secrets;
mod trust;

use account::*;
use ecswhy_diagnose::report::{Role, Status, VerdictName};
use serde_json::{Value, json};

/// Everything that the base needs, but this action.
fn all_but(account: &mut Account, action: &str) -> Value {
    let mut statements = secrets(account);
    statements.extend(PULL.iter().map(|action| allow(*action, "*")));
    statements.push(allow("ecr:BatchCheckLayerAvailability", "*"));
    statements.push(allow(json!(["logs:CreateLogStream"]), "*"));
    statements.push(allow(json!(["logs:PutLogEvents"]), "*"));
    statements
        .retain(|statement| statement["Action"] != *action && statement["Action"][0] != *action);
    json!(statements)
}

#[test]
fn removing_one_permission_gives_exactly_its_finding() {
    for (action, expected) in [
        ("none", vec![]),
        ("ecr:GetAuthorizationToken", vec!["role/ecr-denied"]),
        ("ecr:BatchGetImage", vec!["role/ecr-denied"]),
        ("ecr:GetDownloadUrlForLayer", vec!["role/ecr-denied"]),
        ("ecr:BatchCheckLayerAvailability", vec!["risk role/ecr-denied"]),
        ("logs:CreateLogStream", vec!["role/log-denied"]),
        ("logs:PutLogEvents", vec!["role/log-denied"]),
        ("secretsmanager:GetSecretValue", vec!["role/secret-denied"]),
        ("ssm:GetParameters", vec!["role/parameter-denied"]),
        ("kms:Decrypt", vec!["role/kms-denied"]),
    ] {
        let mut account = Account::of("nat");
        let statements = all_but(&mut account, action);
        account.only(statements);
        let expected: Vec<String> = expected.into_iter().map(|id| format!("{id} {ROLE}")).collect();
        assert_eq!(account.found(), expected, "without {action}");
        let report = account.report();
        for finding in &report.findings {
            assert!(finding.message.contains(action), "{}", finding.message);
            assert!(!finding.fixes.is_empty(), "{action}: the printed statement does not clear it");
        }
    }
}

#[test]
fn the_managed_policy_is_enough_for_a_plain_service_and_for_nothing_more() {
    let managed =
        json!([{ "PolicyName": "AmazonECSTaskExecutionRolePolicy", "PolicyArn": MANAGED }]);
    let plain = || {
        let mut account = Account::of("nat");
        account.plain();
        assert_eq!(
            account.facts()["iam"]["attached_policies"]["orders-execution"]["present"],
            managed
        );
        account
    };
    assert_eq!(plain().found(), Vec::<String>::new());
    let mut with_secrets = Account::of("nat");
    with_secrets.no_inline();
    assert_eq!(
        with_secrets.found(),
        ["kms", "parameter", "secret"].map(|what| format!("role/{what}-denied {ROLE}"))
    );
    // The driver creates the group only when it is not there.
    let mut creating = plain();
    creating.container()["logConfiguration"]["options"]["awslogs-create-group"] = json!("true");
    assert_eq!(creating.found(), Vec::<String>::new());
    creating.facts()["logs"]["groups"]["/ecs/orders"] = json!("absent");
    assert_eq!(creating.found(), [format!("role/log-denied {ROLE}")]);
    creating.facts()["logs"]["groups"]["/ecs/orders"] =
        json!({ "denied": { "action": "logs:DescribeLogGroups" } });
    assert_eq!(creating.found(), Vec::<String>::new());
    assert_eq!(verdict(&creating, "role/log-denied"), VerdictName::Unknown);
}

#[test]
fn what_only_the_request_shows_is_unknown_and_never_incomplete() {
    let mut account = Account::of("nat");
    account.also(under(
        deny("ssm:*", "*"),
        "StringNotEquals",
        "aws:PrincipalOrgID",
        "o-abcdef1234",
    ));
    assert_eq!(account.found(), Vec::<String>::new());
    assert_eq!(verdict(&account, "role/parameter-denied"), VerdictName::Unknown);
    let report = account.report();
    assert_eq!(report.status, Status::Deploying);
    let unknown = report.unknowns.iter().find(|unknown| unknown.check == "role/parameter-denied");
    assert!(unknown.unwrap().reason.contains("aws:PrincipalOrgID"));
}

#[test]
fn a_policy_that_is_not_visible_is_unknown_with_the_permission_that_shows_it() {
    let mut account = Account::of("nat");
    account.facts()["iam"]["inline_policies"]["orders-execution/start"] =
        json!({ "denied": { "action": "iam:GetRolePolicy" } });
    assert_eq!(account.found(), Vec::<String>::new());
    let report = account.report();
    assert_eq!(report.status, Status::Incomplete);
    for id in ["role/ecr-denied", "role/secret-denied", "role/kms-denied"] {
        let unknown = report.unknowns.iter().find(|unknown| unknown.check == id).unwrap();
        assert_eq!(unknown.permission.as_deref(), Some("iam:GetRolePolicy"), "{id}");
    }
}

#[test]
fn findings_about_permissions_read_well() {
    let mut lines = Vec::new();
    let mut tell = |base: &str, change: fn(&mut Account)| {
        let mut account = Account::of(base);
        change(&mut account);
        let report = account.report();
        for finding in report.findings.iter().filter(|finding| finding.role != Role::Note) {
            lines.push(finding.message.clone());
            let fixes =
                finding.fixes.iter().filter_map(|id| report.fixes.iter().find(|fix| fix.id == *id));
            for fix in fixes {
                lines.push(format!("  fix: {} {}", fix.title, json!(fix.changes)));
            }
        }
    };
    tell("nat", |a| a.only(json!([allow("sqs:*", "*")])));
    tell("nat", |a| {
        a.boundary(json!([
            allow("ecr:*", "*"),
            allow(json!(["secretsmanager:*", "ssm:*", "kms:*"]), "*")
        ]))
    });
    tell("nat", |a| a.also(deny("ecr:Batch*", "*")));
    tell("nat", |a| a.secret_policy(by(deny("*", "*"), json!({ "AWS": [ROLE, TASK_ROLE] }))));
    tell("nat", |a| a.key_policy(json!([by(allow("kms:*", "*"), json!({ "AWS": TASK_ROLE }))])));
    tell("nat", |a| {
        a.foreign_image(json!("absent"));
    });
    tell("endpoints", |a| {
        a.endpoint_policy("s3", json!([by(allow("s3:GetObject", "arn:aws:s3:::mine/*"), "*")]));
    });
    tell("nat", |a| {
        a.facts()["iam"]["roles"]["orders-task"]["present"]["AssumeRolePolicyDocument"] = policy(
            json!([
                { "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }
            ]),
        );
    });
    tell("nat", |a| a.also(allow("ecr:GetDownloadSizeForLayer", "*")));
    insta::assert_snapshot!(lines.join("\n"));
}
