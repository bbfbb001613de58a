//! Reading the elements of a policy document, with the place of every mistake.
//!
//! Source: IAM User Guide, "Grammar of the IAM JSON policy language".

use std::collections::BTreeSet;

use super::{Effect, Element, Policy, PolicyError, Statement, service_bit};
use crate::condition::{Condition, Operator};
use crate::json::{Kind, Node};
use crate::pattern::{ActionPattern, ResourcePattern};
use crate::principal::Entry;

type Result<T> = std::result::Result<T, PolicyError>;

fn error<T>(node: &Node, path: &str, message: impl Into<String>) -> Result<T> {
    let message = message.into();
    Err(PolicyError {
        path: path.to_owned(),
        line: node.place.line,
        column: node.place.column,
        message,
    })
}

/// Compiles a policy document.
pub(super) fn policy(node: &Node) -> Result<Policy> {
    let Kind::Object(entries) = &node.kind else {
        return error(node, "", format!("a policy is a map; this is {}", node.kind.name()));
    };
    let mut variables = false;
    let mut statements = None;
    for (key, value) in entries {
        match key.as_str() {
            "Version" => variables = version(value)?,
            "Id" => {
                string(value, "Id")?;
            }
            "Statement" => statements = Some(value),
            _ => {
                return error(
                    value,
                    key,
                    unknown_element(key, &["Version", "Id", "Statement"], "a policy"),
                );
            }
        }
    }
    let Some(node) = statements else { return error(node, "", "the policy has no Statement") };
    let statements = match &node.kind {
        Kind::Object(_) => vec![statement(node, "Statement", variables)?],
        Kind::Array(items) if items.is_empty() => {
            return error(
                node,
                "Statement",
                "the list is empty; a policy has at least one statement",
            );
        }
        Kind::Array(items) => {
            let read = |(i, item)| statement(item, &format!("Statement[{i}]"), variables);
            items.iter().enumerate().map(read).collect::<Result<_>>()?
        }
        other => {
            return error(
                node,
                "Statement",
                format!("{} is not a statement or a list of them", other.name()),
            );
        }
    };
    Ok(Policy { statements })
}

/// Whether the version knows policy variables.
fn version(node: &Node) -> Result<bool> {
    match string(node, "Version")? {
        "2012-10-17" => Ok(true),
        "2008-10-17" => Ok(false),
        other => error(
            node,
            "Version",
            format!("{other:?} is no version; AWS knows 2012-10-17 and 2008-10-17"),
        ),
    }
}

fn unknown_element(key: &str, known: &[&str], of: &str) -> String {
    match known.iter().find(|k| k.eq_ignore_ascii_case(key)) {
        Some(right) => format!("{key:?} is not an element of {of}; it is written {right}"),
        None => format!("{key:?} is not an element of {of}"),
    }
}

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

fn statement(node: &Node, path: &str, variables: bool) -> Result<Statement> {
    let Kind::Object(entries) = &node.kind else {
        return error(node, path, format!("a statement is a map; this is {}", node.kind.name()));
    };
    let mut sid = None;
    let mut effect = None;
    let mut principal = None;
    let mut action = None;
    let mut resource = None;
    let mut conditions = Vec::new();
    for (key, value) in entries {
        let path = format!("{path}.{key}");
        let not = key.starts_with("Not");
        let twice = || {
            error(value, &path, format!("{key} cannot stand beside its opposite in one statement"))
        };
        match key.as_str() {
            "Sid" => sid = Some(string(value, &path)?.to_owned()),
            "Effect" => effect = Some(read_effect(value, &path)?),
            "Principal" | "NotPrincipal" if principal.is_some() => return twice(),
            "Principal" | "NotPrincipal" => principal = Some(read_principal(value, &path, not)?),
            "Action" | "NotAction" if action.is_some() => return twice(),
            "Action" | "NotAction" => action = Some(element(value, &path, not, read_action)?),
            "Resource" | "NotResource" if resource.is_some() => return twice(),
            "Resource" | "NotResource" => {
                resource = Some(element(value, &path, not, |text| read_resource(text, variables))?);
            }
            "Condition" => conditions = read_conditions(value, &path, variables)?,
            _ => return error(value, &path, unknown_element(key, &ELEMENTS, "a statement")),
        }
    }
    let Some(effect) = effect else { return error(node, path, "the statement has no Effect") };
    let Some(action) = action else {
        return error(node, path, "the statement has neither Action nor NotAction");
    };
    let services = services(&action);
    Ok(Statement {
        sid,
        effect,
        principal,
        action,
        resource,
        conditions,
        services,
        place: node.place,
    })
}

