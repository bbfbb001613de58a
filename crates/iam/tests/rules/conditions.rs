//! Condition operators, set operators and policy variables: IAM User Guide, "Condition operators", "Set operators
//! for multivalued context keys", "Variables and tags".

use serde_json::{Value, json};

use super::{allow, check, everything, get_object, when};

/// The condition in an Allow decides: `Allowed` when it holds.
fn holds(condition: Value, context: Value) -> Value {
    let mut request = get_object();
    request["context"] = context;
    json!({"identityPolicies": [when(everything(), condition)], "request": request})
}

fn check_all(cases: &[(&str, Value, Value, bool)]) {
    for (case, condition, context, expected) in cases {
        let expected = if *expected { "Allowed" } else { "ImplicitlyDenied" };
        check(case, holds(condition.clone(), context.clone()), expected);
    }
}

/// Every operator, with a value that matches, one that does not, and no value.
#[test]
fn each_operator_has_its_negation_and_its_if_exists() {
    // operator, its negation, the policy's value, a value that matches, one that does not
    for (operator, negation, wanted, matching, other) in [
        ("StringEquals", "StringNotEquals", "a", "a", "A"),
        ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "a", "A", "b"),
        ("StringLike", "StringNotLike", "a?c*", "abcd", "ac"),
        (
            "ArnLike",
            "ArnNotLike",
            "arn:aws:iam::*:role/w*",
            "arn:aws:iam::1:role/web",
            "arn:aws:iam::1:user/web",
        ),
        (
            "ArnEquals",
            "ArnNotEquals",
            "arn:aws:iam::*:role/w*",
            "arn:aws:iam::1:role/web",
            "arn:aws:iam::1:role/x",
        ),
        ("NumericEquals", "NumericNotEquals", "5", "5.0", "6"),
        (
            "DateEquals",
            "DateNotEquals",
            "2026-01-31T12:00:00Z",
            "1769860800",
            "2026-01-31T12:00:01Z",
        ),
        ("IpAddress", "NotIpAddress", "10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
    ] {
        let value = |value: &str| json!({"x:key": value});
        let condition = |operator: &str| json!({operator: {"x:key": wanted}});
        let absent = json!({});
        check_all(&[
            (operator, condition(operator), value(matching), true),
            (operator, condition(operator), value(other), false),
            (operator, condition(operator), absent.clone(), false),
            (negation, condition(negation), value(matching), false),
            (negation, condition(negation), value(other), true),
            (negation, condition(negation), absent.clone(), true),
            ("IfExists", condition(&format!("{operator}IfExists")), value(matching), true),
            ("IfExists", condition(&format!("{operator}IfExists")), value(other), false),
            ("IfExists", condition(&format!("{operator}IfExists")), absent.clone(), true),
            ("IfExists", condition(&format!("{negation}IfExists")), value(matching), false),
            ("IfExists", condition(&format!("{negation}IfExists")), absent.clone(), true),
            (
                "any",
                condition(&format!("ForAnyValue:{operator}")),
                json!({"x:key": [other, matching]}),
                true,
            ),
            (
                "any",
                condition(&format!("ForAnyValue:{operator}")),
                json!({"x:key": [other]}),
                false,
            ),
            ("any", condition(&format!("ForAnyValue:{operator}")), absent.clone(), false),
            ("any", condition(&format!("ForAnyValue:{operator}IfExists")), absent.clone(), true),
            (
                "any",
                condition(&format!("ForAnyValue:{negation}")),
                json!({"x:key": [other, matching]}),
                true,
            ),
            (
                "any",
                condition(&format!("ForAnyValue:{negation}")),
                json!({"x:key": [matching]}),
                false,
            ),
            ("any", condition(&format!("ForAnyValue:{negation}")), absent.clone(), false),
            (
                "all",
                condition(&format!("ForAllValues:{operator}")),
                json!({"x:key": [matching, matching]}),
                true,
            ),
            (
                "all",
                condition(&format!("ForAllValues:{operator}")),
                json!({"x:key": [matching, other]}),
                false,
            ),
            ("all", condition(&format!("ForAllValues:{operator}")), json!({"x:key": []}), true),
            ("all", condition(&format!("ForAllValues:{operator}")), absent.clone(), true),
            (
                "all",
                condition(&format!("ForAllValues:{negation}")),
                json!({"x:key": [other]}),
                true,
            ),
            (
                "all",
                condition(&format!("ForAllValues:{negation}")),
                json!({"x:key": [other, matching]}),
                false,
            ),
            ("all", condition(&format!("ForAllValues:{negation}")), absent, true),
            // "A multi-valued key needs a set operator", even with one value.
            ("list", condition(operator), json!({"x:key": [matching]}), false),
            ("list", condition(negation), json!({"x:key": [other]}), false),
        ]);
    }
}

