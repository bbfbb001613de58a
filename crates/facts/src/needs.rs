//! What a task definition refers to: images, secrets, log groups, environment files, file systems, roles.
//! Whether any of it exists or may be used is not known here.

use crate::ecs::{ContainerDefinition, EfsVolumeConfiguration, TaskDefinition};
use crate::ids::{
    ImageRef, ImageRefError, S3ObjectRef, SecretRef, SecretRefError, partition_of_region,
};

/// Everything outside of itself that a task definition names.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// One per container.
    pub images: Vec<ImageNeed>,
    /// `secrets`, `secretOptions` and `repositoryCredentials`, in this order per container.
    pub secrets: Vec<SecretNeed>,
    /// Log configurations of the driver `awslogs`.
    pub log_groups: Vec<LogNeed>,
    /// `environmentFiles`.
    pub env_files: Vec<EnvFileNeed>,
    /// `firelensConfiguration` files that lie in S3.
    pub router_files: Vec<EnvFileNeed>,
    /// EFS volumes.
    pub file_systems: Vec<FileSystemNeed>,
}

/// An image that a container runs.
#[derive(Clone, Debug)]
pub struct ImageNeed {
    /// Container name.
    pub container: String,
    /// As the task definition writes it.
    pub text: String,
    /// Parsed.
    pub image: Result<ImageRef, ImageRefError>,
    /// Whether the container brings its own registry credentials.
    pub has_credentials: bool,
}

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretUse {
    /// An environment variable (`secrets`).
    Environment,
    /// An option of the log driver (`logConfiguration.secretOptions`).
    LogOption,
    /// Registry credentials (`repositoryCredentials`).
    RegistryCredentials,
}

/// A secret or parameter that a container gets.
#[derive(Clone, Debug)]
pub struct SecretNeed {
    /// Container name.
    pub container: String,
    /// Name of the variable or option.
    pub name: String,
    /// `valueFrom` as written.
    pub value_from: String,
    /// Parsed.
    pub reference: Result<SecretRef, SecretRefError>,
    /// What it is for.
    pub used_as: SecretUse,
}

/// A log group that a container writes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogNeed {
    /// Container name.
    pub container: String,
    /// `awslogs-group`.
    pub group: Option<String>,
    /// `awslogs-region`.
    pub region: Option<String>,
    /// `awslogs-stream-prefix`.
    pub stream_prefix: Option<String>,
    /// `awslogs-create-group`.
    pub create_group: bool,
}

impl LogNeed {
    /// The ARN of the log group, for a task of this account and Region; `None`: the options name no group.
    pub fn arn(&self, account: &str, region: &str) -> Option<String> {
        let (group, region) = (self.group.as_deref()?, self.region.as_deref().unwrap_or(region));
        let partition = partition_of_region(region);
        Some(format!("arn:{partition}:logs:{region}:{account}:log-group:{group}"))
    }

    /// The log stream of one task, where a prefix makes it predictable: `prefix/container/task-id`.
    pub fn stream(&self, task_id: &str) -> Option<String> {
        let prefix = self.stream_prefix.as_deref()?;
        Some(format!("{prefix}/{}/{task_id}", self.container))
    }
}

/// A file in S3 that the agent fetches before the container starts.
#[derive(Clone, Debug)]
pub struct EnvFileNeed {
    /// Container name.
    pub container: String,
    /// As written.
    pub value: String,
    /// Parsed.
    pub object: Result<S3ObjectRef, SecretRefError>,
}

/// An EFS volume.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSystemNeed {
    /// Volume name.
    pub volume: String,
    /// File system id.
    pub file_system: String,
    /// The whole configuration.
    pub configuration: EfsVolumeConfiguration,
}

impl FileSystemNeed {
    /// The access point, where one is used.
    pub fn access_point(&self) -> Option<&str> {
        self.configuration.authorization_config.as_ref()?.access_point_id.as_deref()
    }

