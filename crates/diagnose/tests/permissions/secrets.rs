//! Secrets, parameters and their keys: what a reference means, and what the request for it shows to conditions.

use super::account::*;
use ecswhy_diagnose::report::VerdictName;
use serde_json::{Value, json};

/// Secrets Manager User Guide and ECS Developer Guide: what may follow or be left out of a secret's ARN.
#[test]
fn a_secret_is_the_same_whatever_its_reference_adds_or_leaves_out() {
    for tail in ["", ":password::", ":password:AWSCURRENT:", "::AWSCURRENT:", ":::"] {
        let mut account = Account::of("nat");
        let secret = account.secret();
        account.container()["secrets"][0]["valueFrom"] = json!(format!("{secret}{tail}"));
        assert_eq!(account.found(), nothing(), "{tail}");
        let key = account.key();
        account.inline(json!([allow("ssm:GetParameters", PARAMETER), allow("kms:Decrypt", key)]));
        assert_eq!(account.found(), one("role/secret-denied", ROLE), "{tail}");
    }
    // A policy that names the tail names no secret.
    let mut account = Account::of("nat");
    let (secret, key) = (account.secret(), account.key());
    account.inline(json!([
        allow("secretsmanager:GetSecretValue", format!("{secret}:password::")),
        allow("ssm:GetParameters", PARAMETER),
        allow("kms:Decrypt", key)
    ]));
    assert_eq!(account.found(), one("role/secret-denied", ROLE));
}

/// Systems Manager User Guide, "Restricting access to parameters using IAM policies": one slash between `parameter`
/// and the name, whether the name begins with one or not.
#[test]
fn a_parameter_has_one_slash_in_its_arn_however_it_is_named() {
    for (value_from, name, resource) in [
        ("/orders/api-key", "/orders/api-key", "parameter/orders/api-key"),
        (
            "arn:aws:ssm:us-east-1:123456789012:parameter/orders/api-key",
            "/orders/api-key",
            "parameter/orders/api-key",
        ),
        ("api-key", "api-key", "parameter/api-key"),
        ("arn:aws:ssm:us-east-1:123456789012:parameter/api-key", "api-key", "parameter/api-key"),
        ("/api-key", "/api-key", "parameter/api-key"),
    ] {
        let mut account = Account::of("nat");
        account.container()["secrets"][1]["valueFrom"] = json!(value_from);
        let mut known = account.facts()["secrets"]["parameters"]["/orders/api-key"].clone();
        known["present"]["Name"] = json!(name);
        account.facts()["secrets"]["parameters"] = json!({ name: known });
        let (secret, key) = (account.secret(), account.key());
        let statements = |resource: &str| {
            json!([
                allow("secretsmanager:GetSecretValue", secret.clone()),
                allow(
                    "ssm:GetParameters",
                    format!("arn:aws:ssm:us-east-1:123456789012:{resource}")
                ),
                allow("kms:Decrypt", key.clone())
            ])
        };
        account.inline(statements(resource));
        assert_eq!(account.found(), nothing(), "{value_from}");
        account.inline(statements(&resource.replace("parameter/", "parameter//")));
        assert_eq!(account.found(), one("role/parameter-denied", ROLE), "{value_from}");
    }
}

