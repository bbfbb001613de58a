//! Network ACLs: stateless, numbered filters at the border of a subnet; the lowest number that matches decides.
//! VPC User Guide, "Network ACL basics". They cannot name prefix lists or groups.

use crate::address::{Addresses, Cover, Ports, Protocol, Seen, cover_ports};
use crate::model::contradiction;
use ecswhy_facts::{Gap, ec2};
use ipnet::IpNet;

/// A network ACL.
#[derive(Debug, Clone, Default)]
pub struct NetworkAcl {
    /// Its id.
    pub id: String,
    /// The VPC that it belongs to.
    pub vpc: Option<String>,
    ingress: Vec<Entry>,
    egress: Vec<Entry>,
    /// Entries that cannot be read, of both directions.
    broken: Vec<Broken>,
}

/// An entry that cannot be read: it may decide about every packet that no lower number has decided about.
#[derive(Debug, Clone)]
struct Broken {
    number: i64,
    egress: Option<bool>,
    /// What is known of its protocol: packets of another one pass it by.
    protocol: Option<Protocol>,
}

#[derive(Debug, Clone)]
struct Entry {
    number: i64,
    allow: bool,
    protocol: Option<Protocol>,
    block: IpNet,
    ports: Option<Ports>,
    icmp: (Option<u8>, Option<u8>),
}

/// The highest number of an entry that people can make. VPC User Guide, "Network ACL rules".
const LAST: i64 = 32_766;

/// What an ACL says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// All: let through. None: dropped. Part: some of the packets.
    pub cover: Cover,
    /// The entries that decided.
    pub text: String,
    /// The number of the entry that dropped the packet, `*` for the last, implicit one.
    pub entry: String,
}

impl NetworkAcl {
    pub(crate) fn read(acl: &ec2::NetworkAcl) -> Self {
        let mut read = Self {
            id: acl.network_acl_id.clone().unwrap_or_default(),
            vpc: acl.vpc_id.clone(),
            ..Self::default()
        };
        for entry in &acl.entries {
            match Entry::read(entry) {
                Some(parsed) if entry.egress == Some(true) => read.egress.push(parsed),
                Some(parsed) => read.ingress.push(parsed),
                None => read.broken.push(Broken {
                    number: entry.rule_number.unwrap_or_default(),
                    egress: entry.egress,
                    protocol: entry.protocol.as_deref().and_then(Protocol::parse).flatten(),
                }),
            }
        }
        read.ingress.sort_by_key(|entry| entry.number);
        read.egress.sort_by_key(|entry| entry.number);
        read
    }

    /// Protocol and port where an entry begins or has just ended.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (Option<Protocol>, u16)> + '_ {
        let entries = self.ingress.iter().chain(&self.egress);
        entries.flat_map(|entry| crate::filter::edges(entry.protocol, entry.ports.as_ref()))
    }

    /// Judges a packet. `ingress` picks the direction, `address` is the other end.
    ///
    /// # Errors
    /// When the entry that decides cannot be read, or another one of its number says the opposite.
    pub fn decide(&self, ingress: bool, seen: &Seen, address: &Addresses) -> Result<Decision, Gap> {
        let entries = if ingress { &self.ingress } else { &self.egress };
        let concerns = |broken: &&Broken| {
            broken.egress != Some(ingress)
                && broken.protocol.is_none_or(|protocol| protocol == seen.protocol)
        };
        let unread = self.broken.iter().filter(concerns).map(|broken| broken.number).min();
        let judge = |part: &Addresses| {
            decide_part(entries, unread, ingress, seen, part)
                .map_err(|why| contradiction("DescribeNetworkAcls", &self.id, why))
        };
        if !matches!(address, Addresses::Nets(_)) {
            return judge(address);
        }
        let nothing = Decision {
            cover: Cover::None,
            text: "no address to reach".to_owned(),
            entry: "*".to_owned(),
        };
        let mut sum: Option<Decision> = None;
        for part in address.parts() {
            let next = judge(&part)?;
            sum = Some(match sum {
                Some(sum) if sum.cover == next.cover => sum,
                Some(_) => Decision { cover: Cover::Part, ..next },
                None => next,
            });
        }
        Ok(sum.unwrap_or(nothing))
    }
}

