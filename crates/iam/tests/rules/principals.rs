//! Whom a policy names: IAM User Guide, "Principal", "NotPrincipal", and the table "Resource-based policies and
//! implicit denies in other policy types".

use serde_json::{Value, json};

use super::{ROLE, ROOT, SESSION, USER, allow, check, everything, get_object, nothing, with};

fn naming(principal: Value) -> Value {
    with(everything(), "Principal", principal)
}

/// Principal, and what becomes of a grant to it: alone, beside a boundary that allows other things, beside such a
/// session policy, from another account without and with an identity policy.
#[test]
fn who_is_named_decides_what_limits_the_grant() {
    let other = allow(json!("logs:*"), json!("*"));
    for (caller, principal, alone, bounded, session, abroad) in [
        (SESSION, json!("*"), true, true, true, true),
        (SESSION, json!({"AWS": "*"}), true, true, true, true),
        (SESSION, json!({"AWS": SESSION}), true, true, true, true),
        (SESSION, json!({"AWS": ROLE}), true, false, false, true),
        (SESSION, json!({"AWS": ROOT}), false, false, false, true),
        (SESSION, json!({"AWS": "111122223333"}), false, false, false, true),
        (SESSION, json!({"AWS": ["444455556666", ROLE]}), true, false, false, true),
        (SESSION, json!({"AWS": "444455556666"}), false, false, false, false),
        (
            SESSION,
            json!({"AWS": "arn:aws:iam::111122223333:role/other"}),
            false,
            false,
            false,
            false,
        ),
        (SESSION, json!({"AWS": "arn:aws:iam::111122223333:role/Web"}), false, false, false, false),
        (
            SESSION,
            json!({"AWS": "arn:aws:sts::111122223333:assumed-role/web/other"}),
            false,
            false,
            false,
            false,
        ),
        // A session ARN has no path; role names are unique in an account.
        (
            SESSION,
            json!({"AWS": "arn:aws:iam::111122223333:role/team/a/web"}),
            true,
            false,
            false,
            true,
        ),
        (
            SESSION,
            json!({"AWS": "arn:aws-cn:iam::111122223333:role/web"}),
            false,
            false,
            false,
            false,
        ),
        (SESSION, json!({"Service": "ecs-tasks.amazonaws.com"}), false, false, false, false),
        (SESSION, json!({"Federated": "accounts.google.com"}), false, false, false, false),
        (
            SESSION,
            json!({"CanonicalUser": "79a59df900b949e55d96a1e698fbaced"}),
            false,
            false,
            false,
            false,
        ),
        (ROLE, json!({"AWS": ROLE}), true, false, false, true),
        (ROLE, json!({"AWS": SESSION}), false, false, false, false),
        (
            "arn:aws:iam::111122223333:role/team/web",
            json!({"AWS": ROLE}),
            false,
            false,
            false,
            false,
        ),
        (USER, json!({"AWS": USER}), true, true, true, true),
        (USER, json!({"AWS": "arn:aws:iam::111122223333:user/Ann"}), false, false, false, false),
    ] {
        let case = format!("{caller} {principal}");
        let mut request = get_object();
        request["principal"] = json!(caller);
        let line = json!({"resourcePolicy": naming(principal), "request": request});
        let word = |allowed| if allowed { "Allowed" } else { "ImplicitlyDenied" };
        let part = |name: &str, policy: &Value| {
            let mut line = line.clone();
            line[name] = policy.clone();
            line
        };
        check(&case, line.clone(), word(alone));
        check(&case, part("permissionBoundary", &other), word(bounded));
        check(&case, part("sessionPolicy", &other), word(session));
        let mut abroad_line = line.clone();
        abroad_line["request"]["resourceAccount"] = json!("999900001111");
        check(&case, abroad_line.clone(), "ImplicitlyDenied");
        abroad_line["identityPolicies"] = json!([everything()]);
        check(&case, abroad_line.clone(), word(abroad));
        abroad_line["permissionBoundary"] = other.clone();
        check(&case, abroad_line, "ImplicitlyDenied");
    }
}

