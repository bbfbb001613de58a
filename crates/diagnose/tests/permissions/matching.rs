//! Actions, resources and trust: what a policy covers.

use super::account::*;
use serde_json::{Value, json};

#[test]
fn actions_and_resources_match_as_in_iam() {
    check(
        "nat",
        &[
            ("wildcards suffice", |a| {
                a.only(json!([
                    allow(json!(["ECR:get*", "ecr:Batch*", "logs:*"]), "*"),
                    allow("secretsmanager:Get*", "*"),
                    allow(json!(["ssm:GetParameter?", "kms:D*"]), "*")
                ]));
                nothing()
            }),
            ("the token on a repository grants nothing", |a| {
                let mut statements = secrets(a);
                statements.push(allow(PULL.to_vec(), REPOSITORY));
                statements.push(allow("ecr:BatchCheckLayerAvailability", REPOSITORY));
                statements.push(allow("logs:*", "*"));
                a.only(json!(statements));
                one("role/ecr-denied", ROLE)
            }),
            ("a log group without its streams", |a| {
                let mut statements = secrets(a);
                statements.push(allow("ecr:*", "*"));
                statements.push(allow(
                    "logs:*",
                    "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/orders",
                ));
                a.only(json!(statements));
                one("role/log-denied", ROLE)
            }),
            ("a log group with its streams", |a| {
                let mut statements = secrets(a);
                statements.push(allow("ecr:*", "*"));
                statements.push(allow(
                    json!(["logs:CreateLogStream", "logs:PutLogEvents"]),
                    "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/orders:*",
                ));
                a.only(json!(statements));
                nothing()
            }),
            ("the secret without its suffix", |a| {
                let bare = a.secret().rsplit_once('-').unwrap().0.to_owned();
                let key = a.key();
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", bare),
                    allow("ssm:GetParameters", PARAMETER),
                    allow("kms:Decrypt", key)
                ]));
                one("role/secret-denied", ROLE)
            }),
            ("the secret with question marks", |a| {
                let bare = a.secret().rsplit_once('-').unwrap().0.to_owned();
                let key = a.key();
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", format!("{bare}-??????")),
                    allow("ssm:GetParameters", PARAMETER),
                    allow("kms:Decrypt", key)
                ]));
                nothing()
            }),
            ("the task definition names the secret without its suffix", |a| {
                let secret = a.secret();
                let bare = secret.rsplit_once('-').unwrap().0.to_owned();
                a.container()["secrets"][0]["valueFrom"] = json!(bare);
                let known = a.facts()["secrets"]["secrets"][&secret].clone();
                a.facts()["secrets"]["secrets"][&bare] = known;
                a.facts()["secrets"]["secret_policies"][&bare] = json!("absent");
                nothing()
            }),
            ("ssm:GetParameter is another action", |a| {
                let (secret, key) = (a.secret(), a.key());
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret),
                    allow("ssm:GetParameter", PARAMETER),
                    allow("kms:Decrypt", key)
                ]));
                one("role/parameter-denied", ROLE)
            }),
            ("a parameter with two slashes is another one", |a| {
                let (secret, key) = (a.secret(), a.key());
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret),
                    allow(
                        "ssm:GetParameters",
                        "arn:aws:ssm:us-east-1:123456789012:parameter//orders/api-key"
                    ),
                    allow("kms:Decrypt", key)
                ]));
                one("role/parameter-denied", ROLE)
            }),
            ("a parameter under a customer managed key needs the key", |a| {
                let secret = a.secret();
                let key = a.key();
                a.facts()["secrets"]["secrets"][&secret]["present"]
                    .as_object_mut()
                    .unwrap()
                    .remove("KmsKeyId");
                a.facts()["secrets"]["parameters"]["/orders/api-key"]["present"]["KeyId"] =
                    json!(key);
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret),
                    allow("ssm:GetParameters", PARAMETER)
                ]));
                one("role/kms-denied", ROLE)
            }),
            ("the default keys need nothing", |a| {
                let secret = a.secret();
                a.facts()["secrets"]["secrets"][&secret]["present"]
                    .as_object_mut()
                    .unwrap()
                    .remove("KmsKeyId");
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret),
                    allow("ssm:GetParameters", PARAMETER)
                ]));
                nothing()
            }),
            ("the alias of a key in a policy is not the key", |a| {
                let secret = a.secret();
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret),
                    allow("ssm:GetParameters", PARAMETER),
                    allow("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:alias/orders")
                ]));
                one("role/kms-denied", ROLE)
            }),
            ("a secret whose key is named by alias", |a| {
                let (secret, key) = (a.secret(), a.key());
                let alias = "alias/orders";
                let known = a.facts()["secrets"]["keys"][&key].clone();
                a.facts()["secrets"]["keys"][alias] = known;
                a.facts()["secrets"]["secrets"][&secret]["present"]["KmsKeyId"] = json!(alias);
                nothing()
            }),
            ("an action that does not exist", |a| {
                a.also(allow("ecr:GetDownloadSizeForLayer", "*"));
                vec![format!("risk role/action-does-not-exist {ROLE}")]
            }),
        ],
    );
}

#[test]
fn trust_policies_are_read_with_their_conditions() {
    fn trust(a: &mut Account, statement: Value) {
        a.facts()["iam"]["roles"]["orders-execution"]["present"]["AssumeRolePolicyDocument"] =
            policy(json!([statement]));
    }
    fn to(service: &str) -> Value {
        json!({ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" })
    }
    const ECS: &str = "ecs-tasks.amazonaws.com";
    check(
        "nat",
        &[
            ("another service", |a| {
                trust(a, to("ecs.amazonaws.com"));
                one("role/execution-role-trust", ROLE)
            }),
            ("the right account", |a| {
                trust(a, under(to(ECS), "StringEquals", "aws:SourceAccount", "123456789012"));
                nothing()
            }),
            ("another account", |a| {
                trust(a, under(to(ECS), "StringEquals", "aws:SourceAccount", FOREIGN));
                one("role/execution-role-trust", ROLE)
            }),
            ("the right Region", |a| {
                trust(
                    a,
                    under(
                        to(ECS),
                        "ArnLike",
                        "aws:SourceArn",
                        "arn:aws:ecs:us-east-1:123456789012:*",
                    ),
                );
                nothing()
            }),
            ("another Region", |a| {
                trust(
                    a,
                    under(
                        to(ECS),
                        "ArnLike",
                        "aws:SourceArn",
                        "arn:aws:ecs:eu-west-1:123456789012:*",
                    ),
                );
                one("role/execution-role-trust", ROLE)
            }),
            ("an external id that ECS does not send", |a| {
                trust(a, under(to(ECS), "StringEquals", "sts:ExternalId", "x"));
                one("role/execution-role-trust", ROLE)
            }),
            ("a list of services", |a| {
                let mut statement = to(ECS);
                statement["Principal"]["Service"] = json!(["ec2.amazonaws.com", ECS]);
                trust(a, statement);
                nothing()
            }),
        ],
    );
    // What a person must add is printed, and clears it.
    let mut account = Account::of("nat");
    trust(&mut account, to("ec2.amazonaws.com"));
    assert_eq!(account.report().findings[0].fixes.len(), 1);
}
