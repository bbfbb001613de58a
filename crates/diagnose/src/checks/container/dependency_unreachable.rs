//! `container/dependency-unreachable`: the application ends because something that it depends on does not answer.

use super::super::said::{how_often, said};
use super::ended::{self, End};
use super::next_steps::check_settings;
use crate::Stage;
use crate::change::{Change, Peer, SecurityGroupRule};
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::checks::network::paths;
use crate::checks::network::tell::{self, task_groups};
use crate::launch::{Launch, Told};
use crate::loglines::{LogKind, LogReading};
use crate::report::{Confidence, Safety};
use crate::symptom::Symptom;
use ecswhy_facts::Gap;
use ecswhy_network::services::Service;
use ecswhy_network::{Answer, Destination, Fault as Kind, Verdict as Way};
use std::net::IpAddr;

/// The record.
pub static CHECK: Check = Check {
    id: "container/dependency-unreachable",
    title: "The application reaches what it depends on",
    stage: Stage::Container,
    weight: Weight::Blocks,
    explains: &[Symptom::ContainerExited, Symptom::AppError],
    explanation: "## What it is\nThe last lines of the container's log say that a connection to a database, cache or other service timed out, was refused, or that its name was not found.\n\n## Why it stops the launch\nAn application that needs it at its start ends, and the task with it. A time-out mostly means that packets are dropped: by a security group, a network ACL or a route. A refusal means that the host was reached and nothing listens on the port.\n\n## How to fix it\nAllow the port from the tasks' security group into the security group of the dependency; check the host and port in the settings of the application; let the application retry at its start.\n\n## Sources\nVPC User Guide, Security group rules; Amazon RDS User Guide, Controlling access with security groups.\n",
    run,
};

/// Whether a container ended because of a dependency, as its log says.
pub fn tells(end: &End<'_>) -> bool {
    end.said().is_some_and(is_dependency)
}

fn is_dependency(said: &LogReading) -> bool {
    let kinds = [LogKind::DependencyTimeout, LogKind::DependencyRefused, LogKind::DnsFailure];
    kinds.contains(&said.kind)
}

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    // It names the log groups: without it silence proves nothing.
    launch.task_definition()?;
    Ok(said(launch, CHECK.explains, |told| {
        let end = End::of(launch, told);
        if end.code == Some(0) || ended::is_sidecar(launch, &end.container) {
            return None;
        }
        let said = end.said().filter(|said| is_dependency(said))?;
        let kind = said.kind;
        let host = said.get("address").or_else(|| said.get("host"));
        let port: Option<u16> = said.get("port").and_then(|port| port.parse().ok());
        let way = host.zip(port).and_then(|(host, port)| way(launch, told, host, port));
        let what = what(kind, host, port);
        let why = host.map(|host| why(launch, kind, host, way.as_ref())).unwrap_or_default();
        let message = format!(
            "Container {} ends{} because {what}{why} ({}).",
            end.container,
            end.with_code(),
            how_often(told)
        );
        let mut fault = end.evidence(Fault::new(end.container.clone(), message));
        let blocked = way.as_ref().is_some_and(|way| way.answer.verdict == Way::Blocked);
        if let Some(way) = &way {
            let path = &way.answer.path;
            let start = format!("task ENI -> {}", way.subnet);
            let line = tell::blocked(&start, path).unwrap_or_else(|| tell::trail(&start, path));
            fault = fault.path(line, path);
            for proof in way.answer.obstacles().iter().flat_map(|obstacle| &obstacle.proof) {
                fault = fault.fact(proof.call, proof.resource.clone(), &proof.field, &proof.value);
            }
        }
        if let Some(remedy) = way.as_ref().filter(|_| blocked).and_then(|way| remedy(launch, way)) {
            fault = fault.remedy(remedy);
        }
        if fault.remedies.is_empty() {
            fault = fault.remedy(check_settings(launch, &end.container));
        }
        let sure = blocked || (kind == LogKind::DependencyRefused && host.is_some());
        Some(if sure { fault } else { fault.confidence(Confidence::Likely) })
    }))
}

/// What happened, with the name of the other side where the line gives it.
fn what(kind: LogKind, host: Option<&str>, port: Option<u16>) -> String {
    let named = match (host, port) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => {
            let what = match kind {
                LogKind::DnsFailure => "a host name was not found",
                LogKind::DependencyRefused => "a connection was refused",
                _ => "what it connects to did not answer",
            };
            return format!("{what} (the line does not say which)");
        }
    };
    match kind {
        LogKind::DnsFailure => format!("the name {} was not found", host.unwrap_or_default()),
        LogKind::DependencyRefused => format!("{named} refused the connection"),
        _ => format!("{named} did not answer"),
    }
}

/// The path from a task to a dependency.
struct Path {
    subnet: String,
    address: String,
    owner: Option<String>,
    port: u16,
    answer: Answer,
}

