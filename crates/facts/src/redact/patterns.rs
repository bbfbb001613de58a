//! Secrets told by their shape, wherever they stand in a text.

use super::MASK;
use super::names::holds_secret;
use regex::{Captures, Regex, RegexSet};
use std::sync::LazyLock;

/// What is left of a match: the captures around the mask; `None` keeps the text as it is.
type Rewrite = fn(&Captures<'_>) -> Option<String>;

/// Each pattern with what becomes of its match, in the order in which they are applied.
static RULES: [(&str, Rewrite); 20] = [
    // PEM private keys, also when cut off before their end.
    (
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)",
        whole,
    ),
    // Ids of AWS access keys, long-lived and temporary (IAM guide, unique identifiers).
    (r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b", whole),
    // JSON web tokens.
    (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.?[A-Za-z0-9_-]*", whole),
    // Tokens whose makers gave them a prefix.
    (
        r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{16,}|xox[abeprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{20,}|AIza[A-Za-z0-9_-]{35}|npm_[A-Za-z0-9]{36}|hf_[A-Za-z0-9]{30,}|dckr_(?:pat|oat)_[A-Za-z0-9_-]{16,}|shp(?:at|ss|ca|pa)_[a-fA-F0-9]{32}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})",
        whole,
    ),
    (r"(https://hooks\.slack\.com/(?:services|workflows)/)[A-Za-z0-9/_-]+", after_first),
    // `scheme://user:password@host`; the password reaches to the last `@` before the path.
    (r#"([A-Za-z][A-Za-z0-9+.-]*://[^\s/:@"'<>]*:)[^\s/"'<>?]+(@)"#, between),
    // A user without a password is a key where it looks like one (Sentry); Redis takes a lone one for the password.
    (r#"([A-Za-z][A-Za-z0-9+.-]*://)([^\s/:@"'<>?]{16,})(@)"#, lone_user),
    (r#"(\brediss?://)[^\s/:@"'<>?]+(@)"#, between),
    // Oracle's `user/password@host`.
    (r#"(?i)(jdbc:oracle:[a-z0-9]+:[^\s/@:"']+/)[^\s@"']+(@)"#, between),
    // `Password=with spaces;` of connection strings of ADO.NET, ODBC and JDBC.
    (r#"(;\s*)([A-Za-z0-9_.-]{3,64})(\s?=\s?)([^;\n"']+)"#, in_connection_string),
    (r#"(?i)(\b(?:set-)?cookie["']?\s*:\s*["']?)[^\n"']+"#, after_first),
    (r"(?i)(\bauthorization\s+(?:splunk|bearer|basic|token|apikey)\s+)\S{8,}", after_first),
    (
        r#"(?i)\b((?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:(?:bearer|basic|token|digest|aws4-hmac-sha256|apikey)\s+)?)([^\s"',;]{6,})"#,
        header,
    ),
    (r"(?i)\b((?:bearer|basic)\s+)([A-Za-z0-9._~+/=-]{12,})", credential),
    // Parameters of signed URLs.
    (
        r"(?i)([?&](?:x-amz-signature|x-amz-security-token|signature|sig|access_token|token|api_?key|key|password|secret)=)[^\s&\x22'<>]+",
        after_first,
    ),
    // `-u user:password` of curl and its like, `mysql -ppassword`, `redis-cli -a password`, `sshpass -p password`.
    (r#"((?:^|\s)(?:-u\s*|--user[=\s]|--proxy-user[=\s])["']?[^\s:"'/]+:)([^\s"']+)"#, user),
    (
        r#"(\b(?:mysql|mysqldump|mysqladmin|mariadb)\s(?:[^\n;|&]*\s)?-p|\bredis-cli\s(?:[^\n;|&]*\s)?-a\s+|\bsshpass\s+-p\s*)[^\s"']+"#,
        after_first,
    ),
    // `password: ...` in YAML, headers and printed structures: only what looks like a secret, or is one of several.
    (r#"((?:^|[\s,({\[|"'`])-{0,2})([A-Za-z0-9_.-]{3,64})(:\s+)([^\s"',;&)}\]]+)([,}]?)"#, told),
    // `"password": "..."` in JSON (escaped JSON too), `password=...`, `--password ...`, `Pwd=...;`.
    (r#"(\\?["'])([A-Za-z0-9_.-]{3,64})(\\?["']\s*:\s*\\?["'])((?:[^"'\\]|\\[^"'])+)"#, quoted),
    (
        r#"((?:^|[\s;,&?({\[|"'`:])-{0,2})([A-Za-z0-9_.-]{3,64})(\s?=\s?)("[^"\n]*"|'[^'\n]*'|["']?[^\s"';,&)}\]]+)"#,
        assigned,
    ),
];

static COMPILED: LazyLock<Vec<(Regex, Rewrite)>> = LazyLock::new(|| {
    RULES
        .iter()
        .filter_map(|(pattern, rewrite)| Some((Regex::new(pattern).ok()?, *rewrite)))
        .collect()
});

/// All patterns at once: most texts match none.
static ANY: LazyLock<Option<RegexSet>> =
    LazyLock::new(|| RegexSet::new(RULES.iter().map(|(pattern, _)| pattern)).ok());

/// The text with every secret masked.
pub(super) fn masked(mut text: String) -> String {
    // One mask can uncover the end of another match; few rounds settle any text that people write.
    for _ in 0..4 {
        let once = masked_once(&text);
        if once == text {
            break;
        }
        text = once;
    }
    text
}

fn masked_once(text: &str) -> String {
    if ANY.as_ref().is_some_and(|any| !any.is_match(text)) {
        return text.to_owned();
    }
    let mut text = text.to_owned();
    for (pattern, rewrite) in COMPILED.iter() {
        let rewritten = pattern.replace_all(&text, |found: &Captures<'_>| {
            rewrite(found).unwrap_or_else(|| found[0].to_owned())
        });
        if let std::borrow::Cow::Owned(rewritten) = rewritten {
            text = rewritten;
        }
    }
    text
}

fn whole(_: &Captures<'_>) -> Option<String> {
    Some(MASK.to_owned())
}

fn after_first(found: &Captures<'_>) -> Option<String> {
    Some(format!("{}{MASK}", &found[1]))
}

fn between(found: &Captures<'_>) -> Option<String> {
    Some(format!("{}{MASK}{}", &found[1], &found[2]))
}

fn header(found: &Captures<'_>) -> Option<String> {
    // In prose the word is followed by a word.
    let value = &found[2];
    (value.len() >= 16 || value.contains(|letter: char| letter.is_ascii_digit()))
        .then(|| format!("{}{MASK}", &found[1]))
}

/// A credential has digits or padding, or changes case within; "bearer authentication" does not.
fn credential(found: &Captures<'_>) -> Option<String> {
    is_opaque(&found[2]).then(|| format!("{}{MASK}", &found[1]))
}

fn quoted(found: &Captures<'_>) -> Option<String> {
    let secret = holds_secret(&found[2]) && is_worth_masking(&found[4]);
    secret.then(|| format!("{}{}{}{MASK}", &found[1], &found[2], &found[3]))
}

fn assigned(found: &Captures<'_>) -> Option<String> {
    let value = &found[4];
    let bare = value.trim_matches(['"', '\'']);
    let quote = |end: bool| match (value.chars().next(), value.chars().last()) {
        (Some(first @ ('"' | '\'')), _) if !end => first.to_string(),
        (_, Some(last @ ('"' | '\''))) if end && value.len() > 1 => last.to_string(),
        _ => String::new(),
    };
    let secret = holds_secret(&found[2]) && is_worth_masking(bare);
    secret.then(|| {
        format!("{}{}{}{}{MASK}{}", &found[1], &found[2], &found[3], quote(false), quote(true))
    })
}

fn in_connection_string(found: &Captures<'_>) -> Option<String> {
    // A sentence behind a semicolon has no setting of several words.
    let several = found[4].trim().contains(char::is_whitespace);
    let secret = holds_secret(&found[2]) && several && is_worth_masking(&found[4]);
    let is_password = found[2].to_ascii_lowercase().starts_with("p");
    (secret && is_password).then(|| format!("{}{}{}{MASK}", &found[1], &found[2], &found[3]))
}

fn lone_user(found: &Captures<'_>) -> Option<String> {
    is_opaque(&found[2]).then(|| format!("{}{MASK}{}", &found[1], &found[3]))
}

/// Ids of a user and a group are no credentials: `docker run --user 1000:1000`.
fn user(found: &Captures<'_>) -> Option<String> {
    let ids = found[2].bytes().all(|byte| byte.is_ascii_digit());
    (!ids && is_worth_masking(&found[2])).then(|| format!("{}{MASK}", &found[1]))
}

/// In prose a word follows: `invalid token: expected ...`, `secret: prod/db-1`.
fn told(found: &Captures<'_>) -> Option<String> {
    let (name, value) = (&found[2], &found[4]);
    let names_itself = ["secret", "token", "key", "credential", "credentials", "signature"];
    if !holds_secret(name) || names_itself.iter().any(|it| name.eq_ignore_ascii_case(it)) {
        return None;
    }
    let has = |test: fn(&char) -> bool| value.chars().any(|letter| test(&letter));
    let mixed = value.len() >= 6 && has(char::is_ascii_digit) && has(char::is_ascii_alphabetic);
    let secret = (mixed || !found[5].is_empty()) && is_worth_masking(value);
    secret.then(|| format!("{}{name}{}{MASK}{}", &found[1], &found[3], &found[5]))
}

fn is_opaque(text: &str) -> bool {
    let has = |test: fn(char) -> bool| text.contains(test);
    has(|letter| letter.is_ascii_digit())
        || text.ends_with('=')
        || (has(|letter| letter.is_ascii_uppercase())
            && text.chars().skip(1).any(|letter| letter.is_ascii_uppercase())
            && has(|letter| letter.is_ascii_lowercase()))
}

/// What stands for a secret is none: nothing, a yes or no, an ARN, a reference to a variable, a mask.
pub(super) fn is_worth_masking(value: &str) -> bool {
    let plain = ["true", "false", "null", "none", "nil", "undefined", "yes", "no", "on", "off"];
    let value = value.trim();
    !(value.is_empty()
        || plain.iter().any(|word| value.eq_ignore_ascii_case(word))
        || value.chars().all(|letter| letter == '*')
        || value.starts_with("arn:")
        || value.starts_with("alias/")
        || value.starts_with("${")
        || value.starts_with("$(")
        || (value.starts_with('<') && value.ends_with('>')))
}
