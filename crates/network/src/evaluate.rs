//! The entry point: one question, one answer.

use crate::address::{Addresses, NAT64};
use crate::model::{Model, Target, contradiction};
use crate::question::{Answer, Destination, Question};
use crate::trace::{Fault, Path, Verdict};
use crate::walk::{Home, Packet, Source, Walk};
use ecswhy_facts::Gap;
use std::collections::BTreeSet;
use std::net::IpAddr;

impl Model {
    /// Whether a packet and its reply arrive, with the whole trace.
    pub fn reach(&self, question: &Question) -> Answer {
        self.reach_noting(question).0
    }

    /// The same, with the ids of the security groups and network ACLs that had a say on the way to an address.
    pub(crate) fn reach_noting(&self, question: &Question) -> (Answer, BTreeSet<&str>) {
        let alone = |answer: Answer| (answer, BTreeSet::new());
        let source = match self.source(&question.origin) {
            Ok(source) => source,
            Err(gap) => return alone(unknown("unknown origin", gap)),
        };
        match &question.destination {
            Destination::Ip(to) => {
                let walk = self.walk((*to).into(), &source, question, None, None);
                (Answer::of(walk.path), walk.asked)
            }
            Destination::Interface(id) => {
                let Some(interface) = self.interfaces.get(id) else {
                    return alone(unknown(id, self.gap("DescribeNetworkInterfaces", id)));
                };
                let own = |ipv6: bool| self.target_address(interface, ipv6);
                let to = own(false)
                    .filter(|_| source.v4.is_some())
                    .or_else(|| own(true).filter(|_| source.v6.is_some()))
                    .or_else(|| own(false))
                    .or_else(|| own(true));
                match to {
                    Some(to) => {
                        let walk = self.walk(to.into(), &source, question, None, Some(id));
                        (Answer::of(walk.path), walk.asked)
                    }
                    None => alone(unknown(id, self.gap("DescribeNetworkInterfaces", id))),
                }
            }
            Destination::Internet(host) => {
                let answer = self.reach_host(&source, question, host);
                alone(self.unless_unnamed(&source, question, answer))
            }
            Destination::Service(service) => {
                let answer = self.reach_service(&source, question, service);
                alone(self.unless_unnamed(&source, question, answer))
            }
        }
    }

    fn reach_host(&self, source: &Source, question: &Question, host: &str) -> Answer {
        if let Some(answer) = self.no_names(source, question) {
            return answer;
        }
        let mut answer = Answer::of(self.walk_public(source, question, None, false));
        answer.path.way = format!("internet to {host}");
        let translated = self.subnets.get(&source.subnet).is_some_and(|subnet| subnet.dns64);
        // Whether the host has an IPv6 address is not in any fact.
        if source.v4.is_none() && !translated && answer.verdict == Verdict::Reachable {
            answer.path.gaps.push(contradiction(
                "DescribeSubnets",
                &source.subnet,
                format!("it is not known whether {host} has an IPv6 address"),
            ));
            answer.verdict = answer.path.verdict();
        }
        answer
    }

    /// The way to some public address: an unknown host, or a service by its public name. `ipv6` says that the name
    /// has an IPv6 address.
    pub(crate) fn walk_public(
        &self,
        source: &Source,
        question: &Question,
        prefix_list: Option<&str>,
        ipv6: bool,
    ) -> Path {
        let translated = self.subnets.get(&source.subnet).is_some_and(|subnet| subnet.dns64);
        let to = match prefix_list.and_then(|list| self.prefix_lists.get(list)) {
            Some(blocks) if source.v4.is_some() => Addresses::Nets(
                blocks.iter().copied().filter(|block| block.addr().is_ipv4()).collect(),
            ),
            _ if source.v4.is_some() => Addresses::PublicV4,
            // DNS64 makes up an address for names that have no IPv6 one.
            _ if translated && !ipv6 => Addresses::Net(NAT64.into()),
            _ => Addresses::PublicV6,
        };
        self.walk_to(source, question, to, prefix_list)
    }