#[test]
fn ordered_operators_compare_numbers_and_instants() {
    for (operator, below, equal, above) in [
        ("LessThan", true, false, false),
        ("LessThanEquals", true, true, false),
        ("GreaterThan", false, false, true),
        ("GreaterThanEquals", false, true, true),
    ] {
        for (family, wanted, values) in [
            ("Numeric", "10", ["9.99", "10.0", "1e2"]),
            (
                "Date",
                "2026-01-31T12:00:00Z",
                ["2026-01-31", "2026-01-31T13:00:00+01:00", "1769860801"],
            ),
        ] {
            for (value, expected) in values.iter().zip([below, equal, above]) {
                let condition = json!({format!("{family}{operator}"): {"x:key": wanted}});
                check_all(&[(operator, condition, json!({"x:key": value}), expected)]);
            }
        }
    }
}

#[test]
fn values_are_read_in_the_type_of_their_operator() {
    check_all(&[
        ("Bool in any case", json!({"Bool": {"x:k": "True"}}), json!({"x:k": "TRUE"}), true),
        ("JSON boolean", json!({"Bool": {"x:k": true}}), json!({"x:k": true}), true),
        ("Bool", json!({"Bool": {"x:k": "true"}}), json!({"x:k": "false"}), false),
        ("absent is not false", json!({"Bool": {"x:k": "false"}}), json!({}), false),
        ("BoolIfExists", json!({"BoolIfExists": {"x:k": "false"}}), json!({}), true),
        ("Binary", json!({"BinaryEquals": {"x:k": "QmluYXJ5"}}), json!({"x:k": "QmluYXJ5"}), true),
        ("Binary", json!({"BinaryEquals": {"x:k": "QmluYXJ5"}}), json!({"x:k": "qmluyxj5"}), false),
        (
            "year",
            json!({"DateGreaterThan": {"x:k": "2025"}}),
            json!({"x:k": "2025-01-01T00:00:01Z"}),
            true,
        ),
        (
            "month",
            json!({"DateLessThan": {"x:k": "2025-03"}}),
            json!({"x:k": "2025-02-28T23:59:59Z"}),
            true,
        ),
        (
            "no seconds",
            json!({"DateEquals": {"x:k": "2025-03-01T10:30Z"}}),
            json!({"x:k": "2025-03-01T10:30:00Z"}),
            true,
        ),
        (
            "fraction",
            json!({"DateEquals": {"x:k": "2025-03-01T10:30:00.5Z"}}),
            json!({"x:k": "2025-03-01T10:30:00.500Z"}),
            true,
        ),
        ("JSON number", json!({"NumericLessThan": {"x:k": 10}}), json!({"x:k": 9}), true),
        ("no number", json!({"NumericLessThan": {"x:k": "10"}}), json!({"x:k": "few"}), false),
        (
            "bits after the mask",
            json!({"IpAddress": {"x:k": "10.1.2.3/8"}}),
            json!({"x:k": "10.9.9.9"}),
            true,
        ),
        (
            "one address",
            json!({"IpAddress": {"x:k": "192.0.2.1"}}),
            json!({"x:k": "192.0.2.1"}),
            true,
        ),
        (
            "IPv6",
            json!({"IpAddress": {"x:k": "2001:DB8:1234:5678::/64"}}),
            json!({"x:k": "2001:db8:1234:5678::9"}),
            true,
        ),
        (
            "IPv6 is not IPv4",
            json!({"IpAddress": {"x:k": "0.0.0.0/0"}}),
            json!({"x:k": "2001:db8::1"}),
            false,
        ),
        (
            "everything",
            json!({"IpAddress": {"x:k": ["0.0.0.0/0", "::/0"]}}),
            json!({"x:k": "2001:db8::1"}),
            true,
        ),
        (
            "keys in any case",
            json!({"StringEquals": {"aws:PrincipalTag/Team": "a"}}),
            json!({"AWS:principaltag/TEAM": "a"}),
            true,
        ),
        (
            "values are not",
            json!({"StringEquals": {"aws:PrincipalTag/Team": "a"}}),
            json!({"aws:PrincipalTag/Team": "A"}),
            false,
        ),
    ]);
}

