//! Hops through gateways: internet, egress-only, NAT, peering, transit.

use crate::address::{Addresses, is_public};
use crate::model::{Model, Subnet, Target, contradiction};
use crate::trace::{Fault, HopKind, Leg, Passage, Proof};
use crate::walk::{Packet, Walk};

impl<'m> Walk<'m> {
    /// Whether a gateway is attached to the VPC; notes what it is otherwise.
    fn attached(
        &mut self,
        kind: HopKind,
        id: &str,
        vpcs: Option<&Vec<String>>,
        vpc: &str,
        call: &'static str,
    ) -> bool {
        match vpcs {
            Some(vpcs) if vpcs.iter().any(|attached| attached == vpc) => true,
            None if !self.model.is_complete(call, vpc) => {
                self.gap(kind, id, Leg::Out, self.model.gap(call, id));
                false
            }
            _ => {
                let message = format!("{id} is not attached to {vpc}.");
                let call = if kind == HopKind::InternetGateway {
                    "ec2:DescribeInternetGateways"
                } else {
                    "ec2:DescribeEgressOnlyInternetGateways"
                };
                self.stop(
                    kind,
                    id,
                    Leg::Out,
                    Fault::BlackholeRoute,
                    &message,
                    call,
                    "Attachments",
                    "not attached to this VPC",
                );
                false
            }
        }
    }

    /// VPC Block Public Access: bidirectional stops everything, ingress only leaves what NAT and egress-only gateways open.
    fn public_access(&mut self, subnet: &Subnet, stateful: bool) {
        let mode = subnet.block_public_access.as_str();
        if mode == "block-bidirectional" || (mode == "block-ingress" && !stateful) {
            let message = format!(
                "VPC Block Public Access ({mode}) stops internet traffic of subnet {}.",
                subnet.id
            );
            self.stop(
                HopKind::InternetGateway,
                &subnet.id,
                Leg::Out,
                Fault::BlockPublicAccess,
                &message,
                "ec2:DescribeSubnets",
                "BlockPublicAccessStates.InternetGatewayBlockMode",
                mode,
            );
        }
    }

    pub(crate) fn internet_gateway(
        &mut self,
        id: &str,
        subnet: &'m Subnet,
        packet: &Packet,
        public: Option<&Addresses>,
    ) {
        let model: &'m Model = self.model;
        if !self.attached(
            HopKind::InternetGateway,
            id,
            model.internet_gateways.get(id),
            &subnet.vpc,
            "DescribeInternetGateways",
        ) {
            return;
        }
        // A connection that starts inside passes block-ingress only through NAT or an egress-only gateway.
        self.public_access(subnet, public.is_none() && !packet.to.is_ipv6());
        if let Some(to) = packet.to.host()
            && !is_public(to)
        {
            let message = format!("{id} drops packets to the private address {to}.");
            self.hop(HopKind::InternetGateway, id, Leg::Out, Passage::Blocked, message.clone());
            return self.obstacle(Fault::NoRoute, &subnet.id, message, false, Vec::new());
        }
        let public = if packet.to.is_ipv6() { Some(&packet.from) } else { public };
        let Some(public) = public else {
            let message = format!(
                "Subnet {} leads to internet gateway {id}, and the source has no public IPv4 address.",
                subnet.id
            );
            self.hop(HopKind::InternetGateway, id, Leg::Out, Passage::Blocked, message.clone());
            let proof = Proof {
                call: "ecs:DescribeServices",
                resource: subnet.id.clone(),
                field: "awsvpcConfiguration.assignPublicIp".to_owned(),
                value: "DISABLED".to_owned(),
            };
            return self.obstacle(Fault::PublicIpMissing, &subnet.id, message, false, vec![proof]);
        };
        self.hop(
            HopKind::InternetGateway,
            id,
            Leg::Out,
            Passage::Passed,
            format!("leaves as {public}"),
        );
        self.on_the_internet(packet, public.clone());
    }

    /// The public address may belong to an interface that is known: then its own way in and out counts.
    fn on_the_internet(&mut self, packet: &Packet, from: Addresses) {
        let model = self.model;
        let owner = packet
            .to
            .host()
            .and_then(|to| model.by_public.get(&to).and_then(|id| model.interfaces.get(id)));
        let Some(interface) = owner else {
            return self.hop(
                HopKind::Target,
                &packet.to.to_string(),
                Leg::Out,
                Passage::Passed,
                "on the internet",
            );
        };
        let (Some(private), Some(subnet)) =
            (interface.addresses.first(), model.subnets.get(&interface.subnet))
        else {
            return self.gap(
                HopKind::Target,
                &interface.id,
                Leg::Out,
                model.gap("DescribeSubnets", &interface.subnet),
            );
        };
        let inbound = Packet {
            from,
            to: Addresses::from(*private),
            groups: Vec::new(),
            prefix_list: None,
            flow: packet.flow.clone(),
        };
        if subnet.block_public_access != "off" {
            self.public_access(subnet, false);
        }
        let gateway =
            model.internet_gateways.iter().find(|(_, vpcs)| vpcs.contains(&interface.vpc));
        match gateway {
            Some((id, _)) => {
                self.arrive(&interface.vpc, None, &inbound, &Target::InternetGateway(id.clone()))
            }
            None => self.gap(
                HopKind::InternetGateway,
                &interface.vpc,
                Leg::Out,
                model.gap("DescribeInternetGateways", &interface.vpc),
            ),
        }
    }

