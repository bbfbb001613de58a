//! What clears each network fault, least invasive first.

use super::group::Group;
use super::nacl_entry;
use super::tell::{self, task_groups};
use super::ways_out::{
    endpoint_for, has_default_route, https, internet_gateway, other_subnets,
    private_subnets_with_nat, public_address_cost, tables_of, vpc_of, ways_out,
};
use crate::change::{Change, Peer, RouteTarget, SecurityGroupRule};
use crate::check::Remedy;
use crate::launch::Launch;
use crate::report::Safety;
use ecswhy_facts::Known;
use ecswhy_network::Fault as Kind;

/// Everything that would clear a fault. Faults of the same kind in several subnets are cleared together, so that one
/// fix is offered for all.
pub fn remedies(launch: &Launch<'_>, group: &Group<'_>, all: &[Group<'_>]) -> Vec<Remedy> {
    let mut subnets: Vec<String> = Vec::new();
    for other in all.iter().filter(|other| other.kind == group.kind) {
        for subnet in other.subnets() {
            if !subnets.contains(&subnet) {
                subnets.push(subnet);
            }
        }
    }
    let mut remedies = match group.kind {
        Kind::NoEgress => ways_out(launch, &subnets, false),
        Kind::NatUnusable => ways_out(launch, &subnets, true),
        Kind::BlackholeRoute => blackhole_route(launch, &subnets),
        Kind::PublicIpMissing => public_ip_missing(launch, &subnets),
        Kind::SecurityGroupEgress => security_group_egress(launch, group),
        Kind::Nacl => nacl_entry::remedy(launch, all).into_iter().collect(),
        Kind::EndpointMissing => {
            let mut remedies: Vec<Remedy> = endpoint_for(launch, group).into_iter().collect();
            remedies.extend(ways_out(launch, &subnets, false).into_iter().filter(routes));
            remedies
        }
        Kind::EndpointSecurityGroup => endpoint_security_group(launch, group).into_iter().collect(),
        Kind::TargetSecurityGroup => target_security_group(launch, group).into_iter().collect(),
        Kind::EndpointPrivateDns => endpoint_private_dns(launch, group),
        Kind::EndpointUnavailable => endpoint_unavailable(launch, group).into_iter().collect(),
        Kind::S3EndpointRouteTable => s3_endpoint_route_table(launch, group, &subnets),
        Kind::DnsDisabled => dns_disabled(launch, group),
        Kind::BlockPublicAccess => block_public_access(launch, &subnets),
        _ => Vec::new(),
    };
    let of_subnets = matches!(
        group.kind,
        Kind::NoEgress
            | Kind::NatUnusable
            | Kind::BlackholeRoute
            | Kind::S3EndpointRouteTable
            | Kind::Nacl
    );
    if of_subnets {
        remedies.extend(other_subnets(launch, &subnets));
    }
    remedies
}

/// Whether a remedy opens the way to the internet, and not only to what endpoints serve.
fn routes(remedy: &Remedy) -> bool {
    remedy
        .changes
        .iter()
        .any(|change| matches!(change, Change::AddRoute { .. } | Change::CreateNatGateway { .. }))
}

fn blackhole_route(launch: &Launch<'_>, subnets: &[String]) -> Vec<Remedy> {
    let public = launch
        .network()
        .ok()
        .flatten()
        .is_some_and(|network| network.assign_public_ip.as_deref() == Some("ENABLED"));
    let mut remedies = Vec::new();
    if public && let Some(vpc) = vpc_of(launch, subnets) {
        remedies.extend(to_internet_gateway(launch, &vpc, subnets));
    }
    remedies.extend(ways_out(launch, subnets, true));
    remedies
}

/// The default route leads to an internet gateway again: the attached one, or the one that was detached.
fn to_internet_gateway(launch: &Launch<'_>, vpc: &str, subnets: &[String]) -> Option<Remedy> {
    let attached = internet_gateway(launch, vpc);
    let tables = tables_of(launch, subnets);
    let detached = tables.iter().find_map(|table| {
        let table = launch.facts.ec2.route_tables.by_id(table).ok()??;
        let mut gateways = table.routes.iter().filter_map(|route| route.gateway_id.clone());
        gateways.find(|id| id.starts_with("igw-"))
    });
    let gateway = attached.clone().or(detached)?;
    let mut changes = Vec::new();
    if attached.is_none() {
        changes.push(Change::AttachInternetGateway {
            internet_gateway: gateway.clone(),
            vpc: vpc.to_owned(),
        });
    }
    changes.extend(tables.into_iter().map(|route_table| Change::AddRoute {
        replaces: has_default_route(launch, &route_table),
        route_table,
        destination: "0.0.0.0/0".to_owned(),
        target: RouteTarget::InternetGateway(gateway.clone()),
    }));
    let title = match attached {
        Some(_) => format!("Route 0.0.0.0/0 to internet gateway {gateway}"),
        None => format!("Attach internet gateway {gateway} to {vpc} again"),
    };
    Some(Remedy::new(title, Safety::NonDisruptive, changes).touches(
        "Everything in the subnets of these route tables gets its way to the internet back.",
    ))
}

fn public_ip_missing(launch: &Launch<'_>, subnets: &[String]) -> Vec<Remedy> {
    let mut remedies = Vec::new();
    let Some(vpc) = vpc_of(launch, subnets) else { return remedies };
    let cluster = launch.target.cluster().to_owned();
    match launch.target.service() {
        Some(service) => {
            let change =
                Change::AssignPublicIp { cluster: cluster.clone(), service: service.to_owned() };
            remedies.push(
                Remedy::new(
                    "Give the tasks public IPv4 addresses (assignPublicIp=ENABLED)",
                    Safety::NeedsNewDeployment,
                    vec![change],
                )
                .costs(public_address_cost(launch))
                .touches("The tasks get addresses on the internet: only their security groups shield them."),
            );
            let private = private_subnets_with_nat(launch, &vpc);
            if !private.is_empty() {
                let change = Change::SetServiceNetwork {
                    cluster,
                    service: service.to_owned(),
                    subnets: private,
                    security_groups: task_groups(launch),
                };
                remedies.push(
                    Remedy::new(
                        "Move the service to private subnets with a NAT gateway",
                        Safety::NeedsNewDeployment,
                        vec![change],
                    )
                    .touches("The load balancer and other services must reach these subnets."),
                );
            }
        }
        None => remedies.push(Remedy::by_hand(
            "Run the task with assignPublicIp=ENABLED",
            Safety::NeedsNewDeployment,
            "Run the task again with assignPublicIp=ENABLED in its network configuration",
            [],
        )),
    }
    let only_endpoints = |remedy: &Remedy| {
        remedy.changes.iter().all(|change| {
            matches!(
                change,
                Change::CreateInterfaceEndpoint { .. }
                    | Change::CreateGatewayEndpoint { .. }
                    | Change::AuthorizeIngress { .. }
            )
        })
    };
    remedies.extend(ways_out(launch, subnets, false).into_iter().filter(only_endpoints));
    remedies
}

/// The narrow rules first (the endpoints' groups, the prefix list of S3), then tcp to anywhere.
/// DNS asks over UDP, and again over TCP where an answer is long (RFC 7766).
fn name_server_egress(group: &Group<'_>, servers: &[String]) -> Remedy {
    let change = |protocol: &str, server: &String| Change::AuthorizeEgress {
        security_group: group.subject.clone(),
        rule: SecurityGroupRule {
            protocol: protocol.to_owned(),
            from_port: 53,
            to_port: 53,
            peer: Peer::Cidr(format!("{server}/{}", if server.contains(':') { 128 } else { 32 })),
        },
    };
    let changes =
        servers.iter().flat_map(|server| [change("udp", server), change("tcp", server)]).collect();
    let title = format!("Allow udp and tcp 53 out to {}", tell::list(servers));
    Remedy::new(title, Safety::NonDisruptive, changes)
}

fn security_group_egress(launch: &Launch<'_>, group: &Group<'_>) -> Vec<Remedy> {
    let servers = tell::name_servers(group);
    if !servers.is_empty() {
        return vec![name_server_egress(group, &servers)];
    }
    let rule = |port: u16, peer| SecurityGroupRule {
        protocol: "tcp".to_owned(),
        from_port: i64::from(port),
        to_port: i64::from(port),
        peer,
    };
    let mut narrow: Option<Vec<SecurityGroupRule>> = Some(Vec::new());
    for cut in &group.cuts {
        let peers = narrow_peers(launch, cut);
        match (&mut narrow, peers) {
            (Some(rules), Some(peers)) => {
                for peer in peers {
                    let rule = rule(cut.reached.need.port, peer);
                    if !rules.contains(&rule) {
                        rules.push(rule);
                    }
                }
            }
            _ => narrow = None,
        }
    }
    let change = |rule| Change::AuthorizeEgress { security_group: group.subject.clone(), rule };
    let touches =
        format!("Everything that has security group {} may open these connections.", group.subject);
    let mut remedies = Vec::new();
    if let Some(rules) = narrow.filter(|rules| !rules.is_empty()) {
        let named: Vec<String> = rules.iter().map(|rule| name_of(&rule.peer)).collect();
        let ports = group.ports().iter().map(u16::to_string).collect::<Vec<_>>();
        let title = format!("Allow tcp {} out to {}", ports.join(" and "), tell::list(&named));
        let changes = rules.into_iter().map(change).collect();
        remedies.push(Remedy::new(title, Safety::NonDisruptive, changes).touches(touches.clone()));
    }
    // A mount target is no destination for a rule to anywhere.
    let ports: Vec<u16> = group.ports().into_iter().filter(|port| *port != 2049).collect();
    if !ports.is_empty() && ports == group.ports() {
        let named: Vec<String> = ports.iter().map(u16::to_string).collect();
        let anywhere = |port| change(rule(port, Peer::Cidr("0.0.0.0/0".to_owned())));
        let changes = ports.into_iter().map(anywhere).collect();
        let title = format!("Allow tcp {} out to 0.0.0.0/0", named.join(" and "));
        remedies.push(Remedy::new(title, Safety::NonDisruptive, changes).touches(touches));
    }
    remedies
}

/// What a rule can name instead of everything; `None`: only everything will do.
fn narrow_peers(launch: &Launch<'_>, cut: &super::group::Cut<'_>) -> Option<Vec<Peer>> {
    if let ecswhy_network::Destination::Ip(address) = &cut.reached.need.destination {
        return Some(vec![Peer::Cidr(format!("{address}/32"))]);
    }
    let endpoint = launch.model().endpoint(cut.reached.answer.path.endpoint.as_deref()?)?;
    if endpoint.kind == "Interface" {
        return Some(endpoint.groups.iter().cloned().map(Peer::SecurityGroup).collect());
    }
    let name = cut.reached.need.as_service()?.prefix_list_name();
    let ec2 = &launch.facts.ec2;
    let listed = ec2
        .prefix_lists
        .seen()
        .into_iter()
        .find(|list| list.prefix_list_name.as_ref() == Some(&name));
    let listed = listed.and_then(|list| list.prefix_list_id.clone());
    // The route to the endpoint names the list too.
    let routed = || {
        let tables = ec2.route_tables.seen();
        let mut routes = tables.into_iter().flat_map(|table| &table.routes);
        routes
            .find(|route| route.gateway_id.as_ref() == Some(&endpoint.id))
            .and_then(|route| route.destination_prefix_list_id.clone())
    };
    Some(vec![Peer::PrefixList(listed.or_else(routed)?)])
}

fn name_of(peer: &Peer) -> String {
    match peer {
        Peer::Cidr(text) | Peer::SecurityGroup(text) => text.clone(),
        Peer::PrefixList(id) => format!("the prefix list {id} of S3"),
    }
}

/// Who the tasks are to a security group of another interface: their group, or the addresses of their subnets.
pub fn tasks_as_peer(launch: &Launch<'_>, subnets: &[String]) -> Option<Peer> {
    if let Some(group) = task_groups(launch).first() {
        return Some(Peer::SecurityGroup(group.clone()));
    }
    let subnet = launch.facts.ec2.subnets.by_id(subnets.first()?).ok()??;
    subnet.cidr_block.clone().map(Peer::Cidr)
}

fn endpoint_security_group(launch: &Launch<'_>, group: &Group<'_>) -> Option<Remedy> {
    let endpoint = launch.model().endpoint(&group.subject)?;
    let security_group = endpoint.groups.first()?.clone();
    let peer = tasks_as_peer(launch, &group.subnets())?;
    let title = format!(
        "Allow tcp 443 from {} into {security_group}, the security group of endpoint {}",
        name_of(&peer),
        endpoint.id
    );
    let change =
        Change::AuthorizeIngress { security_group: security_group.clone(), rule: https(peer) };
    Some(Remedy::new(title, Safety::NonDisruptive, vec![change]).touches(format!(
        "Everything else that has security group {security_group} admits the tasks on 443 too."
    )))
}

fn target_security_group(launch: &Launch<'_>, group: &Group<'_>) -> Option<Remedy> {
    // A mount target's check knows all of its groups.
    if group.cuts.iter().any(|cut| cut.reached.need.file_system.is_some()) {
        return None;
    }
    let peer = tasks_as_peer(launch, &group.subnets())?;
    let doors: Vec<(&str, i64)> = if tell::name_servers(group).is_empty() {
        group.ports().into_iter().map(|port| ("tcp", i64::from(port))).collect()
    } else {
        vec![("udp", 53), ("tcp", 53)]
    };
    let said: Vec<String> =
        doors.iter().map(|(protocol, port)| format!("{protocol} {port}")).collect();
    let title =
        format!("Allow {} from {} into {}", tell::list(&said), name_of(&peer), group.subject);
    let changes = doors.iter().map(|&(protocol, port)| Change::AuthorizeIngress {
        security_group: group.subject.clone(),
        rule: SecurityGroupRule {
            protocol: protocol.to_owned(),
            from_port: port,
            to_port: port,
            peer: peer.clone(),
        },
    });
    Some(Remedy::new(title, Safety::NonDisruptive, changes.collect()).touches(format!(
        "Everything else that has security group {} admits the tasks in the same way.",
        group.subject
    )))
}

fn endpoint_private_dns(launch: &Launch<'_>, group: &Group<'_>) -> Vec<Remedy> {
    let Some(endpoint) = launch.model().endpoint(&group.subject) else { return Vec::new() };
    // One change to the VPC serves all its endpoints.
    let mut changes: Vec<Change> = dns_change(launch, &endpoint.vpc, true).into_iter().collect();
    let dns = !changes.is_empty();
    if !endpoint.private_dns {
        changes.push(Change::EnablePrivateDns { endpoint: endpoint.id.clone() });
    }
    if changes.is_empty() {
        return Vec::new();
    }
    let title = if dns && endpoint.private_dns {
        format!("Turn on the DNS attributes of {}", endpoint.vpc)
    } else {
        format!("Enable private DNS on endpoint {}", endpoint.id)
    };
    vec![
        Remedy::new(title, Safety::NonDisruptive, changes).touches(format!(
            "All traffic of {} to {} moves to the endpoint, that of other workloads too: its security group must admit them.",
            endpoint.vpc, endpoint.service
        )),
    ]
}

/// Turns on what is off of a VPC's DNS attributes.
fn dns_change(launch: &Launch<'_>, vpc: &str, with_hostnames: bool) -> Option<Change> {
    let known = launch.model().vpc(vpc)?;
    let support = known.dns_support == Known::Present(false);
    let hostnames = with_hostnames && known.dns_hostnames == Known::Present(false);
    (support || hostnames).then(|| Change::EnableVpcDns { vpc: vpc.to_owned(), support, hostnames })
}

fn endpoint_unavailable(launch: &Launch<'_>, group: &Group<'_>) -> Option<Remedy> {
    let endpoint = launch.model().endpoint(&group.subject)?;
    let ids = std::slice::from_ref(&endpoint.id);
    if endpoint.state.starts_with("pendingacceptance") {
        let accept = launch
            .aws("ec2 accept-vpc-endpoint-connections")
            .arg("--service-id", "SERVICE_ID")
            .list("--vpc-endpoint-ids", ids);
        return Some(Remedy::by_hand(
            format!("Accept the endpoint {}", endpoint.id),
            Safety::NonDisruptive,
            format!("Let the owner of {} accept the endpoint {}", endpoint.service, endpoint.id),
            [accept],
        ));
    }
    let mut remedy = endpoint_for(launch, group)?;
    let delete = Change::manual(
        format!("Delete the endpoint {}, which does not work", endpoint.id),
        [launch.aws("ec2 delete-vpc-endpoints").list("--vpc-endpoint-ids", ids)],
    );
    remedy.changes.insert(0, delete);
    remedy.title = format!("Create the endpoint for {} anew", endpoint.service);
    Some(remedy.estimate())
}

fn s3_endpoint_route_table(
    launch: &Launch<'_>,
    group: &Group<'_>,
    subnets: &[String],
) -> Vec<Remedy> {
    let proofs = group.proofs();
    let endpoint =
        proofs.iter().map(|proof| proof.resource.clone()).find(|id| id.starts_with("vpce-"));
    let mut remedies = Vec::new();
    if let Some(endpoint) = endpoint {
        let tables = tables_of(launch, subnets);
        let title =
            format!("Add route table {} to the S3 endpoint {endpoint}", tell::list(&tables));
        let change = Change::AssociateRouteTable { endpoint, route_tables: tables };
        remedies.push(
            Remedy::new(title, Safety::NonDisruptive, vec![change])
                .costs(0.0)
                .touches("Traffic to S3 from every subnet of the route table goes through the endpoint, and the endpoint's policy applies to it."),
        );
    }
    remedies.extend(ways_out(launch, subnets, false).into_iter().filter(routes));
    remedies
}

fn dns_disabled(launch: &Launch<'_>, group: &Group<'_>) -> Vec<Remedy> {
    let endpoints = launch.facts.ec2.vpc_endpoints.seen();
    // Private names of endpoints and names of mount targets need both attributes.
    let private = endpoints.into_iter().any(|endpoint| {
        endpoint.vpc_id.as_ref() == Some(&group.subject)
            && endpoint.private_dns_enabled == Some(true)
    });
    let mounts = launch.needs().is_ok_and(|needs| !needs.file_systems.is_empty());
    let Some(change) = dns_change(launch, &group.subject, private || mounts) else {
        return Vec::new();
    };
    vec![
        Remedy::new(
            format!("Turn on DNS resolution in {}", group.subject),
            Safety::NonDisruptive,
            vec![change],
        )
        .touches(format!(
            "Every workload in {} resolves names through the resolver of the VPC.",
            group.subject
        )),
    ]
}

fn block_public_access(launch: &Launch<'_>, subnets: &[String]) -> Vec<Remedy> {
    let exclude = |subnet: &String| {
        launch
            .aws("ec2 create-vpc-block-public-access-exclusion")
            .arg("--subnet-id", subnet)
            .arg("--internet-gateway-exclusion-mode", "allow-egress")
    };
    let exclude = Remedy::by_hand(
        "Exclude the subnets from VPC Block Public Access",
        Safety::NonDisruptive,
        "Exclude the subnets (those of the NAT gateway too) from VPC Block Public Access",
        subnets.iter().map(exclude),
    )
    .touches("The subnets reach the internet again; who set the block must agree.");
    let mut remedies: Vec<Remedy> = ways_out(launch, subnets, false)
        .into_iter()
        .filter(|remedy| {
            remedy.changes.iter().any(|change| {
                matches!(
                    change,
                    Change::CreateGatewayEndpoint { .. } | Change::CreateInterfaceEndpoint { .. }
                )
            })
        })
        .collect();
    remedies.push(exclude);
    remedies
}
