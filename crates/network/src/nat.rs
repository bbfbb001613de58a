//! NAT gateways: followed into their own subnet, where both ACLs and their own route count, and back again.
//! VPC User Guide, "NAT gateways", "Regional NAT gateways", "DNS64 and NAT64".

use crate::address::{Addresses, is_nat64, nat64_target};
use crate::model::{Model, Nat, Subnet, Target, contradiction};
use crate::trace::{Fault, HopKind, Leg, Passage};
use crate::walk::{Home, Packet, Walk};

const CALL: &str = "ec2:DescribeNatGateways";

impl<'m> Walk<'m> {
    pub fn nat(&mut self, id: &str, subnet: &'m Subnet, packet: &Packet, depth: usize) {
        let model: &'m Model = self.model;
        let Some(nat) = model.nats.get(id) else {
            if model.is_complete("DescribeNatGateways", &subnet.vpc) {
                let message = format!("NAT gateway {id} no longer exists.");
                return self.unusable_nat(id, &message, "NatGateways", "[]");
            }
            let gap = model.gap("DescribeNatGateways", id);
            return self.gap(HopKind::NatGateway, id, Leg::Out, gap);
        };
        if !nat.vpc.is_empty() && nat.vpc != subnet.vpc {
            let why = format!("it is of {}, and a route of {} leads to it", nat.vpc, subnet.vpc);
            let gap = contradiction("DescribeNatGateways", id, why);
            return self.gap(HopKind::NatGateway, id, Leg::Out, gap);
        }
        if nat.state != "available" {
            let why = nat.failure.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            let message = format!("NAT gateway {id} is {}{why}.", nat.state);
            return self.unusable_nat(id, &message, "State", &nat.state);
        }
        if !packet.flow.protocol.has_ports() && !packet.flow.protocol.is_icmp() {
            let message = format!("NAT gateway {id} carries TCP, UDP and ICMP only.");
            return self.unusable_nat(id, &message, "NatGatewayId", id);
        }
        if packet.to.is_ipv6() && !is_nat64(&packet.to) {
            let message = format!("NAT gateway {id} translates IPv6 to 64:ff9b::/96 only.");
            return self.unusable_nat(id, &message, "NatGatewayId", id);
        }
        self.hop(
            HopKind::NatGateway,
            id,
            Leg::Out,
            Passage::Passed,
            "translates the source address",
        );
        if nat.regional || nat.subnet.is_none() {
            return self.regional_nat(nat, subnet, packet, depth);
        }
        let Some(home) = nat.subnet.as_ref().and_then(|home| model.subnets.get(home)) else {
            let home = nat.subnet.clone().unwrap_or_default();
            let gap = model.gap("DescribeSubnets", &home);
            return self.gap(HopKind::NatGateway, id, Leg::Out, gap);
        };
        if home.id != subnet.id {
            self.cross_acl(home, true, Leg::Out, &packet.flow.request(), &packet.from);
        }
        let private = nat.private_ips.first().copied().map(Addresses::from);
        let private = private.or_else(|| home.block(false).map(Addresses::Net));
        let outside = outside(packet, private.unwrap_or(Addresses::PublicV4), home);
        let before = self.path.obstacles.len();
        if let Some(message) = self.turns_back(nat, home, &outside) {
            self.unusable_nat(id, &message, "SubnetId", &home.id);
        } else {
            let public =
                nat.public_ips.first().copied().map_or(Addresses::PublicV4, Addresses::from);
            self.leave_nat(home, &outside, Some(&public).filter(|_| !nat.private), depth);
        }
        self.blame(nat, &home.id, before);
        self.reply_from(home, packet, 0);
    }

    /// A NAT gateway whose own route leads back to it.
    fn turns_back(&self, nat: &Nat, home: &Subnet, outside: &Packet) -> Option<String> {
        let table = self.model.tables.get(home.table.as_ref().ok()?)?;
        let chosen = table.choose(&outside.to).ok()??;
        (chosen.route.target == Target::Nat(nat.id.clone())).then(|| {
            format!(
                "NAT gateway {} stands in subnet {}, whose default route leads back to it.",
                nat.id, home.id
            )
        })
    }

    /// The gateway's own packet leaves its subnet. Unlike those of other interfaces it passes block-ingress.
    fn leave_nat(
        &mut self,
        home: &'m Subnet,
        outside: &Packet,
        public: Option<&Addresses>,
        depth: usize,
    ) {
        let model = self.model;
        let to_internet = home
            .table
            .as_ref()
            .ok()
            .and_then(|table| model.tables.get(table)?.choose(&outside.to).ok()?)
            .and_then(|chosen| match &chosen.route.target {
                Target::InternetGateway(id) if !chosen.route.blackhole => Some(id.as_str()),
                _ => None,
            });
        let Some(gateway) = to_internet else {
            return self.exit(home, outside, public, depth + 1);
        };
        self.cross_acl(home, false, Leg::Out, &outside.flow.request(), &outside.to);
        self.look_up(home, &outside.to, Leg::Out);
        self.nat_to_internet(gateway, home, outside, public);
    }

