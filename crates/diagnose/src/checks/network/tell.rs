//! The sentences of network findings, in words that a beginner understands, and the path as one line.

use super::group::{Cut, Group};
use crate::launch::Launch;
use ecswhy_facts::ec2::NatGateway;
use ecswhy_network::{Fault as Kind, Hop, HopKind, Leg, Obstacle, Passage, Path, Verdict};

/// Names told before the rest is only counted.
const NAMES: usize = 4;

/// One sentence: what is wrong, where, and what cannot be reached because of it.
pub fn message(launch: &Launch<'_>, group: &Group<'_>, all: &[Group<'_>]) -> String {
    let place = place(launch, group, all);
    let names = list(&group.names());
    let text = match group.kind {
        Kind::NoEgress => no_egress(launch, group, &place, &names),
        Kind::PublicIpMissing => public_ip_missing(launch, group, &place, &names),
        Kind::NatUnusable => nat_unusable(launch, group, &place, &names),
        Kind::S3EndpointRouteTable => {
            let table = table(launch, group);
            let endpoint = group
                .proofs()
                .iter()
                .map(|proof| proof.resource.clone())
                .find(|id| id.starts_with("vpce-"));
            format!(
                "The S3 gateway endpoint {} is not on route table {table} of {place}, so tasks there have no way to {names}; Amazon ECR keeps image layers in S3.",
                endpoint.unwrap_or_default()
            )
        }
        Kind::SecurityGroupEgress => security_group_egress(launch, group, &place, &names),
        Kind::EndpointMissing => endpoint_missing(launch, group, &place, &names),
        Kind::EndpointSecurityGroup => endpoint_security_group(launch, group, &place, &names),
        Kind::TargetSecurityGroup => target_security_group(launch, group, &place, &names),
        Kind::DnsDisabled => {
            let what = said(group).unwrap_or_default();
            format!("{}, so tasks cannot find the address of {names}.", what.trim_end_matches('.'))
        }
        _ => {
            let what = said(group).unwrap_or_default();
            format!("{}, so tasks in {place} cannot reach {names}.", what.trim_end_matches('.'))
        }
    };
    let text = if group.cuts.iter().all(|cut| cut.sometimes) {
        let mut sometimes = text.trim_end_matches('.').to_owned();
        sometimes
            .push_str("; only some of the connections are stopped, so tasks fail now and then.");
        sometimes
    } else {
        text
    };
    if group.cuts.iter().all(|cut| cut.reached.need.private_name) {
        return format!(
            "{} (unless its name leads to an address inside the network).",
            text.trim_end_matches('.')
        );
    }
    text
}

/// What the evaluator says of the first obstacle.
fn said(group: &Group<'_>) -> Option<String> {
    group.cuts.first().map(|cut| cut.obstacle.message.clone())
}

/// The subnets that the fault concerns, and how many of the launch's they are.
fn place(launch: &Launch<'_>, group: &Group<'_>, all: &[Group<'_>]) -> String {
    let total = launch.network().ok().flatten().map_or(0, |network| network.subnets.len());
    let mut hit: Vec<String> = Vec::new();
    for other in all.iter().filter(|other| other.kind == group.kind) {
        hit.extend(other.subnets().into_iter().filter(|id| !hit.contains(id)).collect::<Vec<_>>());
    }
    let own = group.subnets();
    let word = if own.len() == 1 { "subnet" } else { "subnets" };
    let names = list(&own);
    if hit.len() < total {
        format!("{word} {names} ({} of {total} subnets)", hit.len())
    } else {
        format!("{word} {names}")
    }
}

fn no_egress(launch: &Launch<'_>, group: &Group<'_>, place: &str, names: &str) -> String {
    let table = table(launch, group);
    let home = launch.snapshot.region.as_str();
    let served = group.cuts.iter().any(|cut| cut.reached.need.has_endpoint_in(home));
    let endpoints = if served {
        "no VPC endpoint serves them"
    } else {
        "no VPC endpoint of this Region can serve them"
    };
    format!(
        "Tasks in {place} cannot reach {names}: route table {table} has no route to the internet (no NAT gateway, no internet gateway), and {endpoints}."
    )
}

fn public_ip_missing(launch: &Launch<'_>, group: &Group<'_>, place: &str, names: &str) -> String {
    let gateway = group
        .cuts
        .first()
        .and_then(|cut| hop_id(&cut.reached.answer.path, HopKind::InternetGateway));
    let mut place = place.to_owned();
    if let Some(first) = place.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!(
        "{place} is a public subnet (route table {} leads to internet gateway {}), but the tasks get no public IPv4 address: assignPublicIp is DISABLED, so they cannot reach {names}.",
        table(launch, group),
        gateway.unwrap_or_default()
    )
}

fn nat_unusable(launch: &Launch<'_>, group: &Group<'_>, place: &str, names: &str) -> String {
    let path = group.cuts.first().map(|cut| &cut.reached.answer.path);
    let Some(id) = path.and_then(nat_of) else {
        return said(group).unwrap_or_default();
    };
    let nat = launch.facts.ec2.nat_gateways.by_id(&id).ok().flatten();
    let what = match nat {
        Some(nat) if nat.state.as_deref() == Some("failed") => {
            let told = [&nat.failure_message, &nat.failure_code];
            let why = told.into_iter().flatten().find(|why| !why.trim().is_empty());
            let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
            format!("failed to be created{why}")
        }
        Some(nat) if is_gone(nat) => {
            format!("is {}", nat.state.as_deref().unwrap_or("gone"))
        }
        Some(nat) if nat.connectivity_type.as_deref() == Some("private") => {
            "is a private NAT gateway without a public IPv4 address and never leads to the internet"
                .to_owned()
        }
        Some(nat) => {
            let home = nat.subnet_id.as_deref().unwrap_or("a subnet");
            format!(
                "was placed in {home}, a private subnet: nothing there leads to an internet gateway, so the NAT gateway has no way out itself"
            )
        }
        None => "was deleted, and the route to it stayed (blackhole)".to_owned(),
    };
    format!(
        "NAT gateway {id}, to which route table {} of {place} sends internet traffic, {what}; tasks there cannot reach {names}.",
        table(launch, group)
    )
}

fn is_gone(nat: &NatGateway) -> bool {
    nat.state.as_deref().is_some_and(|state| state != "available")
}

/// The first NAT gateway on a path, or the one that a dead route names.
pub fn nat_of(path: &Path) -> Option<String> {
    hop_id(path, HopKind::NatGateway).or_else(|| {
        let blocked = path
            .hops
            .iter()
            .find(|hop| hop.kind == HopKind::RouteTable && hop.passage == Passage::Blocked)?;
        let words = blocked.text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        words.into_iter().find(|word| word.starts_with("nat-")).map(str::to_owned)
    })
}

fn hop_id(path: &Path, kind: HopKind) -> Option<String> {
    path.hops.iter().find(|hop| hop.kind == kind).map(|hop| hop.id.clone())
}

fn security_group_egress(
    launch: &Launch<'_>,
    group: &Group<'_>,
    place: &str,
    names: &str,
) -> String {
    let groups = task_groups(launch);
    let groups = if groups.is_empty() { group.subject.clone() } else { list(&groups) };
    let ports = list(&group.ports().iter().map(u16::to_string).collect::<Vec<_>>());
    let servers = name_servers(group);
    if !servers.is_empty() {
        return format!(
            "No outbound rule of security group {groups} lets tasks in {place} out to their DNS server {} on udp 53, so they cannot find the address of {names}.",
            list(&servers)
        );
    }
    let only_s3 = group
        .cuts
        .iter()
        .all(|cut| cut.reached.need.as_service().is_some_and(|service| service.name == "s3"));
    if only_s3 {
        return format!(
            "No outbound rule of security group {groups} lets tasks in {place} out to {names} on tcp {ports}: S3 has public addresses, so rules that name only the VPC or other groups shut it out."
        );
    }
    format!(
        "No outbound rule of security group {groups} lets tasks in {place} out to {names} on tcp {ports}."
    )
}

fn endpoint_missing(launch: &Launch<'_>, group: &Group<'_>, place: &str, names: &str) -> String {
    let region = &launch.snapshot.region;
    let vpc = group
        .cuts
        .first()
        .and_then(|cut| launch.model().subnet(&cut.reached.subnet))
        .map(|subnet| subnet.vpc.clone());
    let kind = if group.subject == "s3" { "gateway endpoint" } else { "VPC endpoint" };
    format!(
        "{} has no {kind} for {} (com.amazonaws.{region}.{}), and {place} has no other way out, so tasks cannot reach {names}.",
        vpc.unwrap_or_else(|| "The VPC".to_owned()),
        group.subject,
        group.subject
    )
}

fn endpoint_security_group(
    launch: &Launch<'_>,
    group: &Group<'_>,
    place: &str,
    names: &str,
) -> String {
    let endpoint = launch.model().endpoint(&group.subject);
    let own = endpoint.map(|endpoint| list(&endpoint.groups)).unwrap_or_default();
    let tasks = list(&task_groups(launch));
    let hides = group.cuts.iter().any(|cut| {
        cut.reached.answer.alternatives.iter().any(|other| other.verdict() == Verdict::Reachable)
    });
    let hidden = if hides {
        "; the way to the internet does not help, because the endpoint's private DNS draws all this traffic to it"
    } else {
        ""
    };
    format!(
        "Security group {own} of VPC endpoint {} does not admit tasks in {place} (security group {tasks}) on tcp 443, so they cannot reach {names}{hidden}.",
        group.subject
    )
}

fn target_security_group(
    launch: &Launch<'_>,
    group: &Group<'_>,
    place: &str,
    names: &str,
) -> String {
    let own = &group.subject;
    let tasks = list(&task_groups(launch));
    let servers = name_servers(group);
    if servers.is_empty() {
        let ports = list(&group.ports().iter().map(u16::to_string).collect::<Vec<_>>());
        return format!(
            "Security group {own} of {names} does not admit tasks in {place} (security group {tasks}) on tcp {ports}."
        );
    }
    format!(
        "Security group {own} of DNS server {} does not admit tasks in {place} (security group {tasks}) on udp 53, so they cannot find the address of {names}.",
        list(&servers)
    )
}

/// The DNS servers of one's own that the paths end at, each once.
pub fn name_servers(group: &Group<'_>) -> Vec<String> {
    let mut servers: Vec<String> = Vec::new();
    for cut in &group.cuts {
        let server = cut.reached.answer.path.name_server();
        servers.extend(server.filter(|it| !servers.contains(it)));
    }
    servers
}

/// The security groups of the tasks.
pub fn task_groups(launch: &Launch<'_>) -> Vec<String> {
    launch
        .network()
        .ok()
        .flatten()
        .map(|network| network.security_groups.clone())
        .unwrap_or_default()
}

fn table(launch: &Launch<'_>, group: &Group<'_>) -> String {
    let tables: Vec<String> = group
        .subnets()
        .iter()
        .filter_map(|subnet| launch.model().subnet(subnet)?.table.clone().ok())
        .collect();
    list(&tables)
}

/// `a`, `a and b`, `a, b and 3 more`.
pub fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] if items.len() <= NAMES => format!("{} and {last}", most.join(", ")),
        _ => format!("{} and {} more", items[..NAMES - 1].join(", "), items.len() - NAMES + 1),
    }
}

