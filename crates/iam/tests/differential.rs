//! Generated requests, decided here and by an independent engine in its own process.
//!
//! Every disagreement must fall under a rule of `docs/iam-differential.md`, which cites the AWS
//! documentation; any other one fails. Needs Node.js; installs the engine's npm package when it is missing.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

const CASES: usize = 20_000;

/// A small seeded generator (xorshift), so that every run asks the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % u64::try_from(sides).unwrap_or(1)).unwrap_or(0)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.roll(from.len())]
    }

    fn once_in(&mut self, sides: usize) -> bool {
        self.roll(sides) == 0
    }
}

const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/web/0123abcd";
const ROLE: &str = "arn:aws:iam::111122223333:role/web";
const USER: &str = "arn:aws:iam::111122223333:user/ann";

const REQUESTS: [(&str, &str); 8] = [
    ("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:111122223333:repository/app/web"),
    ("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:444455556666:repository/app/web"),
    (
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf",
    ),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/1234"),
    ("kms:Decrypt", "arn:aws:kms:eu-west-1:444455556666:key/1234"),
    ("s3:GetObject", "arn:aws:s3:::bucket/web/a.env"),
    (
        "logs:PutLogEvents",
        "arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/web:log-stream:a/b/c",
    ),
    ("ssm:GetParameters", "arn:aws:ssm:eu-west-1:111122223333:parameter/web/db"),
];

const ACTIONS: [&str; 12] = [
    "*",
    "ecr:*",
    "ECR:batchgetimage",
    "ecr:BatchGet????e",
    "secretsmanager:Get*",
    "kms:Decrypt",
    "kms:*",
    "s3:GetObject",
    "s3:Get*",
    "logs:PutLogEvents",
    "ssm:GetParameters",
    "ssm:GetParameter",
];

