//! Amazon Resource Names: `arn:partition:service:region:account:resource`.
//! Knows the resource part of the services that a Fargate launch touches; keeps every other one as text.
//! Source: AWS General Reference, "Amazon Resource Names", and the ARN formats of the Service Authorization Reference.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// An ARN in its six parts. `region` and `account` may be empty (IAM has no region, S3 has neither).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arn {
    /// `aws`, `aws-cn`, `aws-us-gov`, ...
    pub partition: String,
    /// The service's name in ARNs, e.g. `ecs`, `secretsmanager`, `elasticloadbalancing`.
    pub service: String,
    /// The region; empty for global services.
    pub region: String,
    /// The account id; empty for S3 buckets, `aws` for managed policies.
    pub account: String,
    /// Everything after the fifth colon, colons included.
    pub resource: String,
}

/// What is wrong with a text that should be an ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// The text does not begin with `arn:`.
    #[error("`{0}` is not an ARN: it does not begin with `arn:`")]
    NoPrefix(String),
    /// Fewer than six parts.
    #[error(
        "`{text}` is not a whole ARN: it has {found} of the 6 parts arn:partition:service:region:account:resource"
    )]
    TooFewParts {
        /// The text.
        text: String,
        /// How many parts it has.
        found: usize,
    },
    /// A part that must not be empty is.
    #[error("`{text}` is not a valid ARN: its {part} is empty")]
    EmptyPart {
        /// The text.
        text: String,
        /// `partition`, `service` or `resource`.
        part: &'static str,
    },
    /// White space or a control character inside.
    #[error("`{0}` is not a valid ARN: it contains white space")]
    WhiteSpace(String),
    /// The partition is not one of AWS's (`aws`, `aws-...`).
    #[error("`{text}` is not a valid ARN: `{partition}` is not an AWS partition")]
    UnknownPartition {
        /// The text.
        text: String,
        /// What stands in the partition's place.
        partition: String,
    },
    /// The account is neither 12 digits nor empty nor `aws`.
    #[error("`{text}` is not a valid ARN: the account `{account}` is not 12 digits")]
    BadAccount {
        /// The text.
        text: String,
        /// What stands in the account's place.
        account: String,
    },
}

/// The resource of an ECS ARN. `cluster` is `None` in the old (short) format, which did not name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EcsResource<'a> {
    /// `cluster/NAME`
    Cluster {
        /// The cluster's name.
        name: &'a str,
    },
    /// `service/CLUSTER/NAME`, or `service/NAME`
    Service {
        /// The cluster's name, if the ARN is of the long format.
        cluster: Option<&'a str>,
        /// The service's name.
        name: &'a str,
    },
    /// `task/CLUSTER/ID`, or `task/ID`
    Task {
        /// The cluster's name, if the ARN is of the long format.
        cluster: Option<&'a str>,
        /// The task id.
        id: &'a str,
    },
    /// `task-definition/FAMILY:REVISION`, or `task-definition/FAMILY`
    TaskDefinition {
        /// The family.
        family: &'a str,
        /// The revision, if the ARN names one.
        revision: Option<u32>,
    },
    /// `container-instance/CLUSTER/ID`, or `container-instance/ID`
    ContainerInstance {
        /// The cluster's name, if the ARN is of the long format.
        cluster: Option<&'a str>,
        /// The container instance id.
        id: &'a str,
    },
    /// `task-set/CLUSTER/SERVICE/ID`, `service-deployment/...`, `service-revision/...`
    OfService {
        /// `task-set`, `service-deployment` or `service-revision`.
        kind: &'a str,
        /// The cluster's name.
        cluster: &'a str,
        /// The service's name.
        service: &'a str,
        /// The id.
        id: &'a str,
    },
}

/// The name of an IAM role with its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleName<'a> {
    /// The path, with both slashes: `/` or `/service-role/`.
    pub path: String,
    /// The name, as the IAM API takes it.
    pub name: &'a str,
}

/// The name part of a Secrets Manager ARN.
/// A whole ARN ends in `-` and six random characters. A partial ARN lacks them, but a secret's own name may
/// look as if it had them, so `suffix` is a likelihood, not a proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretName<'a> {
    /// The name as it stands in the ARN, suffix included.
    pub full: &'a str,
    /// The name without the suffix.
    pub name: &'a str,
    /// The six characters, if the text ends in `-` and six letters or digits.
    pub suffix: Option<&'a str>,
}

impl FromStr for Arn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        if !text.starts_with("arn:") {
            return Err(ArnError::NoPrefix(text.to_owned()));
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(ArnError::WhiteSpace(text.to_owned()));
        }
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let &[_, partition, service, region, account, resource] = parts.as_slice() else {
            return Err(ArnError::TooFewParts { text: text.to_owned(), found: parts.len() });
        };
        for (value, part) in
            [(partition, "partition"), (service, "service"), (resource, "resource")]
        {
            if value.is_empty() {
                return Err(ArnError::EmptyPart { text: text.to_owned(), part });
            }
        }
        if partition != "aws" && !partition.starts_with("aws-") {
            return Err(ArnError::UnknownPartition {
                text: text.to_owned(),
                partition: partition.to_owned(),
            });
        }
        let account_is_valid = account.is_empty()
            || account == "aws"
            || (account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()));
        if !account_is_valid {
            return Err(ArnError::BadAccount {
                text: text.to_owned(),
                account: account.to_owned(),
            });
        }
        Ok(Self {
            partition: partition.to_owned(),
            service: service.to_owned(),
            region: region.to_owned(),
            account: account.to_owned(),
            resource: resource.to_owned(),
        })
    }
}

