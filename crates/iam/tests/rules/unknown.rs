//! Unknown keys: undetermined only when they could change the decision.

use serde_json::{Value, json};

use super::{allow, check, everything, get_object, nothing, when, with};

fn line(policies: Value, unknown: Value) -> Value {
    json!({"identityPolicies": policies, "unknownContext": unknown, "request": get_object()})
}

#[test]
fn what_holds_for_every_value_of_a_key_is_decided() {
    let allow_if = |condition: Value| when(everything(), condition);
    let deny_if = |condition: Value| when(nothing(), condition);
    let equals = |value: &str| json!({"StringEquals": {"x:k": value}});
    let differs = |value: &str| json!({"StringNotEquals": {"x:k": value}});
    for (case, policies, expected) in [
        ("one condition", json!([allow_if(equals("a"))]), "Undetermined"),
        ("equal or not", json!([allow_if(equals("a")), allow_if(differs("a"))]), "Allowed"),
        ("equal or other", json!([allow_if(equals("a")), allow_if(differs("b"))]), "Undetermined"),
        ("not a or not b", json!([allow_if(differs("a")), allow_if(differs("b"))]), "Allowed"),
        (
            "allowed and denied alike",
            json!([allow_if(equals("a")), deny_if(equals("a"))]),
            "ImplicitlyDenied",
        ),
        ("denied otherwise", json!([allow_if(equals("a")), deny_if(equals("b"))]), "Undetermined"),
        (
            "some Deny in every case",
            json!([deny_if(differs("a")), deny_if(differs("b"))]),
            "ExplicitlyDenied",
        ),
        (
            "impossible Allow",
            json!([allow_if(json!({"StringEquals": {"x:k": "a"}, "StringLike": {"x:k": "b*"}}))]),
            "ImplicitlyDenied",
        ),
        (
            "impossible Deny",
            json!([
                everything(),
                deny_if(json!({"StringEquals": {"x:k": "a"}, "StringNotLike": {"x:k": "a*"}}))
            ]),
            "Allowed",
        ),
        (
            "any text or none",
            json!([allow_if(json!({"StringLikeIfExists": {"x:k": "*"}}))]),
            "Allowed",
        ),
        ("any text", json!([allow_if(json!({"StringLike": {"x:k": "*"}}))]), "Undetermined"),
        (
            "any text or null",
            json!([
                allow_if(json!({"StringLike": {"x:k": "*"}})),
                allow_if(json!({"Null": {"x:k": "true"}}))
            ]),
            "Allowed",
        ),
        (
            "globs overlap",
            json!([
                allow_if(json!({"StringNotLike": {"x:k": "a*"}})),
                allow_if(json!({"StringNotLike": {"x:k": "*b"}}))
            ]),
            "Undetermined",
        ),
        (
            "globs exclude each other",
            json!([
                allow_if(json!({"StringNotLike": {"x:k": "a*"}})),
                allow_if(json!({"StringNotLike": {"x:k": "b*"}}))
            ]),
            "Allowed",
        ),
        (
            "case",
            json!([
                allow_if(json!({"StringNotEquals": {"x:k": "a"}})),
                allow_if(json!({"StringEqualsIgnoreCase": {"x:k": "A"}}))
            ]),
            "Allowed",
        ),
        (
            "case",
            json!([
                allow_if(json!({"StringNotEqualsIgnoreCase": {"x:k": "a"}})),
                allow_if(json!({"StringEquals": {"x:k": ["a", "A"]}}))
            ]),
            "Allowed",
        ),
        (
            "case",
            json!([
                allow_if(json!({"StringNotEqualsIgnoreCase": {"x:k": "ab"}})),
                allow_if(json!({"StringEquals": {"x:k": ["ab", "AB"]}}))
            ]),
            "Undetermined",
        ),
        (
            "true, false or absent",
            json!([
                allow_if(json!({"Bool": {"x:k": "true"}})),
                allow_if(json!({"BoolIfExists": {"x:k": "false"}}))
            ]),
            "Allowed",
        ),
        (
            "true or false",
            json!([allow_if(json!({"Bool": {"x:k": ["true", "false"]}}))]),
            "Undetermined",
        ),
        (
            "all numbers",
            json!([
                allow_if(json!({"NumericLessThan": {"x:k": "5"}})),
                allow_if(json!({"NumericGreaterThanEqualsIfExists": {"x:k": "5"}}))
            ]),
            "Allowed",
        ),
        (
            "all but one",
            json!([
                allow_if(json!({"NumericLessThan": {"x:k": "5"}})),
                allow_if(json!({"NumericGreaterThanIfExists": {"x:k": "5"}}))
            ]),
            "Undetermined",
        ),
        (
            "all instants",
            json!([
                allow_if(json!({"DateLessThan": {"x:k": "2026-01-01T00:00:00Z"}})),
                allow_if(json!({"DateGreaterThanIfExists": {"x:k": "2025-01-01T00:00:00Z"}}))
            ]),
            "Allowed",
        ),
        (
            "all addresses",
            json!([
                allow_if(json!({"IpAddress": {"x:k": "10.0.0.0/8"}})),
                allow_if(json!({"NotIpAddress": {"x:k": "10.1.0.0/16"}}))
            ]),
            "Allowed",
        ),
        (
            "a gap",
            json!([
                allow_if(json!({"IpAddress": {"x:k": "10.0.0.0/9"}})),
                allow_if(json!({"NotIpAddress": {"x:k": "10.0.0.0/8"}}))
            ]),
            "Undetermined",
        ),
        (
            "all families",
            json!([allow_if(json!({"IpAddressIfExists": {"x:k": ["0.0.0.0/0", "::/0"]}}))]),
            "Allowed",
        ),
        (
            "ARNs",
            json!([
                allow_if(json!({"ArnNotLike": {"x:k": "arn:aws:ecs:*:*:*"}})),
                allow_if(json!({"ArnLike": {"x:k": "arn:aws:ecs:*:*:*"}}))
            ]),
            "Allowed",
        ),
        (
            "some of a set",
            json!([
                allow_if(json!({"ForAnyValue:StringEquals": {"x:k": "a"}})),
                allow_if(json!({"ForAllValues:StringNotEquals": {"x:k": "a"}}))
            ]),
            "Allowed",
        ),
        (
            "all of a set",
            json!([
                allow_if(json!({"ForAllValues:StringEquals": {"x:k": "a"}})),
                allow_if(json!({"ForAllValues:StringNotEquals": {"x:k": "a"}}))
            ]),
            "Undetermined",
        ),
        (
            "everything in a set",
            json!([allow_if(json!({"ForAllValues:StringLike": {"x:k": "*"}}))]),
            "Allowed",
        ),
        (
            "two types",
            json!([
                allow_if(json!({"StringEquals": {"x:k": "5"}})),
                allow_if(json!({"NumericNotEquals": {"x:k": "5"}}))
            ]),
            "Undetermined",
        ),
        (
            "IPv4-mapped nothing",
            json!([allow_if(json!({"Null": {"x:k": ["true", "false"]}}))]),
            "Allowed",
        ),
    ] {
        check(case, line(policies, json!(["X:K"])), expected);
    }
}