/// The path in one line, up to the obstacle: `task ENI -> subnet-x -> rtb-y 0.0.0.0/0 -> nat-z: blocked here because ...`.
pub fn picture(cut: &Cut<'_>) -> String {
    let path = &cut.reached.answer.path;
    let start = format!("task ENI -> {}", cut.reached.subnet);
    let of_endpoint = |kind| matches!(kind, Kind::EndpointPrivateDns | Kind::EndpointUnavailable);
    if of_endpoint(cut.obstacle.fault) {
        let because = cut.obstacle.message.trim_end_matches('.');
        return format!("{start} -> {}: blocked here because {because}", cut.obstacle.subject);
    }
    // What is wrong with an endpoint as a whole is no hop.
    let before = path.obstacles[..cut.hop].iter().filter(|it| !of_endpoint(it.fault)).count();
    drawn(&start, path, before, cut.obstacle)
}

/// The path of a packet in one line, up to its first obstacle; the source in words of one's own.
pub fn blocked(source: &str, path: &Path) -> Option<String> {
    Some(drawn(source, path, 0, path.obstacles.first()?))
}

/// The obstacle is the one before which as many others lie.
fn drawn(source: &str, path: &Path, before: usize, obstacle: &Obstacle) -> String {
    let mut line = source.to_owned();
    let mut blocked = 0;
    for hop in path.hops.iter().filter(|hop| hop.kind != HopKind::Source) {
        let stops = hop.passage == Passage::Blocked;
        if stops && blocked == before {
            let because = hop.text.trim_end_matches('.');
            let arrow = arrow(hop);
            line.push_str(&format!("{arrow}{}: blocked here because {because}", hop.id));
            return line;
        }
        blocked += usize::from(stops);
        step(&mut line, hop);
    }
    let because = obstacle.message.trim_end_matches('.');
    line.push_str(&format!(": blocked here because {because}"));
    line
}