    /// Whether the mount is authorized with the task role.
    pub fn uses_iam(&self) -> bool {
        let iam = self
            .configuration
            .authorization_config
            .as_ref()
            .and_then(|config| config.iam.as_deref());
        iam == Some("ENABLED")
    }
}

impl TaskDefinition {
    /// What this definition refers to.
    pub fn needs(&self) -> Needs {
        let mut needs = Needs::default();
        for container in &self.container_definitions {
            needs.add_container(container);
        }
        needs.file_systems = self.volumes.iter().filter_map(file_system).collect();
        needs
    }

    /// The container definition with this name.
    pub fn container(&self, name: &str) -> Option<&ContainerDefinition> {
        self.container_definitions.iter().find(|container| container.name.as_deref() == Some(name))
    }
}

impl Needs {
    fn add_container(&mut self, container: &ContainerDefinition) {
        let name = container.name.clone().unwrap_or_default();
        let credentials = container
            .repository_credentials
            .as_ref()
            .and_then(|it| it.credentials_parameter.clone());
        if let Some(text) = &container.image {
            self.images.push(ImageNeed {
                container: name.clone(),
                text: text.clone(),
                image: text.parse(),
                has_credentials: credentials.is_some(),
            });
        }
        let mut secret = |variable: Option<&String>, value_from: Option<&String>, used_as| {
            let value_from = value_from.cloned().unwrap_or_default();
            self.secrets.push(SecretNeed {
                container: name.clone(),
                name: variable.cloned().unwrap_or_default(),
                reference: value_from.parse(),
                value_from,
                used_as,
            });
        };
        for each in &container.secrets {
            secret(each.name.as_ref(), each.value_from.as_ref(), SecretUse::Environment);
        }
        if let Some(log) = &container.log_configuration {
            for each in &log.secret_options {
                secret(each.name.as_ref(), each.value_from.as_ref(), SecretUse::LogOption);
            }
        }
        if let Some(credentials) = &credentials {
            secret(
                Some(&"repositoryCredentials".to_owned()),
                Some(credentials),
                SecretUse::RegistryCredentials,
            );
        }
        for file in &container.environment_files {
            let value = file.value.clone().unwrap_or_default();
            self.env_files.push(EnvFileNeed {
                container: name.clone(),
                object: value.parse(),
                value,
            });
        }
        let router = container.firelens_configuration.as_ref().map(|router| &router.options);
        let in_s3 = |options: &&std::collections::BTreeMap<String, String>| {
            options.get("config-file-type").is_some_and(|kind| kind == "s3")
        };
        if let Some(value) =
            router.filter(in_s3).and_then(|options| options.get("config-file-value"))
        {
            self.router_files.push(EnvFileNeed {
                container: name.clone(),
                object: value.parse(),
                value: value.clone(),
            });
        }
        if let Some(log) = container
            .log_configuration
            .as_ref()
            .filter(|log| log.log_driver.as_deref() == Some("awslogs"))
        {
            let option = |key: &str| log.options.get(key).cloned();
            self.log_groups.push(LogNeed {
                container: name,
                group: option("awslogs-group"),
                region: option("awslogs-region"),
                stream_prefix: option("awslogs-stream-prefix"),
                create_group: option("awslogs-create-group").is_some_and(|value| is_true(&value)),
            });
        }
    }
}

/// What the driver reads as true: Go's `strconv.ParseBool`.
fn is_true(value: &str) -> bool {
    matches!(value, "1" | "t" | "T" | "TRUE" | "true" | "True")
}

fn file_system(volume: &crate::ecs::Volume) -> Option<FileSystemNeed> {
    let configuration = volume.efs_volume_configuration.clone()?;
    Some(FileSystemNeed {
        volume: volume.name.clone().unwrap_or_default(),
        file_system: configuration.file_system_id.clone()?,
        configuration,
    })
}
