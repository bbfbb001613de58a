//! What a person asks about: a service, a task, a task definition, a cluster, or everything that is not steady.
//! Reads names, ARNs and console addresses; asks nothing.

use crate::failure::Failure;
use clap::Args;
use ecswhy_facts::{Arn, ConsoleResource, ConsoleTarget, EcsResource};

/// The arguments that name a target.
#[derive(Args, Clone, Debug, Default)]
pub struct TargetArguments {
    /// SERVICE, CLUSTER/SERVICE, FAMILY:REVISION, the id of a task, an ARN of a service, task or task definition, or the address of its console page;
    /// without it, every service of the region that is not steady
    pub target: Option<String>,
    /// Name of the cluster
    #[arg(long)]
    pub cluster: Option<String>,
    /// Name of the service
    #[arg(long, conflicts_with = "task")]
    pub service: Option<String>,
    /// Id of a task
    #[arg(long)]
    pub task: Option<String>,
}

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The subject.
    pub subject: Subject,
    /// The region that an ARN or an address names.
    pub region: Option<String>,
    /// The account that an ARN names.
    pub account: Option<String>,
}

/// The subject of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Every service that is not steady.
    Unsteady {
        /// Of this cluster only.
        cluster: Option<String>,
    },
    /// A service.
    Service {
        /// Name; `None` when it must be looked for.
        cluster: Option<String>,
        /// Name.
        service: String,
    },
    /// A task.
    Task {
        /// Name; `None` when it must be looked for.
        cluster: Option<String>,
        /// Id.
        task: String,
    },
    /// The services that use a task definition.
    TaskDefinition {
        /// Family.
        family: String,
        /// Revision; `None` for any.
        revision: Option<u32>,
    },
}

impl TargetArguments {
    /// Reads the arguments.
    ///
    /// # Errors
    /// When they name no target, or contradict each other.
    pub fn read(&self) -> Result<Wanted, Failure> {
        let mut wanted = match self.target.as_deref().map(str::trim) {
            None => Wanted::of(Subject::Unsteady { cluster: None }),
            Some("") => {
                return Err(Failure::new("TARGET is empty: give a service or CLUSTER/SERVICE"));
            }
            Some(text) => read(text)?,
        };
        if let Some(service) = &self.service {
            wanted.subject = match wanted.subject {
                Subject::Unsteady { cluster } => {
                    Subject::Service { cluster, service: service.clone() }
                }
                other => return Err(twice("--service", service, &other)),
            };
        }
        if let Some(task) = &self.task {
            wanted.subject = match wanted.subject {
                Subject::Unsteady { cluster } => {
                    let task = task.rsplit('/').next().unwrap_or(task);
                    Subject::Task { cluster, task: task.to_owned() }
                }
                other => return Err(twice("--task", task, &other)),
            };
        }
        if let Some(given) = &self.cluster {
            let name = given.rsplit('/').next().unwrap_or(given).to_owned();
            match &mut wanted.subject {
                Subject::Unsteady { cluster }
                | Subject::Service { cluster, .. }
                | Subject::Task { cluster, .. } => match cluster {
                    Some(known) if *known != name => {
                        return Err(Failure::new(format!(
                            "--cluster is {name}, but TARGET is in the cluster {known}: leave one of them out"
                        )));
                    }
                    _ => *cluster = Some(name),
                },
                Subject::TaskDefinition { .. } => {
                    return Err(Failure::new(
                        "a task definition belongs to no cluster: leave --cluster out, or name the service",
                    ));
                }
            }
        }
        Ok(wanted)
    }
}

impl Wanted {
    fn of(subject: Subject) -> Self {
        Self { subject, region: None, account: None }
    }
}

