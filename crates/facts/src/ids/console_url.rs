//! Addresses of the ECS pages of the AWS console, old and new, as people paste them.
//! Knows the path forms of both consoles; asks nothing of AWS.

use super::arn::{Arn, EcsResource};
use super::partition::looks_like_region;

/// What a console address points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleTarget {
    /// The region, from the host or the `region` parameter.
    pub region: Option<String>,
    /// The resource of the page.
    pub resource: ConsoleResource,
}

/// The resource of a console page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConsoleResource {
    /// A cluster's page.
    Cluster {
        /// The cluster's name.
        cluster: String,
    },
    /// A service's page, or a page below it.
    Service {
        /// The cluster's name.
        cluster: String,
        /// The service's name.
        service: String,
    },
    /// A task's page.
    Task {
        /// The cluster's name.
        cluster: String,
        /// The service's name, if the address names it.
        service: Option<String>,
        /// The task id.
        task: String,
    },
    /// A task definition's page.
    TaskDefinition {
        /// The family.
        family: String,
        /// The revision, if the address names it.
        revision: Option<u32>,
    },
}

/// Why an address is not one of an ECS page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsoleUrlError {
    /// Not an address of the AWS console.
    #[error("`{0}` is not an address of the AWS console")]
    NotTheConsole(String),
    /// A page of another service, or an ECS page without a cluster or task definition.
    #[error("`{0}` does not show an ECS cluster, service, task or task definition")]
    NoTarget(String),
}

impl ConsoleTarget {
    /// Reads an address. Whether a text is one at all is told by [`ConsoleTarget::is_url`].
    ///
    /// # Errors
    /// If the host is not the AWS console's, or the page is not an ECS cluster, service, task or task definition.
    pub fn parse(text: &str) -> Result<Self, ConsoleUrlError> {
        let not_console = || ConsoleUrlError::NotTheConsole(text.to_owned());
        let (_, rest) = text.trim().split_once("://").ok_or_else(not_console)?;
        let (before_fragment, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (before_query, query) =
            before_fragment.split_once('?').unwrap_or((before_fragment, ""));
        let (host, path) = before_query.split_once('/').unwrap_or((before_query, ""));
        let host_region = region_of_console_host(host).ok_or_else(not_console)?;
        let region = parameter(query, "region")
            .or_else(|| {
                parameter(fragment.split_once('?').map_or("", |(_, query)| query), "region")
            })
            .filter(|region| looks_like_region(region))
            .or(host_region);

        if let Some(arn) = parameter(query, "arn").and_then(|arn| arn.parse::<Arn>().ok()) {
            return Self::of_arn(&arn).ok_or_else(|| ConsoleUrlError::NoTarget(text.to_owned()));
        }
        // The old console keeps its path in the fragment: /ecs/home?region=R#/clusters/C/services/S/details
        let page = if fragment.starts_with('/') { fragment } else { path };
        let page = page.split('?').next().unwrap_or_default();
        let parts: Vec<String> =
            page.split('/').filter(|part| !part.is_empty()).map(percent_decode).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let is_ecs = path.starts_with("ecs") || path.contains("/ecs/");
        is_ecs
            .then(|| resource(&parts))
            .flatten()
            .map(|resource| Self { region, resource })
            .ok_or_else(|| ConsoleUrlError::NoTarget(text.to_owned()))
    }

    /// Whether the text has the form of a web address.
    #[must_use]
    pub fn is_url(text: &str) -> bool {
        let text = text.trim();
        text.starts_with("https://") || text.starts_with("http://")
    }

    fn of_arn(arn: &Arn) -> Option<Self> {
        let resource = match arn.ecs()? {
            EcsResource::Cluster { name } => ConsoleResource::Cluster { cluster: name.to_owned() },
            EcsResource::Service { cluster: Some(cluster), name } => {
                ConsoleResource::Service { cluster: cluster.to_owned(), service: name.to_owned() }
            }
            EcsResource::Task { cluster: Some(cluster), id } => ConsoleResource::Task {
                cluster: cluster.to_owned(),
                service: None,
                task: id.to_owned(),
            },
            EcsResource::TaskDefinition { family, revision } => {
                ConsoleResource::TaskDefinition { family: family.to_owned(), revision }
            }
            _ => return None,
        };
        Some(Self { region: Some(arn.region.clone()), resource })
    }
}

/// `None`: not a console host. `Some(None)`: the console's host without a region.
/// Multi-session hosts put `ACCOUNT-CODE.` before the region.
fn region_of_console_host(host: &str) -> Option<Option<String>> {
    const SUFFIXES: [&str; 4] = [
        "console.aws.amazon.com",
        "console.amazonaws.cn",
        "console.amazonaws-us-gov.com",
        "console.amazonaws-eusc.eu",
    ];
    let host = host.to_ascii_lowercase();
    let before = SUFFIXES.iter().find_map(|suffix| host.strip_suffix(suffix))?;
    if !before.is_empty() && !before.ends_with('.') {
        return None;
    }
    Some(before.split('.').find(|label| looks_like_region(label)).map(str::to_owned))
}

fn parameter(query: &str, name: &str) -> Option<String> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| percent_decode(value))
}