/// The path in one line, up to the first hop that is not known.
pub fn trail(source: &str, path: &Path) -> String {
    let mut line = source.to_owned();
    for hop in path.hops.iter().filter(|hop| hop.kind != HopKind::Source) {
        if hop.passage == Passage::Open {
            let arrow = arrow(hop);
            line.push_str(&format!("{arrow}{}: not known from here on", hop.id));
            return line;
        }
        step(&mut line, hop);
    }
    line
}

fn arrow(hop: &Hop) -> &'static str {
    if hop.leg == Leg::Out { " -> " } else { " <- reply: " }
}

/// Filters that let the packet pass are left out, and what the reply passes.
fn step(line: &mut String, hop: &Hop) {
    let filters = matches!(hop.kind, HopKind::SecurityGroup | HopKind::NetworkAcl);
    let arrow = arrow(hop);
    match hop.passage {
        Passage::Blocked => line.push_str(&format!("{arrow}{} (blocked)", hop.id)),
        Passage::Open => line.push_str(&format!("{arrow}{} (not known)", hop.id)),
        Passage::Passed if filters || hop.leg == Leg::Back => {}
        Passage::Passed if hop.kind == HopKind::RouteTable => {
            let destination = hop.text.split(" to ").next().unwrap_or_default();
            line.push_str(&format!("{arrow}{} {destination}", hop.id));
        }
        Passage::Passed => line.push_str(&format!("{arrow}{}", hop.id)),
    }
}
