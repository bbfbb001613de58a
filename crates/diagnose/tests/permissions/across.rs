//! Resources of other accounts, other Regions and other partitions.

use super::account::*;
use ecswhy_diagnose::report::VerdictName;
use serde_json::{Value, json};

/// Read and decrypt, on everything: what the caller's own side needs.
fn own_side(a: &mut Account) {
    a.inline(json!([
        allow("secretsmanager:GetSecretValue", "*"),
        allow("ssm:GetParameters", "*"),
        allow("kms:Decrypt", "*"),
    ]));
}

/// Moves the secret and its key to another account: their ARNs there, and the facts of that account.
fn foreign_secret(a: &mut Account) -> (String, String) {
    let there = |arn: &str| arn.replace("123456789012", FOREIGN);
    let (secret, key) = (there(&a.secret()), there(&a.key()));
    let moved = there(&a.facts()["secrets"].to_string());
    let mut moved: Value = serde_json::from_str(&moved).unwrap();
    moved["parameters"] = json!({});
    a.0["facts"][format!("{FOREIGN}/us-east-1")] = json!({ "secrets": moved });
    a.container()["secrets"][0]["valueFrom"] = json!(format!("{secret}:password::"));
    own_side(a);
    (secret, key)
}

fn foreign(a: &mut Account) -> &mut Value {
    &mut a.0["facts"][format!("{FOREIGN}/us-east-1")]["secrets"]
}

fn allows(actions: &str, principal: &str) -> Value {
    let statement = by(allow(actions, "*"), json!({ "AWS": principal }));
    json!({ "present": policy(json!([statement])).to_string() })
}

fn let_in(a: &mut Account, secret: &str, key: &str) {
    foreign(a)["secret_policies"][secret] = allows("secretsmanager:GetSecretValue", ROLE);
    foreign(a)["key_policies"][key] = allows("kms:Decrypt", "arn:aws:iam::123456789012:root");
}

#[test]
fn a_secret_of_another_account_needs_both_sides_and_a_key_that_can_be_shared() {
    check(
        "nat",
        &[
            ("both policies let the role in", |a| {
                let (secret, key) = foreign_secret(a);
                let_in(a, &secret, &key);
                nothing()
            }),
            ("the account is let in, and the role's own policies allow it", |a| {
                let (secret, key) = foreign_secret(a);
                let_in(a, &secret, &key);
                foreign(a)["secret_policies"][&secret] =
                    allows("secretsmanager:GetSecretValue", "123456789012");
                nothing()
            }),
            ("the secret has no policy", |a| {
                let (secret, key) = foreign_secret(a);
                let_in(a, &secret, &key);
                foreign(a)["secret_policies"][&secret] = json!("absent");
                one("secret/resource-policy", &secret)
            }),
            ("the secret's policy names another role", |a| {
                let (secret, key) = foreign_secret(a);
                let_in(a, &secret, &key);
                foreign(a)["secret_policies"][&secret] =
                    allows("secretsmanager:GetSecretValue", TASK_ROLE);
                one("secret/resource-policy", &secret)
            }),
            ("the key's policy names only its own account", |a| {
                let (secret, key) = foreign_secret(a);
                let_in(a, &secret, &key);
                foreign(a)["key_policies"][&key] =
                    allows("kms:*", &format!("arn:aws:iam::{FOREIGN}:root"));
                one("secret/key-policy", &key)
            }),
            ("the role's own policies do not allow the read, whatever the secret's says", |a| {
                let (secret, key) = foreign_secret(a);
                let_in(a, &secret, &key);
                a.inline(json!([allow("ssm:GetParameters", "*"), allow("kms:Decrypt", "*")]));
                one("role/secret-denied", ROLE)
            }),
            ("the role's own policies do not allow to decrypt, whatever the key's says", |a| {
                let (secret, key) = foreign_secret(a);
                let_in(a, &secret, &key);
                foreign(a)["key_policies"][&key] = allows("kms:Decrypt", ROLE);
                a.inline(json!([
                    allow("ssm:GetParameters", "*"),
                    allow("secretsmanager:GetSecretValue", "*")
                ]));
                one("role/kms-denied", ROLE)
            }),
            ("a key named by its id lies where the secret lies", |a| {
                let (secret, key) = foreign_secret(a);
                let_in(a, &secret, &key);
                let id = key.rsplit('/').next().unwrap().to_owned();
                foreign(a)["secrets"][&secret]["present"]["KmsKeyId"] = json!(id);
                for what in ["keys", "key_policies", "key_grants"] {
                    let known = foreign(a)[what][&key].take();
                    foreign(a)[what] = json!({ &id: known });
                }
                nothing()
            }),
            ("the default key is of no use to another account", |a| {
                let (secret, key) = foreign_secret(a);
                let_in(a, &secret, &key);
                foreign(a)["secrets"][&secret]["present"]
                    .as_object_mut()
                    .unwrap()
                    .remove("KmsKeyId");
                one(
                    "secret/key-policy",
                    &format!("arn:aws:kms:us-east-1:{FOREIGN}:alias/aws/secretsmanager"),
                )
            }),
            ("the default key, named by its id, is of no more use", |a| {
                let (secret, key) = foreign_secret(a);
                let_in(a, &secret, &key);
                foreign(a)["keys"][&key]["present"]["KeyManager"] = json!("AWS");
                one("secret/key-policy", &key)
            }),
        ],
    );
}

