//! The account's network, converted once from facts so that a question touches only what lies on its path.
//! Building it judges nothing: facts that are missing or contradict each other stay visible as [`Gap`]s.

mod block_public_access;
mod build;
mod build_gateways;
mod build_interfaces;
mod gateways;
mod table;

pub use gateways::{
    Endpoint, Nat, Peering, PeeringSide, Transit, TransitAttachment, TransitRoute, TransitTable,
};
pub use table::{Route, RouteTable, Target};

use crate::filter::SecurityGroup;
use crate::nacl::NetworkAcl;
use ecswhy_facts::{Gap, GapReason, Known};
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// A VPC.
#[derive(Debug, Clone)]
pub struct Vpc {
    /// Its id.
    pub id: String,
    /// Its IPv4 and IPv6 blocks.
    pub blocks: Vec<IpNet>,
    /// The main route table.
    pub main_table: Result<String, Gap>,
    /// The default network ACL.
    pub default_acl: Result<String, Gap>,
    /// The default security group.
    pub default_group: Result<String, Gap>,
    /// `enableDnsSupport`.
    pub dns_support: Known<bool>,
    /// `enableDnsHostnames`.
    pub dns_hostnames: Known<bool>,
    /// Who resolves names.
    pub resolver: Result<Resolver, Gap>,
    /// The address of the VPC's own resolver.
    pub resolver_address: Option<IpAddr>,
    /// The ids of its endpoints.
    pub endpoints: Result<Vec<String>, Gap>,
    /// Whether all its subnets are known.
    pub subnets: Result<(), Gap>,
}

/// `domain-name-servers` of the DHCP options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolver {
    /// The Route 53 Resolver of the VPC; filters do not see its traffic.
    Amazon,
    /// Servers of one's own; whether they know the VPC's private names is their secret.
    Custom(Vec<IpAddr>),
}

/// A subnet.
#[derive(Debug, Clone)]
pub struct Subnet {
    /// Its id.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its blocks.
    pub blocks: Vec<IpNet>,
    /// Its Availability Zone, by name and by id.
    pub zones: Vec<String>,
    /// Its route table: its own or the VPC's main one.
    pub table: Result<String, Gap>,
    /// Its network ACL.
    pub acl: Result<String, Gap>,
    /// Whether the resolver makes up IPv6 addresses for IPv4-only hosts.
    pub dns64: bool,
    /// Whether it has no IPv4 at all.
    pub ipv6_native: bool,
    /// The mode of VPC Block Public Access: `off`, `block-ingress`, `block-bidirectional`.
    pub block_public_access: String,
}

impl Subnet {
    /// Its block of a family.
    pub fn block(&self, ipv6: bool) -> Option<IpNet> {
        self.blocks.iter().copied().find(|block| block.addr().is_ipv6() == ipv6)
    }

    /// Whether an address lies in it.
    pub(crate) fn holds(&self, address: IpAddr) -> bool {
        self.blocks.iter().any(|block| block.contains(&address))
    }

    /// Whether AWS keeps an address for itself: the first four and the last of each block.
    /// VPC User Guide, "Subnet sizing".
    pub(crate) fn keeps(&self, address: IpAddr) -> bool {
        let offset = |address: IpAddr, block: &IpNet| match (address, block) {
            (IpAddr::V4(address), IpNet::V4(block)) => {
                Some(u128::from(u32::from(address).checked_sub(u32::from(block.network()))?))
            }
            (IpAddr::V6(address), IpNet::V6(block)) => {
                u128::from(address).checked_sub(u128::from(block.network()))
            }
            _ => None,
        };
        self.blocks.iter().filter(|block| block.contains(&address)).any(|block| {
            block.broadcast() == address || offset(address, block).is_some_and(|place| place < 4)
        })
    }
}