#[test]
fn null_asks_for_presence() {
    check_all(&[
        ("absent", json!({"Null": {"x:k": "true"}}), json!({}), true),
        ("absent", json!({"Null": {"x:k": false}}), json!({}), false),
        ("there", json!({"Null": {"x:k": "false"}}), json!({"x:k": "a"}), true),
        ("there", json!({"Null": {"x:k": "true"}}), json!({"x:k": "a"}), false),
        ("no value", json!({"Null": {"x:k": "true"}}), json!({"x:k": []}), true),
        ("a list", json!({"Null": {"x:k": "false"}}), json!({"x:k": ["a"]}), true),
        // IAM Access Analyzer, "Null with qualifier".
        ("constant", json!({"ForAllValues:Null": {"x:k": "true"}}), json!({"x:k": ["a"]}), true),
        ("constant", json!({"ForAnyValue:Null": {"x:k": "true"}}), json!({}), false),
    ]);
}

/// "If the key values in the request resolve to an empty data set (for example, an empty string)".
#[test]
fn an_empty_text_is_no_value_for_a_set_operator() {
    for empty in [json!(""), json!([""]), json!([])] {
        let context = json!({"aws:TagKeys": empty});
        check_all(&[
            (
                "all",
                json!({"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}),
                context.clone(),
                true,
            ),
            ("any", json!({"ForAnyValue:StringLike": {"aws:TagKeys": "*"}}), context, false),
        ]);
    }
    check_all(&[(
        "single",
        json!({"StringEquals": {"s3:prefix": ""}}),
        json!({"s3:prefix": ""}),
        true,
    )]);
    check_all(&[(
        "a list without a set operator",
        json!({"StringNotEquals": {"aws:TagKeys": "a"}}),
        json!({"aws:TagKeys": [""]}),
        false,
    )]);
}

/// IAM Access Analyzer, "Empty array condition", "... ForAllValues", "... ForAnyValue", "... IfExists".
#[test]
fn a_condition_without_values_matches_no_value() {
    let value = json!({"x:k": "a"});
    check_all(&[
        ("plain", json!({"StringEquals": {"x:k": []}}), value.clone(), false),
        ("all, present", json!({"ForAllValues:StringEquals": {"x:k": []}}), value.clone(), false),
        ("all, missing", json!({"ForAllValues:StringEquals": {"x:k": []}}), json!({}), true),
        ("any", json!({"ForAnyValue:StringEquals": {"x:k": []}}), value.clone(), false),
        ("if exists, present", json!({"StringEqualsIfExists": {"x:k": []}}), value, false),
        ("if exists, missing", json!({"StringEqualsIfExists": {"x:k": []}}), json!({}), true),
        ("no condition", json!({}), json!({}), true),
    ]);
}

#[test]
fn keys_and_operators_are_all_required_and_values_are_alternatives() {
    let both = json!({"StringEquals": {"x:a": ["1", "2"], "x:b": "1"}, "StringLike": {"x:c": "*"}});
    check_all(&[
        ("all hold", both.clone(), json!({"x:a": "2", "x:b": "1", "x:c": "x"}), true),
        ("one key fails", both.clone(), json!({"x:a": "2", "x:b": "2", "x:c": "x"}), false),
        ("one operator fails", both, json!({"x:a": "2", "x:b": "1"}), false),
        ("neither", json!({"StringNotEquals": {"x:a": ["1", "2"]}}), json!({"x:a": "2"}), false),
        ("neither", json!({"StringNotEquals": {"x:a": ["1", "2"]}}), json!({"x:a": "3"}), true),
    ]);
}

/// "With an ArnLike condition, which matches elements between colons, the match fails."
#[test]
fn arn_operators_match_part_by_part() {
    let pattern = "arn:aws:someservice:*:111122223333:finance/*";
    let value =
        "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt";
    let context = json!({"aws:SourceArn": value});
    check_all(&[
        ("text", json!({"StringLike": {"aws:SourceArn": pattern}}), context.clone(), true),
        ("ARN", json!({"ArnLike": {"aws:SourceArn": pattern}}), context, false),
        (
            "colons in the resource",
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:logs:*:*:log-group:*"}}),
            json!({"aws:SourceArn": "arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/web:*"}),
            true,
        ),
        (
            "case",
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:Topic"}}),
            json!({"aws:SourceArn": "arn:aws:sns:eu-west-1:111122223333:topic"}),
            false,
        ),
        (
            "no ARN",
            json!({"ArnLike": {"aws:SourceArn": "arn:*:*:*:*:*"}}),
            json!({"aws:SourceArn": "topic"}),
            false,
        ),
        (
            "another partition",
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}),
            json!({"aws:SourceArn": "arn:aws-cn:sns:cn-north-1:111122223333:topic"}),
            false,
        ),
    ]);
}