#[test]
fn the_default_key_of_another_account_is_told_as_such() {
    let mut account = Account::of("nat");
    let (secret, key) = foreign_secret(&mut account);
    let_in(&mut account, &secret, &key);
    foreign(&mut account)["secrets"][&secret]["present"]
        .as_object_mut()
        .unwrap()
        .remove("KmsKeyId");
    let report = account.report();
    let message = &report.findings[0].message;
    assert!(
        message.contains("aws/secretsmanager") && message.contains("other accounts cannot use"),
        "{message}"
    );
}

#[test]
fn what_another_account_hides_is_unknown() {
    for hidden in ["secrets", "secret_policies", "keys", "key_policies"] {
        let mut account = Account::of("nat");
        let (secret, key) = foreign_secret(&mut account);
        let_in(&mut account, &secret, &key);
        let subject = if hidden.starts_with("secret") { &secret } else { &key };
        foreign(&mut account)[hidden][subject] = json!({ "denied": { "action": "x:Describe" } });
        assert_eq!(account.found(), nothing(), "{hidden}");
    }
}

/// Systems Manager User Guide, "Working with shared parameters": DescribeParameters shows a shared parameter only to
/// those who ask for shared ones, so that the list of the own account says nothing.
#[test]
fn a_parameter_of_another_account_is_not_missed_in_the_own_one() {
    let mut account = Account::of("nat");
    let arn = format!("arn:aws:ssm:us-east-1:{FOREIGN}:parameter/orders/api-key");
    account.container()["secrets"][1]["valueFrom"] = json!(arn);
    own_side(&mut account);
    account.0["facts"][format!("{FOREIGN}/us-east-1")] =
        json!({ "secrets": { "parameters": { "/orders/api-key": "absent" } } });
    assert_eq!(account.found(), nothing());
    assert_eq!(verdict(&account, "secret/parameter-not-found"), VerdictName::Unknown);
    // The role's own side is needed all the same.
    account.inline(json!([allow("secretsmanager:GetSecretValue", "*"), allow("kms:Decrypt", "*")]));
    assert_eq!(account.found(), one("role/parameter-denied", ROLE));
}

#[test]
fn an_image_of_another_account_needs_its_repository_policy_and_the_own_login() {
    fn repository_policy(principal: Value, actions: &[&str]) -> Value {
        let statement = json!({ "Effect": "Allow", "Principal": principal, "Action": actions });
        json!({ "present": json!({ "Version": "2008-10-17", "Statement": [statement] }).to_string() })
    }
    check(
        "nat",
        &[
            ("the account is let in", |a| {
                a.foreign_image(repository_policy(
                    json!({ "AWS": "arn:aws:iam::123456789012:root" }),
                    &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                ));
                nothing()
            }),
            ("the layers are left out", |a| {
                let arn = a.foreign_image(repository_policy(
                    json!({ "AWS": "123456789012" }),
                    &["ecr:BatchGetImage"],
                ));
                one("image/repository-policy", &arn)
            }),
            ("ECS itself is let in, which does not pull", |a| {
                let arn = a.foreign_image(repository_policy(
                    json!({ "Service": "ecs-tasks.amazonaws.com" }),
                    &["ecr:*"],
                ));
                one("image/repository-policy", &arn)
            }),
            ("the role may not log in", |a| {
                a.foreign_image(repository_policy(json!("*"), &["ecr:*"]));
                let mut statements = secrets(a);
                statements.push(allow(
                    json!([
                        "ecr:BatchGetImage",
                        "ecr:GetDownloadUrlForLayer",
                        "ecr:BatchCheckLayerAvailability"
                    ]),
                    "*",
                ));
                statements.push(allow("logs:*", "*"));
                a.only(json!(statements));
                one("role/ecr-denied", ROLE)
            }),
            ("the role may log in, and the repository lets everybody in", |a| {
                a.foreign_image(repository_policy(json!("*"), &["ecr:*"]));
                let mut statements = secrets(a);
                statements.push(allow("ecr:GetAuthorizationToken", "*"));
                statements.push(allow("logs:*", "*"));
                a.only(json!(statements));
                one("role/ecr-denied", ROLE)
            }),
        ],
    );
}

