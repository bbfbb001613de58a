//! Malformed lines and policies are told with the place, in one line.

use serde_json::{Value, json};

use super::{ROLE, answer, everything, get_object, request};

/// A line whose second identity policy is this text.
fn line_with(policy: &str) -> String {
    format!(r#"{{"identityPolicies": [{}, {policy}], "request": {}}}"#, everything(), get_object())
}

fn error(line: &str) -> String {
    let Err(error) = ecswhy_iam::lines::answer(line, false) else {
        panic!("the line has an answer: {line}")
    };
    let error = error.to_string();
    assert!(!error.contains('\n'), "{error}");
    error
}

#[test]
fn a_malformed_policy_is_told_with_its_json_path() {
    let statement = |fields: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "Action": "x:y", "Resource": "*"}}, {{{fields}}}]}}"#
        )
    };
    let mut errors = Vec::new();
    for policy in [
        r#"{"Version": "2013-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#.to_owned(),
        r#"{"Version": 2012, "Statement": []}"#.to_owned(),
        r#"{"Version": "2012-10-17"}"#.to_owned(),
        r#"{"Version": "2012-10-17", "Statement": []}"#.to_owned(),
        r#"{"Version": "2012-10-17", "Statement": "Allow"}"#.to_owned(),
        r#"{"Version": "2012-10-17", "statement": []}"#.to_owned(),
        r#"{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}"#.to_owned(),
        r#"[]"#.to_owned(),
        "7".to_owned(),
        r#""{\"Version\": \"2012-10-17\", \"Statement\": [{\"Effect\": ""#.to_owned(),
        statement(r#""Action": "s3:*", "Resource": "*""#),
        statement(r#""Effect": "allow", "Action": "s3:*", "Resource": "*""#),
        statement(r#""Effect": "Allow", "Resource": "*""#),
        statement(r#""Effect": "Allow", "Action": "s3:*""#),
        statement(r#""Effect": "Allow", "Action": 7, "Resource": "*""#),
        statement(r#""Effect": "Allow", "Action": ["s3:*", null], "Resource": "*""#),
        statement(r#""Effect": "Allow", "Action": [], "Resource": "*""#),
        statement(r#""Effect": "Allow", "Action": "GetObject", "Resource": "*""#),
        statement(r#""Effect": "Allow", "Action": "s3:Get:Object", "Resource": "*""#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "NotAction": "s3:*", "Resource": "*""#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "NotResource": "*""#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": []"#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:bucket""#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": ["*", "bucket/*"]"#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*""#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Conditions": {}"#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Action": "s3:*", "Resource": "*""#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": []"#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringIs": {"a:b": "c"}}"#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"NullIfExists": {"a:b": "true"}}"#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": "a"}"#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"a:b": {"c": "d"}}}"#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"NumericEquals": {"a:b": ["1", "one"]}}"#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"IpAddress": {"a:b": "10.0.0.0/33"}}"#),
        statement(r#""Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"a:b": "c", "A:B": "c"}}"#),
    ] {
        errors.push(error(&line_with(&policy)));
    }
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn a_policy_of_a_resource_names_its_principals() {
    let mut errors = Vec::new();
    for principal in [
        json!("111122223333"),
        json!({}),
        json!({"AWS": []}),
        json!({"AWS": "web"}),
        json!({"AWS": "arn:aws:iam::*:role/web"}),
        json!({"AWS": ["111122223333", "arn:aws:sts::111122223333:assumed-role/web/*"]}),
        json!({"User": "arn:aws:iam::111122223333:user/ann"}),
        json!(null),
    ] {
        let mut policy = everything();
        policy["Statement"][0]["Principal"] = principal;
        errors.push(answer(&json!({"resourcePolicy": policy, "request": get_object()})));
    }
    errors.push(answer(&json!({"resourcePolicy": everything(), "request": get_object()})));
    let scp = json!({"policies": [everything(), {"Version": "2012-10-17", "Statement": {"Effect": "Deny"}}]});
    errors.push(answer(&json!({"scps": [everything(), scp], "request": get_object()})));
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn a_line_or_request_that_is_none_is_told() {
    let mut errors = Vec::new();
    for line in [
        "".to_owned(),
        "{".to_owned(),
        "[]".to_owned(),
        json!({"request": request("a:b", "*"), "identityPolicy": []}).to_string(),
        json!({"identityPolicies": []}).to_string(),
        json!({"request": {"action": "a:b", "resource": "*", "principal": "nobody"}}).to_string(),
        json!({"request": {"action": "ab", "resource": "*", "principal": ROLE}}).to_string(),
        json!({"request": {"action": "a:*", "resource": "*", "principal": ROLE}}).to_string(),
        json!({"request": {"action": "a:b", "resource": "arn:aws:s3:bucket", "principal": ROLE}}).to_string(),
        json!({"request": {"action": "a:b", "resource": "*", "principal": ROLE, "context": {"x:k": {"a": 1}}}}).to_string(),
        json!({"request": {"action": "a:b", "resource": "*", "principal": ROLE, "context": {"x:k": "1", "X:K": "2"}}}).to_string(),
        json!({"request": request("a:b", "*"), "endpointPolicies": [{"type": "Tunnel", "policy": everything()}]}).to_string(),
        json!({"request": request("a:b", "*"), "grants": [{"GranteePrincipal": ROLE, "Operations": [], "Constraints": {"Moon": "full"}}]}).to_string(),
    ] {
        errors.push(error(&line));
    }
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn deep_and_long_policies_are_refused_quickly() {
    let nested = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(!error(&nested).is_empty());
    let deep = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Condition": {}1{}}}]}}"#,
        r#"{"a": "#.repeat(60),
        "}".repeat(60)
    );
    assert!(error(&line_with(&deep)).contains("nested more than"), "{}", error(&line_with(&deep)));
    let long = json!({"Version": "2012-10-17", "Id": "x".repeat(10 << 20), "Statement": everything()["Statement"]});
    #[expect(clippy::disallowed_methods, reason = "a bound on time needs a clock")]
    let before = std::time::Instant::now();
    assert!(error(&line_with(&long.to_string())).contains("no policy has more than"));
    assert!(before.elapsed().as_secs() < 10);
}

#[test]
fn parts_that_are_null_do_not_exist() {
    let mut line = json!({"identityPolicies": [everything()], "request": get_object()});
    for part in [
        "permissionBoundary",
        "sessionPolicy",
        "resourcePolicy",
        "endpointPolicies",
        "scps",
        "rcps",
        "unknownContext",
    ] {
        line[part] = Value::Null;
    }
    assert_eq!(answer(&line), "Allowed");
}
