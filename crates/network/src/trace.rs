//! What the evaluator says: hops in path order, obstacles with the facts that prove them, and what is not known.
//! It knows how to print a path, not how to find one.

use ecswhy_facts::Gap;
use serde::{Serialize, Serializer};
use std::fmt::Write as _;

/// Which filter, table or gateway a hop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HopKind {
    /// The interface that opens the flow.
    Source,
    /// Name resolution.
    Dns,
    /// A security group of the source or of the target.
    SecurityGroup,
    /// A network ACL.
    NetworkAcl,
    /// A route table of a VPC.
    RouteTable,
    /// An internet gateway.
    InternetGateway,
    /// An egress-only internet gateway.
    EgressOnlyGateway,
    /// A NAT gateway.
    NatGateway,
    /// A VPC endpoint.
    Endpoint,
    /// A VPC peering connection.
    Peering,
    /// A transit gateway or one of its route tables.
    TransitGateway,
    /// Anything else that forwards packets: a virtual private gateway, an appliance.
    Gateway,
    /// The far end.
    Target,
}

impl HopKind {
    /// The kind as people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "from",
            Self::Dns => "name resolution",
            Self::SecurityGroup => "security group",
            Self::NetworkAcl => "network ACL",
            Self::RouteTable => "route table",
            Self::InternetGateway => "internet gateway",
            Self::EgressOnlyGateway => "egress-only gateway",
            Self::NatGateway => "NAT gateway",
            Self::Endpoint => "endpoint",
            Self::Peering => "peering",
            Self::TransitGateway => "transit gateway",
            Self::Gateway => "gateway",
            Self::Target => "to",
        }
    }
}

/// The direction of the packet at a hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leg {
    /// The request, on its way out.
    Out,
    /// The reply, on its way back.
    Back,
}

/// What became of the packet at a hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Passage {
    /// It went on.
    Passed,
    /// It was dropped.
    Blocked,
    /// It depends on what is not known or not fixed.
    Open,
}

/// One step of a packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hop {
    /// What kind of thing it passes.
    pub kind: HopKind,
    /// The id that AWS gives the thing.
    pub id: String,
    /// Request or reply.
    pub leg: Leg,
    /// Whether it passed.
    pub passage: Passage,
    /// What decided, for people: the route, the entry number, the rule.
    pub text: String,
}

/// A fact that proves something: the field of a resource as an AWS call answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// Service and operation.
    pub call: &'static str,
    /// The resource's id.
    pub resource: String,
    /// The field.
    pub field: String,
    /// Its value.
    pub value: String,
}

/// What stops a packet. The ids of `network/` findings are a contract; the others name faults of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// No usable default route, and no endpoint that could serve.
    NoEgress,
    /// The route leads to an internet gateway and the source has no public address.
    PublicIpMissing,
    /// The NAT gateway is gone, failed, private, or has no way out itself.
    NatUnusable,
    /// The next hop is dead.
    BlackholeRoute,
    /// No group of the source allows the request.
    SecurityGroupEgress,
    /// A network ACL drops the request or its reply.
    Nacl,
    /// No way out and no endpoint for this service, while another one exists.
    EndpointMissing,
    /// The endpoint's groups do not admit the source.
    EndpointSecurityGroup,
    /// The endpoint is there, its private name is not.
    EndpointPrivateDns,
    /// The endpoint is not in state `available`.
    EndpointUnavailable,
    /// The S3 gateway endpoint is not on this route table.
    S3EndpointRouteTable,
    /// The VPC's resolver is off.
    DnsDisabled,
    /// VPC Block Public Access.
    BlockPublicAccess,
    /// No route to a private address.
    NoRoute,
    /// No route back to the source.
    NoReturnRoute,
    /// The target's groups do not admit the source.
    TargetSecurityGroup,
    /// No subnet holds the address.
    TargetMissing,
    /// A next hop whose source/destination check drops what is not its own.
    SourceDestinationCheck,
    /// The source sends nothing: its instance is stopped, or the address is not its own.
    SourceSilent,
}

