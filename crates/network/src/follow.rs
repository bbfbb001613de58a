//! The way out: from a subnet through route tables and gateways into the target, whose answer then starts its own
//! way back ([`crate::reply`]). VPC User Guide, "Route tables", "Network ACLs", "Security groups".

use crate::address::{Addresses, is_link_local};
use crate::model::{Interface, Route, Subnet, Target, contradiction, invisible};
use crate::trace::{Fault, HopKind, Leg, Passage};
use crate::walk::{Guard, Packet, Walk};
use ecswhy_facts::GapReason;
use std::net::IpAddr;

/// How far packets are followed through gateways: more hops than that are a loop.
pub(crate) const MAX_DEPTH: usize = 8;

/// What forwards packets where no fact shows how, and what to look at there.
type FarSide = (&'static str, &'static str);

const FIREWALL: FarSide = (
    "Gateway Load Balancer endpoint",
    "look at the rules and the log of the firewall behind it, and at the routes of its subnet",
);
const APPLIANCE: FarSide = (
    "the interface of an instance or appliance",
    "look whether it runs, forwards and translates addresses, and at its security groups and routes",
);

/// The gateways of a route that only their id tells.
fn far_side(id: &str) -> FarSide {
    const LOOK: &str = "look at the routes and filters behind it, and at the way back";
    match id.split('-').next() {
        Some("vgw") => (
            "virtual private gateway",
            "look at the VPN or Direct Connect connection, at the firewall behind it, and at the way back",
        ),
        Some("lgw") => ("local gateway", LOOK),
        Some("cagw") => ("carrier gateway", LOOK),
        Some("i") => APPLIANCE,
        _ if id.contains(":core-network/") => ("core network", LOOK),
        _ => ("gateway", LOOK),
    }
}

impl<'m> Walk<'m> {
    /// A packet leaves a subnet: its ACL, its route table, the next hop. Inside one subnet neither has a say.
    pub fn exit(
        &mut self,
        subnet: &'m Subnet,
        packet: &Packet,
        public: Option<&Addresses>,
        depth: usize,
    ) {
        if packet.to.host().is_some_and(|to| subnet.holds(to)) {
            return self.arrive(&subnet.vpc, Some(&subnet.id), packet);
        }
        self.cross_acl(subnet, false, Leg::Out, &packet.flow.request(), &packet.to);
        let before = self.homecomings;
        if let Some(route) = self.look_up(subnet, &packet.to, Leg::Out) {
            self.follow(subnet, route, packet, public, depth);
        }
        // Wherever the packet was lost, its reply would come in through this ACL: the next wall.
        if self.homecomings == before {
            self.reply_home(packet);
        }
    }

    /// The next hop of a route.
    pub fn follow(
        &mut self,
        subnet: &'m Subnet,
        route: &Route,
        packet: &Packet,
        public: Option<&Addresses>,
        depth: usize,
    ) {
        if depth >= MAX_DEPTH {
            return self.unseen(route.target.id(), Leg::Out, "the routes lead in a circle");
        }
        match &route.target {
            Target::Local => self.arrive(&subnet.vpc, Some(&subnet.id), packet),
            Target::InternetGateway(id) => self.internet_gateway(id, subnet, packet, public),
            Target::EgressOnly(id) => self.egress_only(id, subnet, packet),
            Target::Nat(id) => self.nat(id, subnet, packet, depth),
            Target::Peering(id) => self.peering(id, subnet, packet),
            Target::Transit(id) => self.transit(id, subnet, route, packet, depth),
            Target::Interface(id) => self.appliance(id, subnet, route, packet),
            Target::Endpoint(id) => self.endpoint_route(id, subnet, route, packet),
            Target::Opaque(id) => match self.model.instances.get(id).and_then(|all| all.first()) {
                Some(interface) => self.appliance(interface, subnet, route, packet),
                None => self.beyond(subnet, route, Leg::Out, id, far_side(id)),
            },
        }
    }

