//! What the words of the command line mean: where the packet starts, and where it should arrive.

use crate::failure::Failure;
use crate::target::{TargetArguments, Wanted};
use ecswhy_facts::ec2::NetworkInterface;
use ecswhy_facts::ecs::AwsvpcConfiguration;
use ecswhy_facts::{Snapshot, Target};
use ecswhy_network::services::Service;
use ecswhy_network::{Destination, Flow, Origin};

/// AWS services that are known by a short name; every other text is a host name.
const SERVICES: [&str; 14] = [
    "ecr.api",
    "ecr.dkr",
    "s3",
    "logs",
    "secretsmanager",
    "ssm",
    "ssmmessages",
    "kms",
    "sts",
    "monitoring",
    "elasticfilesystem",
    "sqs",
    "sns",
    "dynamodb",
];

/// Where the packet starts, as the command line says it.
pub enum Start<'a> {
    /// A service or a task, by name, ARN or address.
    Target(&'a str),
    /// An interface, an instance or a subnet, with what the question overrides.
    Place {
        /// `eni-...`, `i-...` or `subnet-...`.
        id: &'a str,
        /// As it was given.
        text: &'a str,
        /// The security groups; `None`: its own.
        groups: Option<Vec<String>>,
        /// Whether it has a public IPv4 address; `None`: as the facts say.
        public_ip: Option<bool>,
    },
}

impl<'a> Start<'a> {
    /// Reads the source: `subnet-...+sg-...` stands for `--security-groups` too.
    ///
    /// # Errors
    /// When a service or task is given settings that it has itself.
    pub fn read(text: &'a str, groups: &[String], public_ip: bool) -> Result<Self, Failure> {
        if !is_resource(text) {
            return match (groups, public_ip) {
                ([], false) => Ok(Self::Target(text)),
                _ => Err(Failure::new(
                    "--security-groups and --public-ip are for eni-, i- and subnet-: a service has its own",
                )),
            };
        }
        let (id, more) = text.split_once('+').unwrap_or((text, ""));
        let more = more.split(['+', ',']).filter(|group| !group.is_empty()).map(str::to_owned);
        let groups: Vec<String> = groups.iter().cloned().chain(more).collect();
        Ok(Self::Place {
            id,
            text,
            groups: Some(groups).filter(|groups| !groups.is_empty()),
            public_ip: public_ip.then_some(true),
        })
    }

    /// The target whose facts answer; `None` for a place.
    ///
    /// # Errors
    /// When the text names no target.
    pub fn wanted(&self) -> Result<Option<Wanted>, Failure> {
        match self {
            Self::Target(text) => {
                let target = Some((*text).to_owned());
                TargetArguments { target, ..TargetArguments::default() }.read().map(Some)
            }
            Self::Place { .. } => Ok(None),
        }
    }

    /// The places where the packet can start: one for each subnet of a service.
    ///
    /// # Errors
    /// When the facts do not hold the source, or it has no interface of its own.
    pub fn origins(&self, snapshot: &Snapshot) -> Result<Vec<(String, Origin)>, Failure> {
        if let Self::Place { id, text, groups, public_ip } = self {
            let origin = Origin::Existing {
                id: (*id).to_owned(),
                source_ip: None,
                security_groups: groups.clone(),
                public_ip: *public_ip,
            };
            return Ok(vec![((*text).to_owned(), origin)]);
        }
        let mut all = Vec::new();
        for target in &snapshot.targets {
            match target {
                Target::Service { cluster, service } => {
                    all.extend(of_service(snapshot, cluster, service)?);
                }
                Target::Task { task, .. } => all.push(of_task(snapshot, task)?),
            }
        }
        Ok(all)
    }
}

/// Whether a text names a resource of EC2, not one of ECS.
fn is_resource(text: &str) -> bool {
    ["i-", "eni-", "subnet-"].iter().any(|prefix| text.starts_with(prefix))
}

/// The ids of EC2 resources at the ends of the path.
pub fn ends(from: &str, to: &str) -> Vec<String> {
    let to = split_port(to).map_or(to, |(host, _)| host);
    let id = |text: &str| text.split('+').next().unwrap_or_default().to_owned();
    [from, to].into_iter().filter(|text| is_resource(text)).map(id).collect()
}

/// Sees to it that the resources at the ends exist.
///
/// # Errors
/// When one does not, or nobody may say.
pub fn require(snapshot: &Snapshot, from: &str, to: &str) -> Result<(), Failure> {
    let facts = &snapshot.home().ec2;
    for id in ends(from, to) {
        let exists = match id.split('-').next() {
            Some("i") => facts.instances.by_id(&id).map(|found| found.is_some()),
            Some("eni") => facts.network_interfaces.by_id(&id).map(|found| found.is_some()),
            _ => facts.subnets.by_id(&id).map(|found| found.is_some()),
        };
        match exists {
            Ok(true) => {}
            Ok(false) => {
                return Err(Failure::new(format!(
                    "{id} does not exist in {} of account {}",
                    snapshot.region, snapshot.account
                )));
            }
            Err(gap) => return Err(Failure::new(gap.to_string())),
        }
    }
    Ok(())
}

fn of_service(
    snapshot: &Snapshot,
    cluster: &str,
    service: &str,
) -> Result<Vec<(String, Origin)>, Failure> {
    let name = format!("{cluster}/{service}");
    let found = snapshot.home().ecs.services.present().find(|(key, _)| *key == name);
    let network = found.and_then(|(_, service)| {
        let of_deployment = || service.deployments.first()?.network_configuration.as_ref();
        service.network_configuration.as_ref().or_else(of_deployment)?.awsvpc_configuration.as_ref()
    });
    let network = network.ok_or_else(|| {
        Failure::new(format!("the service {name} names no subnets: it has no awsvpc network"))
    })?;
    let origins = network
        .subnets
        .iter()
        .map(|subnet| (format!("{name} in {subnet}"), of_launch(network, subnet)));
    Ok(origins.collect())
}

