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

const REQUESTS: [(&str, &str); 9] = [
    ("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:111122223333:repository/app/web"),
    ("ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:444455556666:repository/app/web"),
    (
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf",
    ),
    (
        "secretsmanager:GetSecretValue",
        "arn:aws:secretsmanager:eu-west-1:444455556666:secret:db-AbCdEf",
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

const ACTIONS: [&str; 14] = [
    "*",
    "ecr:*",
    "ECR:batchgetimage",
    "ecr:BatchGet????e",
    "ecr:Get*",
    "secretsmanager:Get*",
    "secretsmanager:*SecretValue",
    "kms:Decrypt",
    "kms:*",
    "s3:GetObject",
    "s3:Get*",
    "logs:PutLogEvents",
    "ssm:GetParameters",
    "ssm:GetParameter",
];

const RESOURCES: [&str; 16] = [
    "*",
    "*",
    "arn:aws:ecr:eu-west-1:111122223333:repository/app/*",
    "arn:aws:ecr:*:*:repository/*",
    "arn:aws:ecr:eu-*-1:444455556666:repository/app/web",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-??????",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db",
    "arn:aws:secretsmanager:*:444455556666:secret:*",
    "arn:aws:kms:eu-west-1:111122223333:key/*",
    "arn:aws:kms:*:444455556666:key/1234",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/team}/*",
    "arn:aws:s3:::bucket/${aws:PrincipalTag/squad, 'web'}/*",
    "arn:aws:s3:::b*",
    "arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/web",
    "arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/web:*",
    "arn:aws:ssm:eu-west-1:111122223333:parameter/web/*",
];

/// Every operator without its set operator and `IfExists`, with a key of its type and the policy's values.
const OPERATORS: [(&str, &str, &[&str]); 40] = [
    ("StringEquals", "aws:SourceVpce", &["vpce-1", "vpce-2"]),
    ("StringNotEquals", "aws:sourcevpce", &["vpce-1"]),
    ("StringEqualsIgnoreCase", "aws:PrincipalTag/team", &["WEB"]),
    ("StringNotEqualsIgnoreCase", "aws:PrincipalTag/TEAM", &["WEB", "ops"]),
    ("StringLike", "aws:PrincipalTag/team", &["w*", "d?"]),
    ("StringNotLike", "aws:PrincipalTag/team", &["w*"]),
    ("StringEquals", "aws:PrincipalTag/team", &["${aws:PrincipalTag/team}"]),
    ("StringNotEquals", "aws:SourceVpce", &["vpce-1", "${aws:PrincipalTag/team}"]),
    ("StringLike", "aws:SourceVpce", &["${aws:PrincipalTag/squad, 'vpce-1'}"]),
    ("StringEquals", "aws:ResourceAccount", &["${aws:PrincipalAccount}"]),
    ("StringNotEquals", "aws:ResourceAccount", &["${aws:PrincipalAccount}"]),
    ("StringEquals", "aws:PrincipalType", &["AssumedRole"]),
    ("StringEquals", "aws:TagKeys", &["a", "b"]),
    ("StringLike", "aws:TagKeys", &["a*"]),
    ("StringNotEquals", "aws:TagKeys", &["a"]),
    ("StringNotLike", "aws:TagKeys", &["b", "c*"]),
    ("NumericEquals", "s3:max-keys", &["10"]),
    ("NumericNotEquals", "s3:max-keys", &["5", "10"]),
    ("NumericLessThan", "s3:max-keys", &["10"]),
    ("NumericLessThanEquals", "s3:max-keys", &["10.0"]),
    ("NumericGreaterThan", "s3:max-keys", &["5"]),
    ("NumericGreaterThanEquals", "s3:max-keys", &["5"]),
    ("DateEquals", "aws:CurrentTime", &["2026-01-31T12:00:00Z"]),
    ("DateNotEquals", "aws:CurrentTime", &["2026-01-31T12:00:00Z"]),
    ("DateLessThan", "aws:CurrentTime", &["2026-06-01T00:00:00Z"]),
    ("DateLessThanEquals", "aws:CurrentTime", &["2026-01-31"]),
    ("DateGreaterThan", "aws:EpochTime", &["1769860800"]),
    ("DateGreaterThanEquals", "aws:EpochTime", &["1769860800"]),
    ("Bool", "aws:SecureTransport", &["true"]),
    ("Bool", "aws:SecureTransport", &["false"]),
    ("BinaryEquals", "x:digest", &["QmluYXJ5"]),
    ("IpAddress", "aws:SourceIp", &["10.0.0.0/8", "2001:db8::/32"]),
    ("NotIpAddress", "aws:SourceIp", &["10.1.0.0/16"]),
    ("ArnLike", "aws:PrincipalArn", &["arn:aws:iam::*:role/w*"]),
    ("ArnEquals", "aws:PrincipalArn", &["arn:aws:iam::111122223333:*/ann"]),
    ("ArnNotEquals", "aws:PrincipalArn", &["arn:aws:iam::111122223333:role/web"]),
    ("ArnNotLike", "aws:PrincipalArn", &["arn:aws:iam::111122223333:user/*"]),
    ("ArnLike", "aws:SourceArn", &["arn:aws:ecs:*:111122223333:*"]),
    ("Null", "aws:SourceVpce", &["true"]),
    ("Null", "aws:TagKeys", &["false"]),
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

/// Whom the statements of a policy name.
#[derive(Clone, Copy, PartialEq)]
enum Names {
    Nobody,
    Anyone,
    /// The engine does not look at the principals of endpoint policies, and RCPs take no other.
    Everyone,
}

fn condition(dice: &mut Dice) -> Value {
    let (operator, key, values) = dice.pick(&OPERATORS);
    let mut operator = (*operator).to_owned();
    if operator != "Null" {
        if *key == "aws:TagKeys" || dice.once_in(8) {
            let set: &&str = dice.pick(&["ForAnyValue:", "ForAllValues:"]);
            operator.insert_str(0, set);
        }
        if dice.once_in(4) {
            operator.push_str("IfExists");
        }
    }
    json!({ operator: { *key: values } })
}

fn statement(dice: &mut Dice, action: &str, effect: &str, names: Names) -> Value {
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
    match names {
        Names::Nobody => {}
        Names::Everyone => statement["Principal"] = json!("*"),
        Names::Anyone => {
            let named = *dice.pick(&PRINCIPALS);
            statement["Principal"] = match (named, dice.roll(4)) {
                ("*", 0) => json!({ "AWS": "*" }),
                ("*", _) => json!("*"),
                (named, 0) => {
                    json!({ "AWS": [named, dice.pick(&PRINCIPALS[1..])], "Service": "ecs-tasks.amazonaws.com" })
                }
                (named, _) => json!({ "AWS": named }),
            };
        }
    }
    if dice.once_in(3) {
        statement["Condition"] = condition(dice);
    }
    statement
}

fn policy(dice: &mut Dice, action: &str, names: Names) -> Value {
    let statements: Vec<Value> = (0..=dice.roll(3))
        .map(|_| {
            let effect = if dice.once_in(5) { "Deny" } else { "Allow" };
            statement(dice, action, effect, names)
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A policy that often allows everything, as limits do.
fn limit(dice: &mut Dice, action: &str, names: Names) -> Value {
    if dice.once_in(2) {
        return policy(dice, action, names);
    }
    let mut all = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    if names != Names::Nobody {
        all["Principal"] = json!("*");
    }
    let mut statements = vec![all];
    if dice.once_in(3) {
        statements.push(statement(dice, action, "Deny", names));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A level of an organization: a policy or several.
fn level(dice: &mut Dice, action: &str, names: Names) -> Value {
    if dice.once_in(2) {
        return limit(dice, action, names);
    }
    let policies: Vec<Value> = (0..=dice.roll(2)).map(|_| limit(dice, action, names)).collect();
    json!({ "policies": policies })
}

/// RCPs are Denies.
fn denying(dice: &mut Dice, action: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [statement(dice, action, "Deny", Names::Everyone)] })
}

fn case(dice: &mut Dice) -> Value {
    let (action, resource) = *dice.pick(&REQUESTS);
    let principal = *dice.pick(&[SESSION, SESSION, USER]);
    let mut context = json!({});
    for (key, values) in [
        ("aws:SourceVpce", json!(["vpce-1", "vpce-3"])),
        ("aws:PrincipalTag/team", json!(["web", "db", "*", "vpce-1"])),
        ("s3:max-keys", json!(["5", "10", "50"])),
        ("aws:CurrentTime", json!(["2026-01-31T12:00:00Z", "2026-07-01T00:00:00Z"])),
        ("aws:EpochTime", json!(["1769860800", "1769860801"])),
        ("aws:SecureTransport", json!(["true", "false"])),
        ("aws:SourceIp", json!(["10.1.2.3", "192.0.2.1", "2001:db8::1"])),
        ("aws:TagKeys", json!([["a"], ["a", "b"], ["c"]])),
        ("x:digest", json!(["QmluYXJ5", "b3RoZXI="])),
        ("aws:SourceArn", json!(["arn:aws:ecs:eu-west-1:111122223333:task/c/1"])),
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
    let identity: Vec<Value> =
        (0..dice.roll(3)).map(|_| policy(dice, action, Names::Nobody)).collect();
    line["identityPolicies"] = json!(identity);
    if dice.once_in(4) {
        line["permissionBoundary"] = limit(dice, action, Names::Nobody);
    }
    if principal == SESSION && dice.once_in(5) {
        line["sessionPolicy"] = limit(dice, action, Names::Nobody);
    }
    if dice.once_in(2) {
        line["resourcePolicy"] = policy(dice, action, Names::Anyone);
    }
    if dice.once_in(4) {
        line["scps"] = json!(
            (0..=dice.roll(3)).map(|_| level(dice, action, Names::Nobody)).collect::<Vec<_>>()
        );
    }
    if dice.once_in(5) {
        line["rcps"] = json!((0..=dice.roll(2)).map(|_| denying(dice, action)).collect::<Vec<_>>());
    }
    if dice.once_in(5) {
        line["endpointPolicies"] = json!([limit(dice, action, Names::Everyone)]);
    }
    line
}

/// Whether a rule of `docs/iam-differential.md` explains a disagreement.
fn is_explained(line: &Value, ours: &str, theirs: &str) -> bool {
    let context = &line["request"]["context"];
    let source = context["aws:SourceIp"].as_str().unwrap_or_default();
    let other_family = source.contains(':') && line.to_string().contains("NotIpAddress");
    let direct_grant = ours == "Allowed"
        && theirs == "ImplicitlyDenied"
        && line.get("sessionPolicy").is_some()
        && line.get("resourcePolicy").is_some();
    other_family || direct_grant || asks_any_value_of_nothing(line, context)
}

/// Whether a condition with `ForAnyValue` and `IfExists` is on a key that the request does not carry.
fn asks_any_value_of_nothing(value: &Value, context: &Value) -> bool {
    let derived = ["aws:principalarn", "aws:principaltype", "aws:resourceaccount"];
    let has = |key: &str| {
        let given = context.as_object().into_iter().flatten();
        derived.contains(&key) || given.into_iter().any(|(k, _)| k.eq_ignore_ascii_case(key))
    };
    match value {
        Value::Object(map) => map.iter().any(|(name, inner)| {
            let is_such = name.starts_with("ForAnyValue:") && name.ends_with("IfExists");
            let mut keys = inner.as_object().into_iter().flatten();
            (is_such && keys.any(|(key, _)| !has(&key.to_ascii_lowercase())))
                || asks_any_value_of_nothing(inner, context)
        }),
        Value::Array(list) => list.iter().any(|inner| asks_any_value_of_nothing(inner, context)),
        _ => false,
    }
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
        if ours == *theirs {
            continue;
        }
        *counts.entry("disagreements".to_owned()).or_insert(0) += 1;
        if !is_explained(case, &ours, theirs) {
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
