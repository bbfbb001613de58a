//! The answers of every operation, the faults of every operation, and answers of no form at all.

use super::*;
use crate::known::Known;
use crate::{Answer, Outcome, Redaction, Scope, Target, Time};
use proptest::prelude::*;
use serde_json::{Value, json};

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";

/// One operation: its request, its answer, and where in the facts the subject is kept.
struct Case {
    call: String,
    params: Value,
    output: Value,
    at: String,
}

/// `cases.json`: short outputs of the AWS CLI, one or more per operation.
fn cases() -> Vec<Case> {
    let cases: Vec<Value> = serde_json::from_str(include_str!("cases.json")).unwrap();
    let text = |case: &Value, name: &str| case[name].as_str().unwrap().to_owned();
    cases
        .iter()
        .map(|case| Case {
            call: text(case, "call"),
            params: case["params"].clone(),
            output: case["output"].clone(),
            at: text(case, "at"),
        })
        .collect()
}

fn empty() -> Snapshot {
    Snapshot::new(Time::parse("2026-03-12T11:00:00Z").unwrap(), ACCOUNT, REGION)
}

fn after(call: &str, params: Value, outcome: Outcome) -> Snapshot {
    let mut snapshot = empty();
    add(&mut snapshot, call, params, outcome);
    snapshot
}

fn add(snapshot: &mut Snapshot, call: &str, params: Value, outcome: Outcome) {
    snapshot
        .absorb(Answer { call, account: ACCOUNT, region: REGION, params, outcome }, Redaction::On);
}

/// What the snapshot holds at a place such as `ecs/services/prod\/api`; `Null` for nothing.
fn at(snapshot: &Snapshot, place: &str) -> Value {
    let mut value = serde_json::to_value(snapshot.home()).unwrap();
    for name in place.split('|') {
        value = value.get(name).cloned().unwrap_or_default();
    }
    value
}

fn denied(call: &str) -> Outcome {
    Outcome::Denied { action: call.to_owned(), message: "not authorized".to_owned() }
}

