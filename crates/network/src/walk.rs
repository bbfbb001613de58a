//! Following a packet and its reply. Each function passes one thing (a filter, a table, a gateway) and notes
//! the hop; obstacles do not end the walk, so that the ones behind them are found as well.

use crate::address::{Addresses, Cover, Flow, NAT_CLIENT_PORTS, Seen, is_public};
use crate::filter::{self, Peer, SecurityGroup};
use crate::model::{Interface, Model, Route, Subnet, Target, contradiction};
use crate::trace::{Fault, Hop, HopKind, Leg, Obstacle, Passage, Path, Proof};
use ecswhy_facts::Gap;

/// What the packet carries.
#[derive(Debug, Clone)]
pub(crate) struct Packet {
    pub from: Addresses,
    pub to: Addresses,
    pub flow: Flow,
    /// Groups of the source's interface, while the packet keeps the membership.
    pub groups: Vec<String>,
    /// The prefix list that the destination lies in by name.
    pub prefix_list: Option<String>,
}

/// Where the packet starts, resolved.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub label: String,
    pub subnet: String,
    pub groups: Result<Vec<String>, Gap>,
    pub v4: Option<Addresses>,
    pub v6: Option<Addresses>,
    /// Whether it has a public IPv4 address, and which.
    pub public: Option<Addresses>,
}

pub(crate) struct Walk<'m> {
    pub model: &'m Model,
    pub path: Path,
    pub subnet: String,
    pub target_must_be_known: bool,
}

/// How far packets are followed through gateways: more hops than that are a loop.
const MAX_DEPTH: usize = 6;

impl<'m> Walk<'m> {
    pub fn new(model: &'m Model, subnet: &str, target_must_be_known: bool) -> Self {
        Self { model, path: Path::default(), subnet: subnet.to_owned(), target_must_be_known }
    }

    pub fn hop(
        &mut self,
        kind: HopKind,
        id: &str,
        leg: Leg,
        passage: Passage,
        text: impl Into<String>,
    ) {
        self.path.hops.push(Hop { kind, id: id.to_owned(), leg, passage, text: text.into() });
    }

    pub fn obstacle(
        &mut self,
        fault: Fault,
        subject: &str,
        message: impl Into<String>,
        partial: bool,
        proof: Vec<Proof>,
    ) {
        let message = message.into();
        self.path.obstacles.push(Obstacle {
            fault,
            subject: subject.to_owned(),
            subnet: self.subnet.clone(),
            message,
            partial,
            proof,
        });
    }

    /// A hop that is an obstacle at the same time.
    #[expect(clippy::too_many_arguments, reason = "each is one column of the trace")]
    pub fn stop(
        &mut self,
        kind: HopKind,
        id: &str,
        leg: Leg,
        fault: Fault,
        message: &str,
        call: &'static str,
        field: &str,
        value: &str,
    ) {
        self.hop(kind, id, leg, Passage::Blocked, message);
        let proof = Proof {
            call,
            resource: id.to_owned(),
            field: field.to_owned(),
            value: value.to_owned(),
        };
        self.obstacle(fault, id, message, false, vec![proof]);
    }

    pub fn gap(&mut self, kind: HopKind, id: &str, leg: Leg, gap: Gap) {
        self.hop(kind, id, leg, Passage::Open, gap.to_string());
        self.path.gaps.push(gap);
    }