fn twice(flag: &str, value: &str, other: &Subject) -> Failure {
    let what = match other {
        Subject::Service { service, .. } => format!("the service {service}"),
        Subject::Task { task, .. } => format!("the task {task}"),
        Subject::TaskDefinition { family, .. } => format!("the task definition {family}"),
        Subject::Unsteady { .. } => "another target".to_owned(),
    };
    Failure::new(format!(
        "{flag} is {value}, but TARGET already names {what}: leave one of them out"
    ))
}

fn read(text: &str) -> Result<Wanted, Failure> {
    // Browsers hide the scheme.
    if !text.contains("://") && text.contains("console.a") && text.contains("/ecs/") {
        return read(&format!("https://{text}"));
    }
    if ConsoleTarget::is_url(text) {
        let page = ConsoleTarget::parse(text).map_err(|error| Failure::new(error.to_string()))?;
        let subject = match page.resource {
            ConsoleResource::Cluster { cluster } => Subject::Unsteady { cluster: Some(cluster) },
            ConsoleResource::Service { cluster, service } => {
                Subject::Service { cluster: Some(cluster), service }
            }
            ConsoleResource::Task { cluster, task, .. } => {
                Subject::Task { cluster: Some(cluster), task }
            }
            ConsoleResource::TaskDefinition { family, revision } => {
                Subject::TaskDefinition { family, revision }
            }
        };
        return Ok(Wanted { region: page.region, ..Wanted::of(subject) });
    }
    if text.starts_with("arn:") {
        let arn: Arn = text
            .parse()
            .map_err(|error: ecswhy_facts::ArnError| Failure::new(error.to_string()))?;
        let subject = of_arn(&arn).ok_or_else(|| {
            Failure::new(format!(
                "{text} is not the ARN of an ECS service, task, task definition or cluster: give one of these"
            ))
        })?;
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        return Ok(Wanted { region: filled(&arn.region), account: filled(&arn.account), subject });
    }
    if let Some((family, revision)) = text.split_once(':').filter(|(family, _)| is_name(family)) {
        let revision = revision.parse().map_err(|_| unreadable(text))?;
        let subject =
            Subject::TaskDefinition { family: family.to_owned(), revision: Some(revision) };
        return Ok(Wanted::of(subject));
    }
    let parts: Vec<&str> = text.split('/').collect();
    let subject = match parts.as_slice() {
        [name] if is_task_id(name) => Subject::Task { cluster: None, task: (*name).to_owned() },
        [name] if is_name(name) => Subject::Service { cluster: None, service: (*name).to_owned() },
        [family, revision] if family.is_empty() || revision.is_empty() => {
            return Err(unreadable(text));
        }
        [cluster, task] if is_name(cluster) && is_task_id(task) => {
            Subject::Task { cluster: Some((*cluster).to_owned()), task: (*task).to_owned() }
        }
        [cluster, service] if is_name(cluster) && is_name(service) => Subject::Service {
            cluster: Some((*cluster).to_owned()),
            service: (*service).to_owned(),
        },
        _ => return Err(unreadable(text)),
    };
    Ok(Wanted::of(subject))
}

fn unreadable(text: &str) -> Failure {
    Failure::new(format!(
        "`{text}` is no target: give SERVICE, CLUSTER/SERVICE, FAMILY:REVISION, a task id, an ARN or the address of a console page"
    ))
}

fn of_arn(arn: &Arn) -> Option<Subject> {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Some(match arn.ecs()? {
        EcsResource::Cluster { name } => Subject::Unsteady { cluster: Some(name.to_owned()) },
        EcsResource::Service { cluster, name } => {
            Subject::Service { cluster: owned(cluster), service: name.to_owned() }
        }
        EcsResource::OfService { cluster, service, .. } => {
            Subject::Service { cluster: Some(cluster.to_owned()), service: service.to_owned() }
        }
        EcsResource::Task { cluster, id } => {
            Subject::Task { cluster: owned(cluster), task: id.to_owned() }
        }
        EcsResource::TaskDefinition { family, revision } => {
            Subject::TaskDefinition { family: family.to_owned(), revision }
        }
        EcsResource::ContainerInstance { .. } => return None,
    })
}

