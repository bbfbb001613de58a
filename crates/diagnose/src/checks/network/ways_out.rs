//! What could give subnets a way out: NAT gateways and public subnets that exist, endpoints that would serve. Reads the
//! account and proposes; whether a proposal works is proven on the model, like every fix.

use super::group::Group;
use super::paths::Reached;
use super::tell::task_groups;
use crate::change::{Change, Peer, RouteTarget, SecurityGroupRule};
use crate::check::Remedy;
use crate::launch::Launch;
use crate::report::Safety;
use ecswhy_facts::ec2::{Route, Subnet};
use ecswhy_network::Verdict;
use ecswhy_network::services::Service;
use std::collections::{BTreeMap, BTreeSet};

/// AWS PrivateLink pricing, us-east-1: an interface endpoint per zone and month, without data.
const ENDPOINT_PER_ZONE: f64 = 7.30;
/// Amazon VPC pricing, us-east-1: a NAT gateway per month, without data.
const NAT_GATEWAY: f64 = 33.0;
/// Amazon VPC pricing: a public IPv4 address per month.
const PUBLIC_ADDRESS: f64 = 3.65;
const ANYWHERE: &str = "0.0.0.0/0";

/// Every way out for these subnets, the least invasive first. `replaces` says that their tables have a default route
/// which does not work.
pub fn ways_out(launch: &Launch<'_>, subnets: &[String], replaces: bool) -> Vec<Remedy> {
    let Some(vpc) = vpc_of(launch, subnets) else { return Vec::new() };
    let mut remedies = Vec::new();
    remedies.extend(existing_nat(launch, &vpc, subnets, replaces));
    remedies.extend(endpoints(launch, &vpc, subnets));
    remedies.extend(new_nat(launch, &vpc, subnets, replaces));
    remedies.extend(public_subnets(launch, &vpc));
    remedies
}

/// The VPC of the first subnet: all subnets of a service are of one VPC.
pub fn vpc_of(launch: &Launch<'_>, subnets: &[String]) -> Option<String> {
    Some(launch.model().subnet(subnets.first()?)?.vpc.clone())
}

/// The route tables of these subnets, each once.
pub fn tables_of(launch: &Launch<'_>, subnets: &[String]) -> Vec<String> {
    let mut tables: Vec<String> = Vec::new();
    for subnet in subnets {
        let table = launch.model().subnet(subnet).and_then(|subnet| subnet.table.clone().ok());
        tables.extend(table.filter(|table| !tables.contains(table)));
    }
    tables
}

fn default_route<'l>(launch: &'l Launch<'_>, table: &str) -> Option<&'l Route> {
    let table = launch.facts.ec2.route_tables.by_id(table).ok()??;
    table.routes.iter().find(|route| route.destination_cidr_block.as_deref() == Some(ANYWHERE))
}

/// Whether two subnets leave the VPC alike: by one route table, or both by a NAT gateway or the same gateway.
pub fn same_way_out(launch: &Launch<'_>, one: &str, other: &str) -> bool {
    let tables = tables_of(launch, &[one.to_owned(), other.to_owned()]);
    let [one, other] = tables.as_slice() else {
        let table = |id: &str| launch.model().subnet(id).is_some_and(|each| each.table.is_ok());
        return table(one) && table(other);
    };
    let (Some(one), Some(other)) = (default_route(launch, one), default_route(launch, other))
    else {
        return false;
    };
    (one.nat_gateway_id.is_some() && other.nat_gateway_id.is_some())
        || (one.gateway_id.is_some() && one.gateway_id == other.gateway_id)
}

/// Whether a table has an IPv4 default route, working or not.
pub fn has_default_route(launch: &Launch<'_>, table: &str) -> bool {
    default_route(launch, table).is_some()
}

/// The internet gateway that is attached to a VPC.
pub fn internet_gateway(launch: &Launch<'_>, vpc: &str) -> Option<String> {
    let gateways = launch.facts.ec2.internet_gateways.seen();
    let attached = gateways
        .into_iter()
        .find(|gateway| gateway.attachments.iter().any(|to| to.vpc_id.as_deref() == Some(vpc)));
    attached?.internet_gateway_id.clone()
}

/// Whether a subnet is public: its default route is a working internet gateway.
fn is_public(launch: &Launch<'_>, vpc: &str, subnet: &str) -> bool {
    let Some(gateway) = internet_gateway(launch, vpc) else { return false };
    tables_of(launch, &[subnet.to_owned()]).iter().any(|table| {
        default_route(launch, table).is_some_and(|route| {
            route.gateway_id.as_ref() == Some(&gateway)
                && route.state.as_deref() != Some("blackhole")
        })
    })
}

