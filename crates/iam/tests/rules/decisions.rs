//! Verdicts as data: the rules and pitfalls of AWS's evaluation logic, one line each in the protocol of
//! `ecswhy can --lines`.

use serde_json::{Value, json};

use super::{ROLE, SESSION, allow, check, request, with};

/// IAM User Guide, "Determining whether a request is allowed or denied within an account".
#[test]
fn an_identity_policy_allows_only_what_it_covers() {
    let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf";
    let get = "secretsmanager:GetSecretValue";
    for (case, pattern, expected) in [
        ("whole ARN", secret, "Allowed"),
        (
            "ARN without the six characters",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db",
            "ImplicitlyDenied",
        ),
        (
            "six question marks",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-??????",
            "Allowed",
        ),
        (
            "five question marks",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-?????",
            "ImplicitlyDenied",
        ),
        (
            "ARNs are case-sensitive",
            "arn:aws:secretsmanager:us-east-1:111122223333:secret:DB-*",
            "ImplicitlyDenied",
        ),
        (
            "another partition",
            "arn:aws-cn:secretsmanager:us-east-1:111122223333:secret:db-*",
            "ImplicitlyDenied",
        ),
    ] {
        check(
            case,
            json!({"identityPolicies": [allow(json!(get), json!(pattern))], "request": request(get, secret)}),
            expected,
        );
    }
    let lower = allow(json!("SECRETSMANAGER:getsecretvalue"), json!("*"));
    check(
        "actions are not case-sensitive",
        json!({"identityPolicies": [lower], "request": request(get, secret)}),
        "Allowed",
    );
    check("no policy", json!({"request": request(get, secret)}), "ImplicitlyDenied");
}

/// Service Authorization Reference: `ecr:GetAuthorizationToken` has no resource type.
#[test]
fn an_authorization_token_is_never_granted_on_a_repository() {
    let narrow = allow(json!("ecr:*"), json!("arn:aws:ecr:us-east-1:111122223333:repository/app"));
    check(
        "token",
        json!({"identityPolicies": [narrow.clone()], "request": request("ecr:GetAuthorizationToken", "*")}),
        "ImplicitlyDenied",
    );
    let pull = request("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:111122223333:repository/app");
    check("pull", json!({"identityPolicies": [narrow], "request": pull}), "Allowed");
}

/// CloudWatch Logs: streams have their own ARN below the group's.
#[test]
fn a_log_group_without_a_star_does_not_cover_its_streams() {
    let stream = "arn:aws:logs:us-east-1:111122223333:log-group:/ecs/app:log-stream:ecs/app/1";
    let group = "arn:aws:logs:us-east-1:111122223333:log-group:/ecs/app";
    for (resource, expected) in
        [(group.to_owned(), "ImplicitlyDenied"), (format!("{group}:*"), "Allowed")]
    {
        let policy = allow(json!("logs:PutLogEvents"), json!(resource));
        check(
            &resource,
            json!({"identityPolicies": [policy], "request": request("logs:PutLogEvents", stream)}),
            expected,
        );
    }
}

/// IAM User Guide, "Permissions boundaries" and "Policy evaluation for requests within a single account".
#[test]
fn a_boundary_limits_grants_to_the_role_but_not_to_its_session() {
    let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf";
    let get = "secretsmanager:GetSecretValue";
    let boundary = allow(json!("logs:*"), json!("*"));
    for (principal, expected) in [
        (ROLE, "ImplicitlyDenied"),
        (SESSION, "Allowed"),
        ("arn:aws:iam::111122223333:root", "ImplicitlyDenied"),
    ] {
        let resource = with(allow(json!(get), json!("*")), "Principal", json!({"AWS": principal}));
        check(
            principal,
            json!({"resourcePolicy": resource, "permissionBoundary": boundary, "request": request(get, secret)}),
            expected,
        );
    }
    let everything = allow(json!("*"), json!("*"));
    check(
        "identity within a boundary",
        json!({"identityPolicies": [everything], "permissionBoundary": boundary, "request": request(get, secret)}),
        "ImplicitlyDenied",
    );
}

