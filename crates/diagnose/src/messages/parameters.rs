//! Names and numbers in a message: one table of patterns for all symptoms.
//! A pattern is tried only for the groups that it belongs to; the first that fits gives the value.

use super::{Message, exit};
use crate::symptom::{Symptom, SymptomGroup};
use ecswhy_facts::{ImageRef, Registry};
use regex::bytes::{Regex, RegexBuilder};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

/// What a message names: `image`, `registry`, `repository`, `tag`, `digest`, `secret`, `json_key`, `parameter`, `log_group`, `role`,
/// `action`, `resource`, `denied_by`, `host`, `address`, `port`, `region`, `exit_code`, `target_group`, `reason`, `reason_code`, `status_code`,
/// `task`, `container`, `service`, `subnet`, `security_group`, `eni`, `file_system`, `availability_zone`, `platform`, `command`, `quota` ...
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Parameters(BTreeMap<&'static str, String>);

impl Parameters {
    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Whether the message names nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn set(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.entry(name).or_insert(value);
        }
    }
}

use SymptomGroup::{
    Container, Health, Identity, Logging, Placement, Pull, Secrets, Service, Storage,
};

/// Name, the groups it belongs to (none: all), pattern with one capture.
type Extractor = (&'static str, &'static [SymptomGroup], &'static str);

const CALLS: &[SymptomGroup] = &[Pull, Secrets, Logging, Identity, Storage, Placement];

const EXTRACTORS: &[Extractor] = &[
    ("image", &[Pull], r#"(?i)resolve ref(?:erence)? "?([^\s"]+?)"?(?::?\s|:?$|,)"#),
    ("image", &[Pull], r"(?i)can(?:no|')t pull (?:the image )?'?([^\s']+)'? from (?:the |amazon )"),
    ("image", &[Pull], r"(?i)pull access denied for ([^\s,]+)"),
    ("image", &[Pull], r"(?i)manifest for (\S+) not found"),
    ("image", &[Pull], r"(?i)error: image (\S+) not found"),
    ("image", &[Pull], r"(?i)repository (\S+) not found"),
    ("image", &[Pull], r#"(?i)normalize image reference "([^"]*)"#),
    ("image", &[Pull], r#"(?i)(?:unpack|pull|find) image "([^\s"]+)""#),
    ("image", &[Pull], r"(?i)do request: (?:get|head) ([^\s:/]+/[^\s]+?): "),
    ("platform", &[Pull], r"(?i)matching platform '?(\w+/[\w/]+)"),
    ("platform", &[Pull], r"(?i)no matching manifest for ([\w/]+)"),
    ("secret", &[Secrets, Pull], r#"(arn:aws[\w-]*:secretsmanager:[^\s'",]+)"#),
    ("secret", &[Secrets, Pull], r"(?i)secret with arn '([^']+)'"),
    ("secret", &[Secrets, Pull], r"(?i)asm fetching secret from the service for (\S+)"),
    ("secret", &[Secrets], r"(?i)failed to fetch secret (\S+) from"),
    ("json_key", &[Secrets], r"(?i)did not contain json key (\S+)"),
    ("version_stage", &[Secrets], r"(?i)staging label: (\w+)"),
    (
        "parameter",
        &[Secrets],
        r"(?i)invalid (?:ssm )?parameters?: \[?([^\s\[\]]+(?:, ?[^\s\[\]]+)*)",
    ),
    ("parameter", &[Secrets], r#"arn:aws[\w-]*:ssm:[\w-]*:\d*:parameter(/[^\s'",]+)"#),
    ("log_group", &[Logging], r"log-group:([^\s:*,]+)"),
    ("log_group", &[Logging], r#"(?i)log group "?'?([\w/.#-]+)'?"? does not exist"#),
    ("log_option", &[Logging], r"(?i)log opt '?([\w-]+)'?"),
    ("log_option", &[Logging], r"(?i)\b(awslogs-[\w-]+)"),
    ("role", &[], r"assumed-role/([^/\s]+)/"),
    (
        "role",
        &[Identity, Storage, Placement],
        r#"(?i)role '?(arn:aws[\w-]*:iam::\d*:role/[^\s'"]+|[\w+=,.@/-]+)'? that was provided"#,
    ),
    ("role", &[Identity, Storage, Placement], r#"(arn:aws[\w-]*:iam::\d*:role/[^\s'"]+)"#),
    ("role", &[Pull, Secrets], r"(?i)\brole '([^']+)'"),
    ("action", CALLS, r"(?i)not authorized to perform: ([a-z0-9-]+:\w+)"),
    ("resource", CALLS, r"(?i)\bon resource:? ([^\s]+)"),
    ("operation", CALLS, r"(?i)operation error [\w ]+: (\w+)"),
    ("operation", &[], r"(?i)when calling the (\w+) operation"),
    ("host", &[Storage], r#"(?i)failed to resolve "?([\w.-]+\w)"#),
    ("host", CALLS, r#"(?i)(?:https?|wss?)://([^/\s"':]+)"#),
    ("host", CALLS, r"(?i)lookup ([\w.-]+\w)(?: on |:)"),
    ("port", CALLS, r#"(?i)https?://[^/\s"':]+:(\d{1,5})"#),
    ("address", &[], r"(?i)->(\[?[0-9a-f:.]+\]?):\d{1,5}\b"),
    ("address", &[], r"(?i)dial (?:tcp|udp) (\[[0-9a-f:]+\]|\d+\.\d+\.\d+\.\d+):\d"),
    ("port", &[], r"(?i)(?:->|dial (?:tcp|udp) )(?:\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})\b"),
    ("status_code", CALLS, r"(?i)status ?code: (\d{3})"),
    ("status_code", CALLS, r"(?i)api error \((\d{3})\)"),
    ("status_code", &[Pull], r"\b([45]\d\d) (?:[A-Z][a-z]+|unauthorized|forbidden)"),
    ("status_code", &[Health], r"(?i)with these codes: \[([\d, ]+)\]"),
    (
        "error_code",
        CALLS,
        r"\b([A-Z][A-Za-z.]+(?:Exception|Fault|NotFound|Exceeded|InSubnet|Violation|Mismatch))\b",
    ),
    ("key", &[Secrets], r"(arn:aws[\w-]*:kms:[^\s'\x22,]+)"),
    (
        "target_group",
        &[],
        r"(?i)target[- ]group (?:with targetgrouparn )?((?:arn:aws[\w-]*:elasticloadbalancing:)?[^\s)]+)[\s)]",
    ),
    ("load_balancer", &[Health], r"(?i)\(elb ([^)]+)\)"),
    ("reason", &[Health], r"(?i)due to \(reason ([^)]*(?:\[[^\]]*\])?[^)]*)"),
    ("reason_code", &[Health, SymptomGroup::Benign], r"\b((?:Target|Elb)\.[A-Z][A-Za-z]+)"),
    ("port", &[Health], r"(?i)\(port (\d+)\)"),
    ("service", &[], r"(?i)^\(?service ([^\s,()]+)"),
    ("service", &[], r"(?i)^service \(([^\s()]+)\)"),
    ("service", &[], r"(?i)\(service ([^\s,()]+)[,)]"),
    (
        "service",
        &[],
        r"(?i)\bservice \(?([^\s,()]+)\)? (?:was unable to place|failed to launch) a task",
    ),
    ("task_set", &[], r"(?i)task ?set ([\w/-]+)"),
    ("task", &[], r"(?i)\(task ([^)]+)\)"),
    ("task", &[], r"arn:aws[\w-]*:ecs:[\w-]*:\d*:task/(?:[^\s/]+/)?(\w+)"),
    ("instance", &[Health, Placement, Service], r"(?i)\(instance ([^)]+)\)"),
    ("instance", &[Placement, Service], r"(?i)container-instance ([\w-]+)"),
    ("deployment", &[], r"(ecs-svc/\d+)"),
    ("container", &[Container], r"(?i)dependent container (\S+)"),
    ("container", &[Container], r"(?i)for target \[([^\]]+)\]"),
    ("dependency", &[Container], r"(?i)ordering dependency \[([^\]]+)\]"),
    ("command", &[Container], r#"(?i)exec: "([^"]+)""#),
    ("command", &[Container], r"(?i)^exec (\S+?): "),
    ("command", &[Container], r"(?i)stat ([^\s:]+)[: .]"),
    ("subnet", &[], r"\b(subnet-[0-9a-f]+)"),
    ("security_group", &[], r"\b(sg-[0-9a-f]+)"),
    ("eni", &[], r"\b(eni-[0-9a-f]{8,})"),
    ("file_system", &[Storage], r"\b(fs-[0-9a-f]+)"),
    ("access_point", &[Storage], r"\b(fsap-[0-9a-f]+)"),
    ("volume", &[Storage], r"\b(vol-[0-9a-f]+)"),
    ("root_directory", &[Storage], r"(?i)mounting [^\s:]+:(/[^\s]*) failed"),
    ("capacity_provider", &[], r"(?i)capacity provider ([\w-]+)\b"),
    ("quota", &[Placement], r"(?i)limit on the number of (\w+)"),
    ("quota", &[Placement], r"(?i)requested (\w+) configuration is above"),
    ("requirement", &[Placement, Service], r"\b(?:RESOURCE|resource):(\w+)"),
    ("requirement", &[Placement], r"(?i)insufficient (cpu|memory)"),
    ("path", &[Pull], r"(?i)\bwrite (/[^\s:]+)"),
    (
        "region",
        CALLS,
        r"(?i)(?:api\.ecr|secretsmanager|ssm|logs|dkr\.ecr|s3|kms|sts|efs)\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws",
    ),
    (
        "region",
        CALLS,
        r"arn:aws[\w-]*:(?:secretsmanager|ssm|logs|ecr|kms|elasticfilesystem):([a-z]{2}(?:-[a-z]+)+-\d):",
    ),
    ("availability_zone", &[Placement, Storage], r"\b([a-z]{2}(?:-[a-z]+)+-\d[a-z])\b"),
];

/// Compiled when first needed: a start of the program that explains one message pays for the patterns of one group.
static COMPILED: [OnceLock<Option<Regex>>; EXTRACTORS.len()] =
    [const { OnceLock::new() }; EXTRACTORS.len()];

/// Marks a pattern in which case does not count. It is matched against the text in lower case,
/// which is as long as the text; so the engine can look for its literals first.
const ANY_CASE: &str = "(?i)";

/// Without Unicode classes the patterns are small and fast; names in AWS's texts are ASCII.
fn compile(pattern: &str) -> Option<Regex> {
    let pattern = pattern.strip_prefix(ANY_CASE).unwrap_or(pattern);
    RegexBuilder::new(pattern).unicode(false).build().ok()
}

/// The first capture of a pattern, in the case of the text.
fn captured<'t>(regex: &Regex, haystack: &str, text: &'t str) -> Option<&'t str> {
    text.get(regex.captures(haystack.as_bytes())?.get(1)?.range())
}

/// "because no X policy allows" and "with an explicit deny in a X policy": the words of IAM's messages and the kind of policy.
const POLICY_KINDS: &[(&str, &str)] = &[
    ("identity-based", "identity-based"),
    ("resource-based", "resource-based"),
    ("vpc endpoint", "vpc-endpoint"),
    ("service control", "service-control"),
    ("resource control", "resource-control"),
    ("permissions boundary", "boundary"),
    ("permission boundary", "boundary"),
    ("session", "session"),
    ("trust", "trust"),
];

/// The parameters of a normalised text. What the message inside it names comes first; the wrapping may name the service.
pub(super) fn parameters_of(
    text: &str,
    core: &str,
    symptom: Symptom,
    message: &Message,
) -> Parameters {
    let group = symptom.group();
    let mut parameters = Parameters::default();
    let lower = core.to_ascii_lowercase();
    extract(core, &lower, group, &mut parameters);
    if core.len() < text.len() {
        extract(text, &text.to_ascii_lowercase(), group, &mut parameters);
    }
    denied_by(&lower, &mut parameters);
    if group == Pull {
        parts_of_the_image(core, &mut parameters);
    }
    if group == Secrets && symptom == Symptom::ParameterNotFound {
        parameters.0.remove("region");
    }
    let code =
        message.exit_code.or_else(|| (group == Container).then(|| exit::code_in(&lower)).flatten());
    if let Some(code) = code {
        parameters.set("exit_code", code.to_string());
    }
    parameters
}

fn extract(text: &str, lower: &str, group: SymptomGroup, parameters: &mut Parameters) {
    for ((name, groups, pattern), regex) in EXTRACTORS.iter().zip(&COMPILED) {
        if (groups.is_empty() || groups.contains(&group))
            && parameters.get(name).is_none()
            && let Some(regex) = regex.get_or_init(|| compile(pattern))
            && let Some(value) =
                captured(regex, if pattern.starts_with(ANY_CASE) { lower } else { text }, text)
        {
            parameters.set(name, trimmed(value));
        }
    }
}

/// Without the punctuation of the sentence around it.
fn trimmed(value: &str) -> &str {
    let value = value.trim_matches(|c: char| matches!(c, '\'' | '"' | ',' | ';'));
    let value = value.trim_end_matches("**");
    let value = if value.contains('(') { value } else { value.trim_end_matches(')') };
    value.trim_end_matches(['.', ':'])
}

fn denied_by(lower: &str, parameters: &mut Parameters) {
    let kind_in = |rest: &str| {
        let policy = rest
            .find(" polic")
            .or_else(|| rest.find("boundary").map(|at| at + "boundary".len()))?;
        let words = rest.get(..policy)?;
        POLICY_KINDS.iter().find(|(word, _)| words.contains(word)).map(|(_, kind)| *kind)
    };
    if let Some((_, rest)) = lower.split_once("explicit deny") {
        parameters.set("denied_by", "explicit-deny");
        if let Some(kind) = kind_in(rest) {
            parameters.set("policy_kind", kind);
        }
    } else if let Some(kind) = lower.split_once("because no ").and_then(|(_, rest)| kind_in(rest)) {
        parameters.set("denied_by", kind);
    }
}

static REGISTRY_URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    compile(r#"https?://([^/\s"]+)/v2/([^\s"]+?)/(manifests|blobs)/([^\s":]+(?::[0-9a-f]+)?)"#)
});

/// Registry, repository, tag and digest, from the image or from the registry's URL.
fn parts_of_the_image(text: &str, parameters: &mut Parameters) {
    if let Some(captures) =
        REGISTRY_URL.as_ref().and_then(|pattern| pattern.captures(text.as_bytes()))
        && let (Ok(host), Ok(repository), Ok(reference)) = (
            std::str::from_utf8(&captures[1]),
            std::str::from_utf8(&captures[2]),
            std::str::from_utf8(&captures[4]),
        )
    {
        parameters.set("registry", host);
        parameters.set("repository", repository);
        // A blob is a layer: its digest is not the image's.
        if &captures[3] == b"manifests" && parameters.get("image").is_none() {
            parameters.set(if reference.contains(':') { "digest" } else { "tag" }, reference);
        }
    }
    let Some(image) = parameters.get("image") else { return };
    // What is cut in the middle names no registry yet.
    if let Some(rest) = text.trim_end().strip_suffix("...")
        && rest.ends_with(image)
    {
        return;
    }
    let Ok(image) = image.parse::<ImageRef>() else { return };
    let host = match image.registry() {
        Registry::DockerHub => "docker.io".to_owned(),
        _ => image.host().to_owned(),
    };
    // The image's own host is the registry's name; a URL may show a mirror or `registry-1.docker.io`.
    parameters.0.insert("registry", host);
    parameters.0.insert("repository", image.repository().to_owned());
    if let Some(tag) = image.tag() {
        parameters.set("tag", tag);
    }
    if let Some(digest) = image.digest() {
        parameters.set("digest", digest);
    }
    if let Registry::EcrPrivate { region, account, .. } = image.registry() {
        parameters.set("region", region);
        parameters.set("registry_account", account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_with_one_capture() {
        for (name, _, pattern) in EXTRACTORS {
            let regex = compile(pattern).unwrap_or_else(|| panic!("{name}: {pattern}"));
            assert_eq!(regex.captures_len(), 2, "{name}: {pattern}");
        }
        assert!(REGISTRY_URL.is_some());
    }
}
