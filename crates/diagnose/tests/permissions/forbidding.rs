//! Several policies have a say: whose fault it is.

use super::account::*;
use serde_json::{Value, json};

#[test]
fn who_forbids_is_told() {
    check(
        "nat",
        &[
            ("a boundary without ECR", |a| {
                a.boundary(json!([allow(
                    json!(["logs:*", "secretsmanager:*", "ssm:*", "kms:*"]),
                    "*"
                )]));
                one("role/ecr-denied", ROLE)
            }),
            ("a wide boundary", |a| {
                a.boundary(json!([allow("*", "*")]));
                nothing()
            }),
            ("a Deny of the role's own", |a| {
                a.also(deny("ecr:Batch*", REPOSITORY));
                one("role/ecr-denied", ROLE)
            }),
            ("a Deny for another repository", |a| {
                a.also(deny("ecr:Batch*", format!("{REPOSITORY}-other")));
                nothing()
            }),
            ("the secret's policy denies the role", |a| {
                a.secret_policy(by(
                    deny("secretsmanager:GetSecretValue", "*"),
                    json!({ "AWS": ROLE }),
                ));
                one("secret/resource-policy", &a.secret())
            }),
            ("the secret's policy allows what the role's do not", |a| {
                let key = a.key();
                a.inline(json!([allow("ssm:GetParameters", PARAMETER), allow("kms:Decrypt", key)]));
                a.secret_policy(by(
                    allow("secretsmanager:GetSecretValue", "*"),
                    json!({ "AWS": ROLE }),
                ));
                nothing()
            }),
            ("the secret's policy denies somebody else, and the role's lack it", |a| {
                let key = a.key();
                a.inline(json!([allow("ssm:GetParameters", PARAMETER), allow("kms:Decrypt", key)]));
                a.secret_policy(by(
                    deny("secretsmanager:GetSecretValue", "*"),
                    json!({ "AWS": TASK_ROLE }),
                ));
                one("role/secret-denied", ROLE)
            }),
            ("the secret's policy names the account only", |a| {
                let key = a.key();
                a.inline(json!([allow("ssm:GetParameters", PARAMETER), allow("kms:Decrypt", key)]));
                a.secret_policy(by(
                    allow("secretsmanager:GetSecretValue", "*"),
                    json!({ "AWS": "123456789012" }),
                ));
                one("role/secret-denied", ROLE)
            }),
            ("a Deny in both is two faults", |a| {
                let secret = a.secret();
                a.also(deny("secretsmanager:*", secret.clone()));
                a.secret_policy(by(deny("secretsmanager:*", "*"), "*"));
                vec![
                    format!("role/secret-denied {ROLE}"),
                    format!("secret/resource-policy {secret}"),
                ]
            }),
            ("a key that leaves nothing to IAM", |a| {
                a.key_policy(json!([by(allow("kms:*", "*"), json!({ "AWS": TASK_ROLE }))]));
                one("secret/key-policy", &a.key())
            }),
            ("a key that names the role", |a| {
                let secret = a.secret();
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret),
                    allow("ssm:GetParameters", PARAMETER)
                ]));
                a.key_policy(json!([by(allow("kms:Decrypt", "*"), json!({ "AWS": ROLE }))]));
                nothing()
            }),
            ("a key for Secrets Manager only", |a| {
                a.key_policy(json!([under(
                    by(allow("kms:*", "*"), json!({ "AWS": "123456789012" })),
                    "StringEquals",
                    "kms:ViaService",
                    "secretsmanager.us-east-1.amazonaws.com"
                )]));
                nothing()
            }),
            ("a key for S3 only", |a| {
                a.key_policy(json!([under(
                    by(allow("kms:*", "*"), json!({ "AWS": "123456789012" })),
                    "StringEquals",
                    "kms:ViaService",
                    "s3.us-east-1.amazonaws.com"
                )]));
                one("secret/key-policy", &a.key())
            }),
            ("a grant is a third way", |a| {
                let (secret, key) = (a.secret(), a.key());
                a.inline(json!([
                    allow("secretsmanager:GetSecretValue", secret.clone()),
                    allow("ssm:GetParameters", PARAMETER)
                ]));
                a.key_policy(json!([by(allow("kms:*", "*"), json!({ "AWS": TASK_ROLE }))]));
                a.facts()["secrets"]["key_grants"][key] = json!({ "present": [{ "GrantId": "1", "GranteePrincipal": ROLE, "Operations": ["Decrypt"], "Constraints": { "EncryptionContextSubset": { "SecretARN": secret } } }] });
                nothing()
            }),
            ("a disabled key", |a| {
                let key = a.key();
                a.facts()["secrets"]["keys"][&key]["present"]["KeyState"] = json!("PendingImport");
                one("secret/key-unusable", &key)
            }),
            ("the repository's policy denies the account", |a| {
                let statement = json!({ "Effect": "Deny", "Principal": { "AWS": "123456789012" }, "Action": "ecr:BatchGetImage" });
                a.facts()["ecr"]["repository_policies"]["shop/orders"] = json!({ "present": json!({ "Version": "2008-10-17", "Statement": [statement] }).to_string() });
                one("image/repository-policy", REPOSITORY)
            }),
            ("another account's repository without policy", |a| {
                one("image/repository-policy", &a.foreign_image(json!("absent")))
            }),
            ("another account's repository that lets the role pull", |a| {
                let statement = json!({ "Effect": "Allow", "Principal": { "AWS": ROLE }, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] });
                a.foreign_image(json!({ "present": json!({ "Version": "2008-10-17", "Statement": statement }).to_string() }));
                nothing()
            }),
            ("another account's repository whose policy is not visible", |a| {
                a.foreign_image(json!({ "denied": { "action": "ecr:GetRepositoryPolicy" } }));
                nothing()
            }),
        ],
    );
}

