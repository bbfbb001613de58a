//! The way back: the answer leaves the target's subnet and must arrive where the request was sent from.
//! Security groups let it pass (they are stateful), network ACLs and route tables do not know the request.

use crate::address::Addresses;
use crate::follow::MAX_DEPTH;
use crate::model::{Subnet, Target, contradiction};
use crate::trace::{Fault, HopKind, Leg, Passage};
use crate::walk::{Home, Packet, Walk};

impl<'m> Walk<'m> {
    /// The reply leaves a subnet: the target's, or one that a transit gateway stands in.
    pub fn reply_from(&mut self, subnet: &'m Subnet, packet: &Packet, depth: usize) {
        if matches!(&packet.home, Home::Subnet { subnet: home, .. } if *home == subnet.id) {
            return;
        }
        if depth >= MAX_DEPTH {
            return self.unseen(&subnet.id, Leg::Back, "the routes of the reply lead in a circle");
        }
        self.cross_acl(subnet, false, Leg::Back, &packet.flow.reply(), &packet.from);
        let Some(route) = self.look_up(subnet, &packet.from, Leg::Back) else { return };
        match &route.target {
            Target::Local => self.reply_into(&subnet.vpc, Some(subnet), packet),
            Target::InternetGateway(id) => self.reply_through_internet(id, subnet, packet),
            Target::Nat(id) => {
                let message = format!(
                    "The reply to {} leaves {} through {id}, which does not know the connection.",
                    packet.from, subnet.id
                );
                self.lost(HopKind::NatGateway, id, &subnet.id, message);
            }
            Target::Peering(id) => {
                if let Some(far) = self.peer(id, subnet, &packet.from, Leg::Back) {
                    self.reply_into(&far.vpc, None, packet);
                }
            }
            Target::Transit(id) => {
                if let Some(next) = self.through_transit(id, subnet, packet, Leg::Back) {
                    self.reply_from(next, packet, depth + 1);
                }
            }
            other => self.unseen(
                other.id(),
                Leg::Back,
                "the reply passes a gateway or appliance: look at what happens there",
            ),
        }
    }

    /// The reply is delivered inside a VPC. `from` is the subnet that it was in last.
    fn reply_into(&mut self, vpc: &str, from: Option<&Subnet>, packet: &Packet) {
        match &packet.home {
            Home::Subnet { vpc: home, .. } if home == vpc => self.reply_home(packet),
            Home::Subnet { vpc: home, .. } => {
                let message = format!(
                    "The reply to {} stays in {vpc}, the request came from {home}.",
                    packet.from
                );
                self.lost(
                    HopKind::RouteTable,
                    vpc,
                    from.map_or(vpc, |subnet| subnet.id.as_str()),
                    message,
                );
            }
            Home::Internet => {
                let message = format!(
                    "The reply to {} stays in {vpc}, the request came from the internet.",
                    packet.from
                );
                self.lost(HopKind::RouteTable, vpc, vpc, message);
            }
        }
    }

    /// Through the network ACL of the subnet that the request came from.
    pub fn reply_home(&mut self, packet: &Packet) {
        let Home::Subnet { subnet, .. } = &packet.home else { return };
        self.homecomings += 1;
        let model = self.model;
        match model.subnets.get(subnet) {
            Some(home) => {
                self.cross_acl(home, true, Leg::Back, &packet.flow.reply(), &packet.to);
            }
            None => {
                self.gap(
                    HopKind::NetworkAcl,
                    subnet,
                    Leg::Back,
                    model.gap("DescribeSubnets", subnet),
                );
            }
        }
    }

    fn reply_through_internet(&mut self, id: &str, subnet: &Subnet, packet: &Packet) {
        if packet.home == Home::Internet {
            return self.hop(HopKind::InternetGateway, id, Leg::Back, Passage::Passed, "reply");
        }
        let message = format!(
            "The reply to {} leaves {} through {id}, which drops packets to private addresses.",
            packet.from, subnet.id
        );
        self.lost(HopKind::InternetGateway, id, &subnet.id, message);
    }

    /// A reply from the internet enters the VPC. A gateway can have a route table of its own that sends traffic for a
    /// subnet through an appliance first. VPC User Guide, "Gateway route tables".
    pub fn reply_from_gateway(&mut self, gateway: &str, packet: &Packet) {
        self.gateway_table(gateway, &packet.from, Leg::Back);
        self.reply_home(packet);
    }

    /// The route table of an internet gateway, where it has one.
    pub fn gateway_table(&mut self, gateway: &str, to: &Addresses, leg: Leg) {
        let model = self.model;
        let Some(table) = model.gateway_tables.get(gateway) else { return };
        if let Some(route) = self.look_up_in(table, gateway, to, leg)
            && route.target != Target::Local
        {
            let why =
                "traffic from the internet passes an appliance first: look at what runs there";
            self.unseen(route.target.id(), leg, why);
        }
    }

    fn lost(&mut self, kind: HopKind, id: &str, subject: &str, message: String) {
        self.hop(kind, id, Leg::Back, Passage::Blocked, message.clone());
        self.obstacle(Fault::NoReturnRoute, subject, message, false, Vec::new());
    }

    /// A contradiction that leaves the way open.
    pub fn unclear(&mut self, kind: HopKind, call: &str, id: &str, leg: Leg, why: String) {
        self.gap(kind, id, leg, contradiction(call, id, why));
    }
}