/// KMS Developer Guide, "Key policies": the account's own policies count only when the key policy delegates to them.
#[test]
fn a_kms_key_needs_its_key_policy() {
    let key = "arn:aws:kms:us-east-1:111122223333:key/1";
    let identity = allow(json!("kms:Decrypt"), json!("*"));
    let root = with(
        allow(json!("kms:*"), json!("*")),
        "Principal",
        json!({"AWS": "arn:aws:iam::111122223333:root"}),
    );
    let role = with(allow(json!("kms:Decrypt"), json!("*")), "Principal", json!({"AWS": ROLE}));
    let decrypt = request("kms:Decrypt", key);
    check(
        "no key policy",
        json!({"identityPolicies": [identity], "request": decrypt}),
        "ImplicitlyDenied",
    );
    check(
        "delegation",
        json!({"identityPolicies": [identity], "resourcePolicy": root, "request": decrypt}),
        "Allowed",
    );
    check(
        "delegation alone",
        json!({"resourcePolicy": root, "request": decrypt}),
        "ImplicitlyDenied",
    );
    check("key policy alone", json!({"resourcePolicy": role, "request": decrypt}), "Allowed");
    let through = with(
        identity.clone(),
        "Condition",
        json!({"StringEquals": {"kms:ViaService": "ssm.us-east-1.amazonaws.com"}}),
    );
    let mut via = decrypt.clone();
    via["context"] = json!({"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"});
    check(
        "through another service",
        json!({"identityPolicies": [through], "resourcePolicy": root, "request": via}),
        "ImplicitlyDenied",
    );
}

/// IAM User Guide, "Cross-account policy evaluation logic".
#[test]
fn across_accounts_both_sides_must_allow() {
    let repository = "arn:aws:ecr:us-east-1:444455556666:repository/app";
    let identity = allow(json!("ecr:BatchGetImage"), json!("*"));
    // ECR repository policies have no Resource, and often the old version.
    let policy = json!({"Version": "2008-10-17", "Statement": {"Effect": "Allow", "Action": "ecr:BatchGetImage", "Principal": {"AWS": "111122223333"}}});
    let pull = request("ecr:BatchGetImage", repository);
    check(
        "identity only",
        json!({"identityPolicies": [identity], "request": pull}),
        "ImplicitlyDenied",
    );
    check("resource only", json!({"resourcePolicy": policy, "request": pull}), "ImplicitlyDenied");
    check(
        "both",
        json!({"identityPolicies": [identity], "resourcePolicy": policy, "request": pull}),
        "Allowed",
    );
}

/// Organizations User Guide, "SCP evaluation": an Allow at every level.
#[test]
fn every_level_of_service_control_policies_must_allow() {
    let everything = allow(json!("*"), json!("*"));
    let logs = allow(json!("logs:*"), json!("*"));
    let pull = request("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:111122223333:repository/app");
    for (scps, expected) in [
        (json!([everything, everything]), "Allowed"),
        (json!([everything, logs]), "ImplicitlyDenied"),
        (json!([everything, {"policies": [logs, everything]}]), "Allowed"),
        (json!([everything, {"policies": []}]), "ImplicitlyDenied"),
        (json!([with(everything.clone(), "Effect", json!("Deny"))]), "ExplicitlyDenied"),
    ] {
        check(
            &scps.to_string(),
            json!({"identityPolicies": [everything], "scps": scps, "request": pull}),
            expected,
        );
    }
}

/// IAM User Guide, "Condition operators": what an absent key does.
#[test]
fn absent_keys_fail_positive_operators_and_pass_negated_ones() {
    let pull = request("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:111122223333:repository/app");
    let everything = allow(json!("*"), json!("*"));
    for (condition, expected) in [
        (json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}), "ExplicitlyDenied"),
        (json!({"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}), "ExplicitlyDenied"),
        (json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}), "Allowed"),
        (json!({"Bool": {"aws:SecureTransport": "false"}}), "Allowed"),
        (json!({"Null": {"aws:SourceVpce": "true"}}), "ExplicitlyDenied"),
        (json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), "ExplicitlyDenied"),
        (json!({"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}), "ExplicitlyDenied"),
        (json!({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}}), "Allowed"),
    ] {
        let deny =
            with(with(everything.clone(), "Effect", json!("Deny")), "Condition", condition.clone());
        check(
            &condition.to_string(),
            json!({"identityPolicies": [everything, deny], "request": pull}),
            expected,
        );
    }
}

#[test]
fn an_unknown_key_matters_only_when_it_could_change_the_verdict() {
    let pull = request("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:111122223333:repository/app");
    let conditional = with(
        allow(json!("*"), json!("*")),
        "Condition",
        json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
    );
    let line = |policies: Value| json!({"identityPolicies": policies, "unknownContext": ["aws:sourcevpce"], "request": pull});
    check("decides", line(json!([conditional])), "Undetermined");
    check("does not decide", line(json!([conditional, allow(json!("*"), json!("*"))])), "Allowed");
}

/// IAM User Guide, "NotPrincipal": role, session and account must all be listed.
#[test]
fn a_not_principal_deny_spares_only_who_is_listed_in_full() {
    let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf";
    let get = "secretsmanager:GetSecretValue";
    let identity = allow(json!(get), json!("*"));
    for (listed, expected) in [
        (json!([SESSION, ROLE, "arn:aws:iam::111122223333:root"]), "Allowed"),
        (json!([ROLE]), "ExplicitlyDenied"),
    ] {
        let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "NotPrincipal": {"AWS": listed}, "Action": "*", "Resource": "*"}]});
        check(
            &listed.to_string(),
            json!({"identityPolicies": [identity], "resourcePolicy": deny, "request": request(get, secret)}),
            expected,
        );
    }
}

