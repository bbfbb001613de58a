//! All EC2 answers of one account and Region, or of several merged.

use super::*;
use crate::{Answers, Fact, Known};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! ec2_facts {
    ($($(#[$meta:meta])* $field:ident: $type:ident),* $(,)?) => {
        /// What is known of EC2, per kind of resource. See [`Listing`] for how a list says what it is complete for.
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
        pub struct Ec2Facts {
            $(
                $(#[$meta])*
                #[serde(default, skip_serializing_if = "Listing::is_empty")]
                pub $field: Listing<$type>,
            )*
            /// `DescribeVpcAttribute` per VPC id.
            #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
            pub vpc_attributes: BTreeMap<String, VpcAttributes>,
            /// `GetManagedPrefixListEntries` per prefix list id.
            #[serde(default, skip_serializing_if = "Answers::is_empty")]
            pub prefix_list_entries: Answers<Vec<PrefixListEntry>>,
            /// `SearchTransitGatewayRoutes` per transit gateway route table id.
            #[serde(default, skip_serializing_if = "Answers::is_empty")]
            pub transit_gateway_routes: Answers<TransitGatewayRoutes>,
            /// `GetTransitGatewayRouteTableAssociations` per transit gateway route table id.
            #[serde(default, skip_serializing_if = "Answers::is_empty")]
            pub transit_gateway_associations: Answers<Vec<TransitGatewayTableLink>>,
            /// `GetTransitGatewayRouteTablePropagations` per transit gateway route table id.
            #[serde(default, skip_serializing_if = "Answers::is_empty")]
            pub transit_gateway_propagations: Answers<Vec<TransitGatewayTableLink>>,
        }

        impl Ec2Facts {
            /// Adds the facts of another account or Region, by id.
            pub fn merge(&mut self, other: Self) {
                $(self.$field.merge(other.$field);)*
                for (vpc, theirs) in other.vpc_attributes {
                    let mine = self.vpc_attributes.entry(vpc).or_default();
                    keep(&mut mine.enable_dns_support, theirs.enable_dns_support);
                    keep(&mut mine.enable_dns_hostnames, theirs.enable_dns_hostnames);
                }
                put_all(&mut self.prefix_list_entries, &other.prefix_list_entries);
                put_all(&mut self.transit_gateway_routes, &other.transit_gateway_routes);
                put_all(&mut self.transit_gateway_associations, &other.transit_gateway_associations);
                put_all(&mut self.transit_gateway_propagations, &other.transit_gateway_propagations);
            }
        }
    };
}

ec2_facts! {
    /// `DescribeVpcs`.
    vpcs: Vpc,
    /// `DescribeSubnets`.
    subnets: Subnet,
    /// `DescribeRouteTables`.
    route_tables: RouteTable,
    /// `DescribeNatGateways`.
    nat_gateways: NatGateway,
    /// `DescribeInternetGateways`.
    internet_gateways: InternetGateway,
    /// `DescribeEgressOnlyInternetGateways`.
    egress_only_internet_gateways: EgressOnlyInternetGateway,
    /// `DescribeVpcEndpoints`.
    vpc_endpoints: VpcEndpoint,
    /// `DescribeSecurityGroups`.
    security_groups: SecurityGroup,
    /// `DescribeNetworkAcls`.
    network_acls: NetworkAcl,
    /// `DescribeNetworkInterfaces`.
    network_interfaces: NetworkInterface,
    /// `DescribeInstances`, without the reservations.
    instances: Instance,
    /// `DescribeDhcpOptions`.
    dhcp_options: DhcpOptions,
    /// `DescribePrefixLists`.
    prefix_lists: PrefixList,
    /// `DescribeManagedPrefixLists`.
    managed_prefix_lists: ManagedPrefixList,
    /// `DescribeVpcPeeringConnections`.
    vpc_peering_connections: VpcPeeringConnection,
    /// `DescribeTransitGateways`.
    transit_gateways: TransitGateway,
    /// `DescribeTransitGatewayAttachments`.
    transit_gateway_attachments: TransitGatewayAttachment,
    /// `DescribeTransitGatewayVpcAttachments`.
    transit_gateway_vpc_attachments: TransitGatewayVpcAttachment,
    /// `DescribeTransitGatewayRouteTables`.
    transit_gateway_route_tables: TransitGatewayRouteTable,
    /// `DescribeVpnGateways`.
    vpn_gateways: VpnGateway,
    /// `DescribeVpcBlockPublicAccessOptions`.
    block_public_access: VpcBlockPublicAccessOptions,
    /// `DescribeVpcBlockPublicAccessExclusions`.
    block_public_access_exclusions: VpcBlockPublicAccessExclusion,
}

/// The routes of one transit gateway route table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransitGatewayRoutes {
    /// The routes.
    #[serde(default)]
    pub routes: Vec<TransitGatewayRoute>,
    /// Only static routes were asked for (`Name=type,Values=static`): propagated ones may exist besides.
    #[serde(default)]
    pub static_only: bool,
}

impl Fact for TransitGatewayRoutes {
    const CALL: &'static str = "ec2:SearchTransitGatewayRoutes";
}

impl Ec2Facts {
    /// Whether nothing is known at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn keep(mine: &mut Known<bool>, theirs: Known<bool>) {
    if mine.present().is_none() && !matches!(theirs, Known::NotAsked) {
        *mine = theirs;
    }
}

fn put_all<T: Clone>(mine: &mut Answers<T>, theirs: &Answers<T>) {
    for (subject, answer) in theirs.iter() {
        mine.put(subject, answer.clone());
    }
}
