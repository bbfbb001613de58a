//! Security groups: stateful filters at an interface. The union of the rules of all groups decides;
//! replies of a flow that was let through always pass. VPC User Guide, "Security group rules".

use crate::address::{Addresses, Cover, Ports, Protocol, Seen, cover_ports};
use ecswhy_facts::ec2;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A security group.
#[derive(Debug, Clone, Default)]
pub struct SecurityGroup {
    /// Its id.
    pub id: String,
    /// The VPC that it belongs to.
    pub vpc: Option<String>,
    /// Rules for what comes in.
    pub ingress: Vec<Rule>,
    /// Rules for what goes out.
    pub egress: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, Default)]
pub struct Rule {
    /// `None`: all protocols.
    protocol: Option<Protocol>,
    /// `None`: all ports.
    ports: Option<Ports>,
    /// ICMP type and code, `None` for all.
    icmp: (Option<u8>, Option<u8>),
    blocks: Vec<IpNet>,
    /// Prefix lists with their entries, where known.
    lists: Vec<(String, Option<Vec<IpNet>>)>,
    groups: Vec<String>,
    /// The rule contradicts itself (a reversed range, a broken block): nobody can say what it lets through.
    broken: bool,
}

/// The other end of the packet as a group rule sees it.
#[derive(Debug, Clone)]
pub struct Peer<'a> {
    /// Its address.
    pub address: &'a Addresses,
    /// The groups of its interface, where the packet still carries the membership; `None` when that is not known.
    pub groups: Option<&'a [String]>,
    /// The prefix list that the address is known to lie in, even when its entries are not known.
    pub prefix_list: Option<&'a str>,
}

/// What the groups of an interface say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// All: let through. None: dropped.
    pub cover: Cover,
    /// The rule that lets it through, or the rules that come closest.
    pub text: String,
    /// The fact that decides and is not known.
    pub open: Option<Open>,
}

/// A fact that a rule needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// The entries of this prefix list.
    List(String),
    /// The groups of the other end.
    Members,
}

impl SecurityGroup {
    pub(crate) fn read(group: &ec2::SecurityGroup, lists: &BTreeMap<String, Vec<IpNet>>) -> Self {
        let read = |rules: &[ec2::IpPermission]| {
            rules.iter().map(|rule| Rule::read(rule, lists)).collect()
        };
        Self {
            id: group.group_id.clone().unwrap_or_default(),
            vpc: group.vpc_id.clone(),
            ingress: read(&group.ip_permissions),
            egress: read(&group.ip_permissions_egress),
        }
    }
}

impl SecurityGroup {
    /// Protocol and port where a rule begins or has just ended.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (Option<Protocol>, u16)> + '_ {
        let rules = self.ingress.iter().chain(&self.egress);
        rules.flat_map(|rule| edges(rule.protocol, rule.ports.as_ref()))
    }
}

/// The first port of a range and the one behind its last.
pub(crate) fn edges(
    protocol: Option<Protocol>,
    ports: Option<&Ports>,
) -> Vec<(Option<Protocol>, u16)> {
    let (from, to) = ports.map_or((0, u16::MAX), |ports| (*ports.start(), *ports.end()));
    [Some(from), to.checked_add(1)].into_iter().flatten().map(|port| (protocol, port)).collect()
}

impl Rule {
    fn read(rule: &ec2::IpPermission, lists: &BTreeMap<String, Vec<IpNet>>) -> Self {
        let mut read = Self::default();
        match Protocol::parse(rule.ip_protocol.as_deref().unwrap_or("-1")) {
            Some(protocol) => read.protocol = protocol,
            None => read.broken = true,
        }
        let number = |value: Option<i64>| value.filter(|value| *value >= 0);
        match read.protocol {
            Some(protocol) if protocol.is_icmp() => {
                let byte =
                    |value: Option<i64>| number(value).and_then(|value| u8::try_from(value).ok());
                read.icmp = (byte(rule.from_port), byte(rule.to_port));
            }
            Some(protocol) if protocol.has_ports() => {
                match (number(rule.from_port), number(rule.to_port)) {
                    (None, None) => {}
                    (Some(from), Some(to)) => match (u16::try_from(from), u16::try_from(to)) {
                        (Ok(from), Ok(to)) if from <= to => read.ports = Some(from..=to),
                        _ => read.broken = true,
                    },
                    _ => read.broken = true,
                }
            }
            _ => {}
        }
        let blocks = rule.ip_ranges.iter().filter_map(|range| range.cidr_ip.as_ref());
        for text in
            blocks.chain(rule.ipv6_ranges.iter().filter_map(|range| range.cidr_ipv6.as_ref()))
        {
            match text.parse::<IpNet>() {
                Ok(block) => read.blocks.push(block.trunc()),
                Err(_) => read.broken = true,
            }
        }
        let named = rule.prefix_list_ids.iter().filter_map(|list| list.prefix_list_id.clone());
        read.lists = named.map(|id| (id.clone(), lists.get(&id).cloned())).collect();
        read.groups =
            rule.user_id_group_pairs.iter().filter_map(|pair| pair.group_id.clone()).collect();
        read
    }

    fn covers_kind(&self, seen: &Seen) -> Cover {
        match self.protocol {
            None => Cover::All,
            Some(protocol) if protocol != seen.protocol => Cover::None,
            Some(protocol) if protocol.is_icmp() => {
                let kind = self.icmp.0.is_none() || self.icmp.0 == seen.icmp_type;
                let code = self.icmp.1.is_none_or(|code| code == 0);
                if kind && code { Cover::All } else { Cover::None }
            }
            Some(_) => cover_ports(&seen.ports, self.ports.as_ref()),
        }
    }