fn subnets_of<'l>(launch: &'l Launch<'_>, vpc: &str) -> Vec<&'l Subnet> {
    let all = launch.facts.ec2.subnets.seen();
    all.into_iter().filter(|subnet| subnet.vpc_id.as_deref() == Some(vpc)).collect()
}

/// The public subnets of a VPC, those in the zone of `beside` first.
pub fn public_subnets_of(launch: &Launch<'_>, vpc: &str, beside: Option<&str>) -> Vec<String> {
    let zone =
        beside.and_then(|id| launch.facts.ec2.subnets.by_id(id).ok()??.availability_zone.clone());
    let mut public: Vec<&Subnet> = subnets_of(launch, vpc)
        .into_iter()
        .filter(|subnet| subnet.subnet_id.as_deref().is_some_and(|id| is_public(launch, vpc, id)))
        .collect();
    public.sort_by_key(|subnet| {
        (zone.is_none() || subnet.availability_zone != zone, subnet.subnet_id.clone())
    });
    public.into_iter().filter_map(|subnet| subnet.subnet_id.clone()).collect()
}

/// A NAT gateway of the VPC that works, best one in the zone of `beside`.
fn usable_nat(launch: &Launch<'_>, vpc: &str, beside: &str) -> Option<String> {
    let public = public_subnets_of(launch, vpc, Some(beside));
    let gateways = launch.facts.ec2.nat_gateways.seen();
    let works = gateways.into_iter().filter(|nat| {
        nat.vpc_id.as_deref() == Some(vpc)
            && nat.state.as_deref() == Some("available")
            && nat.connectivity_type.as_deref() != Some("private")
    });
    let place = |nat: &&ecswhy_facts::ec2::NatGateway| match &nat.subnet_id {
        // A regional gateway has no subnet and serves every zone.
        None => Some(0),
        Some(home) => public.iter().position(|subnet| subnet == home),
    };
    let best = works.filter_map(|nat| Some((place(&nat)?, nat))).min_by_key(|(place, _)| *place);
    best?.1.nat_gateway_id.clone()
}

/// One subnet per zone: an interface endpoint takes no more.
pub fn one_per_zone(launch: &Launch<'_>, subnets: &[String]) -> Vec<String> {
    let mut zones = BTreeSet::new();
    let zone = |id: &String| launch.facts.ec2.subnets.by_id(id).ok()??.availability_zone.clone();
    subnets.iter().filter(|id| zones.insert(zone(id))).cloned().collect()
}

fn existing_nat(
    launch: &Launch<'_>,
    vpc: &str,
    subnets: &[String],
    replaces: bool,
) -> Option<Remedy> {
    let mut changes = Vec::new();
    let mut gateways = BTreeSet::new();
    for (table, subnet) in by_table(launch, subnets) {
        let nat = usable_nat(launch, vpc, &subnet)?;
        gateways.insert(nat.clone());
        changes.push(Change::AddRoute {
            replaces: replaces || has_default_route(launch, &table),
            route_table: table,
            destination: ANYWHERE.to_owned(),
            target: RouteTarget::NatGateway(nat),
        });
    }
    let gateways: Vec<String> = gateways.into_iter().collect();
    let title =
        format!("Route {ANYWHERE} to the NAT gateway {}, which works", gateways.join(" and "));
    (!changes.is_empty()).then(|| {
        Remedy::new(title, Safety::NonDisruptive, changes).touches(
            "Everything in the subnets of these route tables gets this way to the internet; data through a NAT gateway costs about 0.045 USD per GB.",
        )
    })
}

/// Route tables of these subnets, each with one of its subnets.
fn by_table(launch: &Launch<'_>, subnets: &[String]) -> BTreeMap<String, String> {
    let mut tables = BTreeMap::new();
    for subnet in subnets {
        for table in tables_of(launch, std::slice::from_ref(subnet)) {
            tables.entry(table).or_insert_with(|| subnet.clone());
        }
    }
    tables
}