    pub(crate) fn egress_only(&mut self, id: &str, subnet: &'m Subnet, packet: &Packet) {
        let model: &'m Model = self.model;
        if !self.attached(
            HopKind::EgressOnlyGateway,
            id,
            model.egress_only.get(id),
            &subnet.vpc,
            "DescribeEgressOnlyInternetGateways",
        ) {
            return;
        }
        self.public_access(subnet, true);
        if packet.to.is_ipv6() {
            self.hop(
                HopKind::EgressOnlyGateway,
                id,
                Leg::Out,
                Passage::Passed,
                "IPv6 out, replies in",
            );
            self.on_the_internet(packet, packet.from.clone());
        } else {
            let message = format!("{id} carries IPv6 only.");
            self.hop(HopKind::EgressOnlyGateway, id, Leg::Out, Passage::Blocked, message.clone());
            self.obstacle(Fault::NoEgress, &subnet.id, message, false, Vec::new());
        }
    }

    /// A NAT gateway is followed into its own subnet: both ACLs and its own route count. VPC User Guide, "NAT gateways".
    pub(crate) fn nat(&mut self, id: &str, subnet: &'m Subnet, packet: &Packet, depth: usize) {
        let model: &'m Model = self.model;
        const CALL: &str = "ec2:DescribeNatGateways";
        let Some(nat) = model.nats.get(id) else {
            if model.is_complete("DescribeNatGateways", &subnet.vpc) {
                let message = format!("NAT gateway {id} no longer exists.");
                self.stop(
                    HopKind::NatGateway,
                    id,
                    Leg::Out,
                    Fault::NatUnusable,
                    &message,
                    CALL,
                    "NatGateways",
                    "[]",
                );
            } else {
                self.gap(HopKind::NatGateway, id, Leg::Out, model.gap("DescribeNatGateways", id));
            }
            return;
        };
        if nat.state != "available" {
            let why = nat.failure.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            let message = format!("NAT gateway {id} is {}{why}.", nat.state);
            return self.stop(
                HopKind::NatGateway,
                id,
                Leg::Out,
                Fault::NatUnusable,
                &message,
                CALL,
                "State",
                &nat.state,
            );
        }
        if !packet.flow.protocol.has_ports() && !packet.flow.protocol.is_icmp() {
            let message = format!("NAT gateway {id} carries TCP, UDP and ICMP only.");
            return self.stop(
                HopKind::NatGateway,
                id,
                Leg::Out,
                Fault::NatUnusable,
                &message,
                CALL,
                "NatGatewayId",
                id,
            );
        }
        self.hop(
            HopKind::NatGateway,
            id,
            Leg::Out,
            Passage::Passed,
            "translates the source address",
        );
        if nat.regional || nat.subnet.is_none() {
            // A regional gateway has no subnet; without a table of its own AWS gives it a way to the internet gateway.
            let public =
                nat.public_ips.first().copied().map_or(Addresses::PublicV4, Addresses::from);
            return self.on_the_internet(&Self::translated(packet, public.clone()), public);
        }
        let Some(home) = nat.subnet.as_ref().and_then(|home| model.subnets.get(home)) else {
            let home = nat.subnet.clone().unwrap_or_default();
            return self.gap(
                HopKind::NatGateway,
                id,
                Leg::Out,
                model.gap("DescribeSubnets", &home),
            );
        };
        let crosses = home.id != subnet.id;
        if crosses {
            self.cross_acl(home, true, Leg::Out, &packet.flow.request(), &packet.from);
        }
        let private = nat
            .private_ips
            .first()
            .copied()
            .map(Addresses::from)
            .or_else(|| home.block(false).map(Addresses::Net));
        let outside = Self::translated(packet, private.unwrap_or(Addresses::PublicV4));
        self.cross_acl(home, false, Leg::Out, &outside.flow.request(), &outside.to);
        let route_at = self.path.obstacles.len();
        if let Some(route) = self.look_up(home, &outside.to, Leg::Out) {
            let public =
                nat.public_ips.first().copied().map_or(Addresses::PublicV4, Addresses::from);
            match &route.target {
                Target::InternetGateway(_) if nat.private => {
                    let message =
                        format!("NAT gateway {id} is private: it never reaches the internet.");
                    self.stop(
                        HopKind::NatGateway,
                        id,
                        Leg::Out,
                        Fault::NatUnusable,
                        &message,
                        CALL,
                        "ConnectivityType",
                        "private",
                    );
                }
                Target::InternetGateway(gateway) => {
                    let vpcs = model.internet_gateways.get(gateway);
                    if self.attached(
                        HopKind::InternetGateway,
                        gateway,
                        vpcs,
                        &home.vpc,
                        "DescribeInternetGateways",
                    ) {
                        self.public_access(home, true);
                        self.hop(
                            HopKind::InternetGateway,
                            gateway,
                            Leg::Out,
                            Passage::Passed,
                            format!("leaves as {public}"),
                        );
                        self.on_the_internet(&outside, public);
                    }
                }
                Target::Nat(other) if other == id => {
                    let message = format!(
                        "NAT gateway {id} stands in subnet {}, whose default route leads back to it.",
                        home.id
                    );
                    self.stop(
                        HopKind::NatGateway,
                        id,
                        Leg::Out,
                        Fault::NatUnusable,
                        &message,
                        CALL,
                        "SubnetId",
                        &home.id,
                    );
                }
                _ => self.follow(home, &route, &outside, None, depth + 1),
            }
        }
        // Whatever is wrong with the gateway's own way out is the gateway's fault.
        for obstacle in &mut self.path.obstacles[route_at..] {
            if matches!(
                obstacle.fault,
                Fault::NoEgress | Fault::BlackholeRoute | Fault::PublicIpMissing
            ) {
                obstacle.message = format!(
                    "NAT gateway {id} in subnet {} has no way out. {}",
                    home.id, obstacle.message
                );
                obstacle.fault = Fault::NatUnusable;
                id.clone_into(&mut obstacle.subject);
            }
        }
        self.cross_acl(home, true, Leg::Back, &outside.flow.reply(), &outside.to);
        if crosses {
            self.cross_acl(home, false, Leg::Back, &packet.flow.reply(), &packet.from);
        }
    }