/// A network interface.
#[derive(Debug, Clone)]
pub struct Interface {
    /// Its id.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its subnet.
    pub subnet: String,
    /// Its private addresses of both families, the primary first.
    pub addresses: Vec<IpAddr>,
    /// Its public IPv4 address, the primary address's one first.
    pub public_ip: Option<IpAddr>,
    /// Its private addresses that have a public one: (private, public).
    pub public: Vec<(IpAddr, IpAddr)>,
    /// Its security groups.
    pub groups: Vec<String>,
    /// Whether it drops packets that are not its own.
    pub source_dest_check: Option<bool>,
    /// `interface`, `nat_gateway`, `vpc_endpoint`, `gateway_load_balancer_endpoint`, ...
    pub kind: String,
    /// The instance that it belongs to.
    pub instance: Option<String>,
    /// Whether its instance is stopped or gone.
    pub stopped: bool,
}

impl Interface {
    /// What contradicts itself when the interface and its subnet name different VPCs.
    pub(crate) fn strange_home(&self, subnet: &Subnet) -> Option<String> {
        (self.vpc != subnet.vpc)
            .then(|| format!("it is of {}, and {} in it of {}", subnet.vpc, self.id, self.vpc))
    }
}

/// The network of one or several accounts and Regions.
#[derive(Debug, Clone, Default)]
pub struct Model {
    pub(crate) vpcs: BTreeMap<String, Vpc>,
    pub(crate) subnets: BTreeMap<String, Subnet>,
    pub(crate) tables: BTreeMap<String, RouteTable>,
    pub(crate) acls: BTreeMap<String, NetworkAcl>,
    pub(crate) groups: BTreeMap<String, SecurityGroup>,
    pub(crate) interfaces: BTreeMap<String, Interface>,
    /// (VPC, private address) to interface.
    pub(crate) by_address: BTreeMap<(String, IpAddr), String>,
    /// Addresses that several interfaces of a VPC claim.
    pub(crate) contested: BTreeSet<(String, IpAddr)>,
    /// Address on the internet to interface and the private address behind it.
    pub(crate) by_public: BTreeMap<IpAddr, (String, IpAddr)>,
    /// Internet or virtual private gateway to its own route table.
    pub(crate) gateway_tables: BTreeMap<String, String>,
    /// Instance to its interfaces, the primary one first.
    pub(crate) instances: BTreeMap<String, Vec<String>>,
    /// Subnets of a VPC, for finding the one that holds an address.
    pub(crate) subnets_of: BTreeMap<String, Vec<String>>,
    pub(crate) nats: BTreeMap<String, Nat>,
    /// Internet gateway to the VPCs that it is attached to.
    pub(crate) internet_gateways: BTreeMap<String, Vec<String>>,
    /// Egress-only gateway to the VPCs that it is attached to.
    pub(crate) egress_only: BTreeMap<String, Vec<String>>,
    pub(crate) endpoints: BTreeMap<String, Endpoint>,
    pub(crate) peerings: BTreeMap<String, Peering>,
    pub(crate) transits: BTreeMap<String, Transit>,
    pub(crate) attachments: BTreeMap<String, TransitAttachment>,
    pub(crate) transit_tables: BTreeMap<String, TransitTable>,
    /// Prefix list to its blocks; a list without known entries is not in here.
    pub(crate) prefix_lists: BTreeMap<String, Vec<IpNet>>,
    /// Name of a prefix list to its id.
    pub(crate) prefix_list_names: BTreeMap<String, String>,
    /// Kinds of resources whose list is complete for a VPC: (operation, VPC).
    pub(crate) complete: BTreeSet<(&'static str, String)>,
    /// Kinds of resources whose list is not complete for the account, with the gap.
    pub(crate) missing: BTreeMap<&'static str, Gap>,
}

impl Model {
    /// The gap of a resource that no answer holds. `call` is the operation without its service.
    pub(crate) fn gap(&self, call: &'static str, subject: &str) -> Gap {
        let why = match self.missing.get(call) {
            Some(gap) => gap.why.clone(),
            None => GapReason::Unknowable {
                why: format!("{call} does not list {subject}, which may belong to another account"),
            },
        };
        Gap { call: format!("ec2:{call}"), subject: subject.to_owned(), why }
    }

    /// Whether the list of a kind is complete for a VPC, so that an id of that VPC which is not in the model does not exist.
    pub(crate) fn is_complete(&self, call: &'static str, vpc: &str) -> bool {
        !self.missing.contains_key(call) || self.complete.contains(&(call, vpc.to_owned()))
    }