impl Fault {
    /// The fault's name; with `network/` before it the id of a finding.
    pub fn id(self) -> &'static str {
        match self {
            Self::NoEgress => "no-egress",
            Self::PublicIpMissing => "public-ip-missing",
            Self::NatUnusable => "nat-unusable",
            Self::BlackholeRoute => "blackhole-route",
            Self::SecurityGroupEgress => "security-group-egress",
            Self::Nacl => "nacl",
            Self::EndpointMissing => "endpoint-missing",
            Self::EndpointSecurityGroup => "endpoint-security-group",
            Self::EndpointPrivateDns => "endpoint-private-dns",
            Self::EndpointUnavailable => "endpoint-unavailable",
            Self::S3EndpointRouteTable => "s3-endpoint-route-table",
            Self::DnsDisabled => "dns-disabled",
            Self::BlockPublicAccess => "block-public-access",
            Self::NoRoute => "no-route",
            Self::NoReturnRoute => "no-return-route",
            Self::TargetSecurityGroup => "target-security-group",
            Self::TargetMissing => "target-missing",
            Self::SourceDestinationCheck => "source-destination-check",
            Self::SourceSilent => "source-silent",
        }
    }

    /// What a next hop that drops packets is called, for the request and for its reply.
    pub(crate) fn of_route(leg: Leg) -> Self {
        match leg {
            Leg::Out => Self::BlackholeRoute,
            Leg::Back => Self::NoReturnRoute,
        }
    }

    /// Whether nothing on the path leads out: what an endpoint or a gateway would repair.
    pub fn is_missing_way_out(self) -> bool {
        matches!(self, Self::NoEgress | Self::EndpointMissing)
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// One thing that stops the packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// The fault.
    pub fault: Fault,
    /// The id of the resource that is at fault.
    pub subject: String,
    /// The subnet of the source.
    pub subnet: String,
    /// One sentence with the concrete values.
    pub message: String,
    /// Whether only some packets are stopped: a part of the client's ports, of the addresses, of the endpoint's zones.
    pub partial: bool,
    /// The facts.
    pub proof: Vec<Proof>,
}

/// One way that a packet can take, with everything that was found on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Path {
    /// What way this is: `interface endpoint vpce-1`, `nat gateway nat-1`, ...
    pub way: String,
    /// The endpoint that the path uses: its policy decides too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Hops in path order, the reply's after the request's.
    pub hops: Vec<Hop>,
    /// Obstacles in path order.
    pub obstacles: Vec<Obstacle>,
    /// Missing facts that could hide an obstacle.
    #[serde(serialize_with = "gaps_as_text")]
    pub gaps: Vec<Gap>,
}

/// The outcome of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The packet and its reply arrive.
    Reachable,
    /// A missing fact decides.
    Undetermined,
    /// A proven obstacle.
    Blocked,
}

impl Verdict {
    /// The word that `reach` prints.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reachable => "reachable",
            Self::Undetermined => "undetermined",
            Self::Blocked => "blocked",
        }
    }
}

/// How the way to a DNS server of one's own is called.
const NAME_SERVER: &str = "DNS server ";

impl Path {
    /// Names the way to a DNS server.
    pub(crate) fn name_after_server(&mut self, server: std::net::IpAddr) {
        self.way = format!("{NAME_SERVER}{server}");
    }

    /// The DNS server that this is the way to: no name is found before it is reached.
    pub fn name_server(&self) -> Option<String> {
        self.way.strip_prefix(NAME_SERVER).map(str::to_owned)
    }

    /// One proven obstacle decides, even where another hop is unknown.
    pub fn verdict(&self) -> Verdict {
        if self.obstacles.iter().any(|obstacle| !obstacle.partial) {
            Verdict::Blocked
        } else if self.obstacles.is_empty() && self.gaps.is_empty() {
            Verdict::Reachable
        } else {
            Verdict::Undetermined
        }
    }

    /// The path in one line: `task ENI -> sg-1 -> rtb-1 (0.0.0.0/0 to nat-1) -> X nat-1 blocked here`.
    pub fn line(&self) -> String {
        let mut line = String::new();
        for hop in self.hops.iter().filter(|hop| hop.leg == Leg::Out) {
            if !line.is_empty() {
                line.push_str(" -> ");
            }
            if hop.passage == Passage::Blocked {
                let _ = write!(line, "X {} blocked here", hop.id);
                return line;
            }
            line.push_str(&hop.id);
        }
        if let Some(hop) =
            self.hops.iter().find(|hop| hop.leg == Leg::Back && hop.passage == Passage::Blocked)
        {
            let _ = write!(line, " -> reply: X {} blocked here", hop.id);
        }
        line
    }

    /// The path as a ladder: one line per hop.
    pub fn ladder(&self) -> String {
        let mut text = String::new();
        for hop in &self.hops {
            let mark = match hop.passage {
                Passage::Passed => "ok",
                Passage::Blocked => "X ",
                Passage::Open => "? ",
            };
            let arrow = if hop.leg == Leg::Out { "->" } else { "<-" };
            let _ = writeln!(text, "{mark} {arrow} {}: {}", hop.id, hop.text);
        }
        for gap in &self.gaps {
            let _ = writeln!(text, "?  not known: {gap}");
        }
        text
    }
}

fn gaps_as_text<S: Serializer>(gaps: &[Gap], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(gaps.iter().map(ToString::to_string))
}
