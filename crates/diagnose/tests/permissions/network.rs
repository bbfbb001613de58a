//! Endpoints on the way, and the condition keys that they bring.

use super::account::*;
use serde_json::json;

#[test]
fn endpoint_policies_count_for_what_passes_the_endpoint() {
    check(
        "endpoints",
        &[
            ("S3 without the bucket of the layers", |a| {
                let id = a.endpoint_policy(
                    "s3",
                    json!([by(allow("s3:GetObject", "arn:aws:s3:::mine/*"), "*")]),
                );
                one("network/endpoint-policy", &id)
            }),
            ("S3 with the bucket of the layers", |a| {
                a.endpoint_policy(
                    "s3",
                    json!([by(
                        allow(
                            "s3:GetObject",
                            "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"
                        ),
                        "*"
                    )]),
                );
                nothing()
            }),
            ("S3 for the account's own principals: ECR is none of them", |a| {
                let id = a.endpoint_policy(
                    "s3",
                    json!([under(
                        by(allow("*", "*"), "*"),
                        "StringEquals",
                        "aws:PrincipalAccount",
                        "123456789012"
                    )]),
                );
                one("network/endpoint-policy", &id)
            }),
            ("S3 for the organization", |a| {
                let id = a.endpoint_policy(
                    "s3",
                    json!([under(
                        by(allow("*", "*"), "*"),
                        "StringEquals",
                        "aws:PrincipalOrgID",
                        "o-abcdef1234"
                    )]),
                );
                one("network/endpoint-policy", &id)
            }),
            ("a gateway endpoint knows no principals", |a| {
                let id = a.endpoint_policy(
                    "s3",
                    json!([by(allow("*", "*"), json!({ "AWS": "123456789012" }))]),
                );
                one("network/endpoint-policy", &id)
            }),
            ("ecr.api without the login", |a| {
                let id =
                    a.endpoint_policy("ecr.api", json!([by(allow("ecr:BatchGetImage", "*"), "*")]));
                one("network/endpoint-policy", &id)
            }),
            ("ecr.dkr needs no login", |a| {
                a.endpoint_policy(
                    "ecr.dkr",
                    json!([by(
                        allow(
                            json!(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]),
                            REPOSITORY
                        ),
                        "*"
                    )]),
                );
                nothing()
            }),
            ("logs for another account", |a| {
                let id = a.endpoint_policy(
                    "logs",
                    json!([by(allow("*", "*"), json!({ "AWS": FOREIGN }))]),
                );
                one("network/endpoint-policy", &id)
            }),
            ("secrets for the account", |a| {
                a.endpoint_policy(
                    "secretsmanager",
                    json!([by(
                        allow("*", "*"),
                        json!({ "AWS": "arn:aws:iam::123456789012:root" })
                    )]),
                );
                nothing()
            }),
            ("a Deny for the role", |a| {
                let id = a.endpoint_policy(
                    "ssm",
                    json!([
                        by(allow("*", "*"), "*"),
                        by(deny("ssm:*", "*"), json!({ "AWS": ROLE }))
                    ]),
                );
                one("network/endpoint-policy", &id)
            }),
            ("a Deny that the printed statement cannot clear is told by hand", |a| {
                let id = a.endpoint_policy("s3", json!([by(allow("*", "*"), "*"), by(json!({ "Effect": "Deny", "Action": "s3:*", "NotResource": "arn:aws:s3:::mine/*" }), "*")]));
                one("network/endpoint-policy", &id)
            }),
        ],
    );
}

#[test]
fn keys_of_the_network_come_with_an_endpoint_only() {
    fn only_through(a: &mut Account, endpoint: &str) {
        let (secret, key) = (a.secret(), a.key());
        a.inline(json!([
            under(
                allow("secretsmanager:GetSecretValue", secret),
                "StringEquals",
                "aws:SourceVpce",
                endpoint
            ),
            allow("ssm:GetParameters", PARAMETER),
            allow("kms:Decrypt", key)
        ]));
    }
    check(
        "endpoints",
        &[
            ("through this endpoint", |a| {
                let id = a.endpoint("secretsmanager")["VpcEndpointId"].as_str().unwrap().to_owned();
                only_through(a, &id);
                nothing()
            }),
            ("through another endpoint", |a| {
                only_through(a, "vpce-00000000000000000");
                one("role/secret-denied", ROLE)
            }),
            ("platform version 1.3.0 reads secrets elsewhere", |a| {
                let id = a.endpoint("secretsmanager")["VpcEndpointId"].as_str().unwrap().to_owned();
                only_through(a, &id);
                a.service()["deployments"][0]["platformVersion"] = json!("1.3.0");
                one("role/secret-denied", ROLE)
            }),
            ("no address comes through an endpoint", |a| {
                a.also(under(deny("ssm:*", "*"), "NotIpAddress", "aws:SourceIp", "203.0.113.0/24"));
                one("role/parameter-denied", ROLE)
            }),
        ],
    );
    check(
        "nat",
        &[
            ("a Deny outside of the VPC applies without an endpoint", |a| {
                a.also(under(
                    deny("secretsmanager:*", "*"),
                    "StringNotEquals",
                    "aws:SourceVpce",
                    "vpce-1",
                ));
                one("role/secret-denied", ROLE)
            }),
            ("a Deny without TLS never applies", |a| {
                a.also(under(deny("*", "*"), "Bool", "aws:SecureTransport", "false"));
                nothing()
            }),
            ("a Deny for other Regions", |a| {
                a.also(under(
                    deny("*", "*"),
                    "StringNotEquals",
                    "aws:RequestedRegion",
                    "eu-west-1",
                ));
                ["ecr", "kms", "log", "parameter", "secret"]
                    .map(|what| format!("role/{what}-denied {ROLE}"))
                    .to_vec()
            }),
            ("tags of the role are known", |a| {
                a.also(under(
                    deny("ssm:*", "*"),
                    "StringNotEquals",
                    "aws:PrincipalTag/team",
                    "shop",
                ));
                a.facts()["iam"]["roles"]["orders-execution"]["present"]["Tags"] =
                    json!([{ "Key": "team", "Value": "shop" }]);
                nothing()
            }),
            ("tags of the secret are known", |a| {
                a.also(under(
                    deny("secretsmanager:*", "*"),
                    "StringEquals",
                    "aws:ResourceTag/sealed",
                    "yes",
                ));
                nothing()
            }),
        ],
    );
}
