//! Gateways and endpoints as the evaluator needs them.

use ecswhy_facts::Gap;
use ipnet::IpNet;
use std::net::IpAddr;

/// A NAT gateway.
#[derive(Debug, Clone)]
pub struct Nat {
    /// Its id.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its subnet; a regional gateway has none.
    pub subnet: Option<String>,
    /// Its own route table, of a regional gateway.
    pub table: Option<String>,
    /// `available`, `failed`, `deleted`, ...
    pub state: String,
    /// Why it failed.
    pub failure: Option<String>,
    /// Whether it is private.
    pub private: bool,
    /// Whether it is regional.
    pub regional: bool,
    /// The zones that a regional gateway has addresses in.
    pub zones: Vec<String>,
    /// Its private addresses.
    pub private_ips: Vec<IpAddr>,
    /// Its public addresses.
    pub public_ips: Vec<IpAddr>,
}

/// A VPC endpoint.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Its id.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// `com.amazonaws.REGION.SERVICE`.
    pub service: String,
    /// The Region of the service, when it is not the VPC's.
    pub service_region: Option<String>,
    /// `Interface`, `Gateway`, `GatewayLoadBalancer`, ...
    pub kind: String,
    /// `available`, `pending`, ... in lower case.
    pub state: String,
    /// `PrivateDnsEnabled`.
    pub private_dns: bool,
    /// The private name is for inbound resolver endpoints only.
    pub inbound_resolver_only: bool,
    /// Route tables of a gateway endpoint.
    pub tables: Vec<String>,
    /// Subnets of an interface endpoint.
    pub subnets: Vec<String>,
    /// Security groups of an interface endpoint.
    pub groups: Vec<String>,
    /// Interfaces of an interface endpoint.
    pub interfaces: Vec<String>,
    /// `ipv4`, `ipv6` or `dualstack`; ipv4 where AWS does not say.
    pub address_type: String,
}

/// A VPC peering connection.
#[derive(Debug, Clone)]
pub struct Peering {
    /// Its id.
    pub id: String,
    /// `active`, ...
    pub status: String,
    /// Both sides: VPC, blocks, Region.
    pub sides: [PeeringSide; 2],
}

/// One side of a peering connection.
#[derive(Debug, Clone, Default)]
pub struct PeeringSide {
    /// The VPC.
    pub vpc: String,
    /// Its blocks, as far as the connection tells.
    pub blocks: Vec<IpNet>,
    /// Its Region.
    pub region: Option<String>,
}

impl Peering {
    /// The VPC's own side, and the one across from it.
    pub fn from(&self, vpc: &str) -> Option<(&PeeringSide, &PeeringSide)> {
        let [one, two] = &self.sides;
        if one.vpc == vpc {
            Some((one, two))
        } else if two.vpc == vpc {
            Some((two, one))
        } else {
            None
        }
    }

    /// Whether both sides are in one Region: only then a rule may name a group of the peer.
    pub fn same_region(&self) -> Option<bool> {
        Some(self.sides[0].region.as_ref()? == self.sides[1].region.as_ref()?)
    }
}

/// A transit gateway.
#[derive(Debug, Clone)]
pub struct Transit {
    /// Its id.
    pub id: String,
    /// Whether security group references work across it.
    pub group_references: Option<bool>,
}

/// An attachment of a transit gateway.
#[derive(Debug, Clone)]
pub struct TransitAttachment {
    /// Its id.
    pub id: String,
    /// The transit gateway.
    pub transit: String,
    /// `vpc`, `vpn`, `peering`, `direct-connect-gateway`, `connect`.
    pub kind: String,
    /// The VPC, VPN connection, ...
    pub resource: String,
    /// `available`, ...
    pub state: String,
    /// The route table that its packets are looked up in; `None` when it is associated with none.
    pub table: Result<Option<String>, Gap>,
    /// The subnets of a VPC attachment.
    pub subnets: Result<Vec<String>, Gap>,
    /// Whether this VPC's side allows security group references.
    pub group_references: Option<bool>,
}

/// A route table of a transit gateway.
#[derive(Debug, Clone, Default)]
pub struct TransitTable {
    /// Its id.
    pub id: String,
    /// Its routes: block, attachment (none when dropped), static.
    pub routes: Vec<TransitRoute>,
    /// What keeps the routes from being complete.
    pub gap: Option<Gap>,
    /// Static routes and those of VPCs are complete all the same: what a VPN or a Direct Connect gateway propagates is missing.
    pub only_propagated_missing: bool,
}

/// A route of a transit gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitRoute {
    /// The destination.
    pub block: IpNet,
    /// The attachments that it leads to; none: the packet is dropped.
    pub attachments: Vec<String>,
    /// Static routes win over propagated ones of the same block.
    pub fixed: bool,
    /// Whether AWS drops the packets.
    pub blackhole: bool,
}