#[test]
fn an_image_of_another_region_is_asked_there() {
    fn elsewhere(a: &mut Account) {
        a.container()["image"] =
            json!("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop/orders:1.42.0");
        let ecr = a.facts()["ecr"].clone();
        a.0["facts"]["123456789012/eu-west-1"] = json!({ "ecr": ecr });
    }
    check(
        "nat",
        &[
            ("the managed policy covers every Region", |a| {
                elsewhere(a);
                nothing()
            }),
            ("a policy for the repository of the own Region does not", |a| {
                elsewhere(a);
                let mut statements = secrets(a);
                statements.push(allow("ecr:GetAuthorizationToken", "*"));
                statements.push(allow("ecr:*", REPOSITORY));
                statements.push(allow("logs:*", "*"));
                a.only(json!(statements));
                one("role/ecr-denied", ROLE)
            }),
            ("a Deny outside of the own Region", |a| {
                elsewhere(a);
                a.also(under(
                    deny("ecr:*", "*"),
                    "StringNotEquals",
                    "aws:RequestedRegion",
                    "us-east-1",
                ));
                one("role/ecr-denied", ROLE)
            }),
            ("a Deny outside of both Regions", |a| {
                elsewhere(a);
                a.also(under(
                    deny("*", "*"),
                    "StringNotEquals",
                    "aws:RequestedRegion",
                    json!(["us-east-1", "eu-west-1"]),
                ));
                nothing()
            }),
        ],
    );
}

/// Amazon Web Services in China and AWS GovCloud (US): other ARNs, other hosts, the same rules.
#[test]
fn other_partitions_have_the_same_rules() {
    for (partition, region, domain) in [
        ("aws-cn", "cn-north-1", "amazonaws.com.cn"),
        ("aws-us-gov", "us-gov-west-1", "amazonaws.com"),
    ] {
        let moved = |account: &Account| {
            let text = account.0.to_string();
            let text = text
                .replace("arn:aws:", &format!("arn:{partition}:"))
                .replace("us-east-1.amazonaws.com", &format!("us-east-1.{domain}"))
                .replace(
                    "com.amazonaws.us-east-1",
                    &match partition {
                        "aws-cn" => format!("cn.com.amazonaws.{region}"),
                        _ => format!("com.amazonaws.{region}"),
                    },
                )
                .replace("us-east-1", region);
            Account(serde_json::from_str(&text).unwrap())
        };
        for base in ["nat", "endpoints", "public"] {
            assert_eq!(moved(&Account::of(base)).found(), nothing(), "{partition}, {base}");
        }
        let role = ROLE.replace("arn:aws:", &format!("arn:{partition}:"));
        for (denied, id) in [
            ("ecr:BatchGetImage", "role/ecr-denied"),
            ("logs:CreateLogStream", "role/log-denied"),
            ("secretsmanager:GetSecretValue", "role/secret-denied"),
            ("ssm:GetParameters", "role/parameter-denied"),
            ("kms:Decrypt", "role/kms-denied"),
        ] {
            let mut account = Account::of("nat");
            account.also(deny(denied, "*"));
            assert_eq!(moved(&account).found(), one(id, &role), "{partition}, {denied}");
        }
        // A policy written for the commercial partition grants nothing here.
        let mut account = moved(&Account::of("nat"));
        account.0["facts"][format!("123456789012/{region}")]["iam"]["inline_policies"]["orders-execution/start"] = json!({ "present": policy(json!([
                allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:secret:*"),
                allow(json!(["ssm:GetParameters", "kms:Decrypt"]), "*")
            ])) });
        assert_eq!(account.found(), one("role/secret-denied", &role), "{partition}");
    }
}
