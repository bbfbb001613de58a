//! What can be asked: from where, to what, and how the answer looks.

use crate::address::{Flow, LINUX_CLIENT_PORTS, Ports};
use crate::services::Service;
use crate::trace::{Obstacle, Path, Verdict};
use ecswhy_facts::Gap;
use serde::Serialize;
use std::net::IpAddr;

/// Where the packet starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The interface that a Fargate task would get.
    Task {
        /// The subnet that the task would be placed in.
        subnet: String,
        /// Its security groups; empty means the VPC's default group, as ECS does.
        security_groups: Vec<String>,
        /// `assignPublicIp`. The subnet's `MapPublicIpOnLaunch` does not count for Fargate.
        public_ip: bool,
        /// Whether the task gets an IPv6 address (dual-stack setting, or an IPv6-only subnet).
        ipv6: bool,
    },
    /// An interface, an instance or a subnet that exists, with what the question overrides.
    Existing {
        /// `eni-...`, `i-...` or `subnet-...`.
        id: String,
        /// The source address.
        source_ip: Option<IpAddr>,
        /// The security groups.
        security_groups: Option<Vec<String>>,
        /// Whether the source has a public IPv4 address.
        public_ip: Option<bool>,
    },
}

/// Where the packet should arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// An AWS service in a Region, by the name of its endpoint.
    Service(Service),
    /// An address.
    Ip(IpAddr),
    /// An interface.
    Interface(String),
    /// A host on the internet whose address is not known.
    Internet(String),
}

/// A question for the evaluator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// From.
    pub origin: Origin,
    /// To.
    pub destination: Destination,
    /// Protocol and ports.
    pub flow: Flow,
    /// Whether an address in a VPC that no known interface owns leaves the answer open.
    /// `reach --lines` says no: there, only the filters of a known target count.
    pub target_must_be_known: bool,
}

impl Question {
    /// A TCP connection from a Linux task.
    pub fn tcp(origin: Origin, destination: Destination, port: u16) -> Self {
        Self { origin, destination, flow: Flow::tcp(port), target_must_be_known: true }
    }

    /// The same question for another kind of client.
    pub fn with_client_ports(mut self, ports: Ports) -> Self {
        self.flow.client_ports = ports;
        self
    }
}

impl Default for Flow {
    fn default() -> Self {
        Self { protocol: crate::Protocol::TCP, port: 443, client_ports: LINUX_CLIENT_PORTS }
    }
}

/// The answer: the path that the packet takes, and why no other one serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The outcome.
    pub verdict: Verdict,
    /// The path that decides.
    pub path: Path,
    /// Other ways that were looked at, each with its own obstacles.
    pub alternatives: Vec<Path>,
}

impl Answer {
    /// An answer with one path.
    pub fn of(path: Path) -> Self {
        Self { verdict: path.verdict(), path, alternatives: Vec::new() }
    }

    /// The obstacles of the deciding path, in path order.
    pub fn obstacles(&self) -> &[Obstacle] {
        &self.path.obstacles
    }

    /// The missing facts of the deciding path.
    pub fn gaps(&self) -> &[Gap] {
        &self.path.gaps
    }
}
