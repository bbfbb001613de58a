//! The entry point: one question, one answer.

use crate::address::Addresses;
use crate::model::Model;
use crate::question::{Answer, Destination, Question};
use crate::trace::{Fault, HopKind, Leg, Passage, Path, Verdict};
use crate::walk::{Packet, Source, Walk};
use std::net::IpAddr;

impl Model {
    /// Whether a packet and its reply arrive, with the whole trace.
    pub fn reach(&self, question: &Question) -> Answer {
        let source = match self.source(&question.origin) {
            Ok(source) => source,
            Err(gap) => {
                return Answer::of(Path {
                    way: "unknown origin".to_owned(),
                    gaps: vec![gap],
                    ..Path::default()
                });
            }
        };
        match &question.destination {
            Destination::Ip(to) => Answer::of(self.walk_to(&source, question, (*to).into(), None)),
            Destination::Interface(id) => match self.interfaces.get(id) {
                None => Answer::of(Path {
                    way: id.clone(),
                    gaps: vec![self.gap("DescribeNetworkInterfaces", id)],
                    ..Path::default()
                }),
                Some(interface) => {
                    let ipv4 =
                        self.target_address(interface, false).filter(|_| source.v4.is_some());
                    match ipv4.or_else(|| self.target_address(interface, true)) {
                        Some(to) => Answer::of(self.walk_to(&source, question, to.into(), None)),
                        None => Answer::of(Path {
                            way: id.clone(),
                            gaps: vec![self.gap("DescribeNetworkInterfaces", id)],
                            ..Path::default()
                        }),
                    }
                }
            },
            Destination::Internet(host) => {
                let mut answer = Answer::of(self.walk_public(&source, question, None));
                answer.path.way = format!("internet to {host}");
                // Whether the host has an IPv6 address is not in any fact.
                if source.v4.is_none() && answer.verdict == Verdict::Reachable {
                    answer.path.gaps.push(crate::model::contradiction(
                        "DescribeSubnets",
                        &source.subnet,
                        format!("it is not known whether {host} has an IPv6 address"),
                    ));
                    answer.verdict = answer.path.verdict();
                }
                answer
            }
            Destination::Service(service) => self.reach_service(&source, question, service),
        }
    }

    /// The way to some public address: an unknown host, or a service by its public name.
    pub(crate) fn walk_public(
        &self,
        source: &Source,
        question: &Question,
        prefix_list: Option<&str>,
    ) -> Path {
        let to = match prefix_list.and_then(|list| self.prefix_lists.get(list)) {
            Some(blocks) if source.v4.is_some() => Addresses::Nets(
                blocks.iter().copied().filter(|block| block.addr().is_ipv4()).collect(),
            ),
            _ if source.v4.is_some() => Addresses::PublicV4,
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
        let mut walk = Walk::new(self, &source.subnet, question.target_must_be_known);
        walk.path.way = format!("to {to}");
        walk.hop(
            HopKind::Source,
            &source.label,
            Leg::Out,
            Passage::Passed,
            format!("in {}", source.subnet),
        );
        let Some(packet) = packet(source, question, to, prefix_list) else {
            let message = format!("{} has no address of the destination's family.", source.label);
            walk.obstacle(Fault::NoEgress, &source.subnet, message, false, Vec::new());
            return walk.path;
        };
        walk.leave_interface(&source.groups, &packet);
        if let Some(subnet) = self.subnets.get(&source.subnet) {
            walk.leave_subnet(subnet, &packet, source.public.as_ref(), 0);
        }
        walk.path
    }
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
        groups: source.groups.clone().unwrap_or_default(),
        prefix_list: prefix_list.map(str::to_owned),
    })
}

/// Reads an address or an interface id.
pub fn destination(text: &str) -> Destination {
    match text.parse::<IpAddr>() {
        Ok(address) => Destination::Ip(address),
        Err(_) if text.starts_with("eni-") => Destination::Interface(text.to_owned()),
        Err(_) => match crate::services::Service::of_host(text) {
            Some(service) => Destination::Service(service),
            None => Destination::Internet(text.to_owned()),
        },
    }
}
