//! Missing environment variables and settings, credentials, logins, databases and migrations.

use super::{Idiom, LogKind};
use std::collections::BTreeMap;

pub(super) const IDIOMS: &[Idiom] = &[
    // Words of validators and of hand-written checks.
    (
        LogKind::MissingEnvironment,
        r#"(?i:missing (?:required )?|required )(?i:env(?:ironment)?[ -]?var(?:iable)?s?)(?i: is missing| not set| missing)?:? ?[\["'(]*(?P<variable>[A-Z][A-Z0-9_]+)"#,
    ),
    (
        LogKind::MissingEnvironment,
        r#"(?i:env(?:ironment)?[ -]?var(?:iable)?) ["'(]*(?P<variable>[A-Z][A-Z0-9_]+)["')]* (?i:is |was |must |should |not |missing|required|undefined)"#,
    ),
    (
        LogKind::MissingEnvironment,
        r"(?i:environment variable not found: ?)(?P<variable>[A-Z][A-Z0-9_]+)",
    ),
    (
        LogKind::MissingEnvironment,
        r"(?P<variable>[A-Z][A-Z0-9_]+): (?i:environment variable not found)",
    ),
    (
        LogKind::MissingEnvironment,
        r#"\b(?P<variable>[A-Z][A-Z0-9_]+)["']? (?i:environment variable |env var(?:iable)? |env )(?i:is |was |must |not |missing|required|undefined)"#,
    ),
    (
        LogKind::MissingEnvironment,
        r#"\b(?P<variable>[A-Z][A-Z0-9]*_[A-Z0-9_]+|PORT|DSN)["']? (?i:is not set|must be set|is required|not set\b|is missing|is undefined|is not defined|was not provided|cannot be empty|must not be empty|is not configured)"#,
    ),
    (
        LogKind::MissingEnvironment,
        r"(?i:missing|must specify|must provide|please set|you must set|expected) (?i:the )?\$?(?P<variable>[A-Z][A-Z0-9]*_[A-Z0-9_]+)\b",
    ),
    // Python, Ruby, Go, Spring, shells.
    (LogKind::MissingEnvironment, r"KeyError: '(?P<variable>[A-Z][A-Z0-9_]{2,})'"),
    (LogKind::MissingEnvironment, r#"key not found: "(?P<variable>[A-Z][A-Z0-9_]+)""#),
    (LogKind::MissingEnvironment, r"UndefinedValueError: (?P<variable>\w+) not found"),
    (
        LogKind::MissingEnvironment,
        r"(?:Set|set) the (?P<variable>[A-Z][A-Z0-9_]+) environment variable",
    ),
    (LogKind::MissingEnvironment, r"The (?P<variable>[A-Z][A-Z0-9_]+) setting must not be empty"),
    (LogKind::MissingEnvironment, r"required key (?P<variable>[A-Z][A-Z0-9_]+) missing value"),
    (LogKind::MissingEnvironment, r"Could not resolve placeholder '(?P<variable>[^':]+)"),
    (
        LogKind::MissingEnvironment,
        r"\b(?P<variable>[A-Z][A-Z0-9_]+): (?:parameter null or not set|parameter not set|unbound variable)",
    ),
    // Credentials and logins.
    (
        LogKind::CredentialsMissing,
        r"(?i)unable to locate credentials|nocredentialproviders|could ?n.t load credentials from any|could not load credentials from any|unable to load (?:aws )?credentials from any|credentialsprovidererror|failed to refresh cached credentials|security token included in the request is (?:invalid|expired)|no ec2 imds role found",
    ),
    (
        LogKind::AccessDenied,
        r"(?i)not authorized to perform: (?P<action>[a-z0-9-]+:\w+)(?: on resource: (?P<resource>[^ ]+))?",
    ),
    (
        LogKind::LoginRefused,
        r#"(?i)(?:password )?authentication failed for user ["'](?P<user>[^"']+)["']"#,
    ),
    (LogKind::LoginRefused, r"(?i)access denied for user '(?P<user>[^']*)'"),
    (LogKind::LoginRefused, r"(?i)login failed for user '(?P<user>[^']+)'"),
    (
        LogKind::LoginRefused,
        r#"(?i)no pg_hba\.conf entry for host "[^"]*", user "(?P<user>[^"]+)""#,
    ),
    (
        LogKind::LoginRefused,
        r"WRONGPASS |NOAUTH Authentication required|(?i:mongoservererror: (?:bad auth|authentication failed))|(?i:bad auth ?: authentication failed)|ORA-01017",
    ),
    (LogKind::DatabaseMissing, r#"(?i)database "(?P<database>[^"]+)" does not exist"#),
    (LogKind::DatabaseMissing, r"(?i)unknown database '(?P<database>[^']+)'"),
    (
        LogKind::DatabaseMissing,
        r#"(?i)cannot open database "(?P<database>[^"]+)" requested by the login"#,
    ),
    (
        LogKind::MigrationFailed,
        r"(?i)flyway\w*exception|migrations? (?:have |has )?failed\b|migration [^ ]+ (?:to [^ ]+ )?failed|liquibase\.exception|dirty database version|can't locate revision identified by|migrate found failed migrations|error: p30(?:09|18)|pendingmigrationerror|inconsistentmigrationhistory|migrations\.exceptions\.nodenotfounderror|migrations are pending",
    ),
];

/// A name alone may be the key of any map: it counts if it has the form of a variable, or the log speaks of the environment.
pub(super) fn is_environment(
    parameters: &BTreeMap<&'static str, String>,
    text: &str,
    all: &[String],
) -> bool {
    let Some(variable) = parameters.get("variable") else { return true };
    if !text.contains("KeyError") && !text.contains("key not found") {
        return true;
    }
    variable.contains('_')
        || all.iter().any(|line| {
            line.contains("os.environ") || line.contains("environ[") || line.contains("ENV.fetch")
        })
}

/// pydantic's words stand on three lines: "1 validation error for Settings", the field, "Field required".
pub(super) fn of_settings_class(
    lines: &[String],
    index: usize,
) -> Option<(LogKind, BTreeMap<&'static str, String>)> {
    const NEAR: usize = 12;
    let field = lines.get(index)?;
    let is_name = !field.is_empty()
        && field.len() < 80
        && field.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !is_name || !lines.get(index + 1)?.to_ascii_lowercase().starts_with("field required") {
        return None;
    }
    let title = lines[index.saturating_sub(NEAR)..index]
        .iter()
        .find(|line| line.contains("validation error"))?;
    (title.contains("Settings") || title.contains("Config") || title.contains("Env")).then(|| {
        (LogKind::MissingEnvironment, BTreeMap::from([("variable", field.to_ascii_uppercase())]))
    })
}