impl TryFrom<String> for Arn {
    type Error = ArnError;
    fn try_from(text: String) -> Result<Self, ArnError> {
        text.parse()
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> Self {
        arn.to_string()
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

impl Arn {
    /// The resource of an ECS ARN; `None` for another service or a form that ECS does not use.
    #[must_use]
    pub fn ecs(&self) -> Option<EcsResource<'_>> {
        if self.service != "ecs" {
            return None;
        }
        let (kind, rest) = self.resource.split_once('/')?;
        let parts: Vec<&str> = rest.split('/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return None;
        }
        let (cluster, last) = match parts.as_slice() {
            [last] => (None, *last),
            [cluster, last] => (Some(*cluster), *last),
            [cluster, service, id] => {
                let known = matches!(kind, "task-set" | "service-deployment" | "service-revision");
                return known.then_some(EcsResource::OfService { kind, cluster, service, id });
            }
            _ => return None,
        };
        match (kind, cluster) {
            ("cluster", None) => Some(EcsResource::Cluster { name: last }),
            ("service", cluster) => Some(EcsResource::Service { cluster, name: last }),
            ("task", cluster) => Some(EcsResource::Task { cluster, id: last }),
            ("container-instance", cluster) => {
                Some(EcsResource::ContainerInstance { cluster, id: last })
            }
            ("task-definition", None) => match last.split_once(':') {
                Some((family, revision)) => Some(EcsResource::TaskDefinition {
                    family,
                    revision: Some(revision.parse().ok()?),
                }),
                None => Some(EcsResource::TaskDefinition { family: last, revision: None }),
            },
            _ => None,
        }
    }

    /// The role of `arn:aws:iam::ACCOUNT:role/PATH/NAME`.
    #[must_use]
    pub fn role(&self) -> Option<RoleName<'_>> {
        let rest = self.resource_of("iam", "role/")?;
        let (path, name) = rest.rsplit_once('/').map_or(("", rest), |(path, name)| (path, name));
        let path = if path.is_empty() { "/".to_owned() } else { format!("/{path}/") };
        (!name.is_empty()).then_some(RoleName { path, name })
    }

    /// The secret of `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX`, a `:json-key:stage:version` tail left out.
    #[must_use]
    pub fn secret(&self) -> Option<SecretName<'_>> {
        let full = self.resource_of("secretsmanager", "secret:")?.split(':').next()?;
        let suffix = full.rsplit_once('-').map(|(_, suffix)| suffix).filter(|suffix| {
            suffix.len() == 6 && suffix.bytes().all(|b| b.is_ascii_alphanumeric())
        });
        let name = suffix.map_or(full, |suffix| &full[..full.len() - suffix.len() - 1]);
        Some(SecretName { full, name, suffix })
    }

    /// The parameter of `arn:aws:ssm:REGION:ACCOUNT:parameter/NAME` as the API names it: a hierarchy keeps its leading slash
    /// (`parameter/a/b` is `/a/b`), a plain name has none (`parameter/a` is `a`, though the API also takes `/a` for a parameter made so).
    #[must_use]
    pub fn parameter_name(&self) -> Option<&str> {
        let rest = self.resource_of("ssm", "parameter")?;
        let bare = rest.strip_prefix('/')?;
        if bare.is_empty() {
            return None;
        }
        Some(if bare.contains('/') { rest } else { bare })
    }

    /// The log group of `arn:aws:logs:REGION:ACCOUNT:log-group:NAME[:*|:log-stream:STREAM]`.
    #[must_use]
    pub fn log_group_name(&self) -> Option<&str> {
        self.resource_of("logs", "log-group:")?.split(':').next().filter(|name| !name.is_empty())
    }

    /// The repository of `arn:aws:ecr:REGION:ACCOUNT:repository/NAME`.
    #[must_use]
    pub fn repository_name(&self) -> Option<&str> {
        self.resource_of("ecr", "repository/")
    }

    /// The target group's name of `arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/NAME/ID`.
    #[must_use]
    pub fn target_group_name(&self) -> Option<&str> {
        self.resource_of("elasticloadbalancing", "targetgroup/")?.split('/').next()
    }

    /// The key id of `arn:aws:kms:REGION:ACCOUNT:key/ID`.
    #[must_use]
    pub fn kms_key_id(&self) -> Option<&str> {
        self.resource_of("kms", "key/")
    }

    /// Role and session of `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. The role's path is not in it.
    #[must_use]
    pub fn assumed_role(&self) -> Option<(&str, &str)> {
        self.resource_of("sts", "assumed-role/")?.split_once('/')
    }

    fn resource_of(&self, service: &str, prefix: &str) -> Option<&str> {
        (self.service == service)
            .then(|| self.resource.strip_prefix(prefix))
            .flatten()
            .filter(|rest| !rest.is_empty())
    }
}

#[cfg(test)]
#[path = "arn_tests.rs"]
mod tests;
