//! What each feature of a task definition needs, and nothing more.

use super::account::*;
use ecswhy_diagnose::report::VerdictName;
use serde_json::{Value, json};

/// Shows that no execution role is needed, and removes it.
fn without_role(a: &mut Account) {
    a.definition().as_object_mut().unwrap().remove("executionRoleArn");
}

/// A container that uses nothing of AWS.
fn bare(a: &mut Account) {
    a.container()["secrets"] = json!([]);
    a.container()["image"] = json!("public.ecr.aws/nginx/nginx:1.27");
    a.container().as_object_mut().unwrap().remove("logConfiguration");
}

fn definition_arn(a: &mut Account) -> String {
    a.definition()["taskDefinitionArn"].as_str().unwrap().to_owned()
}

#[test]
fn an_execution_role_is_needed_for_what_it_does_and_for_nothing_else() {
    fn missing(a: &mut Account) -> Vec<String> {
        without_role(a);
        one("role/execution-role-missing", &definition_arn(a))
    }
    check(
        "nat",
        &[
            ("a public image, no logs, no secrets", |a| {
                bare(a);
                without_role(a);
                nothing()
            }),
            ("an image of Docker Hub", |a| {
                bare(a);
                a.container()["image"] = json!("nginx:1.27");
                without_role(a);
                nothing()
            }),
            ("a log router without awslogs", |a| {
                bare(a);
                a.container()["logConfiguration"] =
                    json!({ "logDriver": "awsfirelens", "options": { "Name": "cloudwatch" } });
                let router = json!({ "name": "router", "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable", "essential": true, "firelensConfiguration": { "type": "fluentbit" } });
                a.definition()["containerDefinitions"].as_array_mut().unwrap().push(router);
                without_role(a);
                nothing()
            }),
            ("another log driver", |a| {
                bare(a);
                a.container()["logConfiguration"] = json!({ "logDriver": "splunk", "options": { "splunk-url": "https://splunk.example.com" } });
                without_role(a);
                nothing()
            }),
            ("an EFS volume with IAM is the task role's", |a| {
                bare(a);
                volume(a, json!({ "iam": "ENABLED" }), "ENABLED", json!("absent"));
                without_role(a);
                nothing()
            }),
            ("a private image", |a| {
                a.plain();
                a.container().as_object_mut().unwrap().remove("logConfiguration");
                missing(a)
            }),
            ("awslogs", |a| {
                bare(a);
                a.container()["logConfiguration"] = json!({ "logDriver": "awslogs", "options": { "awslogs-group": "/ecs/orders", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "ecs" } });
                missing(a)
            }),
            ("a secret of a log driver", |a| {
                bare(a);
                let secret = a.secret();
                a.container()["logConfiguration"] = json!({ "logDriver": "splunk", "secretOptions": [{ "name": "splunk-token", "valueFrom": secret }] });
                missing(a)
            }),
            ("credentials of a private registry", |a| {
                bare(a);
                let secret = a.secret();
                a.container()["image"] = json!("registry.example.com/orders:1");
                a.container()["repositoryCredentials"] = json!({ "credentialsParameter": secret });
                missing(a)
            }),
            ("an environment file", |a| {
                bare(a);
                env_file(a, "conf", json!("absent"));
                missing(a)
            }),
            ("a router that reads its configuration from S3", |a| {
                bare(a);
                router_file(a);
                missing(a)
            }),
        ],
    );
}

#[test]
fn a_role_that_needs_nothing_has_no_finding_whatever_it_is_denied() {
    check(
        "nat",
        &[("a public image, no logs, no secrets, and a role that may nothing", |a| {
            bare(a);
            a.only(json!([deny("*", "*")]));
            nothing()
        })],
    );
}

fn env_file(a: &mut Account, bucket: &str, bucket_policy: Value) {
    a.container()["environmentFiles"] =
        json!([{ "type": "s3", "value": format!("arn:aws:s3:::{bucket}/app.env") }]);
    in_bucket(a, bucket, bucket_policy);
}

