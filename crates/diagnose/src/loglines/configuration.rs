//! Missing environment variables and settings, credentials, logins, databases and migrations.

use super::{Idiom, LogKind};
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

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
        r#"(?i:environment variable not found: ?)["']?(?P<variable>[A-Z][A-Z0-9_]+)"#,
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
    (
        LogKind::MissingEnvironment,
        r"\b(?P<variable>[A-Z][A-Z0-9]*_[A-Z0-9_]+)['\x22]? (?i:must be (?:defined|provided|specified|configured)|is mandatory|has not been set|does not exist in (?:the )?env)",
    ),
    (
        LogKind::MissingEnvironment,
        r"(?i:missing (?:a |the )?(?:required |mandatory )?(?:env|environment|config(?:uration)?)(?: key| value| setting)?:? )[\[\x22'(]*(?P<variable>[A-Z][A-Z0-9]*_[A-Z0-9_]+)",
    ),
    (
        LogKind::MissingEnvironment,
        r"(?i:invalid environment variables).*?\b(?P<variable>[A-Z][A-Z0-9]*_[A-Z0-9_]+)\b.*(?i:required)",
    ),
    (
        LogKind::MissingEnvironment,
        r"(?i:by setting the )(?P<variable>[A-Z][A-Z0-9]*_[A-Z0-9_]+)(?i: environment variable)",
    ),
    (LogKind::MissingEnvironment, r"Missing '(?P<variable>secret_key_base)' for '\w+' environment"),
    // Elixir, and Quarkus, whose names of settings follow the same rule as Spring's.
    (
        LogKind::MissingEnvironment,
        r#"could not fetch environment variable "(?P<variable>[A-Z][A-Z0-9_]+)""#,
    ),
    (
        LogKind::MissingEnvironment,
        r"SRCFG00014: The config property (?P<variable>[\w.-]+) is required but",
    ),
    (
        LogKind::MissingEnvironment,
        r"Config '(?P<variable>[A-Z][A-Z0-9_]+)' is missing, and has no default",
    ),
    (
        LogKind::MissingEnvironment,
        r#"Missing required configuration key: \["(?P<variable>[A-Z][A-Z0-9_]+)"#,
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
        r"(?i)unable to locate credentials|nocredentialproviders|could ?n.t load credentials from any|could not load credentials from any|unable to load (?:aws )?credentials from any|credentialsprovidererror|failed to refresh cached credentials|security token included in the request is (?:invalid|expired)|the provided token has expired|no ec2 imds role found",
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
    (LogKind::DatabaseMissing, r"(?i)could not find your database: (?P<database>[\w-]+)"),
    (
        LogKind::DatabaseMissing,
        r#"(?i)cannot open database "(?P<database>[^"]+)" requested by the login"#,
    ),
    (
        LogKind::MigrationFailed,
        r"(?i)flyway\w*exception|migrations? (?:have |has )?failed\b|migration [^ ]+ (?:to [^ ]+ )?failed|liquibase\.exception|dirty database version|can't locate revision identified by|migrate found failed migrations|error: p30(?:09|18)|pendingmigrationerror|inconsistentmigrationhistory|migrations\.exceptions\.nodenotfounderror|migrations are pending|while executing migrations: |was previously applied but (?:has been modified|is missing)",
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

/// A name that stands on a line of its own, told by a line before it.
struct Listed {
    title: &'static str,
    /// How many lines before the name the title stands at most.
    near: usize,
    name: &'static str,
    /// What the next line begins with, in lower case.
    next: &'static str,
}

const LISTED: &[Listed] = &[
    // pydantic: "1 validation error for Settings", the field, "Field required".
    Listed {
        title: r"validation errors? for \w*(?:Settings|Config|Env)",
        near: 12,
        name: r"^(?P<variable>\w{2,80})$",
        next: "field required",
    },
    // zod: a list of issues, each with what came and where it was looked for.
    Listed {
        title: r#""received": "undefined""#,
        near: 3,
        name: r#"^"(?P<variable>[A-Z][A-Z0-9_]{2,})"$"#,
        next: "]",
    },
    // Hand-written checks, envalid, the entry points of database images.
    Listed {
        title: r"(?i)(?:missing|invalid|undefined|unset) (?:\w+ )?env(?:ironment)? ?var(?:iable)?s?\b.*:$|as an environment variable:$|env(?:ironment)? ?var(?:iable)?s? (?:are|is|were) (?:missing|required|not set|unset)\W*$",
        near: 3,
        name: r#"^[-*•]? ?["']?(?P<variable>[A-Z][A-Z0-9_]{2,})["']?(?:$|[:,= ])"#,
        next: "",
    },
];

static LISTED_PATTERNS: LazyLock<Vec<(Option<Regex>, Option<Regex>)>> = LazyLock::new(|| {
    let compiled = |pattern| Regex::new(pattern).ok();
    LISTED.iter().map(|listed| (compiled(listed.title), compiled(listed.name))).collect()
});

/// A variable whose absence several lines tell together.
pub(super) fn of_listed_name(
    lines: &[String],
    index: usize,
) -> Option<(LogKind, BTreeMap<&'static str, String>)> {
    let line = lines.get(index)?;
    LISTED.iter().zip(LISTED_PATTERNS.iter()).find_map(|(listed, (title, name))| {
        let variable = name.as_ref()?.captures(line)?.name("variable")?.as_str();
        let next = lines.get(index + 1).map_or(String::new(), |next| next.to_ascii_lowercase());
        let before = &lines[index.saturating_sub(listed.near)..index];
        let told = next.starts_with(listed.next)
            && before.iter().any(|line| title.as_ref().is_some_and(|title| title.is_match(line)));
        told.then(|| {
            let variable = variable.to_ascii_uppercase();
            (LogKind::MissingEnvironment, BTreeMap::from([("variable", variable)]))
        })
    })
}
