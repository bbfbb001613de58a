//! VPCs, their DNS settings, Block Public Access, subnets and network ACLs.

use super::shape::shapes;
use crate::Known;
use serde::{Deserialize, Serialize};

shapes! {
    /// A resource tag.
    Tag { one { key: String, value: String } }

    /// EC2 API `Vpc`.
    Vpc {
        one { vpc_id: String, cidr_block: String, dhcp_options_id: String, is_default: bool, owner_id: String, state: String }
        many { cidr_block_association_set: VpcCidrBlockAssociation, ipv6_cidr_block_association_set: VpcIpv6CidrBlockAssociation, tags: Tag }
    }
    /// An IPv4 block of a VPC.
    VpcCidrBlockAssociation { one { association_id: String, cidr_block: String, cidr_block_state: CidrBlockState } }
    /// An IPv6 block of a VPC.
    VpcIpv6CidrBlockAssociation { one { association_id: String, ipv6_cidr_block: String, ipv6_cidr_block_state: CidrBlockState } }
    /// `associated`, `disassociated`, `failing`, ...
    CidrBlockState { one { state: String, status_message: String } }

    /// EC2 API `DhcpOptions`.
    DhcpOptions {
        one { dhcp_options_id: String, owner_id: String }
        many { dhcp_configurations: DhcpConfiguration, tags: Tag }
    }
    /// One DHCP option, for example `domain-name-servers`.
    DhcpConfiguration { one { key: String } many { values: AttributeValue } }
    /// `{"Value": "..."}`.
    AttributeValue { one { value: String } }

    /// EC2 API `VpcBlockPublicAccessOptions`: one per account and Region.
    VpcBlockPublicAccessOptions {
        one { aws_account_id: String, aws_region: String, state: String, internet_gateway_block_mode: String, exclusions_allowed: String, reason: String, managed_by: String }
    }
    /// EC2 API `VpcBlockPublicAccessExclusion`.
    VpcBlockPublicAccessExclusion {
        one { exclusion_id: String, internet_gateway_exclusion_mode: String, resource_arn: String, state: String, reason: String }
    }

    /// EC2 API `Subnet`.
    Subnet {
        one {
            subnet_id: String, subnet_arn: String, vpc_id: String, cidr_block: String, availability_zone: String, availability_zone_id: String,
            available_ip_address_count: i64, map_public_ip_on_launch: bool, assign_ipv6_address_on_creation: bool, enable_dns64: bool,
            ipv6_native: bool, owner_id: String, state: String, default_for_az: bool, block_public_access_states: BlockPublicAccessStates,
        }
        many { ipv6_cidr_block_association_set: SubnetIpv6CidrBlockAssociation, tags: Tag }
    }
    /// What Block Public Access does to a subnet: `off`, `block-bidirectional`, `block-ingress`.
    BlockPublicAccessStates { one { internet_gateway_block_mode: String } }
    /// The IPv6 block of a subnet.
    SubnetIpv6CidrBlockAssociation { one { association_id: String, ipv6_cidr_block: String, ipv6_cidr_block_state: CidrBlockState } }

    /// EC2 API `NetworkAcl`.
    NetworkAcl {
        one { network_acl_id: String, vpc_id: String, is_default: bool, owner_id: String }
        many { associations: NetworkAclAssociation, entries: NetworkAclEntry, tags: Tag }
    }
    /// Which subnet an ACL guards.
    NetworkAclAssociation { one { network_acl_association_id: String, network_acl_id: String, subnet_id: String } }
    /// One numbered rule of an ACL. `Protocol` is a number as text, `-1` for all.
    NetworkAclEntry {
        one {
            rule_number: i64, rule_action: String, egress: bool, protocol: String, cidr_block: String, ipv6_cidr_block: String,
            port_range: PortRange, icmp_type_code: IcmpTypeCode,
        }
    }
    /// Ports, both ends included.
    PortRange { one { from: i64, to: i64 } }
    /// An ICMP type and code, `-1` for all.
    IcmpTypeCode { one { code: i64, r#type: i64 } }
}

/// The DNS attributes of a VPC. EC2 answers one `DescribeVpcAttribute` for each.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcAttributes {
    /// `enableDnsSupport`: the VPC's resolver answers at all.
    #[serde(default)]
    pub enable_dns_support: Known<bool>,
    /// `enableDnsHostnames`: private DNS names of endpoints work.
    #[serde(default)]
    pub enable_dns_hostnames: Known<bool>,
}