fn new_nat(launch: &Launch<'_>, vpc: &str, subnets: &[String], replaces: bool) -> Option<Remedy> {
    let mut changes = Vec::new();
    for (table, subnet) in by_table(launch, subnets) {
        let public_subnet = public_subnets_of(launch, vpc, Some(&subnet)).into_iter().next()?;
        changes.push(Change::CreateNatGateway {
            public_subnet,
            replaces_route: replaces || has_default_route(launch, &table),
            route_table: table,
        });
    }
    let (count, what) = match changes.len() {
        0 => return None,
        1 => (1.0, "a NAT gateway in a public subnet"),
        2 => (2.0, "NAT gateways in public subnets"),
        _ => (
            f64::from(u32::try_from(changes.len()).unwrap_or(u32::MAX)),
            "NAT gateways in public subnets",
        ),
    };
    Some(
        Remedy::new(
            format!("Create {what}, and the default route to it"),
            Safety::AddsResources,
            changes,
        )
        .costs(NAT_GATEWAY * count)
        .touches("Everything in the subnets of these route tables gets this way to the internet; data costs about 0.045 USD per GB on top."),
    )
}

/// The endpoints that serve everything the launch needs and cannot reach, where endpoints can.
fn endpoints(launch: &Launch<'_>, vpc: &str, subnets: &[String]) -> Option<Remedy> {
    let home = launch.snapshot.region.as_str();
    let lacking: Vec<&Reached> = launch
        .paths()
        .ok()?
        .iter()
        .filter(|each| subnets.contains(&each.subnet) && !each.need.soft)
        .filter(|each| each.need.file_system.is_none() && each.answer.verdict == Verdict::Blocked)
        .collect();
    if lacking.is_empty() || !lacking.iter().all(|each| each.need.has_endpoint_in(home)) {
        return None;
    }
    let mut services: BTreeMap<&str, &Service> = BTreeMap::new();
    for service in lacking.iter().filter_map(|each| each.need.as_service()) {
        services.entry(&service.name).or_insert(service);
    }
    let all = super::paths::subnets(launch);
    let names: Vec<&str> = services.keys().copied().collect();
    create(launch, vpc, &all, &services).map(|remedy| Remedy {
        title: format!("Create VPC endpoints for {}", names.join(", ")),
        ..remedy
    })
}

/// The endpoint that one service lacks.
pub fn endpoint_for(launch: &Launch<'_>, group: &Group<'_>) -> Option<Remedy> {
    let subnets = group.subnets();
    let vpc = vpc_of(launch, &subnets)?;
    let service = group.cuts.iter().find_map(|cut| cut.reached.need.as_service())?;
    let services = BTreeMap::from([(service.name.as_str(), service)]);
    let all = super::paths::subnets(launch);
    create(launch, &vpc, &all, &services)
}

fn create(
    launch: &Launch<'_>,
    vpc: &str,
    subnets: &[String],
    services: &BTreeMap<&str, &Service>,
) -> Option<Remedy> {
    let zones = one_per_zone(launch, subnets);
    let groups = groups_for_endpoints(launch, vpc);
    let mut changes: Vec<Change> = Vec::new();
    let mut interfaces: u32 = 0;
    for service in services.values() {
        if service.has_gateway_endpoint() {
            changes.push(Change::CreateGatewayEndpoint {
                vpc: vpc.to_owned(),
                service_name: service.prefix_list_name(),
                route_tables: tables_of(launch, subnets),
            });
        } else {
            interfaces += 1;
            changes.push(Change::CreateInterfaceEndpoint {
                vpc: vpc.to_owned(),
                service_name: service.endpoint_services().into_iter().next()?,
                subnets: zones.clone(),
                security_groups: groups.clone()?.0,
            });
        }
    }
    if interfaces > 0
        && let Some((own, Some(peer))) = groups
        && let Some(security_group) = own.first().cloned()
    {
        changes.insert(0, Change::AuthorizeIngress { security_group, rule: https(peer) });
    }
    let title = match services.keys().next() {
        Some(&"s3") => "Create the gateway endpoint for S3".to_owned(),
        Some(name) => format!("Create the VPC endpoint for {name}"),
        None => return None,
    };
    let zone_count = f64::from(u32::try_from(zones.len()).unwrap_or(1));
    let mut remedy = Remedy::new(title, Safety::AddsResources, changes);
    if interfaces > 0 {
        remedy = remedy
            .costs((ENDPOINT_PER_ZONE * f64::from(interfaces) * zone_count * 100.0).round() / 100.0)
            .touches(format!("Private DNS moves all traffic of {vpc} to these services onto the endpoints, that of other workloads too: the endpoints' security group must admit them."));
    } else {
        remedy = remedy.costs(0.0);
    }
    if services.contains_key("s3") {
        remedy = remedy.touches("A gateway endpoint is free; traffic to S3 from every subnet of these route tables goes through it, and connections that are open break once.");
    }
    Some(remedy)
}

/// tcp 443 from a peer.
pub fn https(peer: Peer) -> SecurityGroupRule {
    SecurityGroupRule { protocol: "tcp".to_owned(), from_port: 443, to_port: 443, peer }
}

