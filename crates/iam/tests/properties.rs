//! Laws that hold for all policies and requests.

use ecswhy_iam::lines::Session;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use serde_json::{Value, json};

const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/web/1";
const ROLE: &str = "arn:aws:iam::111122223333:role/web";

fn patterns(from: &'static [&'static str]) -> impl Strategy<Value = Value> {
    subsequence(from, 1..=2).prop_map(|some| json!(some))
}

fn actions() -> impl Strategy<Value = Value> {
    patterns(&["*", "s3:GetObject", "S3:get*", "s3:Put*", "kms:Decrypt", "kms:*"])
}

fn resources() -> impl Strategy<Value = Value> {
    patterns(&[
        "*",
        "arn:aws:s3:::bucket/*",
        "arn:aws:s3:::bucket/${x:a}",
        "arn:aws:s3:::b?cket/a",
        "arn:aws:kms:*:111122223333:key/*",
        "arn:aws:kms:eu-west-1:444455556666:key/1",
    ])
}

fn principals() -> impl Strategy<Value = Value> {
    select(vec![
        json!("*"),
        json!({"AWS": ROLE}),
        json!({"AWS": SESSION}),
        json!({"AWS": "111122223333"}),
        json!({"AWS": "444455556666"}),
    ])
}

/// A condition on one of two keys.
fn condition(operators: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let values = subsequence(&["a", "b", "ab", "a*", "*b", "A"][..], 1..=2);
    (select(operators), select(&["x:a", "x:b"][..]), values)
        .prop_map(|(operator, key, values)| json!({operator: {key: values}}))
}

const SINGLE: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "StringEqualsIfExists",
    "StringLikeIfExists",
];
const SETS: &[&str] = &[
    "ForAnyValue:StringEquals",
    "ForAnyValue:StringNotLike",
    "ForAllValues:StringLike",
    "ForAllValues:StringNotEquals",
    "StringEquals",
];

fn statement(
    operators: &'static [&'static str],
    with_principal: bool,
) -> impl Strategy<Value = Value> {
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    let condition = prop_oneof![1 => Just(json!({})), 2 => condition(operators)];
    (effect, actions(), resources(), principals(), condition, 0..8_u8).prop_map(
        move |(effect, actions, resources, principal, condition, form)| {
            let action = if form == 0 { "NotAction" } else { "Action" };
            let resource = if form == 1 { "NotResource" } else { "Resource" };
            let mut statement = json!({"Effect": effect, action: actions, resource: resources, "Condition": condition});
            if with_principal {
                statement["Principal"] = principal;
            }
            statement
        },
    )
}

fn policy(with_principal: bool) -> impl Strategy<Value = Value> {
    prop::collection::vec(statement(SINGLE, with_principal), 1..4)
        .prop_map(|statements| json!({"Version": "2012-10-17", "Statement": statements}))
}

fn asked() -> impl Strategy<Value = Value> {
    let what = select(vec![
        ("s3:GetObject", "arn:aws:s3:::bucket/a"),
        ("s3:PutObject", "arn:aws:s3:::bucket/b"),
        ("kms:Decrypt", "arn:aws:kms:eu-west-1:111122223333:key/1"),
        ("kms:Decrypt", "arn:aws:kms:eu-west-1:444455556666:key/1"),
    ]);
    let value =
        || select(vec![Value::Null, json!("a"), json!("b"), json!("ab"), json!(["a", "b"])]);
    (what, value(), value()).prop_map(|((action, resource), a, b)| {
        let mut context = json!({});
        for (key, value) in [("x:a", a), ("x:b", b)] {
            if !value.is_null() {
                context[key] = value;
            }
        }
        json!({"action": action, "resource": resource, "principal": SESSION, "context": context})
    })
}

/// A line with policies of every kind.
fn line() -> impl Strategy<Value = Value> {
    let some = prop::option::weighted;
    (
        asked(),
        prop::collection::vec(policy(false), 0..3),
        some(0.3, policy(false)),
        some(0.2, policy(false)),
        some(0.5, policy(true)),
        prop::collection::vec(policy(false), 0..2),
        prop::collection::vec(policy(true), 0..2),
        prop::collection::vec(policy(true), 0..2),
    )
        .prop_map(|(request, identity, boundary, session, resource, scps, rcps, endpoints)| {
            json!({
                "request": request, "identityPolicies": identity, "permissionBoundary": boundary,
                "sessionPolicy": session, "resourcePolicy": resource, "scps": scps, "rcps": rcps,
                "endpointPolicies": endpoints,
            })
        })
}

