//! What is offered where something forbids: an edit of the very policy, which the model proves, and nothing more
//! allowed than the launch needs.

use super::account::*;
use ecswhy_diagnose::change::Change;
use ecswhy_diagnose::report::{Proof, TargetReport};
use serde_json::{Value, json};

/// The changes of the first fix of the first finding, as JSON, and how they were proven.
fn first_fix(report: &TargetReport) -> (Value, Proof) {
    let finding = &report.findings[0];
    let id = finding.fixes.first().unwrap_or_else(|| panic!("no fix: {}", finding.message));
    let fix = report.fixes.iter().find(|fix| fix.id == *id).unwrap();
    (json!(fix.changes), fix.proof)
}

fn statements_of(changes: &Value) -> Value {
    changes[0]["policy"]["Statement"].clone()
}

/// Each Deny in the inline policy `start`, and what is left of it and of the four statements that allow.
#[test]
fn a_deny_is_narrowed_by_exactly_what_the_launch_needs() {
    let other = "arn:aws:ecr:us-east-1:123456789012:repository/shop/*";
    for (denied, left) in [
        // The actions alone: they go.
        (deny("ecr:BatchGetImage", REPOSITORY), json!([])),
        // Everywhere but here.
        (
            deny("ecr:BatchGetImage", "*"),
            json!([{ "Effect": "Deny", "Action": "ecr:BatchGetImage", "NotResource": REPOSITORY }]),
        ),
        // The other actions go on to be denied here.
        (
            deny(
                json!(["ecr:BatchGetImage", "ecr:DeleteRepository"]),
                json!([REPOSITORY, "arn:aws:ecr:us-east-1:123456789012:repository/x"]),
            ),
            json!([
                { "Effect": "Deny", "Action": ["ecr:BatchGetImage", "ecr:DeleteRepository"], "Resource": ["arn:aws:ecr:us-east-1:123456789012:repository/x"] },
                { "Effect": "Deny", "Action": ["ecr:DeleteRepository"], "Resource": [REPOSITORY] }
            ]),
        ),
        // A pattern of actions is written out where it must leave one of them.
        (
            deny("ecr:BatchGet*", other),
            json!([{ "Effect": "Deny", "Action": ["ecr:BatchGetRepositoryScanningConfiguration"], "Resource": [other] }]),
        ),
        // What no resource tells apart is told apart by the action.
        (
            deny(json!(["ecr:GetAuthorizationToken", "ecr:DeleteRepository"]), "*"),
            json!([{ "Effect": "Deny", "Action": ["ecr:DeleteRepository"], "Resource": "*" }]),
        ),
        (
            json!({ "Sid": "all", "Effect": "Deny", "NotAction": ["logs:*", "secretsmanager:*", "ssm:*", "kms:*", "ecr:G*"], "Resource": REPOSITORY }),
            json!([{ "Sid": "all", "Effect": "Deny", "NotAction": ["logs:*", "secretsmanager:*", "ssm:*", "kms:*", "ecr:G*", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage"], "Resource": [REPOSITORY] }]),
        ),
        (
            json!({ "Effect": "Deny", "Action": "ecr:BatchGetImage", "NotResource": "arn:aws:ecr:*:*:repository/x" }),
            json!([{ "Effect": "Deny", "Action": "ecr:BatchGetImage", "NotResource": ["arn:aws:ecr:*:*:repository/x", REPOSITORY] }]),
        ),
    ] {
        let mut account = Account::of("nat");
        account.also(denied.clone());
        let allowed = 3;
        let (changes, proof) = first_fix(&account.report());
        assert_eq!(changes[0]["change"], "set-role-policy", "{denied}: {changes}");
        let statements = statements_of(&changes);
        assert_eq!(json!(statements.as_array().unwrap()[allowed..]), left, "{denied}");
        assert_eq!(proof, Proof::Model, "{denied}");
    }
}

#[test]
fn a_policy_that_says_nothing_else_is_deleted() {
    let mut account = Account::of("nat");
    account.facts()["iam"]["inline_policy_names"]["orders-execution"]["present"] =
        json!(["start", "no"]);
    account.facts()["iam"]["inline_policies"]["orders-execution/no"] =
        json!({ "present": policy(json!([deny("ssm:GetParameters", PARAMETER)])) });
    let (changes, proof) = first_fix(&account.report());
    let expected = json!([{ "change": "delete-role-policy", "role": "orders-execution", "policy_name": "no" }]);
    assert_eq!((changes, proof), (expected, Proof::Model));
}

#[test]
fn a_boundary_is_widened_by_exactly_what_the_launch_needs() {
    let mut account = Account::of("nat");
    let wide = allow(json!(["ecr:*", "secretsmanager:*", "ssm:*", "logs:*"]), "*");
    account.boundary(json!([wide, deny("ssm:GetParameters", "*")]));
    let report = account.report();
    assert_eq!(
        account.found(),
        ["kms", "parameter"].map(|what| format!("role/{what}-denied {ROLE}"))
    );
    for finding in &report.findings {
        let fix = report.fixes.iter().find(|fix| fix.id == finding.fixes[0]).unwrap();
        assert_eq!(fix.proof, Proof::Model);
        let [Change::SetManagedPolicy { policy_arn, policy }] = fix.changes.as_slice() else {
            panic!("{:?}", fix.changes)
        };
        assert_eq!(policy_arn, "arn:aws:iam::123456789012:policy/limit");
        let key = account.key();
        let expected = match finding.id.as_str() {
            "role/kms-denied" => {
                json!([wide, deny("ssm:GetParameters", "*"), { "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [key] }])
            }
            _ => {
                json!([wide, { "Effect": "Deny", "Action": "ssm:GetParameters", "NotResource": PARAMETER }])
            }
        };
        assert_eq!(policy["Statement"], expected);
        assert!(fix.touches.iter().any(|touched| touched.contains("every other role")));
        assert_eq!(fix.rollback.len(), 1);
    }
}

/// IAM User Guide, "AWS managed policies": they cannot be edited.
#[test]
fn a_policy_of_aws_is_not_edited() {
    for (place, word) in [("attached", "Detach"), ("boundary", "another permissions boundary")] {
        let mut account = Account::of("nat");
        let arn = "arn:aws:iam::aws:policy/AWSDenyAll";
        let iam = &mut account.facts()["iam"];
        match place {
            "attached" => {
                let attached = &mut iam["attached_policies"]["orders-execution"]["present"];
                attached
                    .as_array_mut()
                    .unwrap()
                    .push(json!({ "PolicyName": "AWSDenyAll", "PolicyArn": arn }));
            }
            _ => {
                iam["roles"]["orders-execution"]["present"]["PermissionsBoundary"] =
                    json!({ "PermissionsBoundaryArn": arn });
            }
        }
        iam["managed_policies"][arn] = json!({ "present": policy(json!([deny("*", "*")])) });
        let (changes, proof) = first_fix(&account.report());
        assert_eq!(proof, Proof::Estimate);
        let told = changes[0]["instruction"].as_str().unwrap();
        assert!(told.contains(word) && told.contains(arn), "{told}");
    }
}

/// A Deny of a resource's policy: the role is exempt, the others stay denied.
#[test]
fn a_deny_of_a_key_or_an_endpoint_is_narrowed_too() {
    let mut account = Account::of("nat");
    let all = by(allow("kms:*", "*"), json!({ "AWS": "arn:aws:iam::123456789012:root" }));
    account.key_policy(json!([all, by(deny("kms:Decrypt", "*"), "*")]));
    let (changes, proof) = first_fix(&account.report());
    let exempt =
        under(by(deny("kms:Decrypt", "*"), "*"), "ArnNotEquals", "aws:PrincipalArn", json!([ROLE]));
    assert_eq!(
        (&changes[0]["change"], statements_of(&changes)),
        (&json!("set-key-policy"), json!([all, exempt]))
    );
    assert_eq!(proof, Proof::Model);

    let mut account = Account::of("endpoints");
    let all = by(allow("*", "*"), "*");
    account.endpoint_policy("ecr.api", json!([all, by(deny("ecr:*", "*"), "*")]));
    let (changes, proof) = first_fix(&account.report());
    assert_eq!(changes[0]["change"], "set-endpoint-policy");
    let denied = &statements_of(&changes)[1];
    assert_eq!(denied["Effect"], "Deny");
    assert!(!denied["Action"].as_array().unwrap().contains(&json!("ecr:GetAuthorizationToken")));
    assert_eq!(proof, Proof::Model);

    let mut account = Account::of("endpoints");
    let layers = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*";
    account.endpoint_policy("s3", json!([all, by(deny("s3:*", "*"), "*")]));
    let (changes, proof) = first_fix(&account.report());
    let statements = statements_of(&changes);
    assert_eq!(statements[1]["NotResource"], layers);
    assert_eq!(statements[2]["Resource"], layers);
    assert!(!statements[2]["Action"].as_array().unwrap().contains(&json!("s3:GetObject")));
    assert_eq!(proof, Proof::Model);
}

/// Two policies of the same name, AWS's and a copy of it: each is told and edited as itself.
#[test]
fn policies_of_the_same_name_are_told_apart() {
    let mut account = Account::of("nat");
    let copy = "arn:aws:iam::123456789012:policy/AmazonECSTaskExecutionRolePolicy";
    let iam = &mut account.facts()["iam"];
    let attached = iam["attached_policies"]["orders-execution"]["present"].as_array_mut().unwrap();
    attached.push(json!({ "PolicyName": "AmazonECSTaskExecutionRolePolicy", "PolicyArn": copy }));
    iam["managed_policies"][copy] =
        json!({ "present": policy(json!([allow("logs:*", "*"), deny("ecr:BatchGetImage", "*")])) });
    let report = account.report();
    assert!(report.findings[0].message.contains(copy), "{}", report.findings[0].message);
    let (changes, proof) = first_fix(&report);
    assert_eq!((&changes[0]["policy_arn"], proof), (&json!(copy), Proof::Model));
}

/// A policy that no call of this account shows: who must change it is told with AWS's own words.
#[test]
fn what_the_organization_forbids_is_told_with_who_can_change_it() {
    for (kind, told, who) in [
        (
            "service control policy",
            "A service control policy of the organization does not allow ecr:GetAuthorizationToken on *",
            "an administrator of the organization",
        ),
        (
            "resource control policy",
            "A resource control policy of the organization",
            "the organization that owns the resource",
        ),
    ] {
        let mut account = Account::of("nat");
        let session = "arn:aws:sts::123456789012:assumed-role/orders-execution/0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e";
        let said = format!(
            "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task and Amazon ECR. AccessDeniedException: User: {session} is not authorized to perform: ecr:GetAuthorizationToken on resource: * with an explicit deny in a {kind}"
        );
        let definition = account.definition()["taskDefinitionArn"].clone();
        let deployment = account.service()["deployments"][0]["id"].clone();
        account.facts()["ecs"]["tasks"]["shop/orders"]["present"]["tasks"] = json!([{
            "taskArn": "arn:aws:ecs:us-east-1:123456789012:task/shop/0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e",
            "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/shop",
            "group": "service:orders", "startedBy": deployment, "taskDefinitionArn": definition,
            "lastStatus": "STOPPED", "desiredStatus": "STOPPED", "launchType": "FARGATE",
            "stopCode": "TaskFailedToStart", "stoppedReason": said,
            "createdAt": "2026-03-11T11:50:00Z", "stoppedAt": "2026-03-11T11:51:00Z", "containers": []
        }]);
        let report = account.report();
        let finding = &report.findings[0];
        assert_eq!(finding.id, "role/ecr-denied");
        assert!(finding.message.starts_with(told), "{}", finding.message);
        assert!(json!(finding.evidence).to_string().contains(who), "{}", json!(finding.evidence));
    }
}
