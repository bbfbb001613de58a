//! Masks a document in AWS's shapes: where a setting's name and value stand apart, the name decides too.

use super::MASK;
use super::names::holds_secret;
use super::patterns::{is_worth_masking, masked};
use serde_json::{Map, Value};

/// Members that hold policies or maps of them, which name secrets and hold none: a masked condition would be another policy.
const POLICIES: [&str; 18] = [
    "AssumeRolePolicyDocument",
    "PolicyDocument",
    "Document",
    "Policy",
    "policyText",
    "ResourcePolicy",
    "policy_document",
    "inline_policies",
    "managed_policies",
    "repository_policies",
    "registry_policy",
    "secret_policies",
    "key_policies",
    "file_system_policies",
    "bucket_policies",
    "key_grants",
    "Grants",
    "imageManifest",
];

/// Members whose names are people's, so that a name tells a secret value.
const SETTINGS: [&str; 4] = ["options", "dockerLabels", "driverOpts", "labels"];

/// Masks every secret of a document.
pub(super) fn mask(value: &mut Value) {
    match value {
        Value::String(text) => *text = masked(std::mem::take(text)),
        Value::Array(items) => {
            mask_flags(items);
            items.iter_mut().for_each(mask);
        }
        Value::Object(members) => {
            mask_pair(members);
            for (name, member) in members.iter_mut() {
                match member {
                    _ if POLICIES.contains(&name.as_str()) => {}
                    Value::Object(settings) if SETTINGS.contains(&name.as_str()) => {
                        settings.iter_mut().for_each(|(name, value)| mask_named(name, value));
                    }
                    _ => mask(member),
                }
            }
        }
        _ => {}
    }
}

/// `{"name": "DB_PASSWORD", "value": "..."}`, as in environments and tags.
fn mask_pair(members: &mut Map<String, Value>) {
    for (name, value) in [("name", "value"), ("Name", "Value"), ("key", "value"), ("Key", "Value")]
    {
        let Some(setting) = members.get(name).and_then(Value::as_str).map(str::to_owned) else {
            continue;
        };
        if let Some(value) = members.get_mut(value) {
            mask_named(&setting, value);
        }
    }
}

fn mask_named(name: &str, value: &mut Value) {
    match value {
        // What the shell keeps there is a folder.
        Value::String(text) if matches!(name, "PWD" | "OLDPWD") && text.starts_with('/') => {}
        Value::String(text) if holds_secret(name) && is_worth_masking(text) => {
            *text = without_secret(&masked(text.clone()))
        }
        other => mask(other),
    }
}

/// Of an address the scheme, host and port stay, since a diagnosis needs them; all else goes.
fn without_secret(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return MASK.to_owned() };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let is_scheme = !scheme.is_empty()
        && scheme.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.:".contains(letter));
    let is_host = !host.is_empty()
        && host.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.:,[]".contains(letter));
    if !is_scheme || !is_host {
        return MASK.to_owned();
    }
    let user = if authority.contains('@') { format!("{MASK}@") } else { String::new() };
    let path = if rest.len() > authority.len() { format!("/{MASK}") } else { String::new() };
    format!("{scheme}://{user}{host}{path}")
}

/// `["--password", "..."]` in a command: the flag's name stands in the item before. `["-u", "user:password"]` and
/// `["mysql", "-ppassword"]` are read as one text.
fn mask_flags(items: &mut [Value]) {
    let (mut secret_follows, mut user_follows, mut program) = (false, false, String::new());
    for item in items {
        let Value::String(text) = item else {
            (secret_follows, user_follows) = (false, false);
            continue;
        };
        let short = text.starts_with('-') && !text.starts_with("--");
        for before in [user_follows.then_some("-u "), short.then_some(program.as_str())] {
            let Some(before) = before.filter(|before| !before.is_empty()) else { continue };
            if let Some(rest) = masked(format!("{before}{text}")).strip_prefix(before) {
                *text = rest.to_owned();
            }
        }
        user_follows = matches!(text.as_str(), "-u" | "--user" | "--proxy-user");
        if program.is_empty()
            && text.contains("mysql") | text.contains("mariadb")
            && !text.contains(' ')
        {
            program = format!("{text} ");
        }
        let flag = text.strip_prefix('-').map(|flag| flag.trim_start_matches('-').to_owned());
        if secret_follows && flag.is_none() && is_worth_masking(text) {
            *text = MASK.to_owned();
        }
        secret_follows = flag.is_some_and(|flag| !flag.contains(['=', ' ']) && holds_secret(&flag));
    }
}
