//! With many targets one listing of an account answers what would else be a call for each. It only saves calls: what a
//! listing does not hold, or could not be had, is asked for by name.

use crate::plan::Ask;
use ecswhy_aws::Operation;
use ecswhy_aws::operations::{ecr, elbv2, iam, logs};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A listing and what it answers.
struct Kind {
    listing: &'static Operation,
    params: fn() -> Value,
    /// Lists of the answer, each with the member that names an item.
    lists: &'static [(&'static str, &'static str)],
}

static KINDS: [Kind; 4] = [
    Kind {
        listing: &elbv2::DESCRIBE_TARGET_GROUPS,
        params: || json!({}),
        lists: &[("TargetGroups", "TargetGroupArn")],
    },
    Kind {
        listing: &ecr::DESCRIBE_REPOSITORIES,
        params: || json!({}),
        lists: &[("repositories", "repositoryName")],
    },
    Kind {
        listing: &logs::DESCRIBE_LOG_GROUPS,
        params: || json!({}),
        lists: &[("logGroups", "logGroupName")],
    },
    Kind {
        listing: &iam::GET_ACCOUNT_AUTHORIZATION_DETAILS,
        params: || json!({ "Filter": ["Role", "LocalManagedPolicy"] }),
        lists: &[("RoleDetailList", "RoleName"), ("Policies", "Arn")],
    },
];

/// The listing that would answer a call about one subject of the targets' own account and region.
pub(crate) fn of(ask: &Ask) -> Option<Ask> {
    let operation = ask.operation;
    let of_iam = operation.service.iam_prefix == "iam" && !is_listing(ask);
    let named = subject(ask).is_some();
    if !ask.account.is_empty() || !ask.region.is_empty() || !named {
        return None;
    }
    let kind = KINDS.iter().find(|kind| {
        std::ptr::eq(kind.listing, operation)
            || (of_iam && std::ptr::eq(kind.listing, &iam::GET_ACCOUNT_AUTHORIZATION_DETAILS))
    })?;
    Some(Ask::home(kind.listing, (kind.params)()))
}

/// Whether a call is one of these listings.
pub(crate) fn is_listing(ask: &Ask) -> bool {
    let home = ask.account.is_empty() && ask.region.is_empty();
    home && KINDS
        .iter()
        .any(|kind| std::ptr::eq(kind.listing, ask.operation) && ask.params == (kind.params)())
}

/// The subject that a call is about, as listings name it.
fn subject(ask: &Ask) -> Option<&str> {
    let text = |name: &str| ask.params.get(name).and_then(Value::as_str);
    let first = |name: &str| match ask.params.get(name)?.as_array()?.as_slice() {
        [only] => only.as_str(),
        _ => None,
    };
    text("RoleName")
        .or_else(|| text("PolicyArn"))
        .or_else(|| first("TargetGroupArns"))
        .or_else(|| first("repositoryNames"))
        .or_else(|| text("logGroupNamePrefix"))
}

/// What a listing answered.
#[derive(Default)]
pub(crate) struct Listed(BTreeMap<String, Value>);

impl Listed {
    /// The items by name.
    pub(crate) fn read(ask: &Ask, answer: &Value) -> Self {
        let kind = KINDS.iter().find(|kind| std::ptr::eq(kind.listing, ask.operation));
        let lists = kind.map_or(&[][..], |kind| kind.lists);
        let items = lists.iter().flat_map(|(list, name)| {
            let items = answer[*list].as_array().into_iter().flatten();
            items.filter_map(|item| Some((item[*name].as_str()?.to_owned(), item.clone())))
        });
        Self(items.collect())
    }