    /// A subnet by id.
    pub fn subnet(&self, id: &str) -> Option<&Subnet> {
        self.subnets.get(id)
    }

    /// A VPC by id.
    pub fn vpc(&self, id: &str) -> Option<&Vpc> {
        self.vpcs.get(id)
    }

    /// An endpoint by id.
    pub fn endpoint(&self, id: &str) -> Option<&Endpoint> {
        self.endpoints.get(id)
    }

    /// An interface by id.
    pub fn interface(&self, id: &str) -> Option<&Interface> {
        self.interfaces.get(id)
    }

    /// The interface that owns an address: a private one of a VPC, or a public one.
    pub fn interface_at(&self, vpc: &str, address: IpAddr) -> Option<&Interface> {
        let id = self
            .by_address
            .get(&(vpc.to_owned(), address))
            .or_else(|| self.by_public.get(&address).map(|(id, _)| id))?;
        self.interfaces.get(id)
    }

    /// The interface of a VPC that owns a private address.
    ///
    /// # Errors
    /// When several claim it.
    pub(crate) fn owner(&self, vpc: &str, address: IpAddr) -> Result<Option<&Interface>, Gap> {
        let key = (vpc.to_owned(), address);
        if self.contested.contains(&key) {
            let why = format!("several interfaces of {vpc} have this address");
            return Err(contradiction("DescribeNetworkInterfaces", &address.to_string(), why));
        }
        Ok(self.by_address.get(&key).and_then(|id| self.interfaces.get(id)))
    }

    /// The NAT gateway of a VPC with a private address.
    pub(crate) fn nat_at(&self, vpc: &str, address: IpAddr) -> Option<&str> {
        let mut nats = self.nats.values().filter(|nat| nat.state == "available" && nat.vpc == vpc);
        nats.find(|nat| nat.private_ips.contains(&address)).map(|nat| nat.id.as_str())
    }

    /// The NAT gateway with an address on the internet.
    pub(crate) fn nat_of_public(&self, address: IpAddr) -> Option<&str> {
        let mut nats = self.nats.values().filter(|nat| nat.state == "available");
        nats.find(|nat| nat.public_ips.contains(&address)).map(|nat| nat.id.as_str())
    }

    /// The subnet of a VPC that holds an address.
    ///
    /// # Errors
    /// When the blocks of several do.
    pub(crate) fn subnet_at(&self, vpc: &str, address: IpAddr) -> Result<Option<&Subnet>, Gap> {
        let ids = self.subnets_of.get(vpc).into_iter().flatten();
        let mut holding =
            ids.filter_map(|id| self.subnets.get(id)).filter(|subnet| subnet.holds(address));
        match (holding.next(), holding.next()) {
            (Some(one), Some(two)) => Err(contradiction(
                "DescribeSubnets",
                &address.to_string(),
                format!("the blocks of {} and {} overlap there", one.id, two.id),
            )),
            (first, _) => Ok(first),
        }
    }
}

/// Whether two subnets are in one Availability Zone. Names differ between accounts, ids do not.
pub(crate) fn same_zone(one: &Subnet, two: &Subnet) -> bool {
    let id = |subnet: &Subnet| subnet.zones.iter().find(|zone| zone.contains("-az")).cloned();
    match (id(one), id(two)) {
        (Some(one), Some(two)) => one == two,
        _ => one.zones.iter().any(|zone| two.zones.contains(zone)),
    }
}

/// A contradiction in the facts, as a gap: the call that would show what is true.
pub(crate) fn contradiction(call: &str, subject: &str, why: String) -> Gap {
    Gap { call: format!("ec2:{call}"), subject: subject.to_owned(), why: GapReason::Failed { why } }
}

/// What no call of the account shows, as a gap that says where to look.
pub(crate) fn invisible(call: &str, subject: &str, why: String) -> Gap {
    Gap {
        call: format!("ec2:{call}"),
        subject: subject.to_owned(),
        why: GapReason::Unknowable { why },
    }
}
