//! What a task must reach before its containers start, by task definition and platform version. Knows names and ports,
//! not whether they can be reached. Source: ECS Developer Guide, "Fargate task networking" and "Amazon ECS interface
//! VPC endpoints"; ECR User Guide, "Amazon ECR interface VPC endpoints".

use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::ecs::{ContainerDefinition, TaskDefinition};
use ecswhy_facts::{Arn, Gap, ImageRef, Registry, SecretRef};
use ecswhy_network::Destination;
use ecswhy_network::services::Service;
use std::net::IpAddr;

/// A destination that the launch needs, and what its absence shows as.
#[derive(Clone, Debug)]
pub struct Need {
    /// Where to.
    pub destination: Destination,
    /// Port, tcp.
    pub port: u16,
    /// The hosts behind it; several when one thing has several, such as Docker Hub.
    pub hosts: Vec<String>,
    /// Its name for people: `Amazon ECR (api)`, `Docker Hub`.
    pub name: String,
    /// What AWS says when it is out of reach.
    pub symptoms: Vec<Symptom>,
    /// Whether the task starts without it.
    pub soft: bool,
    /// Whether its name can lead to an address that nobody outside knows: a registry of one's own.
    pub private_name: bool,
    /// The EFS file system that it is a mount target of.
    pub file_system: Option<String>,
}

const PULL: &[Symptom] = &[Symptom::RegistryUnreachable, Symptom::ImagePullFailed];
const LAYERS: &[Symptom] = &[Symptom::LayerDownloadUnreachable, Symptom::ImagePullFailed];
const WHOLE_PULL: &[Symptom] =
    &[Symptom::RegistryUnreachable, Symptom::LayerDownloadUnreachable, Symptom::ImagePullFailed];

/// The hosts that a pull from Docker Hub asks: the registry, its token service, its layers.
const DOCKER_HUB: [&str; 3] =
    ["registry-1.docker.io", "auth.docker.io", "production.cloudflare.docker.com"];
/// Registries that everybody knows to be on the internet. Any other name may be private.
const PUBLIC_REGISTRIES: [&str; 15] = [
    "ghcr.io",
    "quay.io",
    "gcr.io",
    "pkg.dev",
    "registry.k8s.io",
    "k8s.gcr.io",
    "mcr.microsoft.com",
    "registry.gitlab.com",
    "docker.elastic.co",
    "nvcr.io",
    "registry.access.redhat.com",
    "registry.redhat.io",
    "registry.suse.com",
    "lscr.io",
    "cgr.dev",
];

impl Need {
    fn service(name: impl Into<String>, service: Service, symptoms: &[Symptom]) -> Self {
        Self {
            hosts: vec![service.host.clone()],
            destination: Destination::Service(service),
            port: 443,
            name: name.into(),
            symptoms: symptoms.to_vec(),
            soft: false,
            private_name: false,
            file_system: None,
        }
    }

    fn internet(name: impl Into<String>, hosts: &[&str], symptoms: &[Symptom]) -> Self {
        Self {
            destination: Destination::Internet(hosts.first().copied().unwrap_or_default().into()),
            hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
            port: 443,
            name: name.into(),
            symptoms: symptoms.to_vec(),
            soft: false,
            private_name: false,
            file_system: None,
        }
    }

    fn soft(mut self) -> Self {
        self.soft = true;
        self
    }

    /// NFS on a mount target of a file system.
    pub fn mount_target(file_system: &str, region: &str, address: IpAddr) -> Self {
        Self {
            destination: Destination::Ip(address),
            port: 2049,
            hosts: vec![efs_host(file_system, region)],
            name: format!("the mount target of {file_system} ({address}:2049)"),
            symptoms: vec![Symptom::EfsUnreachable],
            soft: false,
            private_name: false,
            file_system: Some(file_system.to_owned()),
        }
    }

    /// The AWS service, where it is one.
    pub fn as_service(&self) -> Option<&Service> {
        match &self.destination {
            Destination::Service(service) => Some(service),
            _ => None,
        }
    }

    /// Whether a VPC endpoint of this Region can serve it.
    pub fn has_endpoint_in(&self, region: &str) -> bool {
        self.as_service().is_some_and(|service| service.region == region)
    }
}

/// The DNS name of a file system. EFS User Guide, "Mounting with a DNS name".
pub fn efs_host(file_system: &str, region: &str) -> String {
    let domain = ecswhy_network::services::Partition::of_region(region).domain();
    format!("{file_system}.efs.{region}.{domain}")
}

/// Whether the task runs Windows, which has platform versions of its own.
pub fn is_windows(definition: &TaskDefinition) -> bool {
    definition
        .runtime_platform
        .as_ref()
        .and_then(|platform| platform.operating_system_family.as_deref())
        .is_some_and(|family| family.to_ascii_uppercase().starts_with("WINDOWS"))
}

