//! Changes to the VPC: endpoints, routes, gateways, filters, DNS.

use super::NotModelled;
use crate::change::{Change, NEW, Peer, RouteTarget, SecurityGroupRule};
use ecswhy_facts::Known;
use ecswhy_facts::ec2::{
    Ec2Facts, GatewayAttachment, GroupIdentifier, InternetGateway, IpPermission, IpRange,
    Ipv6Range, Listing, NatGateway, NatGatewayAddress, NetworkAclEntry, NetworkInterface,
    PolicyText, PortRange, PrefixListId, Route, RouteTable, SecurityGroup, Subnet, UserIdGroupPair,
    VpcAttributes, VpcEndpoint,
};
use std::net::Ipv4Addr;

pub(super) fn apply(ec2: &mut Ec2Facts, change: &Change) -> Result<(), NotModelled> {
    match change {
        Change::CreateInterfaceEndpoint { vpc, service_name, subnets, security_groups } => {
            create_interface_endpoint(ec2, vpc, service_name, subnets, security_groups)
        }
        Change::CreateGatewayEndpoint { vpc, service_name, route_tables } => {
            let id = new_endpoint(service_name);
            ec2.vpc_endpoints.add(VpcEndpoint {
                vpc_endpoint_id: Some(id.clone()),
                vpc_endpoint_type: Some("Gateway".to_owned()),
                vpc_id: Some(vpc.clone()),
                service_name: Some(service_name.clone()),
                state: Some("available".to_owned()),
                ..VpcEndpoint::default()
            });
            associate(ec2, &id, route_tables)
        }
        Change::AssociateRouteTable { endpoint, route_tables } => {
            associate(ec2, endpoint, route_tables)
        }
        Change::EnablePrivateDns { endpoint } => {
            each(&mut ec2.vpc_endpoints, "endpoint", endpoint, endpoint_id, |found| {
                found.private_dns_enabled = Some(true);
            })
        }
        Change::SetEndpointPolicy { endpoint, policy } => {
            each(&mut ec2.vpc_endpoints, "endpoint", endpoint, endpoint_id, |found| {
                found.policy_document = Some(PolicyText(policy.to_string()));
            })
        }
        Change::AddRoute { route_table, destination, target, replaces } => {
            add_route(ec2, route_table, destination, target, *replaces)
        }
        Change::CreateNatGateway { public_subnet, route_table, replaces_route } => {
            create_nat_gateway(ec2, public_subnet)?;
            let target = RouteTarget::NatGateway(NEW.to_owned());
            add_route(ec2, route_table, "0.0.0.0/0", &target, *replaces_route)
        }
        Change::AttachInternetGateway { internet_gateway, vpc } => {
            if internet_gateway == NEW {
                ec2.internet_gateways.add(InternetGateway {
                    internet_gateway_id: Some(new_id("igw")),
                    attachments: vec![GatewayAttachment {
                        vpc_id: Some(vpc.clone()),
                        state: Some("available".to_owned()),
                    }],
                    ..InternetGateway::default()
                });
                return Ok(());
            }
            let id = |gateway: &InternetGateway| gateway.internet_gateway_id.clone();
            each(&mut ec2.internet_gateways, "internet gateway", internet_gateway, id, |found| {
                found.attachments = vec![GatewayAttachment {
                    vpc_id: Some(vpc.clone()),
                    state: Some("available".to_owned()),
                }];
            })
        }
        Change::AuthorizeEgress { security_group, rule } => {
            each(&mut ec2.security_groups, "security group", security_group, group_id, |found| {
                let owner = found.owner_id.clone();
                found.ip_permissions_egress.push(permission(rule, owner));
            })
        }
        Change::AuthorizeIngress { security_group, rule } => {
            each(&mut ec2.security_groups, "security group", security_group, group_id, |found| {
                let owner = found.owner_id.clone();
                found.ip_permissions.push(permission(rule, owner));
            })
        }
        Change::AddNaclEntry {
            network_acl,
            number,
            egress,
            cidr,
            protocol,
            from_port,
            to_port,
        } => {
            let id = |acl: &ecswhy_facts::ec2::NetworkAcl| acl.network_acl_id.clone();
            let v6 = cidr.contains(':');
            each(&mut ec2.network_acls, "network ACL", network_acl, id, |found| {
                found.entries.push(NetworkAclEntry {
                    rule_number: Some(*number),
                    rule_action: Some("allow".to_owned()),
                    egress: Some(*egress),
                    protocol: Some(protocol_number(protocol).to_owned()),
                    cidr_block: (!v6).then(|| cidr.clone()),
                    ipv6_cidr_block: v6.then(|| cidr.clone()),
                    port_range: Some(PortRange { from: Some(*from_port), to: Some(*to_port) }),
                    icmp_type_code: None,
                });
            })
        }
        Change::EnableVpcDns { vpc, support, hostnames } => {
            let attributes: &mut VpcAttributes =
                ec2.vpc_attributes.get_mut(vpc).ok_or_else(|| NotModelled::unknown("VPC", vpc))?;
            if *support {
                attributes.enable_dns_support = Known::Present(true);
            }
            if *hostnames {
                attributes.enable_dns_hostnames = Known::Present(true);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The id in the model of what a change creates.
pub(super) fn new_id(kind: &str) -> String {
    format!("{kind}-{NEW}")
}

fn new_endpoint(service_name: &str) -> String {
    let short: String =
        service_name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("vpce-{NEW}-{short}")
}

fn endpoint_id(endpoint: &VpcEndpoint) -> Option<String> {
    endpoint.vpc_endpoint_id.clone()
}

fn group_id(group: &SecurityGroup) -> Option<String> {
    group.group_id.clone()
}

/// Changes every copy of one item.
fn each<T>(
    listing: &mut Listing<T>,
    kind: &str,
    id: &str,
    id_of: impl Fn(&T) -> Option<String>,
    mut change: impl FnMut(&mut T),
) -> Result<(), NotModelled> {
    let mut found = false;
    for item in listing.iter_mut().filter(|item| id_of(item).as_deref() == Some(id)) {
        change(item);
        found = true;
    }
    if found { Ok(()) } else { Err(NotModelled::unknown(kind, id)) }
}

/// CreateVpcEndpoint reference: one network interface in each subnet, with the groups; private DNS needs both DNS
/// attributes of the VPC (which the checks see).
fn create_interface_endpoint(
    ec2: &mut Ec2Facts,
    vpc: &str,
    service_name: &str,
    subnets: &[String],
    security_groups: &[String],
) -> Result<(), NotModelled> {
    if subnets.is_empty() || security_groups.is_empty() {
        return Err(NotModelled("an endpoint needs a subnet and a security group".to_owned()));
    }
    let id = new_endpoint(service_name);
    let groups: Vec<GroupIdentifier> = security_groups
        .iter()
        .map(|group| GroupIdentifier { group_id: Some(group.clone()), group_name: None })
        .collect();
    for group in security_groups {
        each(&mut ec2.security_groups, "security group", group, group_id, |_| {})?;
    }
    let mut interfaces = Vec::new();
    for (index, subnet) in subnets.iter().enumerate() {
        let address = free_address(ec2, subnet);
        each(&mut ec2.subnets, "subnet", subnet, subnet_id, |found| {
            if let Some(free) = &mut found.available_ip_address_count {
                *free -= 1;
            }
        })?;
        let interface = format!("eni-{}-{index}", id.trim_start_matches("vpce-"));
        ec2.network_interfaces.add(NetworkInterface {
            network_interface_id: Some(interface.clone()),
            subnet_id: Some(subnet.clone()),
            vpc_id: Some(vpc.to_owned()),
            private_ip_address: address,
            interface_type: Some("vpc_endpoint".to_owned()),
            status: Some("in-use".to_owned()),
            groups: groups.clone(),
            ..NetworkInterface::default()
        });
        interfaces.push(interface);
    }
    ec2.vpc_endpoints.add(VpcEndpoint {
        vpc_endpoint_id: Some(id),
        vpc_endpoint_type: Some("Interface".to_owned()),
        vpc_id: Some(vpc.to_owned()),
        service_name: Some(service_name.to_owned()),
        state: Some("available".to_owned()),
        private_dns_enabled: Some(true),
        subnet_ids: subnets.to_vec(),
        groups,
        network_interface_ids: interfaces,
        ..VpcEndpoint::default()
    });
    Ok(())
}

fn subnet_id(subnet: &Subnet) -> Option<String> {
    subnet.subnet_id.clone()
}

/// The highest IPv4 address of a subnet that no interface has; the last one is AWS's own.
pub(super) fn free_address(ec2: &Ec2Facts, subnet: &str) -> Option<String> {
    let subnets = ec2.subnets.seen();
    let found = subnets.iter().find(|found| found.subnet_id.as_deref() == Some(subnet))?;
    let block: ipnet::Ipv4Net = found.cidr_block.as_ref()?.parse().ok()?;
    let interfaces = ec2.network_interfaces.seen();
    let taken = |address: &str| {
        interfaces.iter().any(|each| each.private_ip_address.as_deref() == Some(address))
    };
    let last = u32::from(block.broadcast()).checked_sub(1)?;
    let first = u32::from(block.network()).checked_add(4)?;
    (first..=last).rev().map(|bits| Ipv4Addr::from(bits).to_string()).find(|it| !taken(it))
}

/// VPC User Guide, "Gateway endpoints": associating a route table adds the route to the service's prefix list.
fn associate(ec2: &mut Ec2Facts, endpoint: &str, tables: &[String]) -> Result<(), NotModelled> {
    let mut service = None;
    each(&mut ec2.vpc_endpoints, "endpoint", endpoint, endpoint_id, |found| {
        service.clone_from(&found.service_name);
        for table in tables {
            if !found.route_table_ids.contains(table) {
                found.route_table_ids.push(table.clone());
            }
        }
    })?;
    let lists = ec2.prefix_lists.seen();
    let managed = ec2.managed_prefix_lists.seen();
    let names = lists
        .iter()
        .map(|list| (&list.prefix_list_name, &list.prefix_list_id))
        .chain(managed.iter().map(|list| (&list.prefix_list_name, &list.prefix_list_id)));
    let list = names
        .filter(|(name, _)| name.is_some() && **name == service)
        .find_map(|(_, id)| id.clone());
    for table in tables {
        each(&mut ec2.route_tables, "route table", table, table_id, |found| {
            if let Some(list) = &list {
                found.routes.push(Route {
                    destination_prefix_list_id: Some(list.clone()),
                    gateway_id: Some(endpoint.to_owned()),
                    origin: Some("CreateRoute".to_owned()),
                    state: Some("active".to_owned()),
                    ..Route::default()
                });
            }
        })?;
    }
    Ok(())
}

fn table_id(table: &RouteTable) -> Option<String> {
    table.route_table_id.clone()
}

fn add_route(
    ec2: &mut Ec2Facts,
    table: &str,
    destination: &str,
    target: &RouteTarget,
    replaces: bool,
) -> Result<(), NotModelled> {
    let v6 = destination.contains(':');
    let mut route = Route {
        destination_cidr_block: (!v6).then(|| destination.to_owned()),
        destination_ipv6_cidr_block: v6.then(|| destination.to_owned()),
        origin: Some("CreateRoute".to_owned()),
        state: Some("active".to_owned()),
        ..Route::default()
    };
    let named = |id: &str, kind: &str| if id == NEW { new_id(kind) } else { id.to_owned() };
    match target {
        RouteTarget::InternetGateway(id) => route.gateway_id = Some(named(id, "igw")),
        RouteTarget::NatGateway(id) => route.nat_gateway_id = Some(named(id, "nat")),
    }
    let mut refused = false;
    each(&mut ec2.route_tables, "route table", table, table_id, |found| {
        let before = found.routes.len();
        found.routes.retain(|each| !leads_to(each, destination));
        refused |= (found.routes.len() < before) != replaces;
        found.routes.push(route.clone());
    })?;
    if refused {
        return Err(NotModelled(format!(
            "{table} has {} route to {destination}",
            if replaces { "no" } else { "already a" }
        )));
    }
    Ok(())
}

fn leads_to(route: &Route, destination: &str) -> bool {
    route.destination_cidr_block.as_deref() == Some(destination)
        || route.destination_ipv6_cidr_block.as_deref() == Some(destination)
}

fn create_nat_gateway(ec2: &mut Ec2Facts, subnet: &str) -> Result<(), NotModelled> {
    let mut vpc = None;
    let private_ip = free_address(ec2, subnet);
    each(&mut ec2.subnets, "subnet", subnet, subnet_id, |found| {
        vpc.clone_from(&found.vpc_id);
    })?;
    ec2.nat_gateways.add(NatGateway {
        nat_gateway_id: Some(new_id("nat")),
        vpc_id: vpc,
        subnet_id: Some(subnet.to_owned()),
        state: Some("available".to_owned()),
        connectivity_type: Some("public".to_owned()),
        nat_gateway_addresses: vec![NatGatewayAddress {
            private_ip,
            // A documentation address (RFC 5737) stands for the Elastic IP that will be allocated.
            public_ip: Some("192.0.2.1".to_owned()),
            is_primary: Some(true),
            status: Some("succeeded".to_owned()),
            ..NatGatewayAddress::default()
        }],
        ..NatGateway::default()
    });
    Ok(())
}

fn permission(rule: &SecurityGroupRule, owner: Option<String>) -> IpPermission {
    let all = rule.protocol == "-1";
    let mut permission = IpPermission {
        ip_protocol: Some(rule.protocol.clone()),
        from_port: (!all).then_some(rule.from_port),
        to_port: (!all).then_some(rule.to_port),
        ..IpPermission::default()
    };
    match &rule.peer {
        Peer::Cidr(cidr) if cidr.contains(':') => permission
            .ipv6_ranges
            .push(Ipv6Range { cidr_ipv6: Some(cidr.clone()), description: None }),
        Peer::Cidr(cidr) => {
            permission.ip_ranges.push(IpRange { cidr_ip: Some(cidr.clone()), description: None });
        }
        Peer::SecurityGroup(group) => permission.user_id_group_pairs.push(UserIdGroupPair {
            group_id: Some(group.clone()),
            user_id: owner,
            ..UserIdGroupPair::default()
        }),
        Peer::PrefixList(list) => permission
            .prefix_list_ids
            .push(PrefixListId { prefix_list_id: Some(list.clone()), description: None }),
    }
    permission
}

/// DescribeNetworkAcls prints protocols as numbers.
fn protocol_number(protocol: &str) -> &str {
    match protocol {
        "tcp" => "6",
        "udp" => "17",
        "icmp" => "1",
        "all" => "-1",
        other => other,
    }
}
