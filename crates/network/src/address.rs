//! Addresses, protocols and ports: sets of them, and how much of a set a rule covers.
//! A task that does not exist yet has any free address of its subnet, an AWS service any public address:
//! a rule then covers all, none or a part of what the packet may carry.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

/// How much of a set a rule covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cover {
    /// Every member.
    All,
    /// Some members, or nobody can tell which.
    Part,
    /// No member.
    None,
}

impl Cover {
    /// Both conditions must hold.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, _) | (_, Self::None) => Self::None,
            (Self::All, Self::All) => Self::All,
            _ => Self::Part,
        }
    }
}

/// The address at one end of a packet, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addresses {
    /// One address of this block; a host when the block is one address long.
    Net(IpNet),
    /// Any of these blocks: a service with published ranges.
    Nets(Vec<IpNet>),
    /// Some public IPv4 address.
    PublicV4,
    /// Some public IPv6 address.
    PublicV6,
}

impl From<IpAddr> for Addresses {
    fn from(address: IpAddr) -> Self {
        Self::Net(IpNet::from(address))
    }
}

impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(net) if net.prefix_len() == net.max_prefix_len() => {
                write!(f, "{}", net.addr())
            }
            Self::Net(net) => write!(f, "{net}"),
            Self::Nets(nets) => match nets.as_slice() {
                [] => f.write_str("no address"),
                [one] => write!(f, "{one}"),
                [first, rest @ ..] => write!(f, "{first} and {} more blocks", rest.len()),
            },
            Self::PublicV4 => f.write_str("a public IPv4 address"),
            Self::PublicV6 => f.write_str("a public IPv6 address"),
        }
    }
}

impl Addresses {
    /// Whether these are IPv6 addresses.
    pub fn is_ipv6(&self) -> bool {
        match self {
            Self::Net(net) => net.addr().is_ipv6(),
            Self::Nets(nets) => nets.first().is_some_and(|net| net.addr().is_ipv6()),
            Self::PublicV4 => false,
            Self::PublicV6 => true,
        }
    }

    /// The one address, where there is only one.
    pub fn host(&self) -> Option<IpAddr> {
        match self {
            Self::Net(net) if net.prefix_len() == net.max_prefix_len() => Some(net.addr()),
            _ => None,
        }
    }

    /// How much of the set lies in a block.
    pub fn covered_by(&self, block: &IpNet) -> Cover {
        match self {
            Self::Net(net) => cover(net, block),
            Self::Nets(nets) => {
                let mut covers = nets.iter().map(|net| cover(net, block));
                let Some(first) = covers.next() else { return Cover::None };
                covers.fold(first, |sum, next| if sum == next { sum } else { Cover::Part })
            }
            Self::PublicV4 => match block {
                IpNet::V4(block) if block.prefix_len() == 0 => Cover::All,
                IpNet::V4(block) if !is_private_v4(block) => Cover::Part,
                _ => Cover::None,
            },
            Self::PublicV6 => match block {
                IpNet::V6(block) if block.contains(&PUBLIC_V6) => Cover::All,
                IpNet::V6(block) if PUBLIC_V6.contains(block) => Cover::Part,
                _ => Cover::None,
            },
        }
    }

    /// Every part that may be judged by itself: a rule set can cover all of them with one rule each.
    pub fn parts(&self) -> Vec<Self> {
        match self {
            Self::Nets(nets) => nets.iter().copied().map(Self::Net).collect(),
            other => vec![other.clone()],
        }
    }

    /// How much of the set lies in any of the blocks.
    pub fn covered_by_any(&self, blocks: &[IpNet]) -> Cover {
        let mut best = Cover::None;
        for block in blocks {
            match self.covered_by(block) {
                Cover::All => return Cover::All,
                Cover::Part => best = Cover::Part,
                Cover::None => {}
            }
        }
        best
    }
}

/// The global unicast space.
const PUBLIC_V6: Ipv6Net = match Ipv6Net::new(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3) {
    Ok(net) => net,
    Err(_) => Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 0),
};

fn cover(net: &IpNet, block: &IpNet) -> Cover {
    match (net, block) {
        (IpNet::V4(net), IpNet::V4(block)) if block.contains(net) => Cover::All,
        (IpNet::V4(net), IpNet::V4(block)) if net.contains(block) => Cover::Part,
        (IpNet::V6(net), IpNet::V6(block)) if block.contains(net) => Cover::All,
        (IpNet::V6(net), IpNet::V6(block)) if net.contains(block) => Cover::Part,
        _ => Cover::None,
    }
}

/// Blocks that are never an address on the internet (RFC 1918, 6598, 3927, 1122 and multicast).
const PRIVATE_V4: [(Ipv4Addr, u8); 8] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

fn is_private_v4(block: &Ipv4Net) -> bool {
    PRIVATE_V4.iter().any(|(address, length)| {
        block.prefix_len() >= *length
            && Ipv4Net::new(*address, *length).is_ok_and(|private| private.contains(block))
    })
}

/// Whether an address can be one on the internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !is_private_v4(&Ipv4Net::from(address)),
        IpAddr::V6(address) => PUBLIC_V6.contains(&address),
    }
}