    fn nat_to_internet(
        &mut self,
        gateway: &str,
        home: &Subnet,
        outside: &Packet,
        public: Option<&Addresses>,
    ) {
        let vpcs = self.model.internet_gateways.get(gateway);
        if self.attached(
            HopKind::InternetGateway,
            gateway,
            vpcs,
            &home.vpc,
            "DescribeInternetGateways",
        ) {
            self.public_access(home, true);
            self.leave_vpc(gateway, home, outside, public);
        }
    }

    /// A regional gateway has no subnet and no ACL, but a route table of its own; without one that is known, AWS gives
    /// it a way to the internet gateway.
    fn regional_nat(&mut self, nat: &'m Nat, subnet: &'m Subnet, packet: &Packet, depth: usize) {
        let model = self.model;
        let public = nat.public_ips.first().copied().map_or(Addresses::PublicV4, Addresses::from);
        let outside = outside(packet, public.clone(), subnet);
        // Which subnet's mode counts for a gateway without one is not documented.
        if subnet.block_public_access == "block-bidirectional" {
            let why =
                "Block Public Access is on: whether it stops this regional gateway is not known";
            self.unseen(&nat.id, Leg::Out, why);
        }
        let table = nat.table.as_ref().filter(|table| model.tables.contains_key(*table));
        let before = self.path.obstacles.len();
        match table {
            None => self.on_the_internet(&outside, public),
            Some(table) => {
                let route = self.look_up_in(table, &nat.id, &outside.to, Leg::Out);
                match route.map(|route| &route.target) {
                    Some(Target::InternetGateway(gateway)) => {
                        let vpcs = model.internet_gateways.get(gateway);
                        let call = "DescribeInternetGateways";
                        let kind = HopKind::InternetGateway;
                        if self.attached(kind, gateway, vpcs, &nat.vpc, call) {
                            let text = format!("leaves as {public}");
                            self.hop(kind, gateway, Leg::Out, Passage::Passed, text);
                            self.on_the_internet(&outside, public);
                        }
                    }
                    Some(Target::Nat(_)) => {
                        let message = format!("The route table of {} leads back to it.", nat.id);
                        self.unusable_nat(&nat.id, &message, "RouteTableId", table);
                    }
                    Some(_) => {
                        if let Some(route) = route {
                            self.follow(subnet, route, &outside, None, depth + 1);
                        }
                    }
                    None => {}
                }
            }
        }
        self.blame(nat, "", before);
        self.reply_home(packet);
    }

    /// Whatever is wrong with the gateway's own way out is the gateway's fault.
    fn blame(&mut self, nat: &Nat, home: &str, before: usize) {
        for obstacle in &mut self.path.obstacles[before..] {
            let missing = matches!(
                obstacle.fault,
                Fault::NoEgress | Fault::BlackholeRoute | Fault::PublicIpMissing
            );
            if obstacle.fault == Fault::PublicIpMissing && nat.private {
                obstacle.message =
                    format!("NAT gateway {} is private: it never reaches the internet.", nat.id);
            } else if missing {
                let place =
                    if home.is_empty() { String::new() } else { format!(" in subnet {home}") };
                obstacle.message =
                    format!("NAT gateway {}{place} has no way out. {}", nat.id, obstacle.message);
            } else {
                continue;
            }
            obstacle.fault = Fault::NatUnusable;
            obstacle.subject.clone_from(&nat.id);
        }
    }

    fn unusable_nat(&mut self, id: &str, message: &str, field: &str, value: &str) {
        let kind = HopKind::NatGateway;
        self.stop(kind, id, Leg::Out, Fault::NatUnusable, message, CALL, field, value);
    }
}

/// The packet as the gateway sends it on; an IPv6 one becomes the IPv4 packet that its address stands for.
fn outside(packet: &Packet, from: Addresses, home: &Subnet) -> Packet {
    let home = Home::Subnet { vpc: home.vpc.clone(), subnet: home.id.clone() };
    let mut outside = packet.translated(from, home);
    if packet.to.is_ipv6() {
        outside.to = nat64_target(&packet.to);
        if outside.flow.protocol == crate::Protocol::ICMPV6 {
            outside.flow.protocol = crate::Protocol::ICMP;
        }
    }
    outside
}
