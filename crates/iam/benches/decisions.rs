//! Decisions a second: a role of 10 policies with 20 statements each, a policy of wildcards, and lines of the protocol.

use divan::{Bencher, black_box};
use ecswhy_iam::lines::Session;
use ecswhy_iam::{Decision, Policies, Policy, Request, decide, decide_with_trace};
use serde_json::{Value, json};

fn main() {
    divan::main();
}

const SERVICES: [&str; 10] =
    ["ecr", "s3", "logs", "kms", "ssm", "secretsmanager", "sqs", "sns", "dynamodb", "ec2"];

/// The `number`th policy: 20 statements about several services, some with conditions.
fn policy(number: usize) -> Value {
    let statements: Vec<Value> = (0..20)
        .map(|index| {
            let service = SERVICES[(number + index) % SERVICES.len()];
            let actions: Vec<String> = ["Get*", "List*", "Put", "Describe?hing"]
                .map(|name| format!("{service}:{name}{index}"))
                .to_vec();
            let mut statement = json!({
                "Sid": format!("S{index}"),
                "Effect": if index % 7 == 6 { "Deny" } else { "Allow" },
                "Action": actions,
                "Resource": [
                    format!("arn:aws:{service}:eu-west-1:111122223333:thing/{number}/{index}/*"),
                    format!("arn:aws:{service}:*:111122223333:other/app-{index}-*"),
                ],
            });
            if index % 3 == 0 {
                statement["Condition"] =
                    json!({"StringEquals": {"aws:PrincipalTag/team": ["web", "db"]}});
            }
            statement
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn parsed(policy: &Value) -> Policy {
    Policy::parse(&policy.to_string()).unwrap_or_else(|error| panic!("{error}"))
}

fn role() -> Policies {
    let mut policies = (0..9).fold(Policies::new(), |all, n| {
        all.with_identity(format!("policy {n}"), parsed(&policy(n)))
    });
    // The statement that decides stands last.
    let mut last = policy(9);
    if let Some(statements) = last["Statement"].as_array_mut() {
        statements[19] = json!({"Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:Get*"], "Resource": "arn:aws:ecr:*:111122223333:repository/app/*"});
    }
    policies = policies.with_identity("policy 9", parsed(&last));
    policies
}

fn asked(action: &str, resource: &str) -> Request {
    Request::new("arn:aws:sts::111122223333:assumed-role/web/1", action, resource)
        .unwrap_or_else(|error| panic!("{error}"))
        .with("aws:PrincipalTag/team", "web")
        .with("aws:SourceVpce", "vpce-1")
}

fn pull() -> Request {
    asked("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:111122223333:repository/app/web")
}

#[divan::bench]
fn role_of_10_policies_with_20_statements(bencher: Bencher) {
    let (policies, request) = (role(), pull());
    assert_eq!(decide(&policies, &request), Decision::Allowed);
    bencher.bench_local(|| decide(black_box(&policies), black_box(&request)));
}

/// The requests of the ten services in turn, each with its request built anew.
#[divan::bench]
fn requests_of_all_services(bencher: Bencher) {
    let policies = role();
    let mut number = 0;
    bencher.bench_local(|| {
        number = (number + 1) % SERVICES.len();
        let service = SERVICES[number];
        let request = asked(
            &format!("{service}:GetThing7"),
            &format!("arn:aws:{service}:eu-west-1:111122223333:thing/3/7/x"),
        );
        decide(black_box(&policies), &request)
    });
}

#[divan::bench]
fn trace(bencher: Bencher) {
    let (policies, request) = (role(), pull());
    bencher.bench_local(|| decide_with_trace(black_box(&policies), black_box(&request)));
}

/// 6,144 characters of wildcards, the most that a managed policy has, on a resource that is long enough for them.
#[divan::bench(args = ["*", "*a", "?*", "*a?"])]
fn wildcards(bencher: Bencher, piece: &str) {
    let pattern = format!("arn:aws:s3:::{}b", piece.repeat(6144 / piece.len()));
    let policy = parsed(
        &json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": pattern}}),
    );
    let policies = Policies::new().with_identity("wildcards", policy);
    let request = asked("s3:GetObject", &format!("arn:aws:s3:::{}", "a".repeat(8192)));
    bencher.bench_local(|| decide(black_box(&policies), black_box(&request)));
}

/// One long piece with a hole, which matches nearly everywhere.
#[divan::bench]
fn a_long_piece(bencher: Bencher) {
    let pattern = format!("arn:aws:s3:::*{}?b*", "a".repeat(1000));
    let policy = parsed(
        &json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": pattern}}),
    );
    let policies = Policies::new().with_identity("one piece", policy);
    let request = asked("s3:GetObject", &format!("arn:aws:s3:::{}", "a".repeat(2035)));
    bencher.bench_local(|| decide(black_box(&policies), black_box(&request)));
}

#[divan::bench]
fn an_unknown_key(bencher: Bencher) {
    let either = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"x:k": "a"}}},
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"x:k": "a"}}}]});
    let policies = Policies::new().with_identity("either", parsed(&either));
    let request = pull().with_unknown("x:k");
    assert_eq!(decide(&policies, &request), Decision::Allowed);
    bencher.bench_local(|| decide(black_box(&policies), black_box(&request)));
}

/// A line of the protocol whose two policies were seen before.
#[divan::bench]
fn line(bencher: Bencher) {
    let line = json!({
        "identityPolicies": [policy(1)],
        "resourcePolicy": {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "ecr:*", "Resource": "*"}},
        "request": {"action": "ecr:BatchGetImage", "resource": "arn:aws:ecr:eu-west-1:111122223333:repository/app/web",
            "principal": "arn:aws:sts::111122223333:assumed-role/web/1", "context": {"aws:SourceVpce": "vpce-1"}},
    })
    .to_string();
    let mut session = Session::new();
    bencher.bench_local(|| session.answer(black_box(&line), false));
}

/// The same policy, never seen before.
#[divan::bench]
fn compile(bencher: Bencher) {
    let text = policy(1).to_string();
    bencher.bench_local(|| Policy::parse(black_box(&text)));
}