    fn look_up_groups(&mut self, groups: &[String], leg: Leg) -> Vec<&'m SecurityGroup> {
        let mut found = Vec::new();
        for id in groups {
            match self.model.groups.get(id) {
                Some(group) => found.push(group),
                None => self.gap(
                    HopKind::SecurityGroup,
                    id,
                    leg,
                    self.model.gap("DescribeSecurityGroups", id),
                ),
            }
        }
        found
    }

    /// The source's own security groups.
    pub fn leave_interface(&mut self, groups: &Result<Vec<String>, Gap>, packet: &Packet) {
        let groups = match groups {
            Ok(groups) => groups,
            Err(gap) => {
                return self.gap(HopKind::SecurityGroup, "security groups", Leg::Out, gap.clone());
            }
        };
        self.judge_groups(groups, false, &packet.to, &[], packet, Fault::SecurityGroupEgress);
    }

    /// Judges by security groups. `members` are the groups of the far end, `packet` gives flow and prefix list.
    pub fn judge_groups(
        &mut self,
        groups: &[String],
        ingress: bool,
        far: &Addresses,
        members: &[String],
        packet: &Packet,
        fault: Fault,
    ) {
        let before = self.path.gaps.len();
        let known = self.look_up_groups(groups, Leg::Out);
        let prefix_list = if ingress { None } else { packet.prefix_list.as_deref() };
        let peer = Peer { address: far, groups: members, prefix_list };
        let decision = filter::decide(&known, ingress, &packet.flow.request(), &peer);
        let subject = groups.first().cloned().unwrap_or_else(|| "no security group".to_owned());
        let passage = match decision.cover {
            Cover::All => {
                // An unknown group only adds rules; what one known group allows is allowed.
                self.path.gaps.truncate(before);
                Passage::Passed
            }
            Cover::None if self.path.gaps.len() == before => Passage::Blocked,
            _ => Passage::Open,
        };
        self.hop(HopKind::SecurityGroup, &subject, Leg::Out, passage, decision.text.clone());
        if passage == Passage::Blocked
            || (decision.cover == Cover::Part && decision.unread_list.is_none())
        {
            let field = if ingress { "IpPermissions" } else { "IpPermissionsEgress" };
            let proof = groups.iter().map(|id| Proof {
                call: "ec2:DescribeSecurityGroups",
                resource: id.clone(),
                field: field.to_owned(),
                value: decision.text.clone(),
            });
            let proof = proof.collect();
            self.obstacle(fault, &subject, decision.text, decision.cover == Cover::Part, proof);
        } else if let Some(list) = decision.unread_list {
            self.path.gaps.push(self.model.gap("GetManagedPrefixListEntries", &list));
        }
    }

    /// A subnet's network ACL, in one direction.
    pub fn cross_acl(
        &mut self,
        subnet: &Subnet,
        ingress: bool,
        leg: Leg,
        seen: &Seen,
        far: &Addresses,
    ) {
        let acl = match subnet.acl.clone().and_then(|id| {
            self.model.acls.get(&id).ok_or_else(|| self.model.gap("DescribeNetworkAcls", &id))
        }) {
            Ok(acl) => acl,
            Err(gap) => return self.gap(HopKind::NetworkAcl, &subnet.id, leg, gap),
        };
        match acl.decide(ingress, seen, far) {
            Err(gap) => self.gap(HopKind::NetworkAcl, &acl.id, leg, gap),
            Ok(decision) => {
                let passage = match decision.cover {
                    Cover::All => Passage::Passed,
                    Cover::Part => Passage::Open,
                    Cover::None => Passage::Blocked,
                };
                self.hop(HopKind::NetworkAcl, &acl.id, leg, passage, decision.text.clone());
                if decision.cover != Cover::All {
                    let field = format!(
                        "Entries[{}].RuleNumber={}",
                        if ingress { "ingress" } else { "egress" },
                        decision.entry
                    );
                    let proof = Proof {
                        call: "ec2:DescribeNetworkAcls",
                        resource: acl.id.clone(),
                        field,
                        value: decision.text.clone(),
                    };
                    let message =
                        format!("Network ACL {} of {}: {}.", acl.id, subnet.id, decision.text);
                    self.obstacle(
                        Fault::Nacl,
                        &acl.id,
                        message,
                        decision.cover == Cover::Part,
                        vec![proof],
                    );
                }
            }
        }
    }

    /// From an interface in a subnet to the destination, and the reply back into the subnet.
    pub fn leave_subnet(
        &mut self,
        subnet: &'m Subnet,
        packet: &Packet,
        public: Option<&Addresses>,
        depth: usize,
    ) {
        let inside = packet
            .to
            .host()
            .is_some_and(|to| subnet.blocks.iter().any(|block| block.contains(&to)));
        if inside {
            return self.arrive(&subnet.vpc, Some(&subnet.id), packet, &Target::Local);
        }
        self.cross_acl(subnet, false, Leg::Out, &packet.flow.request(), &packet.to);
        if let Some(route) = self.look_up(subnet, &packet.to, Leg::Out) {
            self.follow(subnet, &route, packet, public, depth);
        }
        self.cross_acl(subnet, true, Leg::Back, &packet.flow.reply(), &packet.to);
    }

    /// The route of a subnet's table for a destination. Dead and missing routes are noted here.
    pub fn look_up(&mut self, subnet: &Subnet, to: &Addresses, leg: Leg) -> Option<Route> {
        let table = match subnet.table.clone() {
            Ok(table) => table,
            Err(gap) => {
                self.gap(HopKind::RouteTable, &subnet.id, leg, gap);
                return None;
            }
        };
        self.look_up_in(&table, subnet, to, leg)
    }

    fn look_up_in(
        &mut self,
        table: &str,
        subnet: &Subnet,
        to: &Addresses,
        leg: Leg,
    ) -> Option<Route> {
        let Some(table) = self.model.tables.get(table) else {
            self.gap(HopKind::RouteTable, table, leg, self.model.gap("DescribeRouteTables", table));
            return None;
        };
        let chosen = match table.choose(to) {
            Ok(chosen) => chosen,
            Err(gap) => {
                self.gap(HopKind::RouteTable, &table.id, leg, gap);
                return None;
            }
        };
        let Some(chosen) = chosen else {
            let outside =
                matches!(to, Addresses::PublicV4 | Addresses::PublicV6 | Addresses::Nets(_))
                    || to.host().is_some_and(is_public);
            let fault = match leg {
                Leg::Back => Fault::NoReturnRoute,
                Leg::Out if outside => Fault::NoEgress,
                Leg::Out => Fault::NoRoute,
            };
            let message =
                format!("Route table {} of subnet {} has no route to {to}.", table.id, subnet.id);
            self.hop(HopKind::RouteTable, &table.id, leg, Passage::Blocked, message.clone());
            let proof = Proof {
                call: "ec2:DescribeRouteTables",
                resource: table.id.clone(),
                field: "Routes".to_owned(),
                value: format!("no route for {to}"),
            };
            self.obstacle(fault, &subnet.id, message, false, vec![proof]);
            return None;
        };
        let route = chosen.route.clone();
        let over = chosen
            .over
            .map(|over| format!(", before {} to {}", over.block, over.target.id()))
            .unwrap_or_default();
        let text = format!("{} to {}{over}", route.block, route.target.id());
        if route.blackhole {
            // A NAT gateway that was deleted is the commonest dead next hop and has a finding of its own.
            let fault = if matches!(route.target, Target::Nat(_)) {
                Fault::NatUnusable
            } else {
                Fault::BlackholeRoute
            };
            let subject =
                if fault == Fault::NatUnusable { route.target.id() } else { table.id.as_str() };
            let message = format!(
                "Route {} of {} leads to {}, which is gone (blackhole).",
                route.block,
                table.id,
                route.target.id()
            );
            self.hop(HopKind::RouteTable, &table.id, leg, Passage::Blocked, message.clone());
            let proof = Proof {
                call: "ec2:DescribeRouteTables",
                resource: table.id.clone(),
                field: format!("Routes[{}].State", route.block),
                value: "blackhole".to_owned(),
            };
            self.obstacle(fault, subject, message, false, vec![proof]);
            return None;
        }
        self.hop(HopKind::RouteTable, &table.id, leg, Passage::Passed, text);
        Some(route)
    }

    pub fn follow(
        &mut self,
        subnet: &'m Subnet,
        route: &Route,
        packet: &Packet,
        public: Option<&Addresses>,
        depth: usize,
    ) {
        if depth >= MAX_DEPTH {
            let why = "the routes lead in a circle".to_owned();
            return self.gap(
                HopKind::Gateway,
                route.target.id(),
                Leg::Out,
                contradiction("DescribeRouteTables", route.target.id(), why),
            );
        }
        match &route.target {
            Target::Local => self.arrive(&subnet.vpc, Some(&subnet.id), packet, &Target::Local),
            Target::InternetGateway(id) => self.internet_gateway(id, subnet, packet, public),
            Target::EgressOnly(id) => self.egress_only(id, subnet, packet),
            Target::Nat(id) => self.nat(id, subnet, packet, depth),
            Target::Peering(id) => self.peering(id, subnet, packet),
            Target::Transit(id) => self.transit(id, subnet, packet, depth),
            Target::Interface(id) => self.appliance(id, packet),
            Target::Endpoint(id) => {
                if self.model.endpoints.get(id).is_some_and(|endpoint| endpoint.kind == "Gateway") {
                    self.path.endpoint = Some(id.clone());
                    self.hop(HopKind::Endpoint, id, Leg::Out, Passage::Passed, "gateway endpoint");
                } else {
                    self.unseen(id, "the traffic passes a Gateway Load Balancer endpoint: look at the firewall behind it");
                }
            }
            Target::Opaque(id) => self.unseen(
                id,
                "the far side of this gateway cannot be seen: look at its routes and filters there",
            ),
        }
    }

    pub fn unseen(&mut self, id: &str, why: &str) {
        self.gap(
            HopKind::Gateway,
            id,
            Leg::Out,
            contradiction("DescribeRouteTables", id, why.to_owned()),
        );
    }

    /// An interface as next hop: it may be an appliance that forwards, but never with the source/destination check on.
    fn appliance(&mut self, id: &str, packet: &Packet) {
        match self.model.interfaces.get(id) {
            Some(interface)
                if packet.to.host().is_some_and(|to| interface.addresses.contains(&to)) =>
            {
                let vpc = interface.vpc.clone();
                self.arrive(&vpc, None, packet, &Target::Local);
            }
            Some(interface)
                if interface.source_dest_check == Some(true) && interface.kind == "interface" =>
            {
                let message = format!(
                    "{id} drops packets that are not its own: its source/destination check is on."
                );
                self.stop(
                    HopKind::Gateway,
                    id,
                    Leg::Out,
                    Fault::SourceDestinationCheck,
                    &message,
                    "ec2:DescribeNetworkInterfaces",
                    "SourceDestCheck",
                    "true",
                );
            }
            Some(_) => self.unseen(
                id,
                "an instance or appliance forwards the traffic: look at what runs there",
            ),
            None => self.gap(
                HopKind::Gateway,
                id,
                Leg::Out,
                self.model.gap("DescribeNetworkInterfaces", id),
            ),
        }
    }

    /// Delivery inside a VPC: the target's ACL and groups, and the reply's way back to the gateway it came from.
    pub fn arrive(&mut self, vpc: &str, from_subnet: Option<&str>, packet: &Packet, back: &Target) {
        let Some(to) = packet.to.host() else {
            return self.unseen(vpc, "the destination is a block of addresses inside the VPC");
        };
        let model = self.model;
        let interface = model.interface_at(vpc, to).filter(|interface| interface.vpc == vpc);
        let subnet = interface
            .and_then(|interface| model.subnets.get(&interface.subnet))
            .or_else(|| model.subnet_at(vpc, to));
        let Some(subnet) = subnet else {
            if model.is_complete("DescribeSubnets", vpc) && model.vpcs.contains_key(vpc) {
                let message = format!("No subnet of {vpc} holds {to}.");
                self.stop(
                    HopKind::Target,
                    &to.to_string(),
                    Leg::Out,
                    Fault::TargetMissing,
                    &message,
                    "ec2:DescribeSubnets",
                    "CidrBlock",
                    "no subnet holds it",
                );
            } else {
                self.gap(
                    HopKind::Target,
                    &to.to_string(),
                    Leg::Out,
                    model.gap("DescribeSubnets", vpc),
                );
            }
            return;
        };
        let crosses = from_subnet != Some(subnet.id.as_str());
        if crosses {
            self.cross_acl(subnet, true, Leg::Out, &packet.flow.request(), &packet.from);
        }
        self.enter_interface(interface, subnet, packet);
        if crosses {
            self.cross_acl(subnet, false, Leg::Back, &packet.flow.reply(), &packet.from);
            self.reply_route(subnet, packet, back);
        }
    }

    fn enter_interface(&mut self, interface: Option<&Interface>, subnet: &Subnet, packet: &Packet) {
        match interface {
            Some(interface) if interface.stopped => {
                let message = format!("The instance of {} is not running.", interface.id);
                self.stop(
                    HopKind::Target,
                    &interface.id,
                    Leg::Out,
                    Fault::TargetMissing,
                    &message,
                    "ec2:DescribeInstances",
                    "State",
                    "not running",
                );
            }
            Some(interface) => {
                // A Network Load Balancer without groups and a NAT gateway filter nothing.
                if interface.groups.is_empty() {
                    self.hop(
                        HopKind::Target,
                        &interface.id,
                        Leg::Out,
                        Passage::Passed,
                        "no security group",
                    );
                } else {
                    self.judge_groups(
                        &interface.groups,
                        true,
                        &packet.from,
                        &packet.groups,
                        packet,
                        Fault::TargetSecurityGroup,
                    );
                    self.hop(
                        HopKind::Target,
                        &interface.id,
                        Leg::Out,
                        Passage::Passed,
                        format!("{} in {}", packet.to, subnet.id),
                    );
                }
            }
            None if self.target_must_be_known => {
                let gap = self.model.gap("DescribeNetworkInterfaces", &packet.to.to_string());
                self.gap(HopKind::Target, &packet.to.to_string(), Leg::Out, gap);
            }
            None => self.hop(
                HopKind::Target,
                &packet.to.to_string(),
                Leg::Out,
                Passage::Passed,
                format!("in {}; no known interface owns it", subnet.id),
            ),
        }
    }

    /// The reply must leave through what the request came from.
    pub fn reply_route(&mut self, subnet: &Subnet, packet: &Packet, back: &Target) {
        let Some(route) = self.look_up(subnet, &packet.from, Leg::Back) else { return };
        if route.target != *back {
            let why = format!(
                "the reply leaves {} through {}, the request came from {}",
                subnet.id,
                route.target.id(),
                back.id()
            );
            self.gap(
                HopKind::RouteTable,
                &subnet.id,
                Leg::Back,
                contradiction("DescribeRouteTables", &subnet.id, why),
            );
        }
    }

    /// The ports and addresses that a NAT gateway shows to the outside.
    pub fn translated(packet: &Packet, from: Addresses) -> Packet {
        let mut flow = packet.flow.clone();
        flow.client_ports = NAT_CLIENT_PORTS;
        Packet { from, flow, groups: Vec::new(), ..packet.clone() }
    }
}