fn services(action: &Element<ActionPattern>) -> u64 {
    if action.not {
        return u64::MAX;
    }
    action
        .entries
        .iter()
        .fold(0, |bits, pattern| bits | pattern.service().map_or(u64::MAX, service_bit))
}

fn read_effect(node: &Node, path: &str) -> Result<Effect> {
    match string(node, path)? {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        other => {
            error(node, path, format!("{other:?} is not an effect; write \"Allow\" or \"Deny\""))
        }
    }
}

fn string<'n>(node: &'n Node, path: &str) -> Result<&'n str> {
    match &node.kind {
        Kind::String(text) => Ok(text),
        other => error(node, path, format!("{} stands where AWS wants a string", other.name())),
    }
}

/// The strings of a string or a list of strings, with the node and path of each.
fn strings<'n>(node: &'n Node, path: &str) -> Result<Vec<(&'n Node, String, &'n str)>> {
    match &node.kind {
        Kind::String(text) => Ok(vec![(node, path.to_owned(), text)]),
        Kind::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, item)| {
                let path = format!("{path}[{i}]");
                let text = string(item, &path)?;
                Ok((item, path, text))
            })
            .collect(),
        other => error(
            node,
            path,
            format!("{} stands where AWS wants a string or a list of strings", other.name()),
        ),
    }
}

/// As [`strings`], but at least one: a statement that names no action, resource or principal is rejected by the
/// services ("must contain actions", "Resource cannot be empty").
fn some_strings<'n>(node: &'n Node, path: &str) -> Result<Vec<(&'n Node, String, &'n str)>> {
    let found = strings(node, path)?;
    if found.is_empty() {
        return error(node, path, "the list is empty");
    }
    Ok(found)
}

fn element<T>(
    node: &Node,
    path: &str,
    not: bool,
    read: impl Fn(&str) -> std::result::Result<T, String>,
) -> Result<Element<T>> {
    let mut entries = Vec::new();
    let mut texts = Vec::new();
    for (node, path, text) in some_strings(node, path)? {
        match read(text) {
            Ok(entry) => entries.push(entry),
            Err(message) => return error(node, &path, message),
        }
        texts.push(text.to_owned());
    }
    Ok(Element { not, entries, texts })
}

fn read_action(text: &str) -> std::result::Result<ActionPattern, String> {
    let parts = text.split_once(':');
    if parts.is_some_and(|(_, name)| name.contains(':')) {
        return Err(format!("{text:?} has more than one colon; an action is service:Action"));
    }
    let is_prefixed = parts.is_some_and(|(service, name)| !service.is_empty() && !name.is_empty());
    if is_prefixed || text == "*" {
        Ok(ActionPattern::new(text))
    } else {
        Err(format!(
            "{text:?} is not an action; write service:Action, such as ecr:BatchGetImage, or *"
        ))
    }
}

fn read_resource(text: &str, variables: bool) -> std::result::Result<ResourcePattern, String> {
    // A wildcard may stand for the rest of the parts, and a leading one for all of them.
    let is_open = text.starts_with('*') || (text.starts_with("arn:") && text.contains('*'));
    let is_arn = text.starts_with("arn:") && text.splitn(6, ':').count() == 6;
    // API Gateway completes this form when it stores the policy.
    if is_open || is_arn || text.starts_with("execute-api:/") {
        Ok(ResourcePattern::new(text, variables))
    } else if text.starts_with("arn:") {
        let parts = text.splitn(6, ':').count();
        Err(format!(
            "{text:?} has {parts} parts; an ARN has six: arn:partition:service:region:account:resource"
        ))
    } else {
        Err(format!("{text:?} is neither an ARN nor *"))
    }
}