/// KMS Developer Guide, "kms:ViaService" and "kms:EncryptionContext:context-key"; Secrets Manager and Parameter Store
/// each have their own context.
#[test]
fn a_key_sees_the_service_and_the_encryption_context() {
    for (operator, key, value, is_met) in [
        ("StringEquals", "kms:ViaService", "secretsmanager.us-east-1.amazonaws.com", true),
        ("StringEquals", "kms:ViaService", "ssm.us-east-1.amazonaws.com", false),
        ("StringLike", "kms:ViaService", "secretsmanager.*.amazonaws.com", true),
        ("StringEquals", "kms:EncryptionContext:SecretARN", "SECRET", true),
        (
            "StringLike",
            "kms:EncryptionContext:SecretARN",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:orders/*",
            true,
        ),
        (
            "StringEquals",
            "kms:EncryptionContext:SecretARN",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:other-aBcDeF",
            false,
        ),
        ("StringEquals", "kms:EncryptionContext:PARAMETER_ARN", PARAMETER, false),
        ("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", "SecretARN", true),
        ("ForAnyValue:StringEquals", "kms:EncryptionContextKeys", "PARAMETER_ARN", false),
        ("StringEquals", "kms:CallerAccount", "123456789012", true),
        ("StringEquals", "kms:CallerAccount", FOREIGN, false),
        ("Bool", "kms:GrantIsForAWSResource", "true", false),
    ] {
        let mut account = Account::of("nat");
        let (secret, arn) = (account.secret(), account.key());
        let value = value.replace("SECRET", &secret);
        account.inline(json!([
            allow("secretsmanager:GetSecretValue", secret),
            allow("ssm:GetParameters", PARAMETER),
            under(allow("kms:Decrypt", arn), operator, key, value.clone())
        ]));
        let expected = if is_met { nothing() } else { one("role/kms-denied", ROLE) };
        assert_eq!(account.found(), expected, "{operator} {key} {value}");
    }
}

/// Secrets Manager User Guide, "Example: Permission to retrieve a specific version": what a reference leaves out may
/// still be in the request.
#[test]
fn the_stage_of_a_secret_is_known_where_the_reference_names_it() {
    let with_stage = |tail: &str, stage: &str| {
        let mut account = Account::of("nat");
        let (secret, key) = (account.secret(), account.key());
        account.container()["secrets"][0]["valueFrom"] = json!(format!("{secret}{tail}"));
        let read = allow("secretsmanager:GetSecretValue", secret);
        account.inline(json!([
            under(read, "ForAnyValue:StringEquals", "secretsmanager:VersionStage", stage),
            allow("ssm:GetParameters", PARAMETER),
            allow("kms:Decrypt", key)
        ]));
        (account.found(), verdict(&account, "role/secret-denied"))
    };
    assert_eq!(with_stage("::AWSCURRENT:", "AWSCURRENT"), (nothing(), VerdictName::Pass));
    let denied = one("role/secret-denied", ROLE);
    assert_eq!(with_stage("::AWSCURRENT:", "AWSPENDING"), (denied, VerdictName::Fail));
    assert_eq!(with_stage("", "AWSCURRENT"), (nothing(), VerdictName::Unknown));
}

/// Service Authorization Reference: tags come with requests on a resource that has them, and `GetAuthorizationToken`
/// has no resource.
#[test]
fn tags_of_a_resource_are_seen_where_they_are_known() {
    let tagged = |key: &str, tags: Option<Value>| {
        let mut account = Account::of("nat");
        let mut statements = secrets(&mut account);
        statements.push(allow(json!(["ecr:GetAuthorizationToken", "logs:*"]), "*"));
        statements.push(under(allow("ecr:*", "*"), "StringEquals", key, "shop"));
        account.only(json!(statements));
        account.facts()["tags"][REPOSITORY] = tags.map_or(Value::Null, |t| json!({ "present": t }));
        if account.facts()["tags"][REPOSITORY].is_null() {
            account.facts()["tags"].as_object_mut().unwrap().remove(REPOSITORY);
        }
        (account.found(), verdict(&account, "role/ecr-denied"))
    };
    let denied = || one("role/ecr-denied", ROLE);
    for key in ["aws:ResourceTag/team", "ecr:ResourceTag/team"] {
        let mine = json!({ "team": "shop" });
        assert_eq!(tagged(key, Some(mine)), (nothing(), VerdictName::Pass), "{key}");
        for other in [json!({ "team": "ops" }), json!({ "team": "Shop" }), json!({})] {
            assert_eq!(tagged(key, Some(other)), (denied(), VerdictName::Fail), "{key}");
        }
        assert_eq!(tagged(key, None), (nothing(), VerdictName::Unknown), "{key}");
    }
    let mut login = Account::of("nat");
    let mut statements = secrets(&mut login);
    statements.extend(PULL[1..].iter().map(|action| allow(*action, "*")));
    statements.push(allow("logs:*", "*"));
    statements.push(allow("ecr:BatchCheckLayerAvailability", "*"));
    statements.push(under(allow("ecr:*", "*"), "StringEquals", "aws:ResourceTag/team", "shop"));
    login.only(json!(statements));
    assert_eq!(login.found(), denied());
}
