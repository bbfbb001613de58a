//! Secrets Manager, Parameter Store, AWS KMS. No operation here returns a secret's value.

use super::entry::{Entry, optional_text, parse, put_each};
use crate::Facts;
use crate::known::Known;
use crate::secrets::{KeyGrants, KeyMetadata, KeyPolicy, SecretDescription, SecretPolicy};
use serde_json::Value;

/// The secret that a request names, without the `:json-key:stage:version` that task definitions add to an ARN.
fn secret(entry: &Entry<'_>) -> Option<String> {
    let asked = entry.subject_asked_first("SecretId", "ARN")?;
    if !asked.starts_with("arn:") {
        return Some(asked.to_owned());
    }
    Some(asked.splitn(8, ':').take(7).collect::<Vec<_>>().join(":"))
}

pub(super) fn describe_secret(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(subject) = secret(entry) else { return };
    let known: Known<SecretDescription> = entry.known(|output| {
        output.get("ARN").ok_or("ARN: missing")?;
        parse(output).map(Some)
    });
    facts.secrets.secrets.put(subject, known);
}

pub(super) fn get_resource_policy(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(subject) = secret(entry) else { return };
    let policy = entry.known(|output| {
        output.get("ARN").ok_or("ARN: missing")?;
        Ok(optional_text(output, "ResourcePolicy")?.map(SecretPolicy))
    });
    facts.secrets.secret_policies.put(subject, policy);
}

pub(super) fn describe_parameters(entry: &Entry<'_>, facts: &mut Facts) {
    let asked = asked_parameters(entry.params);
    entry.batch(&mut facts.secrets.parameters, &asked, "Parameters", |item| {
        let text = |field: &str| item.get(field).and_then(Value::as_str).map(str::to_owned);
        let by_arn = text("ARN").filter(|arn| asked.contains(arn));
        text("Name").into_iter().chain(by_arn).collect()
    });
}

/// The names of a `Name Equals` filter. Any other filter asks for no name in particular.
fn asked_parameters(params: &Value) -> Vec<String> {
    let filters = |list: &str, option: &str| -> Vec<&Value> {
        let filters = params.get(list).and_then(Value::as_array).into_iter().flatten();
        let by_name = filters.filter(|filter| {
            let text = |field: &str| filter.get(field).and_then(Value::as_str);
            let key = text("Key").or_else(|| text("key"));
            key == Some("Name") && text(option).is_none_or(|option| option == "Equals")
        });
        by_name.filter_map(|filter| filter.get("Values").or_else(|| filter.get("values"))).collect()
    };
    let (new, old) = (filters("ParameterFilters", "Option"), filters("Filters", "Option"));
    let only_filter = ["ParameterFilters", "Filters"]
        .iter()
        .filter_map(|list| params.get(*list).and_then(Value::as_array))
        .map(Vec::len)
        .sum::<usize>()
        == 1;
    if !only_filter {
        return Vec::new();
    }
    let values = new.into_iter().chain(old).filter_map(Value::as_array).flatten();
    values.filter_map(Value::as_str).map(str::to_owned).collect()
}

pub(super) fn describe_key(entry: &Entry<'_>, facts: &mut Facts) {
    let known: Known<KeyMetadata> =
        entry.known(|output| super::entry::member(output, "KeyMetadata").map(Some));
    let subjects = match (entry.param("KeyId"), known.present()) {
        (Some(asked), _) => vec![asked.to_owned()],
        // Nobody can tell how the key was asked for, so it is kept under both of its names.
        (None, Some(key)) => key.key_id.iter().chain(&key.arn).cloned().collect(),
        (None, None) => Vec::new(),
    };
    put_each(&mut facts.secrets.keys, &subjects, || known.clone());
}

pub(super) fn get_key_policy(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(key) = entry.param("KeyId") else { return };
    let policy = entry.known(|output| match optional_text(output, "Policy")? {
        Some(policy) => Ok(Some(KeyPolicy(policy))),
        None => Err("Policy: missing".to_owned()),
    });
    facts.secrets.key_policies.put(key, policy);
}

pub(super) fn list_grants(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(key) = entry.param("KeyId") else { return };
    let grants = entry.known(|_| Ok(Some(KeyGrants(entry.list("Grants")?))));
    facts.secrets.key_grants.put(key, grants);
}