    /// How much of the peer the rule covers; with the fact that keeps it open.
    fn covers_peer(&self, peer: &Peer<'_>) -> (Cover, Option<Open>) {
        let mut best = peer.address.covered_by_any(&self.blocks);
        let mut open = None;
        match peer.groups {
            Some(members) if self.groups.iter().any(|group| members.contains(group)) => {
                return (Cover::All, None);
            }
            None if !self.groups.is_empty() && best != Cover::All => {
                best = Cover::Part;
                open = Some(Open::Members);
            }
            _ => {}
        }
        for (list, blocks) in &self.lists {
            if best == Cover::All || peer.prefix_list == Some(list) {
                return (Cover::All, None);
            }
            match blocks {
                Some(blocks) => best = wider(best, peer.address.covered_by_any(blocks)),
                None => {
                    open = Some(Open::List(list.clone()));
                    best = Cover::Part;
                }
            }
        }
        (best, if best == Cover::All { None } else { open })
    }

    /// The rule as people write it: `tcp 443 from 10.0.0.0/16, sg-1`.
    fn describe(&self) -> String {
        let mut text = match self.protocol {
            None => "all traffic".to_owned(),
            Some(protocol) => protocol.to_string(),
        };
        if let Some(ports) = &self.ports {
            let _ = if ports.start() == ports.end() {
                write!(text, " {}", ports.start())
            } else {
                write!(text, " {}-{}", ports.start(), ports.end())
            };
        }
        let blocks = self.blocks.iter().map(ToString::to_string);
        let names = blocks
            .chain(self.lists.iter().map(|(id, _)| id.clone()))
            .chain(self.groups.iter().cloned());
        let mut names: Vec<String> = names.take(4).collect();
        if names.is_empty() {
            names.push("nobody".to_owned());
        }
        let _ = write!(text, " {}", names.join(", "));
        text
    }
}

fn wider(one: Cover, two: Cover) -> Cover {
    match (one, two) {
        (Cover::All, _) | (_, Cover::All) => Cover::All,
        (Cover::Part, _) | (_, Cover::Part) => Cover::Part,
        _ => Cover::None,
    }
}

/// Judges a packet by all groups of an interface. `ingress` picks the direction.
pub fn decide(groups: &[&SecurityGroup], ingress: bool, seen: &Seen, peer: &Peer<'_>) -> Decision {
    let parts = match peer.address {
        Addresses::Nets(_) => peer.address.parts(),
        single => vec![single.clone()],
    };
    let mut outcome: Option<Decision> = None;
    for part in &parts {
        let decision = decide_part(groups, ingress, seen, &Peer { address: part, ..*peer });
        outcome = Some(match outcome {
            None => decision,
            Some(before) if before.cover == decision.cover => before,
            Some(before) => Decision {
                cover: Cover::Part,
                ..if before.cover == Cover::All { decision } else { before }
            },
        });
    }
    outcome.unwrap_or(Decision {
        cover: Cover::None,
        text: "no address to reach".to_owned(),
        open: None,
    })
}

fn decide_part(groups: &[&SecurityGroup], ingress: bool, seen: &Seen, peer: &Peer<'_>) -> Decision {
    let mut best = Cover::None;
    let mut open = None;
    let mut close: Vec<&Rule> = Vec::new();
    let mut blocks: Vec<IpNet> = Vec::new();
    let mut considered = 0;
    let word = if ingress { "ingress" } else { "egress" };
    for group in groups {
        for rule in if ingress { &group.ingress } else { &group.egress } {
            considered += 1;
            let kind = rule.covers_kind(seen);
            let (peers, why) = rule.covers_peer(peer);
            let cover = match kind {
                Cover::None => Cover::None,
                // Whatever a broken rule lets through cannot be told.
                _ if rule.broken => Cover::Part,
                _ => peers.and(kind),
            };
            if cover == Cover::All {
                return Decision {
                    cover,
                    text: format!("{} {word} allows {}", group.id, rule.describe()),
                    open: None,
                };
            }
            if cover == Cover::Part {
                open = open.or(why);
                blocks.extend(rule.blocks.iter().filter(|_| kind == Cover::All && !rule.broken));
            }
            if (peers != Cover::None || kind != Cover::None) && close.len() < 4 {
                close.push(rule);
            }
            best = wider(best, cover);
        }
    }
    // Several rules may cover a block piece by piece.
    if best == Cover::Part && peer.address.covered_by_any(&IpNet::aggregate(&blocks)) == Cover::All
    {
        let text = format!("{word} rules together allow {seen} {}", peer.address);
        return Decision { cover: Cover::All, text, open: None };
    }
    let close: Vec<String> = close.into_iter().map(Rule::describe).collect();
    let nearest =
        if close.is_empty() { String::new() } else { format!("; nearest: {}", close.join("; ")) };
    let verb = if best == Cover::Part { "surely allows" } else { "allows" };
    let ids: Vec<&str> = groups.iter().map(|group| group.id.as_str()).collect();
    let rules = match considered {
        0 => format!("there are no {word} rules, so nothing {verb}"),
        1 if best == Cover::None => format!("the only {word} rule does not allow"),
        _ => format!("none of {considered} {word} rules {verb}"),
    };
    let text = format!(
        "{}: {rules} {seen} {} {}{nearest}",
        if ids.is_empty() { "no group".to_owned() } else { ids.join(", ") },
        if ingress { "from" } else { "to" },
        peer.address
    );
    Decision { cover: best, text, open }
}