#[test]
fn variables_stand_for_the_literal_value_of_a_key() {
    let team = |value: &str| json!({"x:k": value, "aws:PrincipalTag/team": "a*"});
    let like = |value: &str| json!({"StringLike": {"x:k": value}});
    check_all(&[
        ("value", like("${aws:PrincipalTag/team}/*"), team("a*/x"), true),
        ("its star is no wildcard", like("${aws:PrincipalTag/team}"), team("abc"), false),
        ("key in any case", like("${AWS:principaltag/Team}"), team("a*"), true),
        (
            "in StringEquals",
            json!({"StringEquals": {"x:k": "t-${aws:PrincipalTag/team}"}}),
            team("t-a*"),
            true,
        ),
        (
            "in ArnLike",
            json!({"ArnLike": {"x:k": "arn:aws:s3:::${aws:PrincipalTag/team}"}}),
            team("arn:aws:s3:::a*"),
            true,
        ),
        (
            "whole ARN",
            json!({"ArnEquals": {"x:k": "${aws:PrincipalArn}"}}),
            json!({"x:k": "arn:aws:iam::111122223333:role/web"}),
            true,
        ),
        (
            "in Bool",
            json!({"Bool": {"x:k": "${x:other}"}}),
            json!({"x:k": "true", "x:other": "true"}),
            true,
        ),
        ("escaped star", like("a${*}"), json!({"x:k": "a*"}), true),
        ("escaped star", like("a${*}"), json!({"x:k": "ab"}), false),
        ("escaped question mark", like("a${?}"), json!({"x:k": "ab"}), false),
        (
            "escaped dollar",
            json!({"StringEquals": {"x:k": "${$}{aws:username}"}}),
            json!({"x:k": "${aws:username}"}),
            true,
        ),
        ("default", like("${aws:username, 'nobody'}"), json!({"x:k": "nobody"}), true),
        ("default is literal", like("${aws:username, '*'}"), json!({"x:k": "anything"}), false),
        ("default with braces", like("${aws:username, 'a}b'}"), json!({"x:k": "a}b"}), true),
        ("value before default", like("${aws:PrincipalTag/team, 'nobody'}"), team("nobody"), false),
        (
            "multi-valued key",
            like("${aws:TagKeys}"),
            json!({"x:k": "a", "aws:TagKeys": ["a"]}),
            false,
        ),
        ("unresolved", like("${aws:username}"), json!({"x:k": "a"}), false),
        (
            "unresolved among others",
            json!({"StringLike": {"x:k": ["${aws:username}", "a"]}}),
            json!({"x:k": "a"}),
            true,
        ),
        // "Any attempt to match it fails and causes the statement to be invalid."
        (
            "unresolved, negated",
            json!({"StringNotLike": {"x:k": "${aws:username}"}}),
            json!({"x:k": "a"}),
            false,
        ),
        (
            "unresolved, negated, no key",
            json!({"StringNotLike": {"x:k": "${aws:username}"}}),
            json!({}),
            true,
        ),
        ("not closed", like("${aws:username"), json!({"x:k": "${aws:username"}), true),
    ]);
}

#[test]
fn variables_count_in_the_new_version_and_after_the_fifth_colon_only() {
    let named = |version: Option<&str>, pattern: &str, resource: &str| {
        let mut policy = allow(json!("*"), json!(pattern));
        match version {
            Some(version) => policy["Version"] = json!(version),
            None => drop(policy.as_object_mut().unwrap().remove("Version")),
        }
        let mut request = get_object();
        request["resource"] = json!(resource);
        request["context"] = json!({"aws:username": "ann"});
        json!({"identityPolicies": [policy], "request": request})
    };
    let pattern = "arn:aws:s3:::home/${aws:username}/*";
    let literal = "arn:aws:s3:::home/${aws:username}/x";
    let new = Some("2012-10-17");
    for (version, pattern, resource, expected) in [
        (new, pattern, "arn:aws:s3:::home/ann/x", "Allowed"),
        (new, pattern, "arn:aws:s3:::home/bob/x", "ImplicitlyDenied"),
        (new, pattern, literal, "ImplicitlyDenied"),
        (Some("2008-10-17"), pattern, "arn:aws:s3:::home/ann/x", "ImplicitlyDenied"),
        (Some("2008-10-17"), pattern, literal, "Allowed"),
        (None, pattern, "arn:aws:s3:::home/ann/x", "ImplicitlyDenied"),
        (None, pattern, literal, "Allowed"),
        (new, "arn:aws:${aws:username}:::home", "arn:aws:ann:::home", "ImplicitlyDenied"),
    ] {
        check(pattern, named(version, pattern, resource), expected);
    }
}