fn in_bucket(a: &mut Account, bucket: &str, bucket_policy: Value) {
    let storage = &mut a.facts()["storage"];
    storage["objects"][format!("{bucket}/app.env")] = json!({ "present": { "Key": "app.env" } });
    storage["bucket_policies"][bucket] = bucket_policy;
}

fn router_file(a: &mut Account) {
    let router = json!({ "name": "router", "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable", "essential": true,
        "firelensConfiguration": { "type": "fluentbit", "options": { "config-file-type": "s3", "config-file-value": "arn:aws:s3:::conf/app.env" } } });
    a.definition()["containerDefinitions"].as_array_mut().unwrap().push(router);
    in_bucket(a, "conf", json!("absent"));
}

fn volume(a: &mut Account, authorization: Value, encryption: &str, file_system_policy: Value) {
    a.definition()["volumes"] = json!([{ "name": "data", "efsVolumeConfiguration": {
        "fileSystemId": "fs-1", "transitEncryption": encryption, "authorizationConfig": authorization
    } }]);
    a.container()["mountPoints"] = json!([{ "sourceVolume": "data", "containerPath": "/data" }]);
    let subnets = a.service()["networkConfiguration"]["awsvpcConfiguration"]["subnets"].clone();
    let targets: Vec<Value> = subnets
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(index, subnet)| json!({ "MountTargetId": format!("fsmt-{index}"), "FileSystemId": "fs-1", "SubnetId": subnet, "LifeCycleState": "available" }))
        .collect();
    let storage = &mut a.facts()["storage"];
    storage["file_systems"]["fs-1"] =
        json!({ "present": { "FileSystemId": "fs-1", "LifeCycleState": "available" } });
    storage["mount_targets"]["fs-1"] = json!({ "present": targets });
    storage["file_system_policies"]["fs-1"] = file_system_policy;
}