/// Whether AWS fetches credentials and secrets through an interface of its own: Linux platform versions before 1.4.0.
pub fn uses_interface_of_aws(platform_version: &str, windows: bool) -> bool {
    let mut parts = platform_version.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next().flatten(), parts.next().flatten());
    !windows && matches!((major, minor), (Some(major), Some(minor)) if (major, minor) < (1, 4))
}

/// Everything that the judged launch must reach from any of its subnets; mount targets come by zone and are not in here.
///
/// # Errors
/// The gap, when the task definition is not readable.
pub fn needed(launch: &Launch<'_>) -> Result<Vec<Need>, Gap> {
    let needs = launch.needs()?;
    let definition = launch.task_definition()?;
    let home = launch.snapshot.region.as_str();
    let old = uses_interface_of_aws(launch.platform_version(), is_windows(definition));
    let mut all = Vec::new();
    for image in needs.images.iter().filter_map(|need| need.image.as_ref().ok()) {
        pull(&mut all, image, old);
    }
    for reference in needs.secrets.iter().filter_map(|need| need.reference.as_ref().ok()) {
        if !old {
            all.push(secret(reference, home));
        }
    }
    for log in &needs.log_groups {
        all.push(logs(log.region.as_deref().unwrap_or(home)));
    }
    for file in needs.env_files.iter().filter_map(|file| file.object.as_ref().ok()) {
        let bucket = Service::bucket(&file.bucket, home);
        let name = format!("Amazon S3 (environment file in {})", file.bucket);
        all.push(Need::service(name, bucket, &[Symptom::EnvFileUnavailable]));
    }
    for container in &definition.container_definitions {
        fire_lens(&mut all, container, home);
    }
    if launch.service.is_some_and(|service| service.enable_execute_command == Some(true)) {
        let exec = Service::new("ssmmessages", home);
        all.push(Need::service("ECS Exec (ssmmessages)", exec, &[]).soft());
    }
    all.sort_by(|a, b| (&a.hosts, a.soft).cmp(&(&b.hosts, b.soft)));
    all.dedup_by(|later, kept| {
        let same = later.hosts == kept.hosts && later.port == kept.port;
        if same {
            let new = later.symptoms.iter().filter(|symptom| !kept.symptoms.contains(symptom));
            let new: Vec<Symptom> = new.copied().collect();
            kept.symptoms.extend(new);
        }
        same
    });
    Ok(all)
}

fn pull(all: &mut Vec<Need>, image: &ImageRef, old: bool) {
    match image.registry() {
        Registry::EcrPrivate { region, .. } => {
            if !old {
                all.push(Need::service(
                    "Amazon ECR (ecr.api)",
                    Service::new("ecr.api", &region),
                    PULL,
                ));
            }
            if let Some(registry) = Service::of_host(image.host()) {
                all.push(Need::service("Amazon ECR (ecr.dkr)", registry, PULL));
            }
            let layers = Service::layers(&region);
            all.push(Need::service("Amazon S3 (image layers)", layers, LAYERS));
        }
        Registry::EcrPublic => {
            all.push(Need::internet("Amazon ECR Public", &["public.ecr.aws"], WHOLE_PULL));
        }
        Registry::DockerHub => all.push(Need::internet("Docker Hub", &DOCKER_HUB, WHOLE_PULL)),
        Registry::Other(host) => all.push(other_registry(&host)),
    }
}

fn other_registry(host: &str) -> Need {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) => (name, port.parse().unwrap_or(443)),
        None => (host, 443),
    };
    let mut need = Need::internet(format!("the registry {host}"), &[name], WHOLE_PULL);
    need.port = port;
    match name.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(address) => need.destination = Destination::Ip(address),
        Err(_) => {
            let known = |known: &str| name == known || name.ends_with(&format!(".{known}"));
            need.private_name = !PUBLIC_REGISTRIES.iter().any(|each| known(each));
        }
    }
    need
}

fn secret(reference: &SecretRef, home: &str) -> Need {
    let region = reference.region().unwrap_or(home);
    let (name, service) = match reference {
        SecretRef::Secret { .. } => ("AWS Secrets Manager", "secretsmanager"),
        SecretRef::Parameter { .. } | SecretRef::SecretThroughParameter { .. } => {
            ("Systems Manager Parameter Store (ssm)", "ssm")
        }
    };
    Need::service(name, Service::new(service, region), &[Symptom::SecretUnreachable])
}

fn logs(region: &str) -> Need {
    Need::service("CloudWatch Logs", Service::new("logs", region), &[Symptom::LogUnreachable])
}