#[test]
fn every_fact_has_a_handler_and_every_handler_a_case() {
    let mut sources = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    let mut calls = std::collections::BTreeSet::new();
    let constant = regex::Regex::new(r#"const CALL: &'static str = "([a-z0-9]+:\w+)""#).unwrap();
    let item = regex::Regex::new(r#"(?m)^    \w+, "(\w+)", \w+"#).unwrap();
    while let Some(path) = sources.pop() {
        if path.is_dir() {
            sources.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            calls.extend(constant.captures_iter(&text).map(|found| found[1].to_owned()));
            if path.ends_with("ec2/items.rs") {
                calls.extend(item.captures_iter(&text).map(|found| format!("ec2:{}", &found[1])));
            }
        }
    }
    assert!(calls.len() > 50, "{}", calls.len());
    let unhandled: Vec<_> = calls.iter().filter(|call| !keeps(call)).collect();
    assert!(unhandled.is_empty(), "{unhandled:?}");
    let cases = cases();
    let untested: Vec<_> =
        kept_calls().filter(|call| !cases.iter().any(|case| case.call == *call)).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn answers_are_kept_under_their_subjects() {
    let mut kept = String::new();
    for case in cases() {
        let snapshot = after(&case.call, case.params.clone(), Outcome::answered(case.output));
        let found = at(&snapshot, &case.at);
        kept.push_str(&format!("{} {}\n  {}: {found}\n", case.call, case.params, case.at));
        assert!(
            found.get("present").is_some() || found == "absent" || case.call == "iam:GetPolicy",
            "{} at {}: {found}\n{}",
            case.call,
            case.at,
            serde_json::to_string(snapshot.home()).unwrap()
        );
        assert_eq!(snapshot.calls.total, 1);
    }
    insta::assert_snapshot!(kept);
}

#[test]
fn each_fault_of_each_operation_leaves_its_reason() {
    // The details of a policy stand in for the document, which another call brings.
    for case in cases() {
        let fault =
            |outcome: Outcome| at(&after(&case.call, case.params.clone(), outcome), &case.at);
        assert_eq!(
            fault(denied(&case.call))["denied"]["action"],
            case.call.as_str(),
            "{}",
            case.call
        );
        let failed = fault(Outcome::Failed { why: "timed out".into() });
        assert_eq!(failed["failed"]["why"], "timed out", "{}", case.call);
        if case.call == "iam:GetPolicy" {
            continue;
        }
        for nonsense in [json!({}), json!([]), json!("x"), json!(7), poisoned(&case.output)] {
            // S3 leaves an empty list out: an empty answer is one.
            if case.call == "s3:ListObjectsV2" && nonsense == json!({}) {
                continue;
            }
            let found = fault(Outcome::answered(nonsense.clone()));
            let why = found["failed"]["why"].as_str().unwrap_or_default();
            let resource_policy_missing = case.output.get("ResourcePolicy").is_none();
            assert!(
                why.contains("nonsense")
                    || (found == "absent"
                        && resource_policy_missing
                        && nonsense == poisoned(&case.output)),
                "{} {nonsense}: {found}",
                case.call
            );
        }
    }
}

/// The answer with a number in place of every list and object below the top.
fn poisoned(output: &Value) -> Value {
    let members = output.as_object().unwrap().keys();
    Value::Object(members.map(|name| (name.clone(), json!(7))).collect())
}

#[test]
fn a_cut_answer_proves_nothing_absent() {
    for case in cases() {
        let said = case.output["failures"].as_array().is_some_and(|failures| !failures.is_empty());
        if said
            || ["iam:GetPolicy", "ecs:ListTasks", "ecs:DescribeTasks"].contains(&case.call.as_str())
        {
            continue;
        }
        let outcome = Outcome::Answered { output: case.output.clone(), cut: true };
        let found = at(&after(&case.call, case.params.clone(), outcome), &case.at);
        assert!(found != "absent" || case.call.starts_with("s3:"), "{} {found}", case.call);
    }
    let output = json!({"logGroups": [{"logGroupName": "/ecs/other"}], "nextToken": "t"});
    let snapshot = after(
        "logs:DescribeLogGroups",
        json!({"logGroupNamePrefix": "/ecs/api"}),
        Outcome::answered(output),
    );
    assert!(matches!(snapshot.home().logs.groups.get("/ecs/api"), Known::Failed { .. }));
}

#[test]
fn what_a_batch_does_not_answer_is_absent() {
    let output = json!({"services": [{"serviceName": "api", "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/prod"}],
        "failures": [{"arn": "arn:aws:ecs:eu-west-1:111122223333:service/prod/web", "reason": "MISSING"},
                     {"arn": "arn:aws:ecs:eu-west-1:111122223333:service/prod/job", "reason": "ACCESS"}]});
    let params = json!({"cluster": "arn:aws:ecs:eu-west-1:111122223333:cluster/prod", "services": ["api", "web", "job"]});
    let snapshot = after("ecs:DescribeServices", params, Outcome::answered(output));
    let services = &snapshot.home().ecs.services;
    assert!(services.get("prod/api").present().is_some());
    assert_eq!(services.get("prod/web"), Known::Absent);
    assert!(matches!(services.get("prod/job"), Known::Failed { .. }));
}

#[test]
fn not_found_of_several_settles_none() {
    let ids = json!({"repositoryName": "api", "imageIds": [{"imageTag": "1"}, {"imageTag": "2"}]});
    let snapshot = after("ecr:DescribeImages", ids, Outcome::NotFound);
    assert!(matches!(snapshot.home().ecr.images.get("api:1"), Known::Failed { .. }));
    let one = json!({"repositoryName": "api", "imageIds": [{"imageTag": "1"}]});
    let snapshot = after("ecr:DescribeImages", one, Outcome::NotFound);
    assert_eq!(snapshot.home().ecr.images.get("api:1"), Known::Absent);
}

#[test]
fn rules_and_tags_tell_what_they_are_of() {
    let listener = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/web/a1/b2";
    let rule = format!("{}/c3", listener.replace(":listener/", ":listener-rule/"));
    let output = json!({"Rules": [{"RuleArn": rule, "Priority": "1"}]});
    let snapshot =
        after("elasticloadbalancing:DescribeRules", Value::Null, Outcome::answered(output));
    assert!(snapshot.home().elb.rules.get(listener).present().is_some());
    let output = json!({"TagDescriptions": [{"ResourceArn": listener, "Tags": []}]});
    let snapshot =
        after("elasticloadbalancing:DescribeTags", Value::Null, Outcome::answered(output));
    assert!(snapshot.home().tags.get(listener).present().is_some());
}

#[test]
fn a_filter_by_id_proves_a_subnet_absent() {
    let params = json!({"Filters": [{"Name": "subnet-id", "Values": ["subnet-1", "subnet-2"]}]});
    let output = json!({"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1"}]});
    let snapshot = after("ec2:DescribeSubnets", params, Outcome::answered(output));
    let subnets = &snapshot.home().ec2.subnets;
    assert!(subnets.by_id("subnet-1").unwrap().is_some());
    assert_eq!(subnets.by_id("subnet-2").unwrap(), None);
    assert!(subnets.by_id("subnet-3").is_err());
    assert!(subnets.in_vpc("vpc-1").is_err());
}

#[test]
fn lists_of_several_vpcs_are_told_apart_and_narrower_filters_complete_nothing() {
    let output = json!({"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1"}, {"RouteTableId": "rtb-2", "VpcId": "vpc-2"}]});
    let both = json!({"Filters": [{"Name": "vpc-id", "Values": ["vpc-1", "vpc-2"]}]});
    let snapshot = after("ec2:DescribeRouteTables", both, Outcome::answered(output.clone()));
    assert_eq!(snapshot.home().ec2.route_tables.in_vpc("vpc-1").unwrap().len(), 1);
    let narrow = json!({"Filters": [{"Name": "vpc-id", "Values": ["vpc-1"]}, {"Name": "association.main", "Values": ["true"]}]});
    let snapshot = after("ec2:DescribeRouteTables", narrow, Outcome::answered(output));
    assert!(snapshot.home().ec2.route_tables.in_vpc("vpc-1").is_err());
    assert!(snapshot.home().ec2.route_tables.by_id("rtb-1").unwrap().is_some());
}