fn decide(line: &Value) -> String {
    ecswhy_iam::lines::answer(&line.to_string(), false).unwrap_or_else(|error| error.to_string())
}

/// Every policy of a line.
fn policies(line: &mut Value) -> Vec<&mut Value> {
    let Some(parts) = line.as_object_mut() else { return Vec::new() };
    let mut found = Vec::new();
    for (_, part) in parts.iter_mut().filter(|(name, _)| *name != "request") {
        if part.is_object() {
            found.push(part);
        } else if let Some(list) = part.as_array_mut() {
            found.extend(list.iter_mut());
        }
    }
    found
}

fn statements(line: &mut Value) -> Vec<&mut Value> {
    policies(line)
        .into_iter()
        .filter_map(|policy| policy["Statement"].as_array_mut())
        .flatten()
        .collect()
}

/// Widens the resources of one statement of this effect; none without such a statement.
fn widened(mut line: Value, effect: &str, at: Index) -> Option<Value> {
    let mut with_resource: Vec<&mut Value> = statements(&mut line)
        .into_iter()
        .filter(|statement| statement["Effect"] == effect && statement.get("Resource").is_some())
        .collect();
    if with_resource.is_empty() {
        return None;
    }
    let index = at.index(with_resource.len());
    with_resource[index]["Resource"] = json!("*");
    drop(with_resource);
    Some(line)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_added_deny_never_allows(
        line in line(), deny in statement(SINGLE, false), principal in principals(), at in any::<Index>()
    ) {
        let before = decide(&line);
        let mut after = line;
        let mut policies = policies(&mut after);
        prop_assume!(!policies.is_empty());
        let index = at.index(policies.len());
        let named = policies[index]["Statement"][0].get("Principal").is_some();
        let mut deny = deny;
        deny["Effect"] = json!("Deny");
        if named {
            deny["Principal"] = principal;
        }
        if let Some(list) = policies[index]["Statement"].as_array_mut() {
            list.push(deny);
        }
        let after = decide(&after);
        prop_assert!(after != "Allowed" || before == "Allowed", "{before} -> {after}");
        prop_assert!(before != "ExplicitlyDenied" || after == "ExplicitlyDenied", "{before} -> {after}");
    }

    #[test]
    fn order_never_matters(line in line()) {
        let mut reversed = line.clone();
        for policy in policies(&mut reversed) {
            if let Some(list) = policy["Statement"].as_array_mut() {
                list.reverse();
            }
        }
        for part in ["identityPolicies", "scps", "rcps", "endpointPolicies"] {
            if let Some(list) = reversed[part].as_array_mut() {
                list.reverse();
            }
        }
        prop_assert_eq!(decide(&line), decide(&reversed));
    }

    #[test]
    fn a_wider_allow_takes_nothing_away(line in line(), at in any::<Index>()) {
        if let Some(wider) = widened(line.clone(), "Allow", at)
            && decide(&line) == "Allowed"
        {
            prop_assert_eq!(decide(&wider), "Allowed");
        }
    }

    #[test]
    fn a_wider_deny_gives_nothing(line in line(), at in any::<Index>()) {
        if let Some(wider) = widened(line.clone(), "Deny", at)
            && decide(&wider) == "Allowed"
        {
            prop_assert_eq!(decide(&line), "Allowed");
        }
    }

    #[test]
    fn a_split_policy_decides_the_same(line in line()) {
        let mut split = line.clone();
        let apart = |list: &Value| -> Vec<Value> {
            let statements = list.as_array().into_iter().flatten().filter_map(|p| p["Statement"].as_array());
            statements.flatten().map(|s| json!({"Version": "2012-10-17", "Statement": s})).collect()
        };
        split["identityPolicies"] = json!(apart(&line["identityPolicies"]));
        for part in ["scps", "rcps"] {
            let levels = line[part].as_array().into_iter().flatten();
            split[part] = levels.map(|level| json!({"policies": apart(&json!([level]))})).collect();
        }
        prop_assert_eq!(decide(&line), decide(&split));
    }

    #[test]
    fn the_case_of_actions_and_keys_never_matters(line in line()) {
        let mut other = line.clone();
        for statement in statements(&mut other) {
            for element in ["Action", "NotAction"] {
                for action in statement.get_mut(element).and_then(Value::as_array_mut).into_iter().flatten() {
                    *action = json!(action.as_str().unwrap_or_default().to_uppercase());
                }
            }
        }
        let context = &line["request"]["context"];
        other["request"]["context"] = context
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.to_uppercase(), value.clone()))
            .collect();
        let action = line["request"]["action"].as_str().unwrap_or_default();
        other["request"]["action"] = json!(action.to_lowercase());
        prop_assert_eq!(decide(&line), decide(&other));
    }

    #[test]
    fn no_malformed_line_panics(line in line(), at in any::<Index>(), byte in any::<u8>()) {
        let mut text = line.to_string().into_bytes();
        let index = at.index(text.len());
        text[index] = byte;
        drop(ecswhy_iam::lines::answer(&String::from_utf8_lossy(&text), true));
        text.truncate(index);
        drop(ecswhy_iam::lines::answer(&String::from_utf8_lossy(&text), true));
    }
}

