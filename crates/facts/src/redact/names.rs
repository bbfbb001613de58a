//! Names of settings that hold a secret: `DB_PASSWORD`, `api-key`, `splunk-token`.

use regex::Regex;
use std::sync::LazyLock;

static SECRET: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) pass(?:word|wd|phrase|code)? (?: $ | [_.\-\d] ) | password | passwd | passphrase | pwd
        | secret | token | credential | auth(?:orization)? (?: $ | _?header | _?basic ) | bearer | jwt | cookie
        | private[_.\-]?key | api[_.\-]?key | access[_.\-]?key | (?: ^ | [_.\-] ) key $ | (?-i: [a-z] Key $ )
        | (?: signing | encryption | master | licen[sc]e | account | storage | shared ) [_.\-]? key | signature | salt $ | hmac
        | mnemonic | (?: otp | totp ) _? (?: seed | $ )
        | conn(?:ection)?[_.\-]?str(?:ing)? $ | dsn $ ",
    )
    .ok()
});

/// Endings that say where something is or how long it lasts, not what it is.
static ABOUT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) [_.\-]? (?: arn | url | uri | host (?:name)? | port | endpoint | name | path | file | dir | region | account | service | provider
        | issuer | audience | ttl | timeout | expir\w* | lifetime | duration | length | size | count | limit | algorithm | alg | type | enabled? | disabled?
        | prefix | header | field | domain | version | rotation | policy | mode | secure | http_?only | same_?site | max_?age
        | (?: access_key | key | client | secret | token | user ) _? id | public_?key | (?: request | next | page | continuation | pagination | idempotency | client ) [_.\-]? token | tokeni[sz]ers? | object_?key | s3_?key | sort_?key | partition_?key | primary_?key | foreign_?key | cache_?key | routing_?key ) s? $ ",
    )
    .ok()
});

/// Whether a setting of this name holds a secret.
pub(super) fn holds_secret(name: &str) -> bool {
    let matches = |pattern: &LazyLock<Option<Regex>>| {
        pattern.as_ref().is_some_and(|pattern| pattern.is_match(name))
    };
    matches(&SECRET) && !matches(&ABOUT)
}