fn task(id: &str, service: &str) -> Value {
    json!({"taskArn": format!("arn:aws:ecs:eu-west-1:111122223333:task/prod/{id}"), "group": service,
        "clusterArn": "arn:aws:ecs:eu-west-1:111122223333:cluster/prod"})
}

#[test]
fn task_lists_are_joined_in_any_order() {
    let listed =
        |ids: &[&str], cut: bool| Outcome::Answered { output: json!({ "taskArns": ids }), cut };
    let steps: [(&str, Value, Outcome); 4] = [
        ("ecs:ListTasks", json!({"cluster": "prod", "serviceName": "api"}), listed(&["a"], false)),
        (
            "ecs:DescribeTasks",
            json!({"cluster": "prod", "tasks": ["a", "b"]}),
            Outcome::answered(
                json!({"tasks": [task("a", "service:api"), task("b", "family:job")], "failures": []}),
            ),
        ),
        (
            "ecs:DescribeTasks",
            json!({"cluster": "prod", "tasks": ["c"]}),
            Outcome::answered(json!({"tasks": [task("c", "service:api")]})),
        ),
        (
            "ecs:ListTasks",
            json!({"cluster": "prod", "desiredStatus": "STOPPED"}),
            listed(&["a", "c"], true),
        ),
    ];
    for start in 0..steps.len() {
        let mut snapshot = empty();
        snapshot.targets = vec![Target::Service { cluster: "prod".into(), service: "api".into() }];
        for step in 0..steps.len() {
            let (call, params, outcome) = steps[(start + step) % steps.len()].clone();
            add(&mut snapshot, call, params, outcome);
        }
        let tasks = &snapshot.home().ecs.tasks;
        let api = tasks.ask("prod/api").unwrap().unwrap();
        let mut ids: Vec<_> = api.tasks.iter().filter_map(|task| task.id()).collect();
        ids.sort_unstable();
        assert_eq!((ids, api.cut), (vec!["a", "c"], true), "from {start}");
        assert_eq!(tasks.ask("prod/b").unwrap().unwrap().tasks.len(), 1);
    }
}