/// The prefix that stands for IPv4 addresses (RFC 6052). VPC User Guide, "DNS64 and NAT64".
pub(crate) const NAT64: Ipv6Net =
    Ipv6Net::new_assert(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// Whether the addresses stand for IPv4 ones.
pub(crate) fn is_nat64(addresses: &Addresses) -> bool {
    matches!(addresses, Addresses::Net(IpNet::V6(net)) if NAT64.contains(net))
}

/// The IPv4 address that a NAT64 one stands for.
pub(crate) fn nat64_target(addresses: &Addresses) -> Addresses {
    match addresses.host() {
        Some(IpAddr::V6(address)) => {
            let [.., a, b, c, d] = address.octets();
            Addresses::from(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
        }
        _ => Addresses::PublicV4,
    }
}

/// Whether an address is one that AWS answers at on the host itself, or that is never routed.
pub(crate) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_unicast_link_local() || address.segments()[..3] == [0xfd00, 0xec2, 0]
        }
    }
}

/// An IP protocol by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Protocol(pub u8);

impl Protocol {
    /// TCP.
    pub const TCP: Self = Self(6);
    /// UDP.
    pub const UDP: Self = Self(17);
    /// ICMP for IPv4.
    pub const ICMP: Self = Self(1);
    /// ICMP for IPv6.
    pub const ICMPV6: Self = Self(58);

    /// Whether the protocol has ports.
    pub fn has_ports(self) -> bool {
        self == Self::TCP || self == Self::UDP
    }

    /// Whether the protocol is ICMP of either family.
    pub fn is_icmp(self) -> bool {
        self == Self::ICMP || self == Self::ICMPV6
    }

    /// Reads EC2's spelling: a name, a number, or `-1` (`None`: all protocols).
    pub fn parse(text: &str) -> Option<Option<Self>> {
        Some(match text.to_ascii_lowercase().as_str() {
            "-1" | "all" | "any" => None,
            "tcp" => Some(Self::TCP),
            "udp" => Some(Self::UDP),
            "icmp" => Some(Self::ICMP),
            "icmpv6" | "ipv6-icmp" => Some(Self::ICMPV6),
            number => Some(Self(number.parse().ok()?)),
        })
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::TCP => f.write_str("tcp"),
            Self::UDP => f.write_str("udp"),
            Self::ICMP => f.write_str("icmp"),
            Self::ICMPV6 => f.write_str("icmpv6"),
            Self(number) => write!(f, "protocol {number}"),
        }
    }
}

/// Ports, both ends included.
pub type Ports = RangeInclusive<u16>;

/// The ports that a Linux client picks from (`net.ipv4.ip_local_port_range`); VPC User Guide, "Ephemeral ports".
pub const LINUX_CLIENT_PORTS: Ports = 32768..=60999;
/// The ports that Windows Server 2008 and later pick from; same source.
pub const WINDOWS_CLIENT_PORTS: Ports = 49152..=65535;
/// The ports that a NAT gateway picks from; same source.
pub const NAT_CLIENT_PORTS: Ports = 1024..=65535;
/// What every kind of client has in common, for a client of unknown kind.
pub const COMMON_CLIENT_PORTS: Ports = 49152..=60999;

/// How much of a range of ports a rule covers; `None` in the rule means all ports.
pub fn cover_ports(ports: &Ports, rule: Option<&Ports>) -> Cover {
    let Some(rule) = rule else { return Cover::All };
    if rule.start() <= ports.start() && ports.end() <= rule.end() {
        Cover::All
    } else if rule.end() < ports.start() || ports.end() < rule.start() {
        Cover::None
    } else {
        Cover::Part
    }
}

/// What the client asks for: a protocol, the server's port, and the ports that the client may answer on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The protocol.
    pub protocol: Protocol,
    /// The port of the server; 0 where the protocol has none.
    pub port: u16,
    /// The ports that the client may have picked.
    pub client_ports: Ports,
}

impl Flow {
    /// A TCP connection of a Linux client.
    pub fn tcp(port: u16) -> Self {
        Self { protocol: Protocol::TCP, port, client_ports: LINUX_CLIENT_PORTS }
    }

    /// Whether the flow asks for this port over TCP or UDP.
    pub(crate) fn is_for(&self, port: u16) -> bool {
        self.protocol.has_ports() && self.port == port
    }

    /// What a filter sees of the request.
    pub fn request(&self) -> Seen {
        match self.protocol {
            Protocol::ICMP => Seen::icmp(self.protocol, 8),
            Protocol::ICMPV6 => Seen::icmp(self.protocol, 128),
            protocol => Seen { protocol, ports: self.port..=self.port, icmp_type: None },
        }
    }

    /// What a stateless filter sees of the reply.
    pub fn reply(&self) -> Seen {
        match self.protocol {
            Protocol::ICMP => Seen::icmp(self.protocol, 0),
            Protocol::ICMPV6 => Seen::icmp(self.protocol, 129),
            protocol => Seen { protocol, ports: self.client_ports.clone(), icmp_type: None },
        }
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.protocol.has_ports() {
            write!(f, "{}/{}", self.protocol, self.port)
        } else {
            write!(f, "{}", self.protocol)
        }
    }
}

/// The part of a packet that a filter looks at besides the address: the destination ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The protocol.
    pub protocol: Protocol,
    /// The destination ports that the packet may carry.
    pub ports: Ports,
    /// The ICMP type; its code is 0.
    pub icmp_type: Option<u8>,
}

impl Seen {
    fn icmp(protocol: Protocol, icmp_type: u8) -> Self {
        Self { protocol, ports: 0..=0, icmp_type: Some(icmp_type) }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.icmp_type {
            Some(kind) => write!(f, "{} type {kind}", self.protocol),
            None if !self.protocol.has_ports() => write!(f, "{}", self.protocol),
            None if self.ports.start() == self.ports.end() => {
                write!(f, "{}/{}", self.protocol, self.ports.start())
            }
            None => write!(f, "{}/{}-{}", self.protocol, self.ports.start(), self.ports.end()),
        }
    }
}
