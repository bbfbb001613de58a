//! Network interfaces, instances, security groups and VPC endpoints.

use super::shape::shapes;
use super::vpc::Tag;
use serde_json::Value;

shapes! {
    /// EC2 API `SecurityGroup`.
    SecurityGroup {
        one { group_id: String, group_name: String, description: String, vpc_id: String, owner_id: String }
        many { ip_permissions: IpPermission, ip_permissions_egress: IpPermission, tags: Tag }
    }
    /// One rule of a security group. `IpProtocol` is `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all.
    IpPermission {
        one { ip_protocol: String, from_port: i64, to_port: i64 }
        many { ip_ranges: IpRange, ipv6_ranges: Ipv6Range, prefix_list_ids: PrefixListId, user_id_group_pairs: UserIdGroupPair }
    }
    /// An IPv4 block in a rule.
    IpRange { one { cidr_ip: String, description: String } }
    /// An IPv6 block in a rule.
    Ipv6Range { one { cidr_ipv6: String, description: String } }
    /// A prefix list in a rule.
    PrefixListId { one { prefix_list_id: String, description: String } }
    /// A security group in a rule; of a peer VPC when `VpcPeeringConnectionId` is there.
    UserIdGroupPair {
        one { group_id: String, group_name: String, user_id: String, vpc_id: String, vpc_peering_connection_id: String, peering_status: String, description: String }
    }
    /// A group by id.
    GroupIdentifier { one { group_id: String, group_name: String } }

    /// EC2 API `NetworkInterface`.
    NetworkInterface {
        one {
            network_interface_id: String, subnet_id: String, vpc_id: String, private_ip_address: String, availability_zone: String, interface_type: String,
            owner_id: String, requester_id: String, requester_managed: bool, description: String, source_dest_check: bool, status: String,
            association: InterfaceAssociation, attachment: InterfaceAttachment, ipv6_address: String,
        }
        many { groups: GroupIdentifier, private_ip_addresses: InterfacePrivateAddress, ipv6_addresses: InterfaceIpv6Address, tag_set: Tag }
    }
    /// The public address of an interface.
    InterfaceAssociation { one { public_ip: String, public_dns_name: String, allocation_id: String, ip_owner_id: String } }
    /// What an interface is attached to.
    InterfaceAttachment { one { attachment_id: String, instance_id: String, instance_owner_id: String, status: String, device_index: i64 } }
    /// A private address of an interface, with its public one.
    InterfacePrivateAddress { one { primary: bool, private_ip_address: String, association: InterfaceAssociation } }
    /// An IPv6 address of an interface.
    InterfaceIpv6Address { one { ipv6_address: String } }

    /// `DescribeInstances` groups instances by reservation.
    Reservation { one { reservation_id: String, owner_id: String } many { instances: Instance } }
    /// EC2 API `Instance`, as far as a path needs it.
    Instance {
        one {
            instance_id: String, vpc_id: String, subnet_id: String, private_ip_address: String, public_ip_address: String, source_dest_check: bool,
            state: InstanceState,
        }
        many { network_interfaces: NetworkInterface, security_groups: GroupIdentifier, tags: Tag }
    }
    /// `running`, `stopped`, ...
    InstanceState { one { code: i64, name: String } }

    /// EC2 API `VpcEndpoint`. `PolicyDocument` is the policy's text.
    VpcEndpoint {
        one {
            vpc_endpoint_id: String, vpc_endpoint_type: String, vpc_id: String, service_name: String, service_region: String, state: String,
            policy_document: PolicyText, private_dns_enabled: bool, requester_managed: bool, dns_options: DnsOptions, ip_address_type: String,
            owner_id: String, last_error: EndpointError, resource_configuration_arn: String, service_network_arn: String,
        }
        many { route_table_ids: String, subnet_ids: String, groups: GroupIdentifier, network_interface_ids: String, dns_entries: DnsEntry, tags: Tag }
    }
    /// DNS settings of an endpoint.
    DnsOptions { one { dns_record_ip_type: String, private_dns_only_for_inbound_resolver_endpoint: bool } }
    /// A name of an endpoint.
    DnsEntry { one { dns_name: String, hosted_zone_id: String } }
    /// Why an endpoint failed.
    EndpointError { one { code: String, message: String } }
}

/// A policy document: JSON in a string, as EC2 answers; a file written by hand may hold the object itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyText(pub String);

impl serde::Serialize for PolicyText {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for PolicyText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::String(text) => Self(text),
            other => Self(other.to_string()),
        })
    }
}