#[test]
fn a_service_without_tasks_has_an_empty_list_and_a_denied_one_none() {
    let params = json!({"cluster": "prod", "serviceName": "api"});
    let snapshot =
        after("ecs:ListTasks", params.clone(), Outcome::answered(json!({"taskArns": []})));
    assert_eq!(snapshot.home().ecs.tasks.ask("prod/api").unwrap().unwrap().tasks.len(), 0);
    let mut snapshot = empty();
    snapshot.targets = vec![Target::Service { cluster: "prod".into(), service: "api".into() }];
    add(
        &mut snapshot,
        "ecs:DescribeTasks",
        json!({"cluster": "prod", "tasks": ["a"]}),
        denied("ecs:DescribeTasks"),
    );
    assert!(matches!(snapshot.home().ecs.tasks.get("prod/api"), Known::Denied { .. }));
    add(&mut snapshot, "ecs:ListTasks", params, Outcome::answered(json!({"taskArns": []})));
    assert!(snapshot.home().ecs.tasks.ask("prod/api").unwrap().unwrap().cut);
}

#[test]
fn a_task_definition_keeps_every_field() {
    let definition = json!({"taskDefinitionArn": "arn:aws:ecs:eu-west-1:111122223333:task-definition/api:3", "family": "api", "revision": 3,
        "status": "ACTIVE", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"],
        "registeredBy": "arn:aws:iam::111122223333:root", "compatibilities": ["EC2", "FARGATE"], "enableFaultInjection": false,
        "placementConstraints": [], "proxyConfiguration": {"type": "APPMESH", "containerName": "envoy", "properties": [{"name": "AppPorts", "value": "80"}]},
        "registeredAt": "2026-03-12T11:00:00Z", "volumes": [{"name": "v", "host": {}, "configuredAtLaunch": true}],
        "containerDefinitions": [{"name": "api", "image": "api:1", "cpu": 0, "essential": true, "ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 2}],
            "linuxParameters": {"initProcessEnabled": true}, "restartPolicy": {"enabled": true}, "versionConsistency": "disabled",
            "portMappings": [{"containerPort": 80, "protocol": "tcp", "appProtocol": "http"}],
            "systemControls": [], "dockerLabels": {"a": "b"}}]});
    let output = json!({"taskDefinition": definition, "tags": [{"key": "team", "value": "shop"}]});
    let snapshot = after(
        "ecs:DescribeTaskDefinition",
        json!({"taskDefinition": "api:3"}),
        Outcome::answered(output),
    );
    let kept = at(
        &snapshot,
        "ecs|task_definitions|arn:aws:ecs:eu-west-1:111122223333:task-definition/api:3|present",
    );
    for (name, value) in definition.as_object().unwrap() {
        assert_eq!(&kept[name], value, "{name}");
    }
    assert_eq!(kept["tags"][0]["key"], "team");
    let missing =
        after("ecs:DescribeTaskDefinition", json!({"taskDefinition": "api:4"}), Outcome::NotFound);
    let subject = "arn:aws:ecs:eu-west-1:111122223333:task-definition/api:4";
    assert_eq!(missing.home().ecs.task_definitions.get(subject), Known::Absent);
}

#[test]
fn iam_is_kept_in_the_home_region_and_calls_are_counted() {
    let mut snapshot = empty();
    let answer = |outcome| Answer {
        call: "iam:GetRole",
        account: ACCOUNT,
        region: "us-east-1",
        params: json!({"RoleName": "exec"}),
        outcome,
    };
    snapshot.absorb(answer(denied("iam:GetRole")), Redaction::On);
    snapshot.absorb(answer(Outcome::Failed { why: "timed out".into() }), Redaction::On);
    snapshot.absorb(
        Answer { call: "sts:GetCallerIdentity", ..answer(Outcome::answered(json!({}))) },
        Redaction::On,
    );
    assert!(matches!(snapshot.home().iam.roles.get("exec"), Known::Failed { .. }));
    assert_eq!(snapshot.facts.len(), 1);
    assert_eq!(
        snapshot.facts.keys().next(),
        Some(&Scope { account: ACCOUNT.into(), region: REGION.into() })
    );
    assert_eq!(snapshot.calls.total, 3);
    assert_eq!(snapshot.calls.denied, ["iam:GetRole exec"]);
    assert_eq!(snapshot.calls.failed, ["iam:GetRole exec: timed out"]);
}