    /// A gateway behind which nothing can be seen: which route leads there, and what to look at there.
    pub fn beyond(
        &mut self,
        subnet: &Subnet,
        route: &Route,
        leg: Leg,
        id: &str,
        (what, look): (&str, &str),
    ) {
        let model = self.model;
        let table = subnet.table.as_ref().ok().and_then(|table| model.tables.get(table));
        let of_subnet = table.filter(|table| table.routes.iter().any(|it| std::ptr::eq(it, route)));
        let via = match of_subnet {
            Some(table) => format!("{} of {}", route.block, table.id),
            None => route.block.to_string(),
        };
        let why = format!("the route {via} leads to {what} {id}: {look}");
        self.gap(HopKind::Gateway, id, leg, invisible("DescribeRouteTables", id, why));
    }

    /// A gateway whose far side is in no fact.
    pub fn unseen(&mut self, id: &str, leg: Leg, why: &str) {
        self.gap(
            HopKind::Gateway,
            id,
            leg,
            invisible("DescribeRouteTables", id, format!("{id}: {why}")),
        );
    }

    /// A route to an endpoint: a gateway endpoint for a prefix list, else a Gateway Load Balancer endpoint.
    fn endpoint_route(&mut self, id: &str, subnet: &'m Subnet, route: &Route, packet: &Packet) {
        let model = self.model;
        let known = model.endpoints.get(id);
        let is_gateway =
            known.map_or(route.prefix_list.is_some(), |endpoint| endpoint.kind == "Gateway");
        if !is_gateway {
            return self.beyond(subnet, route, Leg::Out, id, FIREWALL);
        }
        if let Some(endpoint) = known.filter(|endpoint| endpoint.state != "available") {
            let message = format!("Gateway endpoint {id} is {}.", endpoint.state);
            return self.stop(
                HopKind::Endpoint,
                id,
                Leg::Out,
                Fault::EndpointUnavailable,
                &message,
                "ec2:DescribeVpcEndpoints",
                "State",
                &endpoint.state,
            );
        }
        self.path.endpoint = Some(id.to_owned());
        self.hop(HopKind::Endpoint, id, Leg::Out, Passage::Passed, "gateway endpoint");
        self.reply_home(packet);
    }

    /// An interface as next hop: it may be an appliance that forwards, but never with the source/destination check on.
    fn appliance(&mut self, id: &str, subnet: &'m Subnet, route: &Route, packet: &Packet) {
        let model = self.model;
        let Some(interface) = model.interfaces.get(id) else {
            let gap = model.gap("DescribeNetworkInterfaces", id);
            return self.gap(HopKind::Gateway, id, Leg::Out, gap);
        };
        if packet.to.host().is_some_and(|to| interface.addresses.contains(&to)) {
            self.arrive(&interface.vpc, Some(&subnet.id), packet);
        } else if interface.source_dest_check == Some(true) && interface.kind == "interface" {
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
        } else if interface.stopped {
            let message = format!("The instance of {id} is not running, so it forwards nothing.");
            self.stop(
                HopKind::Gateway,
                id,
                Leg::Out,
                Fault::BlackholeRoute,
                &message,
                "ec2:DescribeInstances",
                "State",
                "not running",
            );
        } else {
            self.beyond(subnet, route, Leg::Out, id, APPLIANCE);
        }
    }

    /// Delivery inside a VPC: the target's ACL and groups, and the answer on its way back.
    /// `from_subnet` is where the packet was last; `None` when it comes through a gateway without a subnet.
    pub fn arrive(&mut self, vpc: &str, from_subnet: Option<&str>, packet: &Packet) {
        let Some(to) = packet.to.host() else {
            return self.unseen(
                vpc,
                Leg::Out,
                "the destination is a block of addresses inside the VPC",
            );
        };
        let model = self.model;
        let interface = match model.owner(vpc, to) {
            Ok(interface) => interface,
            Err(gap) => return self.gap(HopKind::Target, &to.to_string(), Leg::Out, gap),
        };
        let subnet = match interface.and_then(|interface| model.subnets.get(&interface.subnet)) {
            Some(subnet) => Ok(Some(subnet)),
            None => model.subnet_at(vpc, to),
        };
        let subnet = match subnet {
            Ok(Some(subnet)) => subnet,
            Ok(None) => return self.no_subnet(vpc, to),
            Err(gap) => return self.gap(HopKind::Target, &to.to_string(), Leg::Out, gap),
        };
        if from_subnet != Some(subnet.id.as_str()) {
            self.cross_acl(subnet, true, Leg::Out, &packet.flow.request(), &packet.from);
        }
        self.enter_interface(interface, subnet, to, packet);
        self.reply_from(subnet, packet, 0);
    }