/// VPC User Guide, "Control access to VPC endpoints using endpoint policies": in the policy of a gateway
/// endpoint only `*` matches roles and users.
#[test]
fn a_gateway_endpoint_policy_names_nobody_but_everyone() {
    let object = "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/layer";
    let identity = allow(json!("*"), json!("*"));
    for (principal, kind, expected) in [
        (json!("*"), "Gateway", "Allowed"),
        (json!({"AWS": "111122223333"}), "Gateway", "ImplicitlyDenied"),
        (json!({"AWS": "111122223333"}), "Interface", "Allowed"),
    ] {
        let endpoint = with(allow(json!("s3:*"), json!("*")), "Principal", principal.clone());
        check(
            &format!("{kind} {principal}"),
            json!({"identityPolicies": [identity], "endpointPolicies": [{"type": kind, "policy": endpoint}],
                "request": request("s3:GetObject", object)}),
            expected,
        );
    }
}

/// KMS Developer Guide, "Grants in AWS KMS" and "Grant constraints".
#[test]
fn a_grant_allows_its_operations_within_its_encryption_context() {
    let key = "arn:aws:kms:us-east-1:111122223333:key/1";
    for (operation, value, expected) in [
        ("Decrypt", "web", "Allowed"),
        ("Encrypt", "web", "ImplicitlyDenied"),
        ("Decrypt", "db", "ImplicitlyDenied"),
    ] {
        let mut decrypt = request("kms:Decrypt", key);
        decrypt["context"] = json!({"kms:EncryptionContext:app": value});
        let grant = json!({"GrantId": "g", "GranteePrincipal": ROLE, "Operations": [operation],
            "Constraints": {"EncryptionContextSubset": {"app": "web"}}});
        check(
            &format!("{operation} {value}"),
            json!({"grants": [grant], "request": decrypt}),
            expected,
        );
    }
}

#[test]
fn the_trace_names_what_forbids_it() {
    let key = "arn:aws:kms:us-east-1:111122223333:key/1";
    let all = allow(json!("*"), json!("*"));
    let other = allow(json!("logs:*"), json!("*"));
    let decrypt = request("kms:Decrypt", key);
    let pull = request("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:111122223333:repository/app");
    let deny = with(with(all.clone(), "Effect", json!("Deny")), "Sid", json!("NoPull"));
    let unknown =
        with(all.clone(), "Condition", json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}));
    let differs = json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}});
    let unless = with(all.clone(), "Condition", differs);
    let never = with(unknown.clone(), "Effect", json!("Deny"));
    let cases = [
        json!({"identityPolicies": [other], "request": pull}),
        json!({"identityPolicies": [all, deny], "request": pull}),
        json!({"identityPolicies": [all], "permissionBoundary": other, "request": pull}),
        json!({"identityPolicies": [all], "scps": [all, other], "request": pull}),
        json!({"identityPolicies": [all], "endpointPolicies": [other], "request": pull}),
        json!({"identityPolicies": [all], "request": decrypt}),
        json!({"identityPolicies": [unknown], "unknownContext": ["aws:SourceVpce"], "request": pull}),
        json!({"identityPolicies": [all], "request": pull}),
        json!({"identityPolicies": [unknown, unless], "scps": [all], "unknownContext": ["aws:SourceVpce"], "request": pull}),
        json!({"identityPolicies": [unknown, never], "unknownContext": ["aws:SourceVpce"], "request": pull}),
        json!({"request": {"action": "s3:GetObject", "resource": "arn:aws:s3:::b/o", "principal": "arn:aws:iam::111122223333:root"}}),
    ];
    let reason = |line: &Value| {
        let answer = ecswhy_iam::lines::answer(&line.to_string(), true).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["trace"]["deciding"][0]["sentence"].as_str().unwrap().to_owned()
    };
    let reasons: Vec<String> = cases.iter().map(reason).collect();
    insta::assert_snapshot!(reasons.join("\n"), @r"
    no identity policy allows ecr:BatchGetImage
    statement 0 (NoPull) of identityPolicies[1] denies it
    permissionBoundary does not allow ecr:BatchGetImage
    no service control policy of level 1 allows ecr:BatchGetImage
    endpointPolicies[0] does not allow ecr:BatchGetImage on arn:aws:ecr:us-east-1:111122223333:repository/app
    the resource has no policy, and without one nobody may use it
    identityPolicies[0]: statement 0 Allow may apply: condition StringEquals aws:SourceVpce vpce-1 may not match: the key is unknown
    statement 0 of identityPolicies[0] allows it
    it is allowed whatever aws:SourceVpce is
    no combination of the unknown keys and policies allows ecr:BatchGetImage
    the root user may do everything in its account
    ");
}