/// The same with two keys, where only the whole table of cases decides.
#[test]
fn unknown_keys_are_tried_together() {
    let both = |a: &str, b: &str| {
        let mut condition = json!({});
        condition[a]["x:a"] = json!("1");
        condition[b]["x:b"] = json!("1");
        when(everything(), condition)
    };
    let all = ["StringEquals", "StringNotEquals"];
    let table: Vec<Value> = all.iter().flat_map(|a| all.map(|b| both(a, b))).collect();
    let unknown = json!(["x:a", "x:b"]);
    check("all four", line(json!(table), unknown.clone()), "Allowed");
    check("three of four", line(json!(table[..3]), unknown.clone()), "Undetermined");
    check("one is known", line(json!(table[..2]), json!(["x:b"])), "ImplicitlyDenied");
    check("enough is known", line(json!(table), json!(["x:b"])), "Allowed");
}

#[test]
fn a_key_that_is_not_unknown_is_absent() {
    let conditional = when(everything(), json!({"StringEquals": {"x:k": "a"}}));
    check(
        "closed",
        json!({"identityPolicies": [conditional], "request": get_object()}),
        "ImplicitlyDenied",
    );
    check("another key", line(json!([conditional]), json!(["x:other"])), "ImplicitlyDenied");
    let mut given = line(json!([conditional]), json!(["x:k"]));
    given["request"]["context"] = json!({"x:k": "b"});
    check("unknown, though given", given, "Undetermined");
}

#[test]
fn what_denies_in_any_case_is_denied() {
    let conditional = json!({"StringEquals": {"x:k": "a"}});
    let maybe_denied = when(nothing(), conditional.clone());
    for (case, policies, expected) in [
        ("nothing allows", json!([maybe_denied]), "ImplicitlyDenied"),
        (
            "a sure Deny",
            json!([when(everything(), conditional.clone()), nothing()]),
            "ExplicitlyDenied",
        ),
        ("an Allow and an open Deny", json!([everything(), maybe_denied]), "Undetermined"),
        (
            "another action",
            json!([when(allow(json!("s3:PutObject"), json!("*")), conditional)]),
            "ImplicitlyDenied",
        ),
    ] {
        check(case, line(policies, json!(["x:k"])), expected);
    }
}