#[test]
fn each_part_of_a_feature_is_needed_by_itself() {
    fn file(a: &mut Account, actions: &[(&str, &str)]) {
        env_file(a, "conf", json!("absent"));
        for (action, resource) in actions {
            a.also(allow(*action, *resource));
        }
    }
    check(
        "nat",
        &[
            ("the object without the bucket's Region", |a| {
                file(a, &[("s3:GetObject", "arn:aws:s3:::conf/*")]);
                one("role/env-file-denied", ROLE)
            }),
            ("the bucket's Region without the object", |a| {
                file(a, &[("s3:GetBucketLocation", "arn:aws:s3:::conf")]);
                one("role/env-file-denied", ROLE)
            }),
            ("GetBucketLocation is about the bucket, not about its objects", |a| {
                file(
                    a,
                    &[
                        ("s3:GetObject", "arn:aws:s3:::conf/*"),
                        ("s3:GetBucketLocation", "arn:aws:s3:::conf/*"),
                    ],
                );
                one("role/env-file-denied", ROLE)
            }),
            ("both", |a| {
                file(
                    a,
                    &[
                        ("s3:GetObject", "arn:aws:s3:::conf/app.env"),
                        ("s3:GetBucketLocation", "arn:aws:s3:::conf"),
                    ],
                );
                nothing()
            }),
            ("the configuration of a log router", |a| {
                router_file(a);
                one("role/env-file-denied", ROLE)
            }),
            ("the configuration of a log router, allowed", |a| {
                router_file(a);
                a.also(allow(
                    json!(["s3:GetObject", "s3:GetBucketLocation"]),
                    "arn:aws:s3:::conf*",
                ));
                nothing()
            }),
            ("credentials of a private registry that the role may not read", |a| {
                bare(a);
                let secret = a.secret();
                a.container()["image"] = json!("registry.example.com/orders:1");
                a.container()["repositoryCredentials"] = json!({ "credentialsParameter": secret });
                let key = a.key();
                a.only(json!([allow("kms:Decrypt", key)]));
                one("role/secret-denied", ROLE)
            }),
            ("credentials of a private registry whose key the role may not use", |a| {
                bare(a);
                let secret = a.secret();
                a.container()["image"] = json!("registry.example.com/orders:1");
                a.container()["repositoryCredentials"] = json!({ "credentialsParameter": secret });
                a.only(json!([allow("secretsmanager:GetSecretValue", secret)]));
                one("role/kms-denied", ROLE)
            }),
            ("a secret of a log driver", |a| {
                let secret = a.secret();
                a.container()["secrets"] = json!([]);
                a.container()["logConfiguration"] = json!({ "logDriver": "splunk", "secretOptions": [{ "name": "splunk-token", "valueFrom": secret }] });
                a.no_inline();
                vec![format!("role/kms-denied {ROLE}"), format!("role/secret-denied {ROLE}")]
            }),
            ("a volume for the task role, which may not mount", |a| {
                volume(
                    a,
                    json!({ "iam": "ENABLED" }),
                    "ENABLED",
                    allows_mount(ROLE, "elasticfilesystem:ClientMount"),
                );
                one("role/efs-denied", TASK_ROLE)
            }),
            ("a volume that the task role may mount and not write", |a| {
                volume(
                    a,
                    json!({ "iam": "ENABLED" }),
                    "ENABLED",
                    allows_mount(TASK_ROLE, "elasticfilesystem:ClientMount"),
                );
                vec![format!("risk role/efs-denied {TASK_ROLE}")]
            }),
            ("a read-only mount of it", |a| {
                volume(
                    a,
                    json!({ "iam": "ENABLED" }),
                    "ENABLED",
                    allows_mount(TASK_ROLE, "elasticfilesystem:ClientMount"),
                );
                a.container()["mountPoints"][0]["readOnly"] = json!(true);
                nothing()
            }),
            ("the task role's own policy allows what the file system's does not deny", |a| {
                volume(
                    a,
                    json!({ "iam": "ENABLED" }),
                    "ENABLED",
                    allows_mount(ROLE, "elasticfilesystem:ClientMount"),
                );
                a.facts()["iam"]["inline_policies"]["orders-task/queue"] =
                    json!({ "present": policy(json!([allow("elasticfilesystem:Client*", "*")])) });
                nothing()
            }),
            ("a file system that refuses unencrypted mounts", |a| {
                let refuse = under(
                    by(deny("*", "*"), json!({ "AWS": "*" })),
                    "Bool",
                    "aws:SecureTransport",
                    "false",
                );
                let all = by(allow("elasticfilesystem:Client*", "*"), json!({ "AWS": "*" }));
                volume(
                    a,
                    json!(null),
                    "DISABLED",
                    json!({ "present": policy(json!([refuse, all])).to_string() }),
                );
                one("role/efs-denied", "fs-1")
            }),
            ("the same, encrypted", |a| {
                let refuse = under(
                    by(deny("*", "*"), json!({ "AWS": "*" })),
                    "Bool",
                    "aws:SecureTransport",
                    "false",
                );
                let all = by(allow("elasticfilesystem:Client*", "*"), json!({ "AWS": "*" }));
                volume(
                    a,
                    json!(null),
                    "ENABLED",
                    json!({ "present": policy(json!([refuse, all])).to_string() }),
                );
                nothing()
            }),
            ("an access point that the policy asks for, and the volume does not use", |a| {
                let only = under(
                    by(allow("elasticfilesystem:Client*", "*"), json!({ "AWS": "*" })),
                    "StringEquals",
                    "elasticfilesystem:AccessPointArn",
                    "arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-1",
                );
                volume(
                    a,
                    json!(null),
                    "ENABLED",
                    json!({ "present": policy(json!([only])).to_string() }),
                );
                one("role/efs-denied", "fs-1")
            }),
        ],
    );
}

fn allows_mount(role: &str, action: &str) -> Value {
    json!({ "present": policy(json!([by(allow(action, "*"), json!({ "AWS": role }))])).to_string() })
}