/// Names of clusters and services: up to 255 letters, digits, hyphens and underscores (ECS API Reference).
fn is_name(text: &str) -> bool {
    (1..=255).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Task ids are 32 hexadecimal digits; those of the old ARN format are UUIDs.
fn is_task_id(text: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lengths = || text.split('-').map(str::len).eq([8, 4, 4, 4, 12]);
    (text.len() == 32 && is_hex(text)) || (lengths() && text.split('-').all(is_hex))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = "0f9d2c3b4a5e46d7b8c90a1b2c3d4e5f";

    fn parse(text: &str) -> Result<Subject, String> {
        let arguments =
            TargetArguments { target: Some(text.to_owned()), ..TargetArguments::default() };
        arguments.read().map(|wanted| wanted.subject).map_err(|failure| failure.to_string())
    }

    #[test]
    fn every_form_of_a_target_is_read() {
        let service = |cluster: Option<&str>| Subject::Service {
            cluster: cluster.map(str::to_owned),
            service: "web".into(),
        };
        let task = |cluster: Option<&str>| Subject::Task {
            cluster: cluster.map(str::to_owned),
            task: TASK.into(),
        };
        for (text, expected) in [
            ("web", service(None)),
            ("prod/web", service(Some("prod"))),
            (TASK, task(None)),
            (&format!("prod/{TASK}"), task(Some("prod"))),
            ("arn:aws:ecs:eu-west-1:111122223333:service/prod/web", service(Some("prod"))),
            ("arn:aws:ecs:eu-west-1:111122223333:service/web", service(None)),
            (&format!("arn:aws:ecs:eu-west-1:111122223333:task/prod/{TASK}"), task(Some("prod"))),
            (
                "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:12",
                Subject::TaskDefinition { family: "web".into(), revision: Some(12) },
            ),
            ("web:12", Subject::TaskDefinition { family: "web".into(), revision: Some(12) }),
            (
                "0f9d2c3b-4a5e-46d7-b8c9-0a1b2c3d4e5f",
                Subject::Task {
                    cluster: None,
                    task: "0f9d2c3b-4a5e-46d7-b8c9-0a1b2c3d4e5f".into(),
                },
            ),
            (
                "arn:aws:ecs:eu-west-1:111122223333:cluster/prod",
                Subject::Unsteady { cluster: Some("prod".into()) },
            ),
            (
                "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web/health",
                service(Some("prod")),
            ),
            (
                "eu-west-1.console.aws.amazon.com/ecs/v2/clusters/prod/services/web/tasks",
                service(Some("prod")),
            ),
        ] {
            assert_eq!(parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_target_is_one_sentence() {
        for text in [
            "",
            "a/b/c",
            "/web",
            "prod/",
            "we b",
            "web:latest",
            "web:",
            ":3",
            "arn:aws:s3:::bucket",
            "arn:aws:ecs",
            "https://example.com/x",
        ] {
            let sentence = parse(text).unwrap_err();
            assert!(!sentence.ends_with('.') && !sentence.contains('\n'), "{sentence}");
        }
    }

    #[test]
    fn flags_fill_in_what_the_target_leaves_open() {
        let with = |target: Option<&str>, cluster: Option<&str>, service: Option<&str>| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            TargetArguments {
                target: owned(target),
                cluster: owned(cluster),
                service: owned(service),
                task: None,
            }
            .read()
        };
        let web = Subject::Service { cluster: Some("prod".into()), service: "web".into() };
        assert_eq!(with(Some("web"), Some("prod"), None).unwrap().subject, web);
        assert_eq!(with(None, Some("prod"), Some("web")).unwrap().subject, web);
        assert!(with(Some("prod/web"), Some("test"), None).is_err());
        assert!(with(Some("web"), None, Some("api")).is_err());
    }
}