#[test]
fn a_variable_of_an_unknown_key_can_be_any_text() {
    let home = |pattern: &str| allow(json!("*"), json!(pattern));
    for (pattern, expected) in [
        ("arn:aws:s3:::bucket/${aws:username}", "Undetermined"),
        ("arn:aws:s3:::bucket/${aws:username}/*", "ImplicitlyDenied"),
        ("arn:aws:s3:::other/${aws:username}", "ImplicitlyDenied"),
    ] {
        check(pattern, line(json!([home(pattern)]), json!(["aws:username"])), expected);
    }
    let unless = with(nothing(), "NotResource", json!("arn:aws:s3:::bucket/${aws:username}"));
    let mut unless = unless;
    unless["Statement"][0].as_object_mut().unwrap().remove("Resource");
    check(
        "NotResource",
        line(json!([everything(), unless]), json!(["aws:username"])),
        "Undetermined",
    );
    let prefix = |operator: &str| {
        when(everything(), json!({operator: {"s3:prefix": "home/${aws:username}/*"}}))
    };
    for (operator, prefix_given, expected) in [
        ("StringLike", "home/ann/x", "Undetermined"),
        ("StringLike", "public/x", "ImplicitlyDenied"),
        ("StringNotLike", "home/ann/x", "Undetermined"),
        // Without a user name the statement would be invalid.
        ("StringNotLike", "public/x", "Undetermined"),
    ] {
        let mut line = line(json!([prefix(operator)]), json!(["aws:username"]));
        line["request"]["context"] = json!({"s3:prefix": prefix_given});
        check(operator, line, expected);
    }
}

/// Many unknown keys with many values stay within bounds.
#[test]
fn too_many_cases_are_left_undetermined() {
    let policies: Vec<Value> = (0..30)
        .map(|n| {
            let values: Vec<String> = (0..50).map(|v| format!("v{v}*")).collect();
            when(everything(), json!({"StringLike": {format!("x:k{n}"): values}}))
        })
        .collect();
    let unknown: Vec<String> = (0..30).map(|n| format!("x:k{n}")).collect();
    let line = line(json!(policies), json!(unknown));
    #[expect(clippy::disallowed_methods, reason = "a bound on time needs a clock")]
    let before = std::time::Instant::now();
    check("many", line, "Undetermined");
    assert!(before.elapsed().as_secs() < 5, "{:?}", before.elapsed());
}

/// Service Authorization Reference: the condition keys of a service come with requests to that service.
#[test]
fn keys_of_other_services_are_absent_from_the_open_world_of_one() {
    use ecswhy_iam::{Decision, Policies, Policy, Request, decide};
    let request = || {
        Request::new("arn:aws:iam::123456789012:role/web", "kms:Decrypt", "*")
            .unwrap()
            .with_open_world_of(&["aws", "kms"])
    };
    for (key, is_known) in [
        ("sts:ExternalId", true),
        ("token.actions.githubusercontent.com:sub", true),
        ("kms:ViaService", false),
        ("aws:PrincipalOrgID", false),
        ("AWS:principalorgid", false),
    ] {
        let condition = when(everything(), json!({"StringEquals": {key: "x"}}));
        let policy =
            Policy::from_value(&json!({"Statement": [condition["Statement"][0]]})).unwrap();
        let decision = decide(&Policies::new().with_identity("p", policy), &request());
        assert_eq!(decision == Decision::ImplicitlyDenied, is_known, "{key}: {decision:?}");
    }
}

/// Keys that also decide whom a statement names or who owns the resource: in conditions they are tried like others.
#[test]
fn an_unknown_caller_or_owner_is_decided_where_every_value_says_the_same() {
    let names_role = json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": super::ROLE}, "Action": "*", "Resource": "*"}]});
    for (key, value) in [
        ("aws:PrincipalArn", super::ROLE),
        ("aws:ResourceAccount", "111122223333"),
        ("aws:userid", "AROAEXAMPLEEXAMPLEEX:task"),
    ] {
        let either = |effect: &str| {
            json!([
                with(
                    when(everything(), json!({"StringEquals": {key: value}})),
                    "Effect",
                    json!(effect)
                ),
                with(
                    when(everything(), json!({"StringNotEquals": {key: value}})),
                    "Effect",
                    json!(effect)
                ),
            ])
        };
        let mut allowed = line(either("Allow"), json!([key]));
        if key == "aws:ResourceAccount" {
            // Whoever owns the object lets the role in.
            allowed["resourcePolicy"] = names_role.clone();
        }
        check(key, allowed, "Allowed");
        check(key, line(either("Deny"), json!([key])), "ExplicitlyDenied");
    }
    // Without the owner's word it depends on who the owner is.
    let both = json!([
        everything(),
        when(nothing(), json!({"StringEquals": {"aws:ResourceAccount": "1"}}))
    ]);
    check("owner", line(both, json!(["aws:ResourceAccount"])), "Undetermined");
}
