//! What the AWS CLI says on standard error, as an outcome:
//! `An error occurred (AccessDenied) when calling the GetRole operation: ...`.

use crate::door::Outcome;
use regex::Regex;
use std::sync::LazyLock;

static ERROR: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?s)An error occurred \(([^)]+)\) when calling the (\w+) operation(?: \([^)]*\))?:\s*(.*)")
        .ok()
});

static NOT_AUTHORIZED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"not authorized to perform:? ([a-z0-9-]+:[A-Za-z0-9]+)").ok());

/// The outcome of a call whose standard error this is.
pub(super) fn outcome(text: &str, call: &str) -> Outcome {
    let text = text.trim();
    let Some(found) = ERROR.as_ref().and_then(|error| error.captures(text)) else {
        let line = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("no output");
        return Outcome::Failed { why: format!("the AWS CLI said: {}", line.trim()) };
    };
    let (code, message) = (&found[1], found[3].trim());
    let named = NOT_AUTHORIZED.as_ref().and_then(|pattern| pattern.captures(message));
    if is_denied(code) || named.is_some() {
        let action = named.map_or_else(|| action(call), |named| named[1].to_owned());
        return Outcome::Denied { action, message: message.to_owned() };
    }
    if is_absent(code, message) {
        return Outcome::NotFound;
    }
    let line = message.lines().next().unwrap_or_default();
    Outcome::Failed { why: format!("{code}: {line}") }
}

/// The operation that an error text names.
pub(super) fn operation(text: &str) -> Option<String> {
    Some(ERROR.as_ref()?.captures(text)?[2].to_owned())
}

fn is_denied(code: &str) -> bool {
    ["AccessDenied", "UnauthorizedOperation", "AuthorizationError", "NotAuthorized"]
        .iter()
        .any(|word| code.contains(word))
        || matches!(code, "403" | "Forbidden")
}

fn is_absent(code: &str, message: &str) -> bool {
    ["NotFound", "NoSuch", "DoesNotExist"].iter().any(|word| code.contains(word))
        || code == "404"
        || (code == "ClientException" && message.contains("Unable to describe task definition"))
}

/// The IAM action of a call, where it is not the operation's name.
fn action(call: &str) -> String {
    match call {
        "s3:ListObjectsV2" => "s3:ListBucket".to_owned(),
        other => other.to_owned(),
    }
}