const RESOURCES: [&str; 14] = [
    "*",
    "*",
    "arn:aws:ecr:eu-west-1:111122223333:repository/app/*",
    "arn:aws:ecr:*:*:repository/*",
    "arn:aws:ecr:eu-*-1:444455556666:repository/app/web",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-??????",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db",
    "arn:aws:kms:eu-west-1:111122223333:key/*",
    "arn:aws:kms:*:444455556666:key/1234",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/squad, 'web'}/*",
    "arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/web",
    "arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/web:*",
    "arn:aws:ssm:eu-west-1:111122223333:parameter/web/*",
];

const OPERATORS: [(&str, &str, &[&str]); 22] = [
    ("StringEquals", "aws:SourceVpce", &["vpce-1", "vpce-2"]),
    ("StringNotEquals", "aws:sourcevpce", &["vpce-1"]),
    ("StringEqualsIgnoreCase", "aws:PrincipalTag/team", &["WEB"]),
    ("StringLike", "aws:PrincipalTag/team", &["w*", "d?"]),
    ("StringNotLike", "aws:PrincipalTag/team", &["w*"]),
    ("StringEquals", "aws:PrincipalTag/team", &["${aws:PrincipalTag/team}"]),
    ("StringEquals", "aws:ResourceAccount", &["${aws:PrincipalAccount}"]),
    ("StringEqualsIfExists", "aws:SourceVpce", &["vpce-1"]),
    ("StringNotEqualsIfExists", "aws:SourceVpce", &["vpce-1"]),
    ("ForAnyValue:StringEquals", "aws:TagKeys", &["a", "b"]),
    ("ForAllValues:StringLike", "aws:TagKeys", &["a*"]),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", &["a"]),
    ("NumericLessThan", "s3:max-keys", &["10"]),
    ("NumericGreaterThanEquals", "s3:max-keys", &["5"]),
    ("DateLessThan", "aws:CurrentTime", &["2026-06-01T00:00:00Z"]),
    ("Bool", "aws:SecureTransport", &["true"]),
    ("Bool", "aws:SecureTransport", &["false"]),
    ("IpAddress", "aws:SourceIp", &["10.0.0.0/8", "2001:db8::/32"]),
    ("NotIpAddress", "aws:SourceIp", &["10.1.0.0/16"]),
    ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:role/w*"]),
    ("ArnNotEquals", "aws:PrincipalArn", &["arn:aws:iam::111122223333:role/web"]),
    ("Null", "aws:SourceVpce", &["true"]),
];

const PRINCIPALS: [&str; 8] = [
    "*",
    ROLE,
    SESSION,
    USER,
    "111122223333",
    "arn:aws:iam::111122223333:root",
    "444455556666",
    "arn:aws:iam::111122223333:role/other",
];

fn statement(dice: &mut Dice, action: &str, with_principal: bool) -> Value {
    let effect = if dice.once_in(5) { "Deny" } else { "Allow" };
    let mut statement = json!({ "Effect": effect });
    let not = dice.once_in(10);
    let actions: Vec<&str> = match dice.roll(3) {
        0 => vec![action],
        1 => vec![*dice.pick(&ACTIONS), *dice.pick(&ACTIONS)],
        _ => vec![*dice.pick(&ACTIONS)],
    };
    statement[if not { "NotAction" } else { "Action" }] = json!(actions);
    let not = dice.once_in(10);
    statement[if not { "NotResource" } else { "Resource" }] =
        json!([dice.pick(&RESOURCES), dice.pick(&RESOURCES)]);
    if with_principal {
        let named = *dice.pick(&PRINCIPALS);
        let principal = if named == "*" { json!("*") } else { json!({ "AWS": named }) };
        statement["Principal"] = principal;
    }
    if dice.once_in(3) {
        let (operator, key, values) = dice.pick(&OPERATORS);
        statement["Condition"] = json!({ *operator: { *key: values } });
    }
    statement
}

fn policy(dice: &mut Dice, action: &str, with_principal: bool) -> Value {
    let statements: Vec<Value> =
        (0..=dice.roll(3)).map(|_| statement(dice, action, with_principal)).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn case(dice: &mut Dice) -> Value {
    let (action, resource) = *dice.pick(&REQUESTS);
    let principal = *dice.pick(&[SESSION, SESSION, USER]);
    let mut context = json!({});
    for (key, values) in [
        ("aws:SourceVpce", json!(["vpce-1", "vpce-3"])),
        ("aws:PrincipalTag/team", json!(["web", "db", "*"])),
        ("s3:max-keys", json!(["5", "10", "50"])),
        ("aws:CurrentTime", json!(["2026-01-31T12:00:00Z", "2026-07-01T00:00:00Z"])),
        ("aws:SecureTransport", json!(["true", "false"])),
        ("aws:SourceIp", json!(["10.1.2.3", "192.0.2.1", "2001:db8::1"])),
        ("aws:TagKeys", json!([["a"], ["a", "b"], ["c"]])),
    ] {
        if dice.once_in(2) {
            context[key] = dice.pick(values.as_array().unwrap_or(&Vec::new())).clone();
        }
    }
    let account = if dice.once_in(2) { "111122223333" } else { "444455556666" };
    let mut request = json!({ "action": action, "resource": resource, "principal": principal, "context": context });
    if action.starts_with("s3:") {
        request["resourceAccount"] = json!(account);
    }
    let mut line = json!({ "request": request });
    let identity: Vec<Value> = (0..dice.roll(3)).map(|_| policy(dice, action, false)).collect();
    line["identityPolicies"] = json!(identity);
    for (part, with_principal, sides) in
        [("permissionBoundary", false, 4), ("sessionPolicy", false, 6), ("resourcePolicy", true, 2)]
    {
        if dice.once_in(sides) && !(part == "sessionPolicy" && principal == USER) {
            line[part] = policy(dice, action, with_principal);
        }
    }
    if dice.once_in(5) {
        line["scps"] =
            json!((0..=dice.roll(2)).map(|_| policy(dice, action, false)).collect::<Vec<_>>());
    }
    line
}

/// Whether a rule of `docs/iam-differential.md` explains a disagreement.
fn is_explained(line: &Value, ours: &str, theirs: &str) -> bool {
    let source = line["request"]["context"]["aws:SourceIp"].as_str().unwrap_or_default();
    let other_family = source.contains(':') && line.to_string().contains("NotIpAddress");
    let direct_grant = ours == "Allowed"
        && theirs == "ImplicitlyDenied"
        && line.get("sessionPolicy").is_some()
        && line.get("resourcePolicy").is_some();
    other_family || direct_grant
}

fn engine(folder: &Path) -> PathBuf {
    if !folder.join("node_modules").is_dir() {
        let status = Command::new("npm").args(["ci", "--silent"]).current_dir(folder).status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "npm ci failed in {}; install Node.js with npm and try again",
            folder.display()
        );
    }
    folder.join("answer.mjs")
}

#[test]
fn an_independent_engine_decides_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("differential");
    let script = engine(&folder);
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let cases: Vec<Value> = (0..CASES).map(|_| case(&mut dice)).collect();
    let mut child = Command::new("node")
        .arg(script)
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    let feeder = std::thread::spawn({
        let lines = lines.clone();
        move || lines.iter().all(|line| writeln!(stdin, "{line}").is_ok())
    });
    let theirs: Vec<String> =
        BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap).collect();
    assert!(feeder.join().unwrap() && child.wait().unwrap().success());
    assert_eq!(theirs.len(), CASES);
    let mut session = ecswhy_iam::lines::Session::new();
    let mut counts = std::collections::BTreeMap::new();
    let mut unexplained = Vec::new();
    for ((line, case), theirs) in lines.iter().zip(&cases).zip(&theirs) {
        let ours = session.answer(line, false).unwrap_or_else(|error| format!("error: {error}"));
        *counts.entry(ours.clone()).or_insert(0_usize) += 1;
        if ours != *theirs && !is_explained(case, &ours, theirs) {
            unexplained.push(format!("ours {ours}, theirs {theirs}: {line}"));
        }
    }
    let shown = unexplained.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
    assert!(
        unexplained.is_empty(),
        "{} unexplained disagreements ({counts:?}):\n{shown}",
        unexplained.len()
    );
    for word in ["Allowed", "ExplicitlyDenied", "ImplicitlyDenied"] {
        assert!(counts.get(word).is_some_and(|n| *n > CASES / 20), "too few {word}: {counts:?}");
    }
}