/// FireLens: its configuration from S3 is read before the router starts; what the router sends to is the router's own
/// affair, and the task starts without it. The plugin's names and hosts: Fluent Bit manual, "Outputs".
fn fire_lens(all: &mut Vec<Need>, container: &ContainerDefinition, home: &str) {
    let options = container.firelens_configuration.as_ref().map(|config| &config.options);
    let file = options
        .filter(|options| options.get("config-file-type").is_some_and(|kind| kind == "s3"))
        .and_then(|options| options.get("config-file-value")?.parse::<Arn>().ok());
    if let Some(bucket) = file.as_ref().and_then(|arn| arn.resource.split('/').next()) {
        let name = format!("Amazon S3 (FireLens configuration in {bucket})");
        let bucket = Service::bucket(bucket, home);
        all.push(Need::service(name, bucket, &[Symptom::EnvFileUnavailable]));
    }
    let Some(log) = container
        .log_configuration
        .as_ref()
        .filter(|log| log.log_driver.as_deref() == Some("awsfirelens"))
    else {
        return;
    };
    let option = |wanted: &str| {
        let found = log.options.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str())
    };
    let region = option("region").unwrap_or(home);
    let plugin = option("name").unwrap_or_default().to_ascii_lowercase();
    let (name, endpoint, host) = match plugin.as_str() {
        "cloudwatch" | "cloudwatch_logs" => ("CloudWatch Logs (FireLens)", "logs", "logs"),
        "firehose" | "kinesis_firehose" => {
            ("Amazon Data Firehose (FireLens)", "kinesis-firehose", "firehose")
        }
        "kinesis" | "kinesis_streams" => {
            ("Amazon Kinesis Data Streams (FireLens)", "kinesis-streams", "kinesis")
        }
        "s3" => ("Amazon S3 (FireLens)", "s3", "s3"),
        _ => return,
    };
    let mut service = Service::new(endpoint, region);
    service.host = Service::new(host, region).host;
    all.push(Need::service(name, service, &[]).soft());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_linux_platform_versions_before_1_4_use_an_interface_of_aws() {
        for (version, windows, expected) in [
            ("1.3.0", false, true),
            ("1.2.0", false, true),
            ("1.0.0", false, true),
            ("1.4.0", false, false),
            ("1.10.0", false, false),
            ("2.0.0", false, false),
            ("LATEST", false, false),
            ("1.0.0", true, false),
        ] {
            assert_eq!(uses_interface_of_aws(version, windows), expected, "{version} {windows}");
        }
    }

    fn hosts(image: &str) -> Vec<(Vec<String>, u16, bool)> {
        let mut all = Vec::new();
        pull(&mut all, &image.parse().unwrap(), false);
        all.into_iter().map(|need| (need.hosts, need.port, need.private_name)).collect()
    }

    #[test]
    fn a_pull_asks_the_hosts_of_its_registry() {
        let one = |host: &str, port, private| (vec![host.to_owned()], port, private);
        for (image, expected) in [
            (
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1",
                vec![
                    one("api.ecr.eu-west-1.amazonaws.com", 443, false),
                    one("111122223333.dkr.ecr.eu-west-1.amazonaws.com", 443, false),
                    one(
                        "prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com",
                        443,
                        false,
                    ),
                ],
            ),
            (
                "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/app:1",
                vec![
                    one("api.ecr.cn-north-1.amazonaws.com.cn", 443, false),
                    one("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn", 443, false),
                    one(
                        "prod-cn-north-1-starport-layer-bucket.s3.cn-north-1.amazonaws.com.cn",
                        443,
                        false,
                    ),
                ],
            ),
            ("nginx", vec![(DOCKER_HUB.map(str::to_owned).to_vec(), 443, false)]),
            ("public.ecr.aws/nginx/nginx:1", vec![one("public.ecr.aws", 443, false)]),
            ("ghcr.io/acme/app:1", vec![one("ghcr.io", 443, false)]),
            ("eu-docker.pkg.dev/acme/app:1", vec![one("eu-docker.pkg.dev", 443, false)]),
            ("registry.acme.example:5000/app:1", vec![one("registry.acme.example", 5000, true)]),
            ("10.0.5.9:5000/app:1", vec![one("10.0.5.9", 5000, false)]),
        ] {
            assert_eq!(hosts(image), expected, "{image}");
        }
    }

    /// ECS Developer Guide, "Fargate task networking": before 1.4.0 the token is asked for outside of the task's network.
    #[test]
    fn old_platform_versions_ask_for_no_token_from_the_task() {
        let mut all = Vec::new();
        let image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1";
        pull(&mut all, &image.parse().unwrap(), true);
        let names: Vec<&str> =
            all.iter().filter_map(Need::as_service).map(|service| service.name.as_str()).collect();
        assert_eq!(names, ["ecr.dkr", "s3"]);
    }

    #[test]
    fn dual_stack_and_fips_registries_keep_their_hosts() {
        for (host, dual_stack, fips) in [
            ("111122223333.dkr-ecr.eu-west-1.on.aws", true, false),
            ("111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com", false, true),
            ("111122223333.dkr-ecr-fips.us-east-1.on.aws", true, true),
        ] {
            let mut all = Vec::new();
            pull(&mut all, &format!("{host}/app:1").parse().unwrap(), false);
            let registry = all.iter().find(|need| need.hosts == [host]).unwrap();
            let service = registry.as_service().unwrap();
            assert_eq!(
                (service.name.as_str(), service.dual_stack, service.fips),
                ("ecr.dkr", dual_stack, fips),
                "{host}"
            );
        }
    }
}