fn read_principal(node: &Node, path: &str, not: bool) -> Result<Element<Entry>> {
    let entries = match &node.kind {
        Kind::String(text) if text == "*" => {
            return Ok(Element {
                not,
                entries: vec![Entry::Everyone],
                texts: vec!["*".to_owned()],
            });
        }
        Kind::Object(entries) => entries,
        _ => {
            return error(
                node,
                path,
                "AWS wants \"*\" or a map such as {\"AWS\": ARN} or {\"Service\": name}",
            );
        }
    };
    let mut element = Element { not, entries: Vec::new(), texts: Vec::new() };
    if entries.is_empty() {
        return error(node, path, "the map names no principal");
    }
    for (key, value) in entries {
        let path = format!("{path}.{key}");
        for (node, path, text) in some_strings(value, &path)? {
            let entry = match key.as_str() {
                "AWS" => Entry::aws(text),
                "Service" if text == "*" => None,
                "Service" => Some(Entry::Service(text.to_owned())),
                "Federated" => Some(Entry::Federated(text.to_owned())),
                "CanonicalUser" => Some(Entry::CanonicalUser),
                _ => {
                    let known = "AWS, Service, Federated or CanonicalUser";
                    return error(
                        node,
                        &path,
                        format!("{key:?} is not a kind of principal; AWS knows {known}"),
                    );
                }
            };
            let Some(entry) = entry else {
                let wildcard = if text.contains(['*', '?']) {
                    "; no wildcard may stand for a part of a principal"
                } else {
                    ""
                };
                return error(
                    node,
                    &path,
                    format!("{text:?} is not a principal: an ARN, an account id or *{wildcard}"),
                );
            };
            element.entries.push(entry);
            element.texts.push(text.to_owned());
        }
    }
    Ok(element)
}

fn read_conditions(node: &Node, path: &str, variables: bool) -> Result<Vec<Condition>> {
    let Kind::Object(operators) = &node.kind else {
        return error(node, path, format!("a condition is a map; this is {}", node.kind.name()));
    };
    let mut conditions = Vec::new();
    for (name, keys) in operators {
        let path = format!("{path}.{name}");
        let Some(operator) = Operator::parse(name) else {
            return error(keys, &path, format!("{name:?} is not a condition operator"));
        };
        let Kind::Object(keys) = &keys.kind else {
            return error(
                keys,
                &path,
                format!("AWS wants a map of condition keys; this is {}", keys.kind.name()),
            );
        };
        let mut seen = BTreeSet::new();
        for (key, value) in keys {
            let path = format!("{path}.{key}");
            if !seen.insert(key.to_ascii_lowercase()) {
                return error(
                    value,
                    &path,
                    "the key occurs twice in this block, since the case of a key does not count",
                );
            }
            // An empty list of values is legal and means that no value matches.
            let nodes: Vec<(&Node, String)> = match &value.kind {
                Kind::Array(items) => {
                    items.iter().enumerate().map(|(i, n)| (n, format!("{path}[{i}]"))).collect()
                }
                _ => vec![(value, path.clone())],
            };
            let values =
                nodes.iter().map(|(node, path)| scalar(node, path)).collect::<Result<Vec<_>>>()?;
            match operator.condition(key, values, variables) {
                Ok(condition) => conditions.push(condition),
                Err((index, wanted)) => {
                    let (node, path) =
                        nodes.get(index).map_or((value, path.as_str()), |(n, p)| (*n, p.as_str()));
                    return error(node, path, format!("{name} wants {wanted}"));
                }
            }
        }
    }
    Ok(conditions)
}

fn scalar(node: &Node, path: &str) -> Result<String> {
    match &node.kind {
        Kind::String(text) | Kind::Number(text) => Ok(text.clone()),
        Kind::Bool(value) => Ok(value.to_string()),
        other => error(node, path, format!("{} is not a condition value", other.name())),
    }
}