#[test]
fn secrets_are_masked_as_they_enter() {
    let output = json!({"tasks": [{"taskArn": "arn:aws:ecs:eu-west-1:111122223333:task/prod/a", "group": "service:api",
        "stoppedReason": "exec: postgres://u:hunter2@db/ \u{1b}[31mfailed"}]});
    let snapshot = after(
        "ecs:DescribeTasks",
        json!({"cluster": "prod", "tasks": ["a"]}),
        Outcome::answered(output),
    );
    let reason = at(&snapshot, "ecs|tasks|prod/api|present")["tasks"][0]["stoppedReason"].clone();
    assert_eq!(reason, "exec: postgres://u:***@db/ failed");
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "services",
        "tasks",
        "taskArns",
        "clusterArns",
        "failures",
        "arn",
        "reason",
        "imageDetails",
        "images",
        "imageTags",
        "Role",
        "RoleName",
        "PolicyVersion",
        "Document",
        "ARN",
        "Name",
        "Subnets",
        "SubnetId",
        "VpcId",
        "Filters",
        "Values",
        "cluster",
        "tags",
        "taskDefinition",
        "Contents",
        "Key",
        "events",
        "Attributes",
        "Reservations",
        "Instances",
        "Grants",
        "MetricDataResults",
        "Timestamps",
        "imageIds",
        "Policy",
        "EnableDnsSupport",
        "Value",
        "containerDefinitions",
        "environment",
        "name",
        "createdAt",
        "group",
        "taskArn",
        "clusterArn",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 8.0)),
        "\\PC{0,8}".prop_map(Value::from),
        "arn:aws:[a-z]{0,3}:[/:a-z0-9]{0,12}".prop_map(Value::from),
        Just(json!("%7B%")),
        Just(json!("{}")),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner), 0..5).prop_map(|members| {
                Value::Object(
                    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
                )
            }),
        ]
    })
}

/// A case's answer with one value, somewhere, replaced.
fn mutated(value: &Value, path: &[usize], with: &Value) -> Value {
    let Some((first, rest)) = path.split_first() else { return with.clone() };
    match value {
        Value::Array(items) if !items.is_empty() => {
            let mut items = items.clone();
            let place = first % items.len();
            items[place] = mutated(&items[place], rest, with);
            Value::Array(items)
        }
        Value::Object(members) if !members.is_empty() => {
            let mut members = members.clone();
            let name = members.keys().nth(first % members.len()).cloned().unwrap();
            let inner = mutated(&members[&name], rest, with);
            members.insert(name, inner);
            Value::Object(members)
        }
        _ => with.clone(),
    }
}

proptest! {
    #[test]
    fn any_answer_is_taken_in_without_panic(params in any_json(), output in any_json(), cut in any::<bool>()) {
        let mut snapshot = empty();
        for call in kept_calls() {
            let outcome = Outcome::Answered { output: output.clone(), cut };
            add(&mut snapshot, call, params.clone(), outcome);
        }
        let text = serde_json::to_string(&snapshot).unwrap();
        prop_assert_eq!(serde_json::from_str::<Snapshot>(&text).unwrap(), snapshot);
    }

    #[test]
    fn a_snapshot_of_nearly_right_answers_reads_back_equal(
        path in proptest::collection::vec(0usize..8, 0..6), with in any_json(), at in any::<prop::sample::Index>(),
    ) {
        let mut snapshot = empty();
        let cases = cases();
        let chosen = at.index(cases.len());
        for (place, case) in cases.into_iter().enumerate() {
            let output = if place == chosen { mutated(&case.output, &path, &with) } else { case.output };
            add(&mut snapshot, &case.call, case.params, Outcome::answered(output));
        }
        let bytes = serde_json::to_vec(&snapshot).unwrap();
        let back = crate::read::snapshot_bytes(&bytes, "it", Redaction::On).unwrap();
        prop_assert_eq!(back, snapshot);
    }
}
