//! What the words of the command line mean: where the packet starts, and where it should arrive.

use crate::failure::Failure;
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

/// Whether a source is a resource of EC2, not one of ECS.
pub fn is_resource(text: &str) -> bool {
    ["i-", "eni-", "subnet-"].iter().any(|prefix| text.starts_with(prefix))
}

/// The places where the packet can start: one for each subnet of a service.
///
/// # Errors
/// When the facts do not hold the source, or it has no interface of its own.
pub fn origins(snapshot: &Snapshot, text: &str) -> Result<Vec<(String, Origin)>, Failure> {
    if is_resource(text) {
        let (id, groups) = text.split_once('+').map_or((text, None), |(id, groups)| {
            (id, Some(groups.split(['+', ',']).map(str::to_owned).collect::<Vec<_>>()))
        });
        return Ok(vec![(text.to_owned(), existing(id, groups))]);
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

fn existing(id: &str, security_groups: Option<Vec<String>>) -> Origin {
    Origin::Existing { id: id.to_owned(), source_ip: None, security_groups, public_ip: None }
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
        return Ok((format!("task {id} ({interface})"), existing(interface, None)));
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
    } else {
        ecswhy_network::destination(host)
    };
    Ok((to, port))
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
