//! Snapshot files, hostile files and folders of AWS CLI outputs.

use super::*;
use crate::{Answer, Known, Outcome, Target, Time, write};
use serde_json::json;
use std::fs;

const CLUSTER: &str = "arn:aws:ecs:eu-west-1:111122223333:cluster/prod";
const DEFINITION: &str = "arn:aws:ecs:eu-west-1:111122223333:task-definition/api:3";

fn sample() -> Snapshot {
    let mut snapshot =
        Snapshot::new(Time::parse("2026-03-12T11:00:00Z").unwrap(), "111122223333", "eu-west-1");
    snapshot.targets = vec![Target::Service { cluster: "prod".into(), service: "api".into() }];
    let answer = Answer {
        call: "ecs:DescribeServices",
        account: "111122223333",
        region: "eu-west-1",
        params: json!({"cluster": "prod", "services": ["api", "gone"]}),
        outcome: Outcome::answered(json!({"services": [services_item("api")], "failures": []})),
    };
    snapshot.absorb(answer, Redaction::On);
    snapshot
}

fn services_item(name: &str) -> Value {
    json!({"serviceName": name, "serviceArn": format!("arn:aws:ecs:eu-west-1:111122223333:service/prod/{name}"), "clusterArn": CLUSTER,
        "desiredCount": 1, "taskDefinition": DEFINITION, "createdAt": 1773309600.25,
        "loadBalancers": [{"targetGroupArn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/api/0123456789abcdef"}]})
}

fn folder_of(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).unwrap()
}

#[test]
fn a_snapshot_that_was_written_reads_back_equal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api.json");
    write::snapshot(&path, &sample()).unwrap();
    write::snapshot(&path, &sample()).unwrap();
    assert_eq!(snapshot(&path, Redaction::On).unwrap(), sample());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_snapshot_is_redacted_again() {
    let mut value = serde_json::to_value(sample()).unwrap();
    value["facts"]["111122223333/eu-west-1"]["ecs"]["services"]["prod/api"]["present"]["events"] =
        json!([{"message": "password=hunter2 \u{1b}[2J"}]);
    let read = snapshot_bytes(&bytes(&value), "it", Redaction::On).unwrap();
    let service = read.home().ecs.services.ask("prod/api").unwrap().unwrap();
    assert_eq!(service.events[0].message.as_deref(), Some("password=*** "));
}

#[test]
fn where_a_snapshot_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &str| {
        let error = write::snapshot(&folder.path().join(path), &sample()).unwrap_err().to_string();
        error.replace(&folder.path().display().to_string(), "DIR")
    };
    assert_eq!(
        refused("missing/api.json"),
        "DIR/missing/api.json: its folder does not exist: make it first"
    );
    assert_eq!(refused(""), "DIR/: a folder: give the name of a file");
}