/// "Identity-based policy types ... do not limit permissions granted using the aws:PrincipalArn condition key with a
/// wildcard in the Principal element."
#[test]
fn a_condition_on_the_principal_arn_sees_the_role() {
    let granted = |arn: &str| {
        with(naming(json!("*")), "Condition", json!({"ArnEquals": {"aws:PrincipalArn": arn}}))
    };
    let boundary = allow(json!("logs:*"), json!("*"));
    for (arn, expected) in [(ROLE, "Allowed"), (SESSION, "ImplicitlyDenied")] {
        check(
            arn,
            json!({"resourcePolicy": granted(arn), "permissionBoundary": boundary, "request": get_object()}),
            expected,
        );
    }
    let mut request = get_object();
    request["context"] = json!({"aws:PrincipalArn": "arn:aws:iam::111122223333:role/team/web"});
    for (arn, expected) in
        [("arn:aws:iam::111122223333:role/team/web", "Allowed"), (ROLE, "ImplicitlyDenied")]
    {
        check(arn, json!({"resourcePolicy": granted(arn), "request": request}), expected);
        let named = naming(json!({"AWS": arn}));
        check(arn, json!({"resourcePolicy": named, "request": request}), expected);
    }
    // A role that is known to have no path is not the one of its name with a path.
    request["context"] = json!({"aws:PrincipalArn": ROLE});
    for (arn, expected) in
        [(ROLE, "Allowed"), ("arn:aws:iam::111122223333:role/team/web", "ImplicitlyDenied")]
    {
        let named = naming(json!({"AWS": arn}));
        check(arn, json!({"resourcePolicy": named, "request": request}), expected);
    }
}

#[test]
fn derived_keys_describe_caller_and_resource() {
    for (caller, resource_account, key, value) in [
        (SESSION, None, "aws:PrincipalArn", ROLE),
        (USER, None, "aws:PrincipalArn", USER),
        (SESSION, None, "aws:PrincipalAccount", "111122223333"),
        (SESSION, None, "aws:PrincipalType", "AssumedRole"),
        (ROLE, None, "aws:PrincipalType", "AssumedRole"),
        (USER, None, "aws:PrincipalType", "User"),
        (ROOT, None, "aws:PrincipalType", "Account"),
        (SESSION, None, "aws:ResourceAccount", "111122223333"),
        (SESSION, Some("444455556666"), "aws:ResourceAccount", "444455556666"),
    ] {
        let mut request = get_object();
        request["principal"] = json!(caller);
        if let Some(account) = resource_account {
            request["resourceAccount"] = json!(account);
        }
        let deny = with(nothing(), "Condition", json!({"StringEquals": {key: value}}));
        let line = json!({"identityPolicies": [everything(), deny], "request": request});
        check(&format!("{caller} {key}"), line, "ExplicitlyDenied");
    }
    // The account in the ARN wins over resourceAccount.
    let mut request =
        super::request("ssm:GetParameters", "arn:aws:ssm:eu-west-1:444455556666:parameter/x");
    request["resourceAccount"] = json!("111122223333");
    check(
        "ARN",
        json!({"identityPolicies": [everything()], "request": request}),
        "ImplicitlyDenied",
    );
}

/// "The NotPrincipal element with a Deny effect will always deny any IAM principal that has a permissions boundary
/// policy attached, regardless of the values specified."
#[test]
fn a_not_principal_deny_always_denies_who_has_a_boundary() {
    for listed in [json!({"AWS": [SESSION, ROLE, ROOT]}), json!("*")] {
        let deny = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "NotPrincipal": listed, "Action": "*", "Resource": "*"}]});
        let mut line = json!({"identityPolicies": [everything()], "resourcePolicy": deny, "request": get_object()});
        check("without", line.clone(), "Allowed");
        line["permissionBoundary"] = everything();
        check("with", line, "ExplicitlyDenied");
    }
}

#[test]
fn a_not_principal_allow_grants_to_everyone_else() {
    for (listed, expected) in [
        (json!({"AWS": "arn:aws:iam::111122223333:role/other"}), "Allowed"),
        (json!({"AWS": ROLE}), "ImplicitlyDenied"),
        (json!({"AWS": "111122223333"}), "ImplicitlyDenied"),
    ] {
        let grant = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "NotPrincipal": listed, "Action": "*", "Resource": "*"}]});
        check(
            &listed.to_string(),
            json!({"resourcePolicy": grant, "request": get_object()}),
            expected,
        );
    }
}

