//! Hops through gateways at the edge of a VPC: internet gateway, egress-only gateway, peering connection.

use crate::address::{Addresses, Cover, is_public};
use crate::model::{Model, PeeringSide, Subnet, contradiction, invisible};
use crate::trace::{Fault, HopKind, Leg, Passage, Proof};
use crate::walk::{Home, Packet, Walk};
use ecswhy_facts::GapReason;

impl<'m> Walk<'m> {
    /// Whether a gateway is attached to the VPC; notes what it is otherwise.
    pub fn attached(
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

    /// VPC Block Public Access: bidirectional stops everything, ingress only leaves what NAT and egress-only
    /// gateways open. VPC User Guide, "Block public access to VPCs and subnets".
    pub fn public_access(&mut self, subnet: &Subnet, outbound_only: bool) {
        let mode = subnet.block_public_access.as_str();
        if mode == "block-bidirectional" || (mode == "block-ingress" && !outbound_only) {
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

    pub fn internet_gateway(
        &mut self,
        id: &str,
        subnet: &Subnet,
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
        // Only NAT gateways and egress-only gateways are exempt from block-ingress, public interfaces are not.
        self.public_access(subnet, false);
        self.leave_vpc(id, subnet, packet, public);
    }

    /// Through an internet gateway that is attached and open.
    pub fn leave_vpc(
        &mut self,
        id: &str,
        subnet: &Subnet,
        packet: &Packet,
        public: Option<&Addresses>,
    ) {
        if let Some(to) = packet.to.host()
            && !is_public(to)
        {
            let message = format!("{id} drops packets to the private address {to}.");
            self.hop(HopKind::InternetGateway, id, Leg::Out, Passage::Blocked, message.clone());
            return self.obstacle(Fault::NoRoute, &subnet.id, message, false, Vec::new());
        }
        // IPv6 addresses are public by themselves, unless they are unique local ones.
        let own_ipv6 = Some(&packet.from)
            .filter(|from| packet.to.is_ipv6() && from.host().is_none_or(is_public));
        let Some(public) = own_ipv6.or(public.filter(|_| !packet.to.is_ipv6())) else {
            let family = if packet.to.is_ipv6() { "IPv6" } else { "IPv4" };
            let message = format!(
                "Subnet {} leads to internet gateway {id}, and the source has no public {family} address.",
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
        let text = format!("leaves as {public}");
        self.hop(HopKind::InternetGateway, id, Leg::Out, Passage::Passed, text);
        self.on_the_internet(packet, public.clone());
        self.reply_from_gateway(id, packet);
    }

    /// The public address may belong to an interface that is known: then its own way in and out counts.
    pub fn on_the_internet(&mut self, packet: &Packet, from: Addresses) {
        let model = self.model;
        let owner = packet.to.host().and_then(|to| model.by_public.get(&to));
        let interface = owner.and_then(|(id, private)| Some((model.interfaces.get(id)?, *private)));
        let Some((interface, private)) = interface else {
            if let Some(nat) = packet.to.host().and_then(|to| model.nat_of_public(to)) {
                let message = format!(
                    "{} belongs to NAT gateway {nat}: it accepts no connections.",
                    packet.to
                );
                return self.stop(
                    HopKind::Target,
                    nat,
                    Leg::Out,
                    Fault::TargetMissing,
                    &message,
                    "ec2:DescribeNatGateways",
                    "NatGatewayAddresses.PublicIp",
                    &packet.to.to_string(),
                );
            }
            return self.hop(
                HopKind::Target,
                &packet.to.to_string(),
                Leg::Out,
                Passage::Passed,
                "on the internet",
            );
        };
        let Some(subnet) = model.subnets.get(&interface.subnet) else {
            let gap = model.gap("DescribeSubnets", &interface.subnet);
            return self.gap(HopKind::Target, &interface.id, Leg::Out, gap);
        };
        let inbound = Packet {
            from,
            to: Addresses::from(private),
            groups: Some(Vec::new()),
            prefix_list: None,
            flow: packet.flow.clone(),
            home: Home::Internet,
        };
        let gateway =
            model.internet_gateways.iter().find(|(_, vpcs)| vpcs.contains(&interface.vpc));
        let Some((gateway, _)) = gateway else {
            if !model.is_complete("DescribeInternetGateways", &interface.vpc) {
                let gap = model.gap("DescribeInternetGateways", &interface.vpc);
                return self.gap(HopKind::InternetGateway, &interface.vpc, Leg::Out, gap);
            }
            let message = format!(
                "{} of {} has no internet gateway to come in through.",
                interface.vpc, interface.id
            );
            return self.stop(
                HopKind::InternetGateway,
                &interface.vpc,
                Leg::Out,
                Fault::TargetMissing,
                &message,
                "ec2:DescribeInternetGateways",
                "Attachments",
                "none for this VPC",
            );
        };
        self.public_access(subnet, false);
        self.gateway_table(gateway, &inbound.to, Leg::Out);
        self.arrive(&interface.vpc, None, &inbound);
    }

    pub fn egress_only(&mut self, id: &str, subnet: &Subnet, packet: &Packet) {
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
        let foreign = |from: std::net::IpAddr| {
            model
                .vpcs
                .get(&subnet.vpc)
                .is_some_and(|vpc| !vpc.blocks.iter().any(|b| b.contains(&from)))
        };
        if !packet.to.is_ipv6() {
            let message = format!("{id} carries IPv6 only.");
            self.hop(HopKind::EgressOnlyGateway, id, Leg::Out, Passage::Blocked, message.clone());
            return self.obstacle(Fault::NoEgress, &subnet.id, message, false, Vec::new());
        }
        if packet.from.host().is_some_and(|from| !is_public(from)) {
            let message = format!("{id} drops packets of the private address {}.", packet.from);
            self.hop(HopKind::EgressOnlyGateway, id, Leg::Out, Passage::Blocked, message.clone());
            return self.obstacle(Fault::NoEgress, &subnet.id, message, false, Vec::new());
        }
        if packet.from.host().is_some_and(foreign) {
            let why = "the packet comes from another VPC: whether this gateway carries it is not documented";
            return self.unseen(id, Leg::Out, why);
        }
        self.hop(HopKind::EgressOnlyGateway, id, Leg::Out, Passage::Passed, "IPv6 out, replies in");
        self.on_the_internet(packet, packet.from.clone());
        self.reply_home(packet);
    }

    /// The far side of a peering connection for an address: active, and the address in the peer's own blocks (no
    /// edge-to-edge). VPC Peering Guide, "How VPC peering connections work".
    pub fn peer(
        &mut self,
        id: &str,
        subnet: &Subnet,
        to: &Addresses,
        leg: Leg,
    ) -> Option<&'m PeeringSide> {
        let model: &'m Model = self.model;
        const CALL: &str = "ec2:DescribeVpcPeeringConnections";
        let Some(peering) = model.peerings.get(id) else {
            let gap = model.gap("DescribeVpcPeeringConnections", id);
            self.gap(HopKind::Peering, id, leg, gap);
            return None;
        };
        let fault = Fault::of_route(leg);
        if peering.status != "active" {
            let message = format!("Peering connection {id} is {}.", peering.status);
            self.stop(
                HopKind::Peering,
                id,
                leg,
                fault,
                &message,
                CALL,
                "Status.Code",
                &peering.status,
            );
            return None;
        }
        let Some((_, far)) = peering.from(&subnet.vpc) else {
            let why = format!("it does not name {}", subnet.vpc);
            self.gap(
                HopKind::Peering,
                id,
                leg,
                contradiction("DescribeVpcPeeringConnections", id, why),
            );
            return None;
        };
        let blocks = model.vpcs.get(&far.vpc).map_or(&far.blocks, |vpc| &vpc.blocks);
        let covered = to.covered_by_any(blocks);
        if blocks.is_empty() || covered == Cover::Part {
            self.gap(HopKind::Peering, id, leg, model.gap("DescribeVpcs", &far.vpc));
            return None;
        }
        if covered == Cover::None {
            let message = format!(
                "{id} leads to {}, which does not hold {to}: peering carries no traffic beyond the peer.",
                far.vpc
            );
            let field = "AccepterVpcInfo.CidrBlockSet";
            self.stop(HopKind::Peering, id, leg, fault, &message, CALL, field, &far.vpc);
            return None;
        }
        self.hop(HopKind::Peering, id, leg, Passage::Passed, format!("to {}", far.vpc));
        if !model.vpcs.contains_key(&far.vpc) {
            let gap = model.gap("DescribeVpcs", &far.vpc);
            let gap = match gap.why {
                GapReason::Denied { .. } => gap,
                _ => {
                    let why = format!(
                        "{id} leads to {}, which was not read: look at its network ACLs and security groups, and whether it has a route back to {}",
                        far.vpc, subnet.vpc
                    );
                    invisible("DescribeVpcs", id, why)
                }
            };
            self.gap(HopKind::Peering, id, leg, gap);
            return None;
        }
        Some(far)
    }

    pub fn peering(&mut self, id: &str, subnet: &Subnet, packet: &Packet) {
        let Some(far) = self.peer(id, subnet, &packet.to, Leg::Out) else { return };
        let own = |vpc: &crate::model::Vpc| packet.from.covered_by_any(&vpc.blocks) == Cover::None;
        if self.model.vpcs.get(&subnet.vpc).is_some_and(own) {
            let message = format!(
                "{id} carries only packets of {}, not those that pass through it from {}.",
                subnet.vpc, packet.from
            );
            self.hop(HopKind::Peering, id, Leg::Out, Passage::Blocked, message.clone());
            return self.obstacle(Fault::BlackholeRoute, id, message, false, Vec::new());
        }
        let mut packet = packet.clone();
        // Rules may name groups of the peer only within one Region.
        match self.model.peerings.get(id).and_then(|peering| peering.same_region()) {
            Some(true) => {}
            Some(false) => packet.groups = Some(Vec::new()),
            None => packet.groups = packet.groups.filter(Vec::is_empty),
        }
        self.arrive(&far.vpc, None, &packet);
    }
}