impl Entry {
    fn read(entry: &ec2::NetworkAclEntry) -> Option<Self> {
        let protocol = Protocol::parse(entry.protocol.as_deref().unwrap_or("-1"))?;
        let block =
            entry.cidr_block.as_ref().or(entry.ipv6_cidr_block.as_ref())?.parse::<IpNet>().ok()?;
        let ports = match &entry.port_range {
            Some(range) if protocol.is_some_and(Protocol::has_ports) => {
                let (from, to) = (range.from?, range.to?);
                let ports = u16::try_from(from).ok()?..=u16::try_from(to).ok()?;
                if ports.is_empty() {
                    return None;
                }
                Some(ports)
            }
            _ => None,
        };
        let byte = |value: Option<i64>| value.and_then(|value| u8::try_from(value).ok());
        let icmp = entry
            .icmp_type_code
            .as_ref()
            .map_or((None, None), |icmp| (byte(icmp.r#type), byte(icmp.code)));
        let allow = match entry.rule_action.as_deref() {
            Some("allow") => true,
            Some("deny") => false,
            _ => return None,
        };
        Some(Self {
            number: entry.rule_number?,
            allow,
            protocol,
            block: block.trunc(),
            ports,
            icmp,
        })
    }

    fn covers(&self, seen: &Seen, address: &Addresses) -> Cover {
        let kind = match self.protocol {
            None => Cover::All,
            Some(protocol) if protocol != seen.protocol => Cover::None,
            Some(protocol) if protocol.is_icmp() => {
                let kind = self.icmp.0.is_none() || self.icmp.0 == seen.icmp_type;
                if kind && self.icmp.1.is_none_or(|code| code == 0) {
                    Cover::All
                } else {
                    Cover::None
                }
            }
            Some(_) => cover_ports(&seen.ports, self.ports.as_ref()),
        };
        if kind == Cover::None { kind } else { kind.and(address.covered_by(&self.block)) }
    }

    /// The entry as the console calls it, with its block.
    fn name(&self) -> String {
        format!("rule {} ({})", self.number, self.block)
    }
}

/// The first entry that covers the whole packet decides, unless an earlier one took a part of it the other way.
/// Ports that several entries cover piece by piece are followed piece by piece. `unread` is the number of an entry
/// that could say anything.
fn decide_part(
    entries: &[Entry],
    unread: Option<i64>,
    ingress: bool,
    seen: &Seen,
    address: &Addresses,
) -> Result<Decision, String> {
    let mut left = vec![seen.ports.clone()];
    let mut allowed: Option<&Entry> = None;
    let mut denied: Option<Option<&Entry>> = None;
    let unreadable = |number: i64| format!("entry {number} cannot be read");
    for entry in entries {
        if left.is_empty() {
            break;
        }
        if let Some(unread) = unread.filter(|unread| *unread <= entry.number) {
            return Err(unreadable(unread));
        }
        let opposite = |other: &&Entry| other.number == entry.number && other.allow != entry.allow;
        let mut rest = Vec::new();
        for ports in left {
            let piece = Seen { ports: ports.clone(), ..seen.clone() };
            if entry.covers(&piece, address) != Cover::None
                && entries
                    .iter()
                    .filter(opposite)
                    .any(|other| other.covers(&piece, address) != Cover::None)
            {
                return Err(format!("two entries have the number {}", entry.number));
            }
            match entry.covers(&piece, address) {
                Cover::None => rest.push(ports),
                Cover::All => note(entry, &mut allowed, &mut denied),
                // Only the ports are partly covered: cut them at the entry's ends.
                Cover::Part if address.covered_by(&entry.block) == Cover::All => {
                    let range = entry.ports.clone().unwrap_or(0..=u16::MAX);
                    note(entry, &mut allowed, &mut denied);
                    if ports.start() < range.start() {
                        rest.push(*ports.start()..=range.start() - 1);
                    }
                    if ports.end() > range.end() {
                        rest.push(range.end() + 1..=*ports.end());
                    }
                }
                // Some of the addresses match: the packet may go either way from here on.
                Cover::Part => {
                    note(entry, &mut allowed, &mut denied);
                    rest.push(ports);
                }
            }
        }
        left = rest;
    }
    if let Some(unread) = unread.filter(|_| !left.is_empty()) {
        return Err(unreadable(unread));
    }
    if !left.is_empty() && denied.is_none() {
        denied = Some(None);
    }
    let way = if ingress { "in from" } else { "out to" };
    let packets = format!("{seen} {way} {address}");
    // The last entry, which nobody can change, is told as the want of a rule.
    let denied = denied.map(|entry| entry.filter(|entry| entry.number <= LAST));
    let (cover, text) = match (allowed, denied) {
        (Some(entry), None) => (Cover::All, format!("{} allows {packets}", entry.name())),
        (None, Some(Some(entry))) => (Cover::None, format!("{} denies {packets}", entry.name())),
        (None, Some(None) | None) => (Cover::None, format!("no rule allows {packets}")),
        (Some(yes), Some(no)) => {
            let rest = no.map_or_else(
                || "no rule allows the rest".to_owned(),
                |entry| format!("{} denies the rest", entry.name()),
            );
            let text = format!("{} allows only a part of {packets}; {rest}", yes.name());
            (Cover::Part, text)
        }
    };
    let decided = if cover == Cover::All { allowed } else { denied.flatten() };
    let entry = decided.map_or_else(|| "*".to_owned(), |entry| entry.number.to_string());
    Ok(Decision { cover, text, entry })
}

fn note<'e>(
    entry: &'e Entry,
    allowed: &mut Option<&'e Entry>,
    denied: &mut Option<Option<&'e Entry>>,
) {
    if entry.allow {
        allowed.get_or_insert(entry);
    } else {
        denied.get_or_insert(Some(entry));
    }
}