/// Trust policies: services, identity providers, the same and another account.
#[test]
fn a_role_is_assumed_by_whom_its_trust_policy_names() {
    let role = "arn:aws:iam::111122223333:role/task";
    let service = "ecs-tasks.amazonaws.com";
    let abroad = "arn:aws:iam::444455556666:role/deploy";
    for (caller, principal, identity, expected) in [
        (service, json!({"Service": service}), false, "Allowed"),
        (service, json!({"Service": "ec2.amazonaws.com"}), false, "ImplicitlyDenied"),
        (service, json!({"AWS": "111122223333"}), true, "ImplicitlyDenied"),
        ("accounts.google.com", json!({"Federated": "accounts.google.com"}), false, "Allowed"),
        (
            "cognito-identity.amazonaws.com",
            json!({"Federated": "cognito-identity.amazonaws.com"}),
            false,
            "Allowed",
        ),
        (ROLE, json!({"AWS": ROLE}), false, "Allowed"),
        (ROLE, json!({"AWS": "111122223333"}), false, "ImplicitlyDenied"),
        (ROLE, json!({"AWS": "111122223333"}), true, "Allowed"),
        (ROLE, json!({"AWS": USER}), true, "ImplicitlyDenied"),
        (abroad, json!({"AWS": abroad}), false, "ImplicitlyDenied"),
        (abroad, json!({"AWS": abroad}), true, "Allowed"),
        (abroad, json!({"AWS": "444455556666"}), true, "Allowed"),
        (ROOT, json!({"AWS": ROOT}), false, "Allowed"),
    ] {
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]});
        let identity: Vec<Value> = identity.then(everything).into_iter().collect();
        let request = json!({"action": "sts:AssumeRole", "resource": role, "principal": caller});
        check(
            &format!("{caller} {principal}"),
            json!({"identityPolicies": identity, "resourcePolicy": trust, "request": request}),
            expected,
        );
    }
    let request = json!({"action": "sts:AssumeRole", "resource": role, "principal": ROLE});
    check(
        "no trust policy",
        json!({"identityPolicies": [everything()], "request": request}),
        "ImplicitlyDenied",
    );
}

#[test]
fn the_condition_of_a_trust_policy_guards_against_the_confused_deputy() {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"},
            "ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:111122223333:*"}}}]});
    for (source, account, expected) in [
        ("arn:aws:ecs:eu-west-1:111122223333:task/c/1", "111122223333", "Allowed"),
        ("arn:aws:ecs:us-east-1:111122223333:task/c/1", "111122223333", "ImplicitlyDenied"),
        ("arn:aws:ecs:eu-west-1:444455556666:task/c/1", "444455556666", "ImplicitlyDenied"),
    ] {
        let request = json!({"action": "sts:AssumeRole", "resource": "arn:aws:iam::111122223333:role/task",
            "principal": "ecs-tasks.amazonaws.com",
            "context": {"aws:SourceArn": source, "aws:SourceAccount": account}});
        check(source, json!({"resourcePolicy": trust, "request": request}), expected);
    }
}

/// The root user may do everything in its account that no Deny and no SCP forbids.
#[test]
fn the_root_user_needs_no_policy() {
    let mut request = get_object();
    request["principal"] = json!(ROOT);
    let deny = with(naming(json!("*")), "Effect", json!("Deny"));
    for (case, line, expected) in [
        ("alone", json!({"request": request}), "Allowed"),
        ("denied", json!({"resourcePolicy": deny, "request": request}), "ExplicitlyDenied"),
        (
            "SCP",
            json!({"scps": [allow(json!("logs:*"), json!("*"))], "request": request}),
            "ImplicitlyDenied",
        ),
    ] {
        check(case, line, expected);
    }
    request["resourceAccount"] = json!("444455556666");
    check("another account", json!({"request": request}), "ImplicitlyDenied");
}

/// Organizations User Guide: SCPs and RCPs do not affect service-linked roles; RCPs are Denies only.
#[test]
fn control_policies_restrict_all_but_service_linked_roles() {
    let linked = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForECS/ecs";
    let full = naming(json!("*"));
    let deny = with(full.clone(), "Effect", json!("Deny"));
    let some = with(full.clone(), "Action", json!("logs:*"));
    for (caller, part, policies, expected) in [
        (SESSION, "rcps", json!([full, deny]), "ExplicitlyDenied"),
        (SESSION, "rcps", json!([{"policies": [full, deny]}]), "ExplicitlyDenied"),
        (SESSION, "rcps", json!([full]), "Allowed"),
        // RCPFullAWSAccess is attached everywhere and cannot be detached.
        (SESSION, "rcps", json!([some]), "Allowed"),
        (SESSION, "rcps", json!([{"policies": []}]), "Allowed"),
        (linked, "rcps", json!([deny]), "Allowed"),
        (SESSION, "scps", json!([nothing()]), "ExplicitlyDenied"),
        (linked, "scps", json!([nothing()]), "Allowed"),
        (linked, "scps", json!([{"policies": []}]), "Allowed"),
    ] {
        let mut request = get_object();
        request["principal"] = json!(caller);
        let mut line = json!({"identityPolicies": [everything()], "request": request});
        line[part] = policies;
        check(caller, line, expected);
    }
}