#[test]
fn hostile_and_foreign_files_give_one_clear_sentence() {
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let future = json!({"snapshot_version": 2, "facts": 7});
    let damaged = |change: fn(&mut Value)| {
        let mut value = serde_json::to_value(sample()).unwrap();
        change(&mut value);
        bytes(&value)
    };
    let files: Vec<(&str, Vec<u8>)> = vec![
        ("empty", vec![]),
        ("deep lists", deep("[", "]").into_bytes()),
        ("deep objects", deep("{\"a\":", "}").into_bytes()),
        ("huge number", b"{\"snapshot_version\": 1e400}".to_vec()),
        ("not utf-8", b"{\"snapshot_version\": \"\xff\xc0\"}".to_vec()),
        ("half utf-16", b"\xff\xfe{\0}".to_vec()),
        ("lone surrogate", b"\xff\xfe{\0\x00\xd8".to_vec()),
        ("cut", b"{\"snapshot_version\": 1,".to_vec()),
        ("control characters", b"{\"a\": \"\x1b[31m\"}".to_vec()),
        ("list", b"[]".to_vec()),
        ("fraction", b"{\"snapshot_version\": 1.5}".to_vec()),
        ("future", bytes(&future)),
        ("duplicate keys", b"{\"snapshot_version\": 1, \"snapshot_version\": 9}".to_vec()),
        ("services", bytes(&json!({"services": [], "failures": []}))),
        ("target health", bytes(&json!({"TargetHealthDescriptions": []}))),
        ("report", bytes(&json!({"schema_version": 1, "reports": []}))),
        ("other", bytes(&json!({"hello": "world"}))),
        ("bad time", damaged(|value| value["taken_at"] = json!("yesterday"))),
        ("huge time", damaged(|value| value["taken_at"] = json!(1e300))),
        ("bad scope", damaged(|value| value["facts"] = json!({"eu-west-1": {}}))),
        (
            "bad field",
            damaged(|value| {
                value["facts"]["111122223333/eu-west-1"]["ecs"]["services"]["prod/api"]["present"]
                    ["desiredCount"] = json!("two");
            }),
        ),
    ];
    let told: Vec<String> = files
        .iter()
        .map(|(name, bytes)| snapshot_bytes(bytes, name, Redaction::On).unwrap_err().to_string())
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn unknown_members_of_a_snapshot_are_ignored() {
    let mut value = serde_json::to_value(sample()).unwrap();
    value["novel"] = json!({"x": 1});
    assert_eq!(snapshot_bytes(&bytes(&value), "it", Redaction::On).unwrap(), sample());
}

fn definition() -> Value {
    json!({"taskDefinition": {"taskDefinitionArn": DEFINITION, "family": "api", "revision": 3, "status": "ACTIVE",
        "executionRoleArn": "arn:aws:iam::111122223333:role/api-exec", "taskRoleArn": "arn:aws:iam::111122223333:role/api-task",
        "registeredAt": "2026-03-01T00:00:00+00:00",
        "containerDefinitions": [{"name": "api", "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/api:1",
            "environment": [{"name": "DB_PASSWORD", "value": "hunter2"}],
            "secrets": [{"name": "K", "valueFrom": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/key"}],
            "environmentFiles": [{"value": "arn:aws:s3:::config/api.env", "type": "s3"}],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/api", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "api"}}}]}})
}

fn tasks() -> Value {
    json!({"tasks": [{"taskArn": "arn:aws:ecs:eu-west-1:111122223333:task/prod/0a1b", "clusterArn": CLUSTER, "group": "service:api",
        "taskDefinitionArn": DEFINITION, "stoppedAt": 1773313200.5, "lastStatus": "STOPPED"}], "failures": []})
}

fn utf16(value: &Value) -> Vec<u8> {
    let mut out = vec![0xFF, 0xFE];
    out.extend(value.to_string().encode_utf16().flat_map(u16::to_le_bytes));
    out
}

#[test]
fn plain_outputs_are_recognised_and_told_apart() {
    let policies = |names: &[&str]| {
        let item = |name: &&str| json!({"PolicyName": name, "PolicyArn": format!("arn:aws:iam::aws:policy/{name}")});
        bytes(&json!({"AttachedPolicies": names.iter().map(item).collect::<Vec<_>>()}))
    };
    let mut with_mark = vec![0xEF, 0xBB, 0xBF];
    with_mark.extend(bytes(&definition()));
    let folder = folder_of(&[
        ("ecs/services.json", utf16(&json!({"services": [services_item("api")], "failures": []}))),
        ("ecs/taskdef.json", with_mark),
        ("ecs/tasks.json", bytes(&tasks())),
        ("iam/attached-API-EXEC.json", policies(&["Exec"])),
        ("iam/attached-api_task.json", policies(&["Task"])),
        (
            "iam/version-Exec.json",
            bytes(
                &json!({"PolicyVersion": {"Document": {"Statement": []}, "IsDefaultVersion": true}}),
            ),
        ),
        ("iam/inline.json", bytes(&json!({"PolicyNames": []}))),
        ("deep/er/health.json", bytes(&json!({"TargetHealthDescriptions": []}))),
        (
            "secret.json",
            bytes(
                &json!({"ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/key-AbCdEf", "Name": "prod/key", "CreatedDate": "2026-01-01T00:00:00Z"}),
            ),
        ),
        (
            "value.json",
            bytes(&json!({"ARN": "arn", "Name": "prod/key", "SecretString": "hunter2"})),
        ),
        (
            "subnets.json",
            bytes(
                &json!({"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "OwnerId": "111122223333", "AvailabilityZone": "eu-west-1a"}]}),
            ),
        ),
        (
            "other-region.json",
            bytes(
                &json!({"Subnets": [{"SubnetId": "subnet-9", "VpcId": "vpc-9", "OwnerId": "444455556666", "AvailabilityZone": "us-east-1a"}]}),
            ),
        ),
        (
            "logs/0a1b.json",
            bytes(
                &json!({"events": [{"timestamp": 1773313199000_i64, "message": "KeyError"}], "nextForwardToken": "f"}),
            ),
        ),
        ("s3.json", bytes(&json!({"Contents": [{"Key": "api.env", "Size": 1}]}))),
        ("broken.json", b"{".to_vec()),
        ("odd.json", bytes(&json!({"hello": 1}))),
        (
            "error.txt",
            b"\nAn error occurred (AccessDenied) when calling the GetRole operation: no".to_vec(),
        ),
        ("notes.md", b"# notes".to_vec()),
        (".hidden.json", b"{".to_vec()),
    ]);
    let read = super::folder(folder.path(), Redaction::On).unwrap();
    let home = read.snapshot.home();
    assert_eq!(
        read.snapshot.targets,
        [Target::Service { cluster: "prod".into(), service: "api".into() }]
    );
    assert_eq!(read.snapshot.taken_at.to_string(), "2026-03-12T11:00:00Z");
    assert!(home.ecs.services.get("prod/api").present().is_some());
    assert_eq!(home.ecs.tasks.ask("prod/api").unwrap().unwrap().tasks.len(), 1);
    let definition = home.ecs.task_definitions.ask(DEFINITION).unwrap().unwrap();
    assert_eq!(definition.container_definitions[0].environment[0].value.as_deref(), Some("***"));
    assert_eq!(
        home.iam.attached_policies.ask("api-exec").unwrap().unwrap().0[0].policy_name.as_deref(),
        Some("Exec")
    );
    assert_eq!(
        home.iam.attached_policies.ask("api-task").unwrap().unwrap().0[0].policy_name.as_deref(),
        Some("Task")
    );
    assert!(home.iam.managed_policies.get("arn:aws:iam::aws:policy/Exec").present().is_some());
    assert_eq!(home.elb.target_health.iter().count(), 1);
    // The task definition names the secret without the suffix that AWS adds.
    assert!(
        home.secrets
            .secrets
            .get("arn:aws:secretsmanager:eu-west-1:111122223333:secret:prod/key")
            .present()
            .is_some()
    );
    assert!(home.ec2.subnets.by_id("subnet-1").unwrap().is_some());
    assert!(
        read.snapshot
            .of("444455556666", "us-east-1")
            .ec2
            .subnets
            .by_id("subnet-9")
            .unwrap()
            .is_some()
    );
    assert!(home.logs.lines.get("/ecs/api:api/api/0a1b").present().is_some());
    assert!(home.storage.objects.get("config/api.env").present().is_some());
    insta::assert_snapshot!(read.warnings.join("\n"));
}

#[test]
fn named_requests_keep_absence_denial_and_failure_apart() {
    let name = |call: &str, params: Value| {
        RequestName {
            call: call.into(),
            region: "eu-west-1".into(),
            account: String::new(),
            params,
        }
        .encode()
        .unwrap()
    };
    let role = |role: &str| name("iam:GetRole", json!({ "RoleName": role }));
    let ending = |name: String, ending: &str| format!("{name}.{ending}");
    let error = |code: &str, text: &str| {
        format!("\naws: [ERROR]: An error occurred ({code}) when calling the GetRole operation (reached max retries: 2): {text}\n").into_bytes()
    };
    let services =
        name("ecs:DescribeServices", json!({"cluster": "prod", "services": ["api", "gone"]}));
    let group = name("logs:DescribeLogGroups", json!({"logGroupNamePrefix": "/ecs/api"}));
    let object = name("s3:ListObjectsV2", json!({"Bucket": "config", "Prefix": "api.env"}));
    let files: Vec<(String, Vec<u8>)> = vec![
        (
            META_FILE.to_owned(),
            bytes(
                &json!({"taken_at": "2026-03-12T12:00:00Z", "account": "111122223333", "region": "eu-west-1"}),
            ),
        ),
        (
            ending(services.clone(), "json"),
            bytes(
                &json!({"services": [services_item("api")], "failures": [{"arn": "gone", "reason": "MISSING"}]}),
            ),
        ),
        (ending(services, "stderr"), b"a warning".to_vec()),
        (ending(role("gone"), "json"), vec![]),
        (
            ending(role("gone"), "stderr"),
            error("NoSuchEntity", "The role with name gone cannot be found."),
        ),
        (ending(role("secret"), "json"), vec![]),
        (
            ending(role("secret"), "stderr"),
            error(
                "AccessDenied",
                "User: arn:aws:sts::1:x is not authorized to perform: iam:GetRole on resource: role secret",
            ),
        ),
        (ending(role("slow"), "stderr"), error("Throttling", "Rate exceeded")),
        (ending(role("offline"), "stderr"), b"Could not connect to the endpoint URL".to_vec()),
        (ending(role("cut"), "json"), b"{\"Role\"".to_vec()),
        (ending(group, "json"), utf16(&json!({"logGroups": []}))),
        (ending(object.clone(), "json"), vec![]),
        (ending(object, "stderr"), vec![]),
    ];
    let files: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let folder = folder_of(&files);
    let read = super::folder(folder.path(), Redaction::On).unwrap();
    let home = read.snapshot.home();
    assert_eq!(read.snapshot.taken_at.to_string(), "2026-03-12T12:00:00Z");
    assert_eq!(home.ecs.services.get("prod/gone"), Known::Absent);
    assert!(home.ecs.services.get("prod/api").present().is_some());
    assert_eq!(home.logs.groups.get("/ecs/api"), Known::Absent);
    assert_eq!(home.storage.objects.get("config/api.env"), Known::Absent);
    insta::assert_json_snapshot!((&home.iam.roles, &read.snapshot.calls, &read.warnings));
}

#[test]
fn a_folder_without_outputs_is_an_error() {
    let empty = tempfile::tempdir().unwrap();
    let told = |folder: &tempfile::TempDir| {
        let error = super::folder(folder.path(), Redaction::On).unwrap_err().to_string();
        error.replace(&folder.path().display().to_string(), "DIR")
    };
    assert_eq!(
        told(&empty),
        "DIR: no file here is the JSON output of an AWS CLI command that is known"
    );
    let odd = folder_of(&[("a.json", b"{\"x\": 1}".to_vec())]);
    insta::assert_snapshot!(told(&odd));
    assert!(super::folder(&empty.path().join("missing"), Redaction::On).is_err());
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = snapshot_bytes(&bytes, "it", Redaction::On);
        let folder = folder_of(&[("a.json", bytes.clone()), ("iam.get-role@eu-west-1@RoleName=x.json", bytes)]);
        let _ = super::folder(folder.path(), Redaction::On);
    }
}

#[test]
fn routes_of_several_transit_gateway_tables_in_one_file_are_told_apart() {
    let routes =
        |block: &str| json!([{"DestinationCidrBlock": block, "Type": "static", "State": "active"}]);
    let folder = folder_of(&[
        (
            "static-files/a.json",
            bytes(&json!({"TransitGatewayStaticRoutes": [
                {"TransitGatewayRouteTableId": "tgw-rtb-1", "Routes": routes("10.0.0.0/8")},
                {"TransitGatewayRouteTableId": "tgw-rtb-2", "Routes": routes("0.0.0.0/0")}]})),
        ),
        ("static-files/search-tgw-rtb-3.json", bytes(&json!({"Routes": routes("10.0.0.0/8")}))),
    ]);
    let read = any(folder.path(), Redaction::On).unwrap();
    assert_eq!(read.warnings, [""; 0]);
    let facts = &read.snapshot.home().ec2.transit_gateway_routes;
    let known = |table: &str| {
        let routes = facts.get(table);
        let routes = routes.present().unwrap();
        (routes.static_only, routes.routes[0].destination_cidr_block.clone().unwrap())
    };
    assert_eq!(known("tgw-rtb-1"), (true, "10.0.0.0/8".to_owned()));
    assert_eq!(known("tgw-rtb-2"), (true, "0.0.0.0/0".to_owned()));
    assert_eq!(known("tgw-rtb-3"), (false, "10.0.0.0/8".to_owned()));
}
