//! Which field of each EC2 resource is its id, and how it belongs to a VPC.

use super::listing::Item;
use super::*;

macro_rules! items {
    ($($type:ty, $call:literal, $id:ident, |$item:ident, $vpc:ident| $in_vpc:expr;)*) => {$(
        impl Item for $type {
            const CALL: &'static str = concat!("ec2:", $call);
            fn id(&self) -> Option<&str> {
                self.$id.as_deref()
            }
            fn in_vpc(&self, $vpc: &str) -> bool {
                let $item = self;
                $in_vpc
            }
        }
    )*};
}

fn is(field: Option<&String>, vpc: &str) -> bool {
    field.is_some_and(|id| id == vpc)
}

fn attached(attachments: &[GatewayAttachment], vpc: &str) -> bool {
    attachments.iter().any(|attachment| is(attachment.vpc_id.as_ref(), vpc))
}

fn peers(side: Option<&PeeringVpc>, vpc: &str) -> bool {
    side.is_some_and(|side| is(side.vpc_id.as_ref(), vpc))
}

items! {
    Vpc, "DescribeVpcs", vpc_id, |item, vpc| is(item.vpc_id.as_ref(), vpc);
    Subnet, "DescribeSubnets", subnet_id, |item, vpc| is(item.vpc_id.as_ref(), vpc);
    RouteTable, "DescribeRouteTables", route_table_id, |item, vpc| is(item.vpc_id.as_ref(), vpc);
    NatGateway, "DescribeNatGateways", nat_gateway_id, |item, vpc| is(item.vpc_id.as_ref(), vpc);
    InternetGateway, "DescribeInternetGateways", internet_gateway_id, |item, vpc| attached(&item.attachments, vpc);
    EgressOnlyInternetGateway, "DescribeEgressOnlyInternetGateways", egress_only_internet_gateway_id, |item, vpc| attached(&item.attachments, vpc);
    VpcEndpoint, "DescribeVpcEndpoints", vpc_endpoint_id, |item, vpc| is(item.vpc_id.as_ref(), vpc);
    SecurityGroup, "DescribeSecurityGroups", group_id, |item, vpc| is(item.vpc_id.as_ref(), vpc);
    NetworkAcl, "DescribeNetworkAcls", network_acl_id, |item, vpc| is(item.vpc_id.as_ref(), vpc);
    NetworkInterface, "DescribeNetworkInterfaces", network_interface_id, |item, vpc| is(item.vpc_id.as_ref(), vpc);
    Instance, "DescribeInstances", instance_id, |item, vpc| is(item.vpc_id.as_ref(), vpc);
    DhcpOptions, "DescribeDhcpOptions", dhcp_options_id, |_item, _vpc| false;
    PrefixList, "DescribePrefixLists", prefix_list_id, |_item, _vpc| false;
    ManagedPrefixList, "DescribeManagedPrefixLists", prefix_list_id, |_item, _vpc| false;
    VpcPeeringConnection, "DescribeVpcPeeringConnections", vpc_peering_connection_id,
        |item, vpc| peers(item.accepter_vpc_info.as_ref(), vpc) || peers(item.requester_vpc_info.as_ref(), vpc);
    TransitGateway, "DescribeTransitGateways", transit_gateway_id, |_item, _vpc| false;
    TransitGatewayAttachment, "DescribeTransitGatewayAttachments", transit_gateway_attachment_id, |item, vpc| is(item.resource_id.as_ref(), vpc);
    TransitGatewayVpcAttachment, "DescribeTransitGatewayVpcAttachments", transit_gateway_attachment_id, |item, vpc| is(item.vpc_id.as_ref(), vpc);
    TransitGatewayRouteTable, "DescribeTransitGatewayRouteTables", transit_gateway_route_table_id, |_item, _vpc| false;
    VpnGateway, "DescribeVpnGateways", vpn_gateway_id, |item, vpc| attached(&item.vpc_attachments, vpc);
    VpcBlockPublicAccessOptions, "DescribeVpcBlockPublicAccessOptions", aws_region, |_item, _vpc| false;
    VpcBlockPublicAccessExclusion, "DescribeVpcBlockPublicAccessExclusions", exclusion_id,
        |item, vpc| item.resource_arn.as_deref().is_some_and(|arn| arn.ends_with(vpc));
}
