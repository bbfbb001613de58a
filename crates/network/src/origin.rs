//! Resolving where a packet starts: the interface a task would get, or one that exists.

use crate::address::Addresses;
use crate::model::{Interface, Model, Subnet};
use crate::question::Origin;
use crate::walk::Source;
use ecswhy_facts::Gap;
use ipnet::IpNet;
use std::net::IpAddr;

impl Model {
    /// # Errors
    /// The gap that hides the origin.
    pub(crate) fn source(&self, origin: &Origin) -> Result<Source, Gap> {
        match origin {
            Origin::Task { subnet, security_groups, public_ip, ipv6 } => {
                let subnet =
                    self.subnets.get(subnet).ok_or_else(|| self.gap("DescribeSubnets", subnet))?;
                let v6 = *ipv6 || subnet.ipv6_native;
                Ok(Source {
                    label: "task ENI".to_owned(),
                    subnet: subnet.id.clone(),
                    groups: if security_groups.is_empty() {
                        self.default_groups(subnet)
                    } else {
                        Ok(security_groups.clone())
                    },
                    v4: subnet.block(false).filter(|_| !subnet.ipv6_native).map(Addresses::Net),
                    v6: subnet.block(true).filter(|_| v6).map(Addresses::Net),
                    public: (*public_ip && !subnet.ipv6_native).then_some(Addresses::PublicV4),
                })
            }
            Origin::Existing { id, source_ip, security_groups, public_ip } => {
                let interface = self.interfaces.get(self.instances.get(id).unwrap_or(id));
                let subnet_id = interface.map_or(id, |interface| &interface.subnet);
                let call = match id.split('-').next() {
                    Some("i") => "DescribeInstances",
                    Some("eni") => "DescribeNetworkInterfaces",
                    _ => "DescribeSubnets",
                };
                let subnet =
                    self.subnets.get(subnet_id).ok_or_else(|| self.gap(call, subnet_id))?;
                let own = |ipv6: bool| {
                    interface.and_then(|interface| {
                        interface
                            .addresses
                            .iter()
                            .find(|address| address.is_ipv6() == ipv6)
                            .copied()
                    })
                };
                let given = |ipv6: bool| source_ip.filter(|address| address.is_ipv6() == ipv6);
                let address = |ipv6: bool| {
                    given(ipv6)
                        .or_else(|| own(ipv6))
                        .or_else(|| self.free_address(subnet, ipv6))
                        .map(Addresses::from)
                };
                let groups = match (security_groups, interface) {
                    (Some(groups), _) => Ok(groups.clone()),
                    (None, Some(interface)) => Ok(interface.groups.clone()),
                    (None, None) => self.default_groups(subnet),
                };
                let known_public =
                    interface.and_then(|interface| interface.public_ip).map(Addresses::from);
                let public = match public_ip {
                    Some(true) => known_public.or(Some(Addresses::PublicV4)),
                    Some(false) => None,
                    None => known_public,
                };
                // An interface without an IPv6 address has none; a subnet stands for any address it could give.
                let v6 = if interface.is_some() {
                    given(true).or_else(|| own(true)).map(Addresses::from)
                } else {
                    address(true)
                };
                Ok(Source {
                    label: id.clone(),
                    subnet: subnet.id.clone(),
                    groups,
                    v4: address(false),
                    v6,
                    public,
                })
            }
        }
    }

    fn default_groups(&self, subnet: &Subnet) -> Result<Vec<String>, Gap> {
        match self.vpcs.get(&subnet.vpc) {
            Some(vpc) => vpc.default_group.clone().map(|group| vec![group]),
            None => Err(self.gap("DescribeVpcs", &subnet.vpc)),
        }
    }

    /// The first address of a subnet that AWS does not keep (the first four and the last) and no interface owns.
    fn free_address(&self, subnet: &Subnet, ipv6: bool) -> Option<IpAddr> {
        let block = subnet.block(ipv6)?;
        let hosts: Box<dyn Iterator<Item = IpAddr>> = match block {
            IpNet::V4(block) => Box::new(
                (u32::from(block.network()).saturating_add(4)..u32::from(block.broadcast()))
                    .map(|bits| IpAddr::from(std::net::Ipv4Addr::from(bits))),
            ),
            IpNet::V6(block) => {
                let first = u128::from(block.network());
                Box::new(
                    (first + 4..first + 65_536)
                        .map(|bits| IpAddr::from(std::net::Ipv6Addr::from(bits))),
                )
            }
        };
        hosts
            .take(65_536)
            .find(|address| !self.by_address.contains_key(&(subnet.vpc.clone(), *address)))
    }

    pub(crate) fn target_address(&self, interface: &Interface, ipv6: bool) -> Option<IpAddr> {
        interface.addresses.iter().copied().find(|address| address.is_ipv6() == ipv6)
    }
}
