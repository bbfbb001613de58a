//! The policies of a role, as the evaluator takes them, and the fact that is missing where one was not read.

use crate::launch::{Launch, RoleOf};
use ecswhy_facts::iam::{InlinePolicy, ManagedPolicy};
use ecswhy_facts::{Fact, Gap, GapReason};
use ecswhy_iam::{Attached, Policies, Policy};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where a policy of a role is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// An inline policy, by name.
    Inline(String),
    /// A managed policy, by ARN.
    Managed(String),
    /// The permissions boundary, by ARN.
    Boundary(String),
}

/// Identity policies and boundary of a role.
#[derive(Clone, Debug, Default)]
pub struct RolePolicies {
    /// For the evaluator.
    pub policies: Policies,
    /// Missing facts, by the label of the policy that is not known.
    pub gaps: BTreeMap<String, Gap>,
    /// Where each policy is kept, with its text, by label.
    pub places: BTreeMap<String, (Place, Option<Value>)>,
}

impl RolePolicies {
    /// What is known of the policies of a role that exists.
    pub fn of(launch: &Launch<'_>, role: &RoleOf<'_>) -> Self {
        let iam = &launch.facts.iam;
        let mut all = Self::default();
        match iam.attached_policies.ask(&role.name) {
            Err(gap) => all.unread(format!("managed policies of role {}", role.name), gap),
            Ok(list) => {
                for attached in list.map(|list| list.0.as_slice()).unwrap_or_default() {
                    let arn = attached.policy_arn.clone().unwrap_or_default();
                    let label = format!("managed policy {}", last(&arn));
                    let text = iam.managed_policies.ask(&arn).map(|found| found.map(|it| &it.0));
                    all.identity(label, Place::Managed(arn), ManagedPolicy::CALL, text);
                }
            }
        }
        match iam.inline_policy_names.ask(&role.name) {
            Err(gap) => all.unread(format!("inline policies of role {}", role.name), gap),
            Ok(list) => {
                for name in list.map(|list| list.0.as_slice()).unwrap_or_default() {
                    let text = iam.inline_policies.ask(&format!("{}/{name}", role.name));
                    let text = text.map(|found| found.map(|it| &it.0));
                    let label = format!("inline policy {name}");
                    all.identity(label, Place::Inline(name.clone()), InlinePolicy::CALL, text);
                }
            }
        }
        let known = match &role.role {
            Ok(known) => *known,
            Err(gap) => {
                let label = format!("permissions boundary of role {}", role.name);
                all.policies.boundary = Some(Attached::unreadable(&label, gap.to_string()));
                all.gaps.insert(label, gap.clone());
                return all;
            }
        };
        let boundary = known
            .and_then(|role| role.permissions_boundary.as_ref()?.permissions_boundary_arn.clone());
        if let Some(arn) = boundary {
            let label = format!("permissions boundary {}", last(&arn));
            let text = iam.managed_policies.ask(&arn).map(|found| found.map(|it| &it.0));
            let attached = all.attached(label, Place::Boundary(arn), ManagedPolicy::CALL, text);
            all.policies.boundary = Some(attached);
        }
        all
    }

    fn identity(
        &mut self,
        label: String,
        place: Place,
        call: &str,
        text: Result<Option<&Value>, Gap>,
    ) {
        let attached = self.attached(label, place, call, text);
        self.policies.identity.push(attached);
    }

    fn attached(
        &mut self,
        label: String,
        place: Place,
        call: &str,
        text: Result<Option<&Value>, Gap>,
    ) -> Attached {
        // A copy of a policy of AWS can have its name.
        let label = match &place {
            Place::Managed(arn) | Place::Boundary(arn) if self.places.contains_key(&label) => {
                format!("{label} ({arn})")
            }
            _ => label,
        };
        self.places.insert(label.clone(), (place, text.as_ref().ok().copied().flatten().cloned()));
        let (attached, gap) = read(&label, call, text.map(|text| text.cloned()));
        if let Some(gap) = gap {
            self.gaps.insert(label, gap);
        }
        attached
    }

    fn unread(&mut self, label: String, gap: Gap) {
        self.policies.identity.push(Attached::unreadable(&label, gap.to_string()));
        self.gaps.insert(label, gap);
    }
}

/// A policy from what is known of its text. A policy that is listed but absent was removed meanwhile: not known.
pub fn read(label: &str, call: &str, text: Result<Option<Value>, Gap>) -> (Attached, Option<Gap>) {
    let failed = |why: String| Gap {
        call: call.to_owned(),
        subject: label.to_owned(),
        why: GapReason::Failed { why },
    };
    let gap = match text {
        Ok(Some(document)) => match Policy::from_value(&document) {
            Ok(policy) => return (Attached::new(label, policy), None),
            Err(error) => failed(error.to_string()),
        },
        Ok(None) => failed("the policy does not exist any more".to_owned()),
        Err(gap) => gap,
    };
    (Attached::unreadable(label, gap.to_string()), Some(gap))
}

/// A policy that lets everybody do everything: stands for a side that is not under judgement.
pub fn permissive(label: &str, principal: Option<&str>) -> Attached {
    let mut statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    if let Some(principal) = principal {
        statement["Principal"] = json!({ "AWS": principal });
    }
    read(label, "", Ok(Some(json!({ "Version": "2012-10-17", "Statement": [statement] })))).0
}

/// The policy without its Deny statements; `None` when nothing is left.
pub fn without_denies(document: &Value) -> Option<Value> {
    let statements = match &document["Statement"] {
        Value::Array(statements) => statements.clone(),
        one => vec![one.clone()],
    };
    let kept: Vec<Value> = statements
        .into_iter()
        .filter(|statement| statement["Effect"].as_str() != Some("Deny"))
        .collect();
    if kept.is_empty() {
        return None;
    }
    let mut document = document.clone();
    document["Statement"] = Value::Array(kept);
    Some(document)
}

fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