/// Judged from a subnet in which the application failed; a path that is blocked there tells more than an open one.
fn way(launch: &Launch<'_>, told: &Told, host: &str, port: u16) -> Option<Path> {
    let destination = match host.parse::<IpAddr>() {
        Ok(address) if address.is_loopback() => return None,
        Ok(address) => Destination::Ip(address),
        // Other names can lead anywhere.
        Err(_) => Destination::Service(Service::of_host(host)?),
    };
    let subnets =
        if told.subnets.is_empty() { paths::subnets(launch) } else { told.subnets.to_vec() };
    let answers = subnets.iter().map(|subnet| {
        let question = paths::question(launch, subnet, destination.clone(), port);
        (subnet, launch.model().reach(&question))
    });
    let (subnet, answer) = answers.max_by_key(|(_, answer)| answer.verdict)?;
    let owner = host.parse::<IpAddr>().ok().and_then(|address| owner(launch, subnet, address));
    Some(Path { subnet: subnet.clone(), address: host.to_owned(), owner, port, answer })
}

/// What the interface with an address belongs to, in the words of its description.
fn owner(launch: &Launch<'_>, subnet: &str, address: IpAddr) -> Option<String> {
    let vpc = &launch.model().subnet(subnet)?.vpc;
    let id = launch.model().interface_at(vpc, address)?.id.clone();
    let facts = launch.facts.ec2.network_interfaces.by_id(&id).ok().flatten();
    let description = facts.and_then(|facts| facts.description.clone()).unwrap_or_default();
    let what = match description.as_str() {
        "RDSNetworkInterface" => "an Amazon RDS database".to_owned(),
        text if text.starts_with("ELB ") => {
            format!("load balancer {}", text.split('/').nth(1).unwrap_or(text))
        }
        text if text.starts_with("ElastiCache") => "an Amazon ElastiCache node".to_owned(),
        text if text.starts_with("VPC Endpoint Interface ") => {
            format!("VPC endpoint {}", text.trim_start_matches("VPC Endpoint Interface "))
        }
        "" => return Some(id),
        text => text.to_owned(),
    };
    Some(format!("{id}, {what}"))
}

fn why(launch: &Launch<'_>, kind: LogKind, host: &str, way: Option<&Path>) -> String {
    if host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) {
        return ": that is the task itself, and no container of it listens there".to_owned();
    }
    let Some(way) = way else { return String::new() };
    let owner = way.owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default();
    match (way.answer.verdict, kind) {
        (Way::Blocked, _) => {
            let first = way.answer.obstacles().iter().find(|obstacle| !obstacle.partial);
            match first {
                Some(first) if first.fault == Kind::TargetSecurityGroup => format!(
                    "{owner}: its security group {} does not admit the tasks (security group {}) on tcp {}",
                    first.subject,
                    task_groups(launch).join(", "),
                    way.port
                ),
                Some(first) => format!("{owner}: {}", first.message.trim_end_matches('.')),
                None => owner,
            }
        }
        (Way::Reachable, LogKind::DependencyRefused) => {
            format!("{owner}: the way there is open, but nothing listens on the port")
        }
        (Way::Reachable, _) => format!("{owner}, although the way there is open"),
        (Way::Undetermined, _) => {
            let gap = way.answer.gaps().first().map(ToString::to_string);
            gap.map(|gap| format!("{owner}; not known of the way there: {gap}")).unwrap_or(owner)
        }
    }
}

fn remedy(launch: &Launch<'_>, way: &Path) -> Option<Remedy> {
    let first = way.answer.obstacles().iter().find(|obstacle| !obstacle.partial)?;
    let tasks = task_groups(launch).first()?.clone();
    let port = i64::from(way.port);
    let rule = |peer| SecurityGroupRule {
        protocol: "tcp".to_owned(),
        from_port: port,
        to_port: port,
        peer,
    };
    let (title, change) = match first.fault {
        Kind::TargetSecurityGroup => (
            format!("Allow tcp {port} from {tasks} into {}", first.subject),
            Change::AuthorizeIngress {
                security_group: first.subject.clone(),
                rule: rule(Peer::SecurityGroup(tasks)),
            },
        ),
        Kind::SecurityGroupEgress => (
            format!("Allow tcp {port} from {} out to {}", first.subject, way.address),
            Change::AuthorizeEgress {
                security_group: first.subject.clone(),
                rule: rule(Peer::Cidr(format!(
                    "{}/32",
                    way.address.parse::<std::net::Ipv4Addr>().ok()?
                ))),
            },
        ),
        _ => return None,
    };
    Some(
        Remedy::new(title, Safety::NonDisruptive, vec![change])
            .touches(format!(
                "Everything else with security group {} is opened in the same way.",
                first.subject
            ))
            .estimate(),
    )
}