#[test]
fn files_volumes_and_sessions_need_what_they_use() {
    fn env_file(a: &mut Account, bucket_policy: Value) {
        a.container()["environmentFiles"] =
            json!([{ "type": "s3", "value": "arn:aws:s3:::conf/app.env" }]);
        let storage = &mut a.facts()["storage"];
        storage["objects"]["conf/app.env"] = json!({ "present": { "Key": "app.env" } });
        storage["bucket_policies"]["conf"] = bucket_policy;
    }
    fn fetch(a: &mut Account) {
        a.also(allow("s3:GetObject", "arn:aws:s3:::conf/*"));
        a.also(allow("s3:GetBucketLocation", "arn:aws:s3:::conf"));
    }
    fn volume(a: &mut Account, iam: &str, file_system_policy: Value) {
        a.definition()["volumes"] = json!([{ "name": "data", "efsVolumeConfiguration": {
            "fileSystemId": "fs-1", "transitEncryption": "ENABLED", "authorizationConfig": { "iam": iam }
        } }]);
        let subnets = a.service()["networkConfiguration"]["awsvpcConfiguration"]["subnets"].clone();
        let targets: Vec<Value> = subnets.as_array().unwrap().iter().enumerate().map(|(index, subnet)| json!({
            "MountTargetId": format!("fsmt-{index}"), "FileSystemId": "fs-1", "SubnetId": subnet,
            "LifeCycleState": "available"
        })).collect();
        let storage = &mut a.facts()["storage"];
        storage["file_systems"]["fs-1"] =
            json!({ "present": { "FileSystemId": "fs-1", "LifeCycleState": "available" } });
        storage["mount_targets"]["fs-1"] = json!({ "present": targets });
        storage["file_system_policies"]["fs-1"] = file_system_policy;
    }
    fn text(statement: Value) -> Value {
        json!({ "present": policy(json!([statement])).to_string() })
    }
    check(
        "nat",
        &[
            ("an environment file", |a| {
                env_file(a, json!("absent"));
                fetch(a);
                nothing()
            }),
            ("an environment file without permission", |a| {
                env_file(a, json!("absent"));
                one("role/env-file-denied", ROLE)
            }),
            ("a bucket policy that denies", |a| {
                env_file(a, text(by(deny("s3:GetObject", "arn:aws:s3:::conf/*"), "*")));
                fetch(a);
                one("role/env-file-denied", ROLE)
            }),
            ("a file system without policy lets everybody in", |a| {
                volume(a, "ENABLED", json!("absent"));
                nothing()
            }),
            ("a file system for another role", |a| {
                volume(
                    a,
                    "ENABLED",
                    text(by(allow("elasticfilesystem:*", "*"), json!({ "AWS": ROLE }))),
                );
                one("role/efs-denied", TASK_ROLE)
            }),
            ("a file system for the task role", |a| {
                volume(
                    a,
                    "ENABLED",
                    text(by(allow("elasticfilesystem:*", "*"), json!({ "AWS": TASK_ROLE }))),
                );
                nothing()
            }),
            ("an anonymous mount of a file system for the task role", |a| {
                volume(
                    a,
                    "DISABLED",
                    text(by(allow("elasticfilesystem:*", "*"), json!({ "AWS": TASK_ROLE }))),
                );
                one("role/efs-denied", "fs-1")
            }),
            ("ECS Exec without its channels", |a| {
                a.service()["enableExecuteCommand"] = json!(true);
                vec![format!("risk role/exec-denied {TASK_ROLE}")]
            }),
            ("a role that needs nothing has no finding", |a| {
                a.only(json!([allow("sqs:*", "*")]));
                a.container()["secrets"] = json!([]);
                a.container()["image"] = json!("public.ecr.aws/nginx/nginx:latest");
                a.container().as_object_mut().unwrap().remove("logConfiguration");
                nothing()
            }),
        ],
    );
}
