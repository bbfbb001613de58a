//! Route tables: routes with their blocks read, ready for a longest-prefix match.

use ecswhy_facts::ec2;
use ipnet::IpNet;
use std::collections::BTreeMap;

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Inside the VPC.
    Local,
    /// An internet gateway.
    InternetGateway(String),
    /// An egress-only internet gateway.
    EgressOnly(String),
    /// A NAT gateway.
    Nat(String),
    /// A peering connection.
    Peering(String),
    /// A transit gateway.
    Transit(String),
    /// A VPC endpoint: a gateway endpoint for a prefix list, else a Gateway Load Balancer endpoint.
    Endpoint(String),
    /// A network interface, of an instance or an appliance.
    Interface(String),
    /// A virtual private gateway, local gateway, core network, ...: the far side cannot be seen.
    Opaque(String),
}

impl Target {
    /// The id of the target.
    pub fn id(&self) -> &str {
        match self {
            Self::Local => "local",
            Self::InternetGateway(id)
            | Self::EgressOnly(id)
            | Self::Nat(id)
            | Self::Peering(id)
            | Self::Transit(id)
            | Self::Endpoint(id)
            | Self::Interface(id)
            | Self::Opaque(id) => id,
        }
    }

    fn of(route: &ec2::Route) -> Option<Self> {
        let given = |field: &Option<String>| field.clone().filter(|id| !id.is_empty());
        if let Some(id) = given(&route.nat_gateway_id) {
            return Some(Self::Nat(id));
        }
        if let Some(id) = given(&route.transit_gateway_id) {
            return Some(Self::Transit(id));
        }
        if let Some(id) = given(&route.vpc_peering_connection_id) {
            return Some(Self::Peering(id));
        }
        if let Some(id) = given(&route.egress_only_internet_gateway_id) {
            return Some(Self::EgressOnly(id));
        }
        if let Some(id) = given(&route.network_interface_id) {
            return Some(Self::Interface(id));
        }
        if let Some(id) = given(&route.gateway_id) {
            return Some(match id.split('-').next() {
                Some("local") => Self::Local,
                Some("igw") => Self::InternetGateway(id),
                Some("eigw") => Self::EgressOnly(id),
                Some("vpce") => Self::Endpoint(id),
                Some("nat") => Self::Nat(id),
                _ => Self::Opaque(id),
            });
        }
        let opaque = [
            &route.local_gateway_id,
            &route.carrier_gateway_id,
            &route.core_network_arn,
            &route.odb_network_arn,
            &route.instance_id,
        ];
        opaque.into_iter().find_map(given).map(Self::Opaque)
    }
}

/// A route whose destination is a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The destination.
    pub block: IpNet,
    /// The prefix list that the block comes from.
    pub prefix_list: Option<String>,
    /// The next hop.
    pub target: Target,
    /// Whether AWS says that the next hop is dead.
    pub blackhole: bool,
    /// Whether a virtual private gateway propagated it.
    pub propagated: bool,
}

impl Route {
    /// Order of preference among routes that match: longest prefix, then static before prefix list before propagated.
    /// VPC User Guide, "How route priority works".
    pub(crate) fn rank(&self) -> (u8, u8) {
        let class = match (self.propagated, &self.prefix_list) {
            (true, _) => 0,
            (false, Some(_)) => 1,
            (false, None) => 2,
        };
        (self.block.prefix_len(), class)
    }
}

/// A route table.
#[derive(Debug, Clone, Default)]
pub struct RouteTable {
    /// Its id.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Routes whose blocks are known.
    pub routes: Vec<Route>,
    /// Routes to prefix lists whose entries are not known: (list, target, blackhole).
    pub unread_lists: Vec<(String, Target, bool)>,
    /// Routes that cannot be read: the destination as printed.
    pub unreadable: Vec<String>,
}

impl RouteTable {
    pub(crate) fn read(table: &ec2::RouteTable, lists: &BTreeMap<String, Vec<IpNet>>) -> Self {
        let mut read = Self {
            id: table.route_table_id.clone().unwrap_or_default(),
            vpc: table.vpc_id.clone().unwrap_or_default(),
            ..Self::default()
        };
        for route in &table.routes {
            let destination = route
                .destination_cidr_block
                .as_ref()
                .or(route.destination_ipv6_cidr_block.as_ref());
            let blackhole = route.state.as_deref() == Some("blackhole");
            // A dead next hop may have lost its id as well.
            let target = match Target::of(route) {
                Some(target) => target,
                None if blackhole => Target::Opaque("a next hop that no longer exists".to_owned()),
                None => {
                    read.unreadable.push(
                        destination
                            .cloned()
                            .unwrap_or_else(|| "a route without destination".to_owned()),
                    );
                    continue;
                }
            };
            let propagated = route.origin.as_deref() == Some("EnableVgwRoutePropagation");
            match (destination, &route.destination_prefix_list_id) {
                (Some(text), _) => match text.parse::<IpNet>() {
                    Ok(block) => read.routes.push(Route {
                        block: block.trunc(),
                        prefix_list: None,
                        target,
                        blackhole,
                        propagated,
                    }),
                    Err(_) => read.unreadable.push(text.clone()),
                },
                (None, Some(list)) => match lists.get(list) {
                    Some(blocks) => read.routes.extend(blocks.iter().map(|block| Route {
                        block: *block,
                        prefix_list: Some(list.clone()),
                        target: target.clone(),
                        blackhole,
                        propagated,
                    })),
                    None => read.unread_lists.push((list.clone(), target, blackhole)),
                },
                (None, None) => read.unreadable.push("a route without destination".to_owned()),
            }
        }
        read
    }

    /// The gateway endpoints that the table leads to.
    pub(crate) fn leads_to_endpoint(&self, endpoint: &str) -> bool {
        self.routes
            .iter()
            .map(|route| &route.target)
            .chain(self.unread_lists.iter().map(|(_, target, _)| target))
            .any(|target| *target == Target::Endpoint(endpoint.to_owned()))
    }
}