fn of_launch(network: &AwsvpcConfiguration, subnet: &str) -> Origin {
    Origin::Task {
        subnet: subnet.to_owned(),
        security_groups: network.security_groups.clone(),
        public_ip: network.assign_public_ip.as_deref() == Some("ENABLED"),
        ipv6: false,
    }
}

/// A task that has its interface: the interface itself, as long as it is known.
fn of_task(snapshot: &Snapshot, id: &str) -> Result<(String, Origin), Failure> {
    let home = snapshot.home();
    let mut tasks = home.ecs.tasks.present().flat_map(|(_, answer)| &answer.tasks);
    let task = tasks.find(|task| task.id() == Some(id));
    let interface = task.and_then(|task| task.eni_detail("networkInterfaceId"));
    let known = interface
        .filter(|interface| matches!(home.ec2.network_interfaces.by_id(interface), Ok(Some(_))));
    if let Some(interface) = known {
        let origin = Origin::Existing {
            id: interface.to_owned(),
            source_ip: None,
            security_groups: None,
            public_ip: None,
        };
        return Ok((format!("task {id} ({interface})"), origin));
    }
    // The interface of a stopped task is gone; the service that started it says what it was like.
    let subnet = task.and_then(|task| task.eni_detail("subnetId"));
    let group = task.and_then(|task| task.group.as_deref()?.strip_prefix("service:"));
    let network = home
        .ecs
        .services
        .present()
        .map(|(_, service)| service)
        .filter(|service| service.service_name.as_deref() == group)
        .find_map(|service| service.network_configuration.as_ref()?.awsvpc_configuration.as_ref());
    match (subnet, network) {
        (Some(subnet), Some(network)) => {
            Ok((format!("task {id} in {subnet}"), of_launch(network, subnet)))
        }
        _ => Err(Failure::new(format!(
            "the interface of task {id} is gone, and no service says what it was like: give subnet-...+sg-..."
        ))),
    }
}

/// Reads DEST[:PORT].
///
/// # Errors
/// When the port is none, or a service has no name without a region.
pub fn destination(snapshot: &Snapshot, text: &str) -> Result<(Destination, u16), Failure> {
    let (host, port) = split_port(text)
        .ok_or_else(|| Failure::new(format!("`{text}` has no valid port: a port is 1 to 65535")))?;
    let region = &snapshot.region;
    let is_service = SERVICES.contains(&host);
    if is_service && region.is_empty() {
        return Err(Failure::new(format!(
            "these facts name no region, so that {host} has no host name: give the host name, such as api.ecr.eu-west-1.amazonaws.com"
        )));
    }
    let to = if host == "ecr.dkr" {
        Destination::Service(Service::registry(&snapshot.account, region))
    } else if is_service {
        Destination::Service(Service::new(host, region))
    } else if host.starts_with("i-") {
        Destination::Interface(primary_interface(snapshot, host)?)
    } else if host.starts_with("subnet-") {
        return Err(Failure::new(format!("{host} is no address: give one of its addresses")));
    } else {
        ecswhy_network::destination(host)
    };
    Ok((to, port))
}

/// The interface that an instance answers with.
fn primary_interface(snapshot: &Snapshot, instance: &str) -> Result<String, Failure> {
    let of = |facts: &ecswhy_facts::Facts| {
        let found = facts.ec2.instances.by_id(instance).ok().flatten()?;
        let index = |interface: &NetworkInterface| {
            interface.attachment.as_ref().and_then(|it| it.device_index).unwrap_or_default()
        };
        let first = found.network_interfaces.iter().min_by_key(|interface| index(interface))?;
        first.network_interface_id.clone()
    };
    snapshot
        .facts
        .values()
        .find_map(of)
        .ok_or_else(|| Failure::new(format!("these facts hold no interface of {instance}")))
}

/// The destination as people read it.
pub fn name(destination: &Destination, flow: &Flow) -> String {
    let host = match destination {
        Destination::Service(service) => service.host.clone(),
        Destination::Ip(address) => address.to_string(),
        Destination::Interface(id) => id.clone(),
        Destination::Internet(host) => host.clone(),
    };
    format!("{host} {flow}")
}

/// `HOST`, `HOST:PORT`, `[IPv6]:PORT`, or a bare IPv6 address.
fn split_port(text: &str) -> Option<(&str, u16)> {
    let port = |text: &str| text.parse().ok().filter(|port| *port > 0);
    if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        return match after.strip_prefix(':') {
            Some(number) => Some((host, port(number)?)),
            None => after.is_empty().then_some((host, 443)),
        };
    }
    match text.rsplit_once(':') {
        Some((host, _)) if host.contains(':') => Some((text, 443)),
        Some((host, number)) => Some((host, port(number)?)),
        None => Some((text, 443)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_from_every_form() {
        for (text, expected) in [
            ("10.0.0.1", Some(("10.0.0.1", 443))),
            ("10.0.0.1:5432", Some(("10.0.0.1", 5432))),
            ("2001:db8::1", Some(("2001:db8::1", 443))),
            ("[2001:db8::1]:80", Some(("2001:db8::1", 80))),
            ("[2001:db8::1]", Some(("2001:db8::1", 443))),
            ("host:0", None),
            ("host:70000", None),
            ("host:http", None),
        ] {
            assert_eq!(split_port(text), expected, "{text}");
        }
    }
}