    pub(crate) fn walk_to(
        &self,
        source: &Source,
        question: &Question,
        to: Addresses,
        prefix_list: Option<&str>,
    ) -> Path {
        self.walk(to, source, question, prefix_list, None).path
    }

    fn walk<'m>(
        &'m self,
        to: Addresses,
        source: &Source,
        question: &Question,
        prefix_list: Option<&str>,
        wanted: Option<&String>,
    ) -> Walk<'m> {
        let mut walk = Walk::new(self, &source.subnet, question.target_must_be_known);
        walk.path.way = format!("to {to}");
        walk.wanted = wanted.cloned();
        walk.start(source);
        let Some(packet) = packet(source, question, to, prefix_list) else {
            let message = format!("{} has no address of the destination's family.", source.label);
            walk.obstacle(Fault::NoEgress, &source.subnet, message, false, Vec::new());
            return walk;
        };
        if walk.past_filters(&source.vpc, &packet) {
            return walk;
        }
        let members = self.members(source, &packet.to);
        walk.leave_interface(&source.groups, &source.vpc, members.as_deref(), &packet);
        if let Some(subnet) = self.subnets.get(&source.subnet) {
            walk.exit(subnet, &packet, source.public.as_ref(), 0);
        }
        walk
    }

    /// The groups of the target that rules of the source may name: in its own VPC, or in a peer of the same Region.
    /// `None` when that is not known. VPC User Guide, "Security group referencing".
    fn members(&self, source: &Source, to: &Addresses) -> Option<Vec<String>> {
        let Some(host) = to.host() else { return Some(Vec::new()) };
        let subnet = self.subnets.get(&source.subnet)?;
        let own = self.vpcs.get(&source.vpc)?;
        if own.blocks.iter().any(|block| block.contains(&host)) {
            return self.groups_at(&source.vpc, host);
        }
        let table = self.tables.get(subnet.table.as_ref().ok()?)?;
        let Target::Peering(id) = &table.choose(to).ok()??.route.target else {
            return Some(Vec::new());
        };
        let peering = self.peerings.get(id)?;
        match peering.same_region()? {
            true => self.groups_at(&peering.from(&source.vpc)?.1.vpc, host),
            false => Some(Vec::new()),
        }
    }

    fn groups_at(&self, vpc: &str, host: IpAddr) -> Option<Vec<String>> {
        match self.owner(vpc, host).ok()? {
            Some(interface) => Some(interface.groups.clone()),
            None if self.is_complete("DescribeNetworkInterfaces", vpc) => Some(Vec::new()),
            None => None,
        }
    }
}

fn unknown(way: &str, gap: Gap) -> Answer {
    Answer::of(Path { way: way.to_owned(), gaps: vec![gap], ..Path::default() })
}

/// The packet that a source sends; `None` when it has no address of the family.
pub(crate) fn packet(
    source: &Source,
    question: &Question,
    to: Addresses,
    prefix_list: Option<&str>,
) -> Option<Packet> {
    let from = if to.is_ipv6() { source.v6.clone() } else { source.v4.clone() }?;
    let mut flow = question.flow.clone();
    if to.is_ipv6() && flow.protocol == crate::Protocol::ICMP {
        flow.protocol = crate::Protocol::ICMPV6;
    }
    Some(Packet {
        from,
        to,
        flow,
        groups: source.groups.clone().ok(),
        prefix_list: prefix_list.map(str::to_owned),
        home: Home::Subnet { vpc: source.vpc.clone(), subnet: source.subnet.clone() },
    })
}

/// Reads an address or an interface id.
pub fn destination(text: &str) -> Destination {
    match text.parse::<IpAddr>() {
        // An IPv4-mapped address (RFC 4291) leaves the host as the IPv4 one that it stands for.
        Ok(address) => Destination::Ip(address.to_canonical()),
        Err(_) if text.starts_with("eni-") => Destination::Interface(text.to_owned()),
        Err(_) => match crate::services::Service::of_host(text) {
            Some(service) => Destination::Service(service),
            None => Destination::Internet(text.to_owned()),
        },
    }
}