/// ECR User Guide, "Sync an upstream registry": the first pull imports the image, and creates the repository.
#[test]
fn a_pull_through_cache_is_filled_by_the_puller() {
    const CACHED: &str = "arn:aws:ecr:us-east-1:123456789012:repository/hub/library/nginx";
    fn cached(a: &mut Account, repository: Value, image: Value) {
        a.container()["image"] =
            json!("123456789012.dkr.ecr.us-east-1.amazonaws.com/hub/library/nginx:1.27");
        let ecr = &mut a.facts()["ecr"];
        ecr["pull_through_cache_rules"]["*"] = json!({ "present": [{ "ecrRepositoryPrefix": "hub", "upstreamRegistryUrl": "registry-1.docker.io" }] });
        ecr["repositories"] = json!({ "hub/library/nginx": repository });
        ecr["repository_policies"] = json!({ "hub/library/nginx": "absent" });
        ecr["images"] = json!({ "hub/library/nginx:1.27": image });
        ecr["manifests"] = json!({});
        ecr["registry_policy"] = json!({ "*": "absent" });
    }
    fn there() -> Value {
        json!({ "present": { "repositoryName": "hub/library/nginx", "repositoryArn": CACHED } })
    }
    fn pushed() -> Value {
        json!({ "present": { "repositoryName": "hub/library/nginx", "imageTags": ["1.27"], "imageDigest": "sha256:e7f6c011776e8db7cd330b54174fd76f7d0216b612387a5ffcfb81e6f0919683" } })
    }
    check(
        "nat",
        &[
            ("everything is cached", |a| {
                cached(a, there(), pushed());
                nothing()
            }),
            ("nothing is cached, and the role may fill the cache", |a| {
                cached(a, json!("absent"), json!("absent"));
                a.also(allow(
                    json!(["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]),
                    "arn:aws:ecr:us-east-1:123456789012:repository/hub/*",
                ));
                nothing()
            }),
            ("nothing is cached, and the role may not create the repository", |a| {
                cached(a, json!("absent"), json!("absent"));
                a.also(allow("ecr:BatchImportUpstreamImage", "*"));
                one("role/ecr-denied", ROLE)
            }),
            ("the tag is not cached, and the role may not import it", |a| {
                cached(a, there(), json!("absent"));
                one("role/ecr-denied", ROLE)
            }),
            ("the registry's policy lets the account fill the cache", |a| {
                cached(a, json!("absent"), json!("absent"));
                let statement = by(
                    allow(
                        json!(["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]),
                        "arn:aws:ecr:us-east-1:123456789012:repository/hub/*",
                    ),
                    json!({ "AWS": ROLE }),
                );
                a.facts()["ecr"]["registry_policy"]["*"] =
                    json!({ "present": policy(json!([statement])).to_string() });
                nothing()
            }),
            ("a repository that no rule covers is missing", |a| {
                cached(a, json!("absent"), json!("absent"));
                a.facts()["ecr"]["pull_through_cache_rules"]["*"] =
                    json!({ "present": [{ "ecrRepositoryPrefix": "hubs" }] });
                one("image/repository-missing", CACHED)
            }),
            ("a rule for every repository", |a| {
                cached(a, json!("absent"), json!("absent"));
                a.facts()["ecr"]["pull_through_cache_rules"]["*"] =
                    json!({ "present": [{ "ecrRepositoryPrefix": "ROOT" }] });
                a.also(allow(json!(["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]), "*"));
                nothing()
            }),
        ],
    );
    // The registry's policy is not visible: it may allow what the role's own policies do not.
    let mut account = Account::of("nat");
    cached(&mut account, json!("absent"), json!("absent"));
    account.facts()["ecr"]["registry_policy"]["*"] =
        json!({ "denied": { "action": "ecr:GetRegistryPolicy" } });
    assert_eq!(account.found(), nothing());
    assert_eq!(verdict(&account, "role/ecr-denied"), VerdictName::Unknown);
    let report = account.report();
    let unknown =
        report.unknowns.iter().find(|unknown| unknown.check == "role/ecr-denied").unwrap();
    assert_eq!(unknown.permission.as_deref(), Some("ecr:GetRegistryPolicy"));
}
