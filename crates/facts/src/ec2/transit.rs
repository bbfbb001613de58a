//! Transit gateways: attachments, route tables, routes, associations, propagations.

use super::shape::shapes;
use super::vpc::Tag;

shapes! {
    /// EC2 API `TransitGateway`.
    TransitGateway {
        one { transit_gateway_id: String, owner_id: String, state: String, options: TransitGatewayOptions }
        many { tags: Tag }
    }
    /// Options of a transit gateway: `enable` or `disable`.
    TransitGatewayOptions {
        one {
            default_route_table_association: String, association_default_route_table_id: String, default_route_table_propagation: String,
            propagation_default_route_table_id: String, security_group_referencing_support: String, dns_support: String,
        }
    }
    /// EC2 API `TransitGatewayAttachment`: any kind (`vpc`, `vpn`, `peering`, ...), with its associated route table.
    TransitGatewayAttachment {
        one {
            transit_gateway_attachment_id: String, transit_gateway_id: String, transit_gateway_owner_id: String, resource_id: String,
            resource_owner_id: String, resource_type: String, state: String, association: AttachmentAssociation,
        }
        many { tags: Tag }
    }
    /// The route table that an attachment's packets are looked up in.
    AttachmentAssociation { one { transit_gateway_route_table_id: String, state: String } }
    /// EC2 API `TransitGatewayVpcAttachment`: a VPC attachment with its subnets.
    TransitGatewayVpcAttachment {
        one {
            transit_gateway_attachment_id: String, transit_gateway_id: String, vpc_id: String, vpc_owner_id: String, state: String,
            options: VpcAttachmentOptions,
        }
        many { subnet_ids: String, tags: Tag }
    }
    /// Options of a VPC attachment: `enable` or `disable`.
    VpcAttachmentOptions { one { appliance_mode_support: String, dns_support: String, ipv6_support: String, security_group_referencing_support: String } }
    /// EC2 API `TransitGatewayRouteTable`.
    TransitGatewayRouteTable {
        one { transit_gateway_route_table_id: String, transit_gateway_id: String, state: String, default_association_route_table: bool, default_propagation_route_table: bool }
        many { tags: Tag }
    }
    /// EC2 API `TransitGatewayRoute`. `Type` is `static` or `propagated`, `State` `active` or `blackhole`.
    TransitGatewayRoute {
        one { destination_cidr_block: String, prefix_list_id: String, r#type: String, state: String }
        many { transit_gateway_attachments: RouteAttachment }
    }
    /// The attachment that a route leads to.
    RouteAttachment { one { transit_gateway_attachment_id: String, resource_id: String, resource_type: String } }
    /// EC2 API `TransitGatewayRouteTableAssociation` and `TransitGatewayRouteTablePropagation`.
    TransitGatewayTableLink {
        one { transit_gateway_attachment_id: String, resource_id: String, resource_type: String, state: String }
    }
}