/// The security groups for a new endpoint: those of an endpoint that the tasks reach; else the tasks' own, opened to
/// themselves, with the peer that must be admitted.
fn groups_for_endpoints(launch: &Launch<'_>, vpc: &str) -> Option<(Vec<String>, Option<Peer>)> {
    let reached =
        launch.paths().ok()?.iter().filter(|each| each.answer.verdict == Verdict::Reachable);
    let proven = reached
        .filter_map(|each| launch.model().endpoint(each.answer.path.endpoint.as_deref()?))
        .find(|endpoint| endpoint.vpc == vpc && !endpoint.groups.is_empty());
    if let Some(endpoint) = proven {
        return Some((endpoint.groups.clone(), None));
    }
    match task_groups(launch).first() {
        Some(group) => Some((vec![group.clone()], Some(Peer::SecurityGroup(group.clone())))),
        // The default group admits its own members.
        None => {
            let group = launch.model().vpc(vpc)?.default_group.clone().ok()?;
            Some((vec![group], None))
        }
    }
}

/// The tasks get public addresses in public subnets.
fn public_subnets(launch: &Launch<'_>, vpc: &str) -> Option<Remedy> {
    let service = launch.target.service()?;
    let public = public_subnets_of(launch, vpc, None);
    let own = launch.network().ok().flatten()?.subnets.clone();
    if public.is_empty() || own.iter().all(|subnet| public.contains(subnet)) {
        return None;
    }
    let cluster = launch.target.cluster().to_owned();
    let changes = vec![
        Change::SetServiceNetwork {
            cluster: cluster.clone(),
            service: service.to_owned(),
            subnets: one_per_zone(launch, &public),
            security_groups: task_groups(launch),
        },
        Change::AssignPublicIp { cluster, service: service.to_owned() },
    ];
    Some(
        Remedy::new(
            "Move the service to public subnets with public IPv4 addresses",
            Safety::NeedsNewDeployment,
            changes,
        )
        .costs(public_address_cost(launch))
        .touches(
            "The tasks get addresses on the internet: only their security groups shield them.",
        ),
    )
}

/// What public IPv4 addresses for all tasks cost.
pub fn public_address_cost(launch: &Launch<'_>) -> f64 {
    let tasks = launch.service.and_then(|service| service.desired_count).unwrap_or(1).max(1);
    let tasks = f64::from(u32::try_from(tasks).unwrap_or(u32::MAX));
    (PUBLIC_ADDRESS * tasks * 100.0).round() / 100.0
}

/// The subnets of the launch that a fault does not concern, when some are left.
pub fn other_subnets(launch: &Launch<'_>, subnets: &[String]) -> Option<Remedy> {
    let service = launch.target.service()?;
    let good: Vec<String> =
        super::paths::subnets(launch).into_iter().filter(|id| !subnets.contains(id)).collect();
    let works = |id: &String| {
        launch.paths().is_ok_and(|paths| {
            paths
                .iter()
                .filter(|each| each.subnet == *id && !each.need.soft)
                .all(|each| each.answer.verdict == Verdict::Reachable)
        })
    };
    if good.is_empty() || !good.iter().all(works) {
        return None;
    }
    let change = Change::SetServiceNetwork {
        cluster: launch.target.cluster().to_owned(),
        service: service.to_owned(),
        subnets: good,
        security_groups: task_groups(launch),
    };
    Some(
        Remedy::new(
            format!("Take {} out of the service until it is repaired", super::tell::list(subnets)),
            Safety::NeedsNewDeployment,
            vec![change],
        )
        .touches("The service runs in fewer Availability Zones."),
    )
}

/// Private subnets of the VPC that a working NAT gateway serves.
pub fn private_subnets_with_nat(launch: &Launch<'_>, vpc: &str) -> Vec<String> {
    let serves = |subnet: &&Subnet| {
        let Some(id) = &subnet.subnet_id else { return false };
        let nat = usable_nat(launch, vpc, id);
        tables_of(launch, std::slice::from_ref(id)).iter().any(|table| {
            default_route(launch, table).is_some_and(|route| {
                route.nat_gateway_id.is_some()
                    && nat.is_some()
                    && route.state.as_deref() != Some("blackhole")
            })
        })
    };
    let mut found: Vec<String> = subnets_of(launch, vpc)
        .into_iter()
        .filter(serves)
        .filter_map(|subnet| subnet.subnet_id.clone())
        .collect();
    found = one_per_zone(launch, &found);
    found
}
