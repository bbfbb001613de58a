//! Resolving where a packet starts: the interface a task would get, or one that exists.

use crate::address::Addresses;
use crate::model::{Interface, Model, Subnet, contradiction};
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
                    vpc: subnet.vpc.clone(),
                    subnet: subnet.id.clone(),
                    groups: if security_groups.is_empty() {
                        self.default_groups(subnet)
                    } else {
                        Ok(security_groups.clone())
                    },
                    v4: subnet.block(false).filter(|_| !subnet.ipv6_native).map(Addresses::Net),
                    v6: subnet.block(true).filter(|_| v6).map(Addresses::Net),
                    public: (*public_ip && !subnet.ipv6_native).then_some(Addresses::PublicV4),
                    silent: None,
                    unclear: None,
                })
            }
            Origin::Existing { id, source_ip, security_groups, public_ip } => {
                self.existing(id, *source_ip, security_groups.as_ref(), *public_ip)
            }
        }
    }

    fn existing(
        &self,
        id: &str,
        source_ip: Option<IpAddr>,
        security_groups: Option<&Vec<String>>,
        public_ip: Option<bool>,
    ) -> Result<Source, Gap> {
        let interface = self.interface_of(id, source_ip);
        let subnet_id = interface.map_or(id, |interface| &interface.subnet);
        let call = match id.split('-').next() {
            _ if interface.is_some() => "DescribeSubnets",
            Some("i") => "DescribeInstances",
            Some("eni") => "DescribeNetworkInterfaces",
            _ => "DescribeSubnets",
        };
        let subnet = self.subnets.get(subnet_id).ok_or_else(|| self.gap(call, subnet_id))?;
        let own = |ipv6: bool| {
            interface?.addresses.iter().find(|address| address.is_ipv6() == ipv6).copied()
        };
        let given = |ipv6: bool| source_ip.filter(|address| address.is_ipv6() == ipv6);
        // An interface without an address of a family has none, unless its facts tell no address at all; a subnet stands
        // for any address it could give.
        let told = interface.filter(|interface| !interface.addresses.is_empty());
        let address = |ipv6: bool| match (given(ipv6).or_else(|| own(ipv6)), told) {
            (Some(address), _) => Some(Addresses::from(address)),
            (None, Some(_)) => None,
            (None, None) => self
                .free_address(subnet, ipv6)
                .map(Addresses::from)
                .or_else(|| subnet.block(ipv6).map(Addresses::Net)),
        };
        let groups = match (security_groups, interface) {
            (Some(groups), _) => Ok(groups.clone()),
            (None, Some(interface)) => Ok(interface.groups.clone()),
            (None, None) => self.default_groups(subnet),
        };
        let v4 = address(false);
        // Each private address has its own public one, or none.
        let known_public = interface.and_then(|interface| {
            let from = v4.as_ref().and_then(Addresses::host)?;
            interface.public.iter().find(|(private, _)| *private == from).map(|(_, public)| *public)
        });
        let public = match public_ip {
            Some(false) => None,
            Some(true) => Some(known_public.map_or(Addresses::PublicV4, Addresses::from)),
            None => known_public.map(Addresses::from),
        };
        let silent = interface.and_then(|interface| {
            if interface.stopped {
                return Some(format!("The instance of {} is not running.", interface.id));
            }
            let strange = source_ip.filter(|address| !interface.addresses.contains(address))?;
            (interface.source_dest_check == Some(true)).then(|| {
                format!(
                    "{} may not send from {strange}: its source/destination check is on.",
                    interface.id
                )
            })
        });
        let outside = source_ip.filter(|address| interface.is_none() && !subnet.holds(*address));
        let unclear = outside
            .map(|address| format!("it does not hold {address}"))
            .or_else(|| interface?.strange_home(subnet))
            .map(|why| contradiction("DescribeSubnets", &subnet.id, why));
        Ok(Source {
            label: id.to_owned(),
            vpc: subnet.vpc.clone(),
            subnet: subnet.id.clone(),
            groups,
            v6: address(true),
            v4,
            public,
            silent,
            unclear,
        })
    }

    /// The interface that an origin means: itself, the one of the instance that owns the address, else its primary
    /// one; for a subnet, the one in it that owns the address.
    fn interface_of(&self, id: &str, source_ip: Option<IpAddr>) -> Option<&Interface> {
        if let Some(ids) = self.instances.get(id) {
            let all = || ids.iter().filter_map(|id| self.interfaces.get(id));
            let owner = source_ip
                .and_then(|address| all().find(|interface| interface.addresses.contains(&address)));
            return owner.or_else(|| all().next());
        }
        if let Some(subnet) = self.subnets.get(id) {
            let owner = self.owner(&subnet.vpc, source_ip?).ok().flatten();
            return owner.filter(|interface| interface.subnet == subnet.id);
        }
        self.interfaces.get(id)
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