/// The key of another account: its policy and an identity policy, or a grant.
#[test]
fn a_key_of_another_account_needs_both_sides_or_a_grant() {
    let key = "arn:aws:kms:eu-west-1:444455556666:key/1";
    let request = super::request("kms:Decrypt", key);
    let delegates = naming(json!({"AWS": "111122223333"}));
    let own = naming(json!({"AWS": "arn:aws:iam::444455556666:root"}));
    let grant = json!({"GranteePrincipal": ROLE, "Operations": ["Decrypt"]});
    for (case, line, expected) in [
        (
            "both",
            json!({"identityPolicies": [everything()], "resourcePolicy": delegates, "request": request}),
            "Allowed",
        ),
        (
            "key policy",
            json!({"resourcePolicy": delegates, "request": request}),
            "ImplicitlyDenied",
        ),
        (
            "identity",
            json!({"identityPolicies": [everything()], "resourcePolicy": own, "request": request}),
            "ImplicitlyDenied",
        ),
        ("grant", json!({"grants": [grant], "resourcePolicy": own, "request": request}), "Allowed"),
        (
            "grant and Deny",
            json!({"grants": [grant], "identityPolicies": [nothing()], "request": request}),
            "ExplicitlyDenied",
        ),
    ] {
        check(case, line, expected);
    }
}

#[test]
fn a_key_policy_delegates_under_its_conditions_and_never_to_an_alias() {
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1";
    let request = |via: &str| {
        let mut request = super::request("kms:Decrypt", key);
        request["context"] =
            json!({"kms:ViaService": via, "kms:EncryptionContext:SecretARN": "arn:x"});
        request
    };
    let root = naming(json!({"AWS": ROOT}));
    let condition =
        json!({"StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}});
    let through = with(root.clone(), "Condition", condition);
    let alias = allow(json!("kms:Decrypt"), json!("arn:aws:kms:eu-west-1:111122223333:alias/app"));
    let by_alias = with(
        everything(),
        "Condition",
        json!({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/app"}}),
    );
    let manager = "secretsmanager.eu-west-1.amazonaws.com";
    let ssm = "ssm.eu-west-1.amazonaws.com";
    for (case, identity, policy, request, expected) in [
        ("through the service", everything(), through.clone(), request(manager), "Allowed"),
        ("through another", everything(), through, request(ssm), "ImplicitlyDenied"),
        ("alias ARN", alias, root.clone(), request(ssm), "ImplicitlyDenied"),
        (
            "alias condition",
            by_alias,
            root.clone(),
            {
                let mut request = request(ssm);
                request["context"]["kms:ResourceAliases"] = json!(["alias/app"]);
                request
            },
            "Allowed",
        ),
        (
            "encryption context",
            with(
                everything(),
                "Condition",
                json!({"StringEquals": {"kms:EncryptionContext:SecretARN": "arn:x"}}),
            ),
            root,
            request(ssm),
            "Allowed",
        ),
    ] {
        check(
            case,
            json!({"identityPolicies": [identity], "resourcePolicy": policy, "request": request}),
            expected,
        );
    }
}

#[test]
fn a_grant_holds_within_its_constraints() {
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1";
    for (constraints, context, expected) in [
        (json!({}), json!({}), "Allowed"),
        (json!({"EncryptionContextSubset": {"a": "1"}}), json!({"a": "1", "b": "2"}), "Allowed"),
        (json!({"EncryptionContextSubset": {"a": "1"}}), json!({"b": "2"}), "ImplicitlyDenied"),
        (json!({"EncryptionContextEquals": {"a": "1"}}), json!({"a": "1"}), "Allowed"),
        (
            json!({"EncryptionContextEquals": {"a": "1"}}),
            json!({"a": "1", "b": "2"}),
            "ImplicitlyDenied",
        ),
        (json!({"EncryptionContextEquals": {"a": "1"}}), json!({"a": "2"}), "ImplicitlyDenied"),
        // KMS API, GrantConstraints: only a request of a service for this resource.
        (json!({"SourceArn": "arn:aws:s3:::b"}), json!({}), "ImplicitlyDenied"),
    ] {
        let mut request = super::request("kms:Decrypt", key);
        for (name, value) in context.as_object().unwrap() {
            request["context"][format!("kms:EncryptionContext:{name}")] = value.clone();
        }
        let grant = json!({"GranteePrincipal": ROLE, "Operations": ["Decrypt", "DescribeKey"], "Constraints": constraints});
        check(&constraints.to_string(), json!({"grants": [grant], "request": request}), expected);
    }
    for (grantee, action, expected) in [
        ("arn:aws:iam::111122223333:role/other", "kms:Decrypt", "ImplicitlyDenied"),
        (SESSION, "kms:Decrypt", "Allowed"),
        ("111122223333", "kms:Decrypt", "ImplicitlyDenied"),
        (ROLE, "kms:Encrypt", "ImplicitlyDenied"),
    ] {
        let grant = json!({"GranteePrincipal": grantee, "Operations": ["Decrypt"]});
        check(
            grantee,
            json!({"grants": [grant], "request": super::request(action, key)}),
            expected,
        );
    }
}
