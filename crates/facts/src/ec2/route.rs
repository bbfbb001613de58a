//! Route tables, gateways, peering connections and prefix lists.

use super::shape::shapes;
use super::vpc::{CidrBlockState, Tag};

shapes! {
    /// EC2 API `RouteTable`.
    RouteTable {
        one { route_table_id: String, vpc_id: String, owner_id: String }
        many { associations: RouteTableAssociation, propagating_vgws: PropagatingVgw, routes: Route, tags: Tag }
    }
    /// What a route table applies to: a subnet, a gateway, or as `Main` every subnet without a table of its own.
    RouteTableAssociation {
        one { main: bool, route_table_association_id: String, route_table_id: String, subnet_id: String, gateway_id: String, association_state: CidrBlockState }
    }
    /// A virtual private gateway whose routes are propagated into a table.
    PropagatingVgw { one { gateway_id: String } }
    /// EC2 API `Route`. `Origin` is `CreateRouteTable`, `CreateRoute` or `EnableVgwRoutePropagation`.
    Route {
        one {
            destination_cidr_block: String, destination_ipv6_cidr_block: String, destination_prefix_list_id: String,
            gateway_id: String, nat_gateway_id: String, egress_only_internet_gateway_id: String, instance_id: String, instance_owner_id: String,
            network_interface_id: String, transit_gateway_id: String, vpc_peering_connection_id: String, local_gateway_id: String,
            carrier_gateway_id: String, core_network_arn: String, odb_network_arn: String, origin: String, state: String,
        }
    }

    /// EC2 API `NatGateway`. A regional gateway (`AvailabilityMode: regional`) has no `SubnetId`.
    NatGateway {
        one {
            nat_gateway_id: String, vpc_id: String, subnet_id: String, state: String, connectivity_type: String, availability_mode: String,
            failure_code: String, failure_message: String, route_table_id: String,
        }
        many { nat_gateway_addresses: NatGatewayAddress, tags: Tag }
    }
    /// An address of a NAT gateway.
    NatGatewayAddress {
        one { allocation_id: String, network_interface_id: String, private_ip: String, public_ip: String, is_primary: bool, status: String, availability_zone: String, availability_zone_id: String }
    }

    /// EC2 API `InternetGateway`.
    InternetGateway { one { internet_gateway_id: String, owner_id: String } many { attachments: GatewayAttachment, tags: Tag } }
    /// EC2 API `EgressOnlyInternetGateway`.
    EgressOnlyInternetGateway { one { egress_only_internet_gateway_id: String } many { attachments: GatewayAttachment, tags: Tag } }
    /// The VPC that a gateway is attached to. `State` is `available` or `attached` when it works.
    GatewayAttachment { one { vpc_id: String, state: String } }
    /// EC2 API `VpnGateway`.
    VpnGateway { one { vpn_gateway_id: String, state: String } many { vpc_attachments: GatewayAttachment, tags: Tag } }

    /// EC2 API `VpcPeeringConnection`.
    VpcPeeringConnection {
        one { vpc_peering_connection_id: String, accepter_vpc_info: PeeringVpc, requester_vpc_info: PeeringVpc, status: PeeringStatus }
        many { tags: Tag }
    }
    /// One side of a peering connection.
    PeeringVpc {
        one { vpc_id: String, cidr_block: String, owner_id: String, region: String, peering_options: PeeringOptions }
        many { cidr_block_set: PeeringCidr, ipv6_cidr_block_set: PeeringIpv6Cidr }
    }
    /// An IPv4 block of a peer.
    PeeringCidr { one { cidr_block: String } }
    /// An IPv6 block of a peer.
    PeeringIpv6Cidr { one { ipv6_cidr_block: String } }
    /// DNS options of one side.
    PeeringOptions { one { allow_dns_resolution_from_remote_vpc: bool } }
    /// `active` when it works.
    PeeringStatus { one { code: String, message: String } }

    /// EC2 API `PrefixList`: an AWS-managed list as `DescribePrefixLists` prints it, with its IPv4 blocks.
    PrefixList { one { prefix_list_id: String, prefix_list_name: String } many { cidrs: String } }
    /// EC2 API `ManagedPrefixList`: its entries come from a call of their own.
    ManagedPrefixList {
        one { prefix_list_id: String, prefix_list_name: String, address_family: String, max_entries: i64, owner_id: String, state: String, version: i64 }
    }
    /// EC2 API `PrefixListEntry`.
    PrefixListEntry { one { cidr: String, description: String } }
}