    /// What the call itself would answer, where the listing tells it.
    pub(crate) fn answer(&self, ask: &Ask) -> Option<Value> {
        let item = self.0.get(subject(ask)?)?;
        let list = |name: &str| item.get(name).and_then(Value::as_array);
        Some(match ask.operation.name {
            "DescribeTargetGroups" => json!({ "TargetGroups": [item] }),
            "DescribeRepositories" => json!({ "repositories": [item] }),
            "DescribeLogGroups" => json!({ "logGroups": [item] }),
            "GetRole" => json!({ "Role": item }),
            "ListAttachedRolePolicies" => {
                json!({ "AttachedPolicies": list("AttachedManagedPolicies")? })
            }
            "ListRolePolicies" => {
                let names = list("RolePolicyList")?.iter().map(|policy| &policy["PolicyName"]);
                json!({ "PolicyNames": names.collect::<Vec<_>>() })
            }
            "GetRolePolicy" => {
                let named = |policy: &&Value| policy["PolicyName"] == ask.params["PolicyName"];
                let policy = list("RolePolicyList")?.iter().find(named)?;
                json!({
                    "RoleName": ask.params["RoleName"],
                    "PolicyName": policy["PolicyName"],
                    "PolicyDocument": policy.get("PolicyDocument")?,
                })
            }
            "GetPolicy" => json!({ "Policy": item }),
            "GetPolicyVersion" => {
                let named = |version: &&Value| version["VersionId"] == ask.params["VersionId"];
                let version = list("PolicyVersionList")?.iter().find(named)?;
                version.get("Document")?;
                json!({ "PolicyVersion": version })
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(operation: &'static Operation, params: Value) -> Ask {
        Ask::home(operation, params)
    }

    #[test]
    fn account_details_answer_each_call_about_a_role_and_its_policies() {
        let details = about(
            &iam::GET_ACCOUNT_AUTHORIZATION_DETAILS,
            json!({ "Filter": ["Role", "LocalManagedPolicy"] }),
        );
        let document = json!({ "Version": "2012-10-17", "Statement": [] });
        let listed = Listed::read(
            &details,
            &json!({
                "RoleDetailList": [{ "RoleName": "exec", "Arn": "arn:aws:iam::111122223333:role/exec",
                    "AttachedManagedPolicies": [{ "PolicyName": "own", "PolicyArn": "arn:own" }],
                    "RolePolicyList": [{ "PolicyName": "inline", "PolicyDocument": document }] }],
                "Policies": [{ "Arn": "arn:own", "DefaultVersionId": "v2", "PolicyVersionList": [
                    { "VersionId": "v2", "IsDefaultVersion": true, "Document": document },
                    { "VersionId": "v1", "IsDefaultVersion": false, "Document": document }] }],
            }),
        );
        let role = json!({ "RoleName": "exec" });
        let cases = [
            (
                &iam::GET_ROLE,
                role.clone(),
                "/Role/Arn",
                json!("arn:aws:iam::111122223333:role/exec"),
            ),
            (
                &iam::LIST_ATTACHED_ROLE_POLICIES,
                role.clone(),
                "/AttachedPolicies/0/PolicyArn",
                json!("arn:own"),
            ),
            (&iam::LIST_ROLE_POLICIES, role, "/PolicyNames", json!(["inline"])),
            (
                &iam::GET_ROLE_POLICY,
                json!({ "RoleName": "exec", "PolicyName": "inline" }),
                "/PolicyDocument",
                document.clone(),
            ),
            (
                &iam::GET_POLICY,
                json!({ "PolicyArn": "arn:own" }),
                "/Policy/DefaultVersionId",
                json!("v2"),
            ),
            (
                &iam::GET_POLICY_VERSION,
                json!({ "PolicyArn": "arn:own", "VersionId": "v2" }),
                "/PolicyVersion/Document",
                document,
            ),
            (
                &iam::GET_POLICY_VERSION,
                json!({ "PolicyArn": "arn:own", "VersionId": "v1" }),
                "/PolicyVersion/IsDefaultVersion",
                json!(false),
            ),
        ];
        for (operation, params, place, expected) in cases {
            let ask = about(operation, params);
            let listing = of(&ask).map(|listing| listing.identity());
            assert_eq!(listing, Some(details.identity()), "{}", operation.name);
            let answer = listed.answer(&ask).unwrap();
            assert_eq!(answer.pointer(place), Some(&expected), "{}", operation.name);
        }
        for params in
            [json!({ "RoleName": "gone" }), json!({ "PolicyArn": "arn:aws:iam::aws:policy/x" })]
        {
            assert!(listed.answer(&about(&iam::GET_ROLE, params)).is_none());
        }
    }

    #[test]
    fn only_the_home_account_and_region_are_listed() {
        let one = json!({ "repositoryNames": ["api"] });
        let home = about(&ecr::DESCRIBE_REPOSITORIES, one.clone());
        assert!(of(&home).is_some_and(|listing| is_listing(&listing)));
        let elsewhere = Ask { region: "eu-central-1".into(), ..home.clone() };
        assert!(of(&elsewhere).is_none());
        let two = about(&ecr::DESCRIBE_REPOSITORIES, json!({ "repositoryNames": ["api", "web"] }));
        assert!(of(&two).is_none() && !is_listing(&home));
        let details = of(&about(&iam::GET_ROLE, json!({ "RoleName": "exec" }))).unwrap();
        assert!(is_listing(&details) && of(&details).is_none());
    }
}