fn resource(parts: &[&str]) -> Option<ConsoleResource> {
    if let Some(start) = parts.iter().position(|part| *part == "clusters") {
        let cluster = (*parts.get(start + 1)?).to_owned();
        let below = &parts[start + 2..];
        return Some(match below {
            ["services", service, "tasks", task, ..] if looks_like_task(task) => {
                ConsoleResource::Task {
                    cluster,
                    service: Some((*service).to_owned()),
                    task: (*task).to_owned(),
                }
            }
            ["services", service, ..] => {
                ConsoleResource::Service { cluster, service: (*service).to_owned() }
            }
            ["tasks", task, ..] if looks_like_task(task) => {
                ConsoleResource::Task { cluster, service: None, task: (*task).to_owned() }
            }
            _ => ConsoleResource::Cluster { cluster },
        });
    }
    let start =
        parts.iter().position(|part| matches!(*part, "task-definitions" | "taskDefinitions"))?;
    let family = (*parts.get(start + 1)?).to_owned();
    let revision = parts.get(start + 2).and_then(|revision| revision.parse().ok());
    Some(ConsoleResource::TaskDefinition { family, revision })
}

/// Task ids are 32 hex digits, or a UUID in old accounts. Other words there are tabs of the page.
fn looks_like_task(text: &str) -> bool {
    text.len() >= 32 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TASK: &str = "0f9d2c3b4a5e46d7b8c90a1b2c3d4e5f";

    #[test]
    fn pages_of_both_consoles_are_read() {
        let service = ConsoleResource::Service { cluster: "prod".into(), service: "web".into() };
        let task = |service: Option<&str>| ConsoleResource::Task {
            cluster: "prod".into(),
            service: service.map(str::to_owned),
            task: TASK.into(),
        };
        let definition =
            |revision| ConsoleResource::TaskDefinition { family: "web".into(), revision };
        for (page, expected) in [
            ("ecs/v2/clusters/prod/services/web/health?region=eu-west-1", service.clone()),
            ("ecs/v2/clusters/prod/services/web?region=eu-west-1", service.clone()),
            ("ecs/v2/clusters/prod/services/web/tasks?region=eu-west-1", service.clone()),
            ("ecs/home?region=eu-west-1#/clusters/prod/services/web/details", service.clone()),
            (
                "ecs/v2/clusters/prod/tasks/0f9d2c3b4a5e46d7b8c90a1b2c3d4e5f/configuration",
                task(None),
            ),
            (
                "ecs/v2/clusters/prod/services/web/tasks/0f9d2c3b4a5e46d7b8c90a1b2c3d4e5f/logs",
                task(Some("web")),
            ),
            (
                "ecs/home?region=eu-west-1#/clusters/prod/tasks/0f9d2c3b4a5e46d7b8c90a1b2c3d4e5f/details",
                task(None),
            ),
            (
                "ecs/v2/clusters/prod/services?region=eu-west-1",
                ConsoleResource::Cluster { cluster: "prod".into() },
            ),
            ("ecs/v2/task-definitions/web/12/containers", definition(Some(12))),
            ("ecs/home?region=eu-west-1#/taskDefinitions/web/12", definition(Some(12))),
            ("ecs/v2/task-definitions/web?status=ACTIVE", definition(None)),
            (
                "go/view?arn=arn%3Aaws%3Aecs%3Aeu-west-1%3A111122223333%3Aservice%2Fprod%2Fweb",
                service,
            ),
        ] {
            let target =
                ConsoleTarget::parse(&format!("https://eu-west-1.console.aws.amazon.com/{page}"))
                    .unwrap();
            assert_eq!(target.resource, expected, "{page}");
            assert_eq!(target.region.as_deref(), Some("eu-west-1"), "{page}");
        }
    }

    #[test]
    fn hosts_of_every_partition_are_read() {
        for (host, region) in [
            ("console.aws.amazon.com", None),
            ("us-east-1.console.aws.amazon.com", Some("us-east-1")),
            ("111122223333-abcd1234.us-east-2.console.aws.amazon.com", Some("us-east-2")),
            ("cn-north-1.console.amazonaws.cn", Some("cn-north-1")),
            ("console.amazonaws-us-gov.com", None),
        ] {
            let target =
                ConsoleTarget::parse(&format!("https://{host}/ecs/v2/clusters/c/services/s"))
                    .unwrap();
            assert_eq!(target.region.as_deref(), region, "{host}");
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        for text in [
            "https://example.com/ecs/v2/clusters/c/services/s",
            "https://evilconsole.aws.amazon.com/ecs/v2/clusters/c",
            "clusters/c/services/s",
        ] {
            assert!(
                matches!(ConsoleTarget::parse(text), Err(ConsoleUrlError::NotTheConsole(_))),
                "{text}"
            );
        }
        for text in [
            "https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions/x",
            "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters",
            "https://eu-west-1.console.aws.amazon.com/eks/clusters/x",
        ] {
            assert!(
                matches!(ConsoleTarget::parse(text), Err(ConsoleUrlError::NoTarget(_))),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(https://console\\.aws\\.amazon\\.com/ecs/)?\\PC{0,60}") {
            let _ = ConsoleTarget::parse(&text);
        }
    }
}