/// Statements about one object, whose conditions are on the keys `x:a` and `x:b`.
fn about_keys(
    operators: &'static [&'static str],
    most: usize,
) -> impl Strategy<Value = Vec<Value>> {
    let effect = prop_oneof![2 => Just("Allow"), 1 => Just("Deny")];
    let one = (effect, condition(operators)).prop_map(|(effect, condition)| {
        json!({"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition})
    });
    prop::collection::vec(one, 1..=most)
}

/// The decisions for every combination of these values of the two keys.
fn decisions(statements: &[Value], values: &[Value]) -> std::collections::BTreeSet<String> {
    let mut session = Session::new();
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    let mut found = std::collections::BTreeSet::new();
    let text = policy.to_string();
    let of = |key: &str| if text.contains(key) { values } else { &[Value::Null] };
    for a in of("x:a") {
        for b in of("x:b") {
            let mut context = json!({});
            for (key, value) in [("x:a", a), ("x:b", b)] {
                if !value.is_null() {
                    context[key] = value.clone();
                }
            }
            let request = json!({"action": "s3:GetObject", "resource": "arn:aws:s3:::b/o", "principal": SESSION, "context": context});
            let line = json!({"identityPolicies": [policy], "request": request}).to_string();
            found.extend(session.answer(&line, false));
        }
    }
    found
}

fn agrees(statements: &[Value], values: &[Value]) -> Result<(), TestCaseError> {
    let request =
        json!({"action": "s3:GetObject", "resource": "arn:aws:s3:::b/o", "principal": SESSION});
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    let found = decide(
        &json!({"identityPolicies": [policy], "request": request, "unknownContext": ["x:a", "x:b"]}),
    );
    let real = decisions(statements, values);
    let expected = match real.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [one] => *one,
        ["ExplicitlyDenied", "ImplicitlyDenied"] => "ImplicitlyDenied",
        _ => "Undetermined",
    };
    prop_assert_eq!(found, expected, "{:?}", real);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// One text of every class that the conditions can tell apart, and absence.
    #[test]
    fn an_unknown_key_leaves_open_what_differs_and_nothing_else(statements in about_keys(SINGLE, 4)) {
        let texts =
            ["", "a", "b", "ab", "A", "z", "az", "zb", "azb", "B", "AB", "Ab", "aB", "a*", "A*", "*b", "*B"];
        let values: Vec<Value> = std::iter::once(Value::Null).chain(texts.map(|t| json!(t))).collect();
        agrees(&statements, &values)?;
    }

    /// Two conditions need sets of two members at most.
    #[test]
    fn an_unknown_set_leaves_open_what_differs_and_nothing_else(statements in about_keys(SETS, 2)) {
        let texts = ["a", "b", "ab", "A", "z", "az", "zb", "a*", "*b"];
        let mut values: Vec<Value> = vec![Value::Null];
        values.extend(texts.map(|text| json!(text)));
        for (i, a) in texts.iter().enumerate() {
            values.extend(texts.iter().skip(i).map(|b| json!([a, b])));
        }
        agrees(&statements, &values)?;
    }
}