    /// Peering: active, the address in the peer's own blocks (no edge-to-edge), a route back on the other side.
    /// VPC Peering Guide, "How VPC peering connections work".
    pub(crate) fn peering(&mut self, id: &str, subnet: &'m Subnet, packet: &Packet) {
        let model: &'m Model = self.model;
        const CALL: &str = "ec2:DescribeVpcPeeringConnections";
        let Some(peering) = model.peerings.get(id) else {
            return self.gap(
                HopKind::Peering,
                id,
                Leg::Out,
                model.gap("DescribeVpcPeeringConnections", id),
            );
        };
        if peering.status != "active" {
            let message = format!("Peering connection {id} is {}.", peering.status);
            return self.stop(
                HopKind::Peering,
                id,
                Leg::Out,
                Fault::BlackholeRoute,
                &message,
                CALL,
                "Status.Code",
                &peering.status,
            );
        }
        let Some((_, far)) = peering.from(&subnet.vpc) else {
            return self.gap(
                HopKind::Peering,
                id,
                Leg::Out,
                contradiction(
                    "DescribeVpcPeeringConnections",
                    id,
                    format!("it does not name {}", subnet.vpc),
                ),
            );
        };
        let blocks = model.vpcs.get(&far.vpc).map_or(&far.blocks, |vpc| &vpc.blocks);
        if blocks.is_empty() {
            return self.gap(HopKind::Peering, id, Leg::Out, model.gap("DescribeVpcs", &far.vpc));
        }
        if packet.to.covered_by_any(blocks) == crate::Cover::None {
            let message = format!(
                "{id} leads to {}, which does not hold {}: peering carries no traffic beyond the peer.",
                far.vpc, packet.to
            );
            return self.stop(
                HopKind::Peering,
                id,
                Leg::Out,
                Fault::BlackholeRoute,
                &message,
                CALL,
                "AccepterVpcInfo.CidrBlockSet",
                &far.vpc,
            );
        }
        self.hop(HopKind::Peering, id, Leg::Out, Passage::Passed, format!("to {}", far.vpc));
        let mut packet = packet.clone();
        // Rules may name groups of the peer only within one Region.
        if peering.same_region() == Some(false) {
            packet.groups.clear();
        }
        if !model.vpcs.contains_key(&far.vpc) {
            return self.gap(
                HopKind::Peering,
                &far.vpc,
                Leg::Out,
                model.gap("DescribeVpcs", &far.vpc),
            );
        }
        self.arrive(&far.vpc, None, &packet, &Target::Peering(id.to_owned()));
    }
}