    fn no_subnet(&mut self, vpc: &str, to: IpAddr) {
        let model = self.model;
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
            let gap = model.gap("DescribeSubnets", vpc);
            self.gap(HopKind::Target, &to.to_string(), Leg::Out, gap);
        }
    }

    fn enter_interface(
        &mut self,
        interface: Option<&'m Interface>,
        subnet: &Subnet,
        to: IpAddr,
        packet: &Packet,
    ) {
        let wanted = self.wanted.clone();
        let Some(interface) = interface else { return self.enter_unknown(subnet, to) };
        if let Some(wanted) = wanted.filter(|wanted| *wanted != interface.id) {
            let message = format!(
                "In {} the address {to} belongs to {}, not to {wanted}.",
                subnet.vpc, interface.id
            );
            return self.missing(&interface.id, &message, "PrivateIpAddress", &to.to_string());
        }
        if let Some(why) = interface.strange_home(subnet) {
            let gap = contradiction("DescribeSubnets", &subnet.id, why);
            return self.gap(HopKind::Target, &interface.id, Leg::Out, gap);
        }
        if interface.stopped {
            let message = format!("The instance of {} is not running.", interface.id);
            return self.missing(&interface.id, &message, "Status", "not running");
        }
        if interface.kind == "nat_gateway" {
            let message = format!("{} is a NAT gateway: it accepts no connections.", interface.id);
            return self.missing(&interface.id, &message, "InterfaceType", "nat_gateway");
        }
        // Interfaces of instances and tasks always have a group; those of some load balancers and gateways have none.
        if interface.groups.is_empty() && interface.kind == "interface" {
            let why = "it names no security group".to_owned();
            let gap = contradiction("DescribeNetworkInterfaces", &interface.id, why);
            return self.gap(HopKind::Target, &interface.id, Leg::Out, gap);
        }
        if !interface.groups.is_empty() {
            let guard = Guard {
                groups: &interface.groups,
                vpc: &interface.vpc,
                ingress: true,
                fault: Fault::TargetSecurityGroup,
            };
            self.judge_groups(&guard, &packet.from, packet.groups.as_deref(), packet);
        }
        self.hop(
            HopKind::Target,
            &interface.id,
            Leg::Out,
            Passage::Passed,
            format!("{} in {}", packet.to, subnet.id),
        );
    }

    fn missing(&mut self, id: &str, message: &str, field: &str, value: &str) {
        const CALL: &str = "ec2:DescribeNetworkInterfaces";
        self.stop(HopKind::Target, id, Leg::Out, Fault::TargetMissing, message, CALL, field, value);
    }

    /// No known interface owns the address.
    fn enter_unknown(&mut self, subnet: &Subnet, to: IpAddr) {
        let text = to.to_string();
        if subnet.keeps(to) {
            let message = format!("{to} is one of the addresses that AWS keeps in {}.", subnet.id);
            return self.stop(
                HopKind::Target,
                &text,
                Leg::Out,
                Fault::TargetMissing,
                &message,
                "ec2:DescribeSubnets",
                "CidrBlock",
                &subnet.block(to.is_ipv6()).map(|block| block.to_string()).unwrap_or_default(),
            );
        }
        if let Some(nat) = self.model.nat_at(&subnet.vpc, to) {
            let message = format!("{to} belongs to NAT gateway {nat}: it accepts no connections.");
            return self.missing(nat, &message, "PrivateIp", &text);
        }
        if let Some(wanted) = self.wanted.clone() {
            let message = format!("In {} no interface {wanted} has the address {to}.", subnet.vpc);
            return self.missing(&wanted, &message, "VpcId", &subnet.vpc);
        }
        // A list that was cut or refused may hold the owner.
        let hidden = self.model.missing.get("DescribeNetworkInterfaces").is_some_and(|gap| {
            !matches!(gap.why, GapReason::NotAsked)
                && !self.model.is_complete("DescribeNetworkInterfaces", &subnet.vpc)
        });
        if self.target_must_be_known || hidden {
            const CALL: &str = "DescribeNetworkInterfaces";
            // Interfaces of other accounts in a shared VPC are not listed.
            let gap = if self.model.is_complete(CALL, &subnet.vpc) {
                let why =
                    format!("no interface of {} that is listed has the address {to}", subnet.vpc);
                invisible(CALL, &text, why)
            } else {
                self.model.gap(CALL, &text)
            };
            self.gap(HopKind::Target, &text, Leg::Out, gap);
        } else {
            let note = format!("in {}; no known interface owns it", subnet.id);
            self.hop(HopKind::Target, &text, Leg::Out, Passage::Passed, note);
        }
    }

    /// Destinations that AWS answers at itself, past every group, ACL and route; `false` for all others.
    /// VPC User Guide, "Security group basics" and "Network ACL basics".
    pub fn past_filters(&mut self, vpc: &str, packet: &Packet) -> bool {
        let Some(to) = packet.to.host() else { return false };
        let resolver = self.model.vpc(vpc).and_then(|vpc| vpc.resolver_address);
        if is_link_local(to) {
            self.link_local(to, packet);
        } else if resolver == Some(to) {
            self.resolver(vpc, to, packet);
        } else {
            return false;
        }
        true
    }

    /// Link-local addresses never leave the host: AWS answers at a few of them, and no group or ACL sees it.
    /// VPC User Guide, "Network ACL basics"; EC2 User Guide, "Link-local addresses".
    fn link_local(&mut self, to: IpAddr, packet: &Packet) {
        const SERVED: [(&str, u16, &str); 7] = [
            ("169.254.169.253", 53, "the VPC's resolver"),
            ("fd00:ec2::253", 53, "the VPC's resolver"),
            ("169.254.169.254", 80, "instance metadata"),
            ("fd00:ec2::254", 80, "instance metadata"),
            ("169.254.169.123", 123, "Amazon Time Sync"),
            ("fd00:ec2::123", 123, "Amazon Time Sync"),
            ("169.254.170.2", 80, "task metadata and credentials"),
        ];
        let text = to.to_string();
        let served =
            SERVED.iter().find(|(address, port, _)| *address == text && packet.flow.is_for(*port));
        match served {
            Some((.., what)) => self.hop(HopKind::Target, &text, Leg::Out, Passage::Passed, *what),
            None => {
                let message = format!("{to} is a link-local address: it is not routed.");
                self.hop(HopKind::Target, &text, Leg::Out, Passage::Blocked, message.clone());
                self.obstacle(Fault::TargetMissing, &text, message, false, Vec::new());
            }
        }
    }

    /// The second address of the VPC is its resolver, which no group or ACL filters.
    fn resolver(&mut self, vpc: &str, to: IpAddr, packet: &Packet) {
        let text = to.to_string();
        let support = self.model.vpc(vpc).map(|vpc| vpc.dns_support.clone());
        let message = if !packet.flow.is_for(53) {
            format!("{to} is the resolver of {vpc}: it answers on port 53 only.")
        } else if support == Some(ecswhy_facts::Known::Present(false)) {
            format!("{vpc} does not resolve names: enableDnsSupport is off.")
        } else {
            return self.hop(HopKind::Dns, &text, Leg::Out, Passage::Passed, "the VPC's resolver");
        };
        let fault = if packet.flow.is_for(53) { Fault::DnsDisabled } else { Fault::TargetMissing };
        self.stop(
            HopKind::Dns,
            &text,
            Leg::Out,
            fault,
            &message,
            "ec2:DescribeVpcAttribute",
            "EnableDnsSupport",
            vpc,
        );
    }
}
