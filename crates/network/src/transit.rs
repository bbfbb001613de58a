//! Transit gateways: the attachment in the zone, the associated table, the far attachment, and the VPC behind it.
//! Transit Gateway Guide, "How transit gateways work", "Network ACLs for transit gateways".

use crate::address::{Addresses, Cover};
use crate::model::{
    Route, Subnet, TransitAttachment, TransitRoute, TransitTable, contradiction, same_zone,
};
use crate::trace::{Fault, HopKind, Leg, Passage};
use crate::walk::{Packet, Walk};

const UNREAD: (&str, &str) = (
    "transit gateway",
    "its route tables were not read: look at the table of this VPC's attachment, at what its route leads to (a NAT gateway, a firewall), and at the way back",
);
const ATTACHMENTS: &str = "DescribeTransitGatewayAttachments";

impl<'m> Walk<'m> {
    /// Out through a transit gateway, and on from the subnet where the packet comes out.
    pub fn transit(
        &mut self,
        id: &str,
        subnet: &'m Subnet,
        route: &Route,
        packet: &Packet,
        depth: usize,
    ) {
        let model = self.model;
        if !model.attachments.values().any(|link| link.transit == id) {
            return self.beyond(subnet, route, Leg::Out, id, UNREAD);
        }
        let Some(exit) = self.through_transit(id, subnet, packet, Leg::Out) else { return };
        let side = |vpc: &str| {
            model
                .attachments
                .values()
                .find(|link| link.transit == id && link.resource == vpc)
                .and_then(|link| link.group_references)
        };
        let mut packet = packet.clone();
        // Group references cross a transit gateway only where it and both attachments allow them.
        let gateway = model.transits.get(id).map(|transit| transit.group_references == Some(true));
        match (gateway, side(&subnet.vpc), side(&exit.vpc)) {
            (Some(true), Some(true), Some(true)) => {}
            (Some(false), ..) | (_, Some(false), _) | (.., Some(false)) => {
                packet.groups = Some(Vec::new());
            }
            _ => packet.groups = packet.groups.filter(Vec::is_empty),
        }
        self.exit(exit, &packet, None, depth + 1);
    }

    /// From a subnet through a transit gateway to the subnet of the far VPC where the packet (or its reply) comes out.
    pub fn through_transit(
        &mut self,
        id: &str,
        subnet: &Subnet,
        packet: &Packet,
        leg: Leg,
    ) -> Option<&'m Subnet> {
        let model = self.model;
        let (to, from, seen) = match leg {
            Leg::Out => (&packet.to, &packet.from, packet.flow.request()),
            Leg::Back => (&packet.from, &packet.to, packet.flow.reply()),
        };
        let own = model
            .attachments
            .values()
            .find(|link| link.transit == id && link.kind == "vpc" && link.resource == subnet.vpc);
        let Some(own) = own else {
            self.gap(HopKind::TransitGateway, id, leg, model.gap(ATTACHMENTS, id));
            return None;
        };
        if !self.usable(own, leg) {
            return None;
        }
        match self.stands_in(own, subnet, leg) {
            Ok(Some(stand)) => self.cross_acl(stand, true, leg, &seen, from),
            Ok(None) => return None,
            Err(gap) => self.gap(HopKind::TransitGateway, &own.id, leg, gap),
        }
        let far = self.transit_route(own, to, leg)?;
        if far.kind != "vpc" {
            let why = format!("{} leads to a {}: look at its routes and filters", far.id, far.kind);
            self.unclear(HopKind::TransitGateway, ATTACHMENTS, &far.id, leg, why);
            return None;
        }
        if !self.usable(far, leg) {
            return None;
        }
        if !model.vpcs.contains_key(&far.resource) {
            let gap = model.gap("DescribeVpcs", &far.resource);
            self.gap(HopKind::TransitGateway, &far.resource, leg, gap);
            return None;
        }
        self.comes_out(far, subnet, leg)
    }

    fn usable(&mut self, link: &TransitAttachment, leg: Leg) -> bool {
        let live = matches!(link.state.as_str(), "available" | "modifying");
        if !live {
            let message = format!("Attachment {} of {} is {}.", link.id, link.resource, link.state);
            self.dead(link, leg, &message, "State", &link.state);
        }
        live
    }

    fn dead(
        &mut self,
        link: &TransitAttachment,
        leg: Leg,
        message: &str,
        field: &str,
        value: &str,
    ) {
        let call = "ec2:DescribeTransitGatewayAttachments";
        let kind = HopKind::TransitGateway;
        self.stop(kind, &link.id, leg, Fault::of_route(leg), message, call, field, value);
    }

    /// The attachment's subnet in the zone of the packet; `None` when there is none, and the packet is dropped.
    fn stands_in(
        &mut self,
        link: &TransitAttachment,
        subnet: &Subnet,
        leg: Leg,
    ) -> Result<Option<&'m Subnet>, ecswhy_facts::Gap> {
        let model = self.model;
        let ids = link.subnets.as_ref().map_err(Clone::clone)?;
        let known: Vec<&Subnet> = ids.iter().filter_map(|id| model.subnets.get(id)).collect();
        if let Some(stand) = known.iter().find(|stand| same_zone(stand, subnet)) {
            return Ok(Some(stand));
        }
        if known.len() < ids.len() || subnet.zones.is_empty() {
            return Err(model.gap("DescribeSubnets", &link.id));
        }
        let message = format!("Attachment {} has no subnet in the zone of {}.", link.id, subnet.id);
        self.dead(link, leg, &message, "SubnetIds", &ids.join(", "));
        Ok(None)
    }

    /// Where the packet comes out: in the zone that it came from, where the far attachment stands there, else in any.
    fn comes_out(
        &mut self,
        link: &TransitAttachment,
        subnet: &Subnet,
        leg: Leg,
    ) -> Option<&'m Subnet> {
        let model = self.model;
        let ids = match &link.subnets {
            Ok(ids) => ids,
            Err(gap) => {
                self.gap(HopKind::TransitGateway, &link.id, leg, gap.clone());
                return None;
            }
        };
        let known: Vec<&Subnet> = ids.iter().filter_map(|id| model.subnets.get(id)).collect();
        if let Some(stand) = known.iter().find(|stand| same_zone(stand, subnet)) {
            return Some(stand);
        }
        let Some(first) = known.first().filter(|_| known.len() == ids.len()).copied() else {
            let gap = model.gap("DescribeSubnets", &link.id);
            self.gap(HopKind::TransitGateway, &link.id, leg, gap);
            return None;
        };
        if known.iter().any(|other| other.table != first.table || other.acl != first.acl) {
            let why = format!(
                "the subnets of {} have different tables or ACLs, and any of them may carry the packet",
                link.id
            );
            self.unclear(HopKind::TransitGateway, ATTACHMENTS, &link.id, leg, why);
        }
        Some(first)
    }

    fn transit_route(
        &mut self,
        link: &TransitAttachment,
        to: &Addresses,
        leg: Leg,
    ) -> Option<&'m TransitAttachment> {
        let model = self.model;
        let table = match &link.table {
            Ok(Some(table)) => table,
            Ok(None) => {
                let message = format!(
                    "Attachment {} is associated with no transit gateway route table.",
                    link.id
                );
                self.dead(link, leg, &message, "Association", "none");
                return None;
            }
            Err(gap) => {
                self.gap(HopKind::TransitGateway, &link.id, leg, gap.clone());
                return None;
            }
        };
        let Some(table) = model.transit_tables.get(table) else {
            let gap = model.gap("DescribeTransitGatewayRouteTables", table);
            self.gap(HopKind::TransitGateway, table, leg, gap);
            return None;
        };
        let route = match self.choose_transit(table, to) {
            Ok(route) => route,
            Err(gap) => {
                self.gap(HopKind::TransitGateway, &table.id, leg, gap);
                return None;
            }
        };
        let Some((route, next)) = route
            .filter(|route| !route.blackhole)
            .and_then(|route| Some((route, route.attachments.first()?)))
        else {
            let why = if route.is_some() { "drops packets to" } else { "has no route to" };
            let message = format!("Transit gateway route table {} {why} {to}.", table.id);
            self.stop(
                HopKind::TransitGateway,
                &table.id,
                leg,
                Fault::of_route(leg),
                &message,
                "ec2:SearchTransitGatewayRoutes",
                "Routes",
                &to.to_string(),
            );
            return None;
        };
        let text = format!("{} to {next}", route.block);
        self.hop(HopKind::TransitGateway, &table.id, leg, Passage::Passed, text);
        let far = model.attachments.get(next);
        if far.is_none() {
            self.gap(HopKind::TransitGateway, next, leg, model.gap(ATTACHMENTS, next));
        }
        far
    }

    /// Longest prefix; static before propagated; among these a VPC's before those of other kinds.
    /// Transit Gateway Guide, "Route evaluation order".
    fn choose_transit(
        &self,
        table: &'m TransitTable,
        to: &Addresses,
    ) -> Result<Option<&'m TransitRoute>, ecswhy_facts::Gap> {
        let model = self.model;
        let rank = |route: &TransitRoute| {
            let kind = route.attachments.first().and_then(|id| model.attachments.get(id));
            let of_vpc = kind.is_some_and(|link| link.kind == "vpc");
            (route.block.prefix_len(), route.fixed, of_vpc)
        };
        let matching =
            || table.routes.iter().filter(|route| to.covered_by(&route.block) == Cover::All);
        let best = matching().max_by_key(|route| rank(route));
        if let Some(best) = best {
            let other = matching()
                .find(|route| rank(route) == rank(best) && route.attachments != best.attachments);
            if let Some(other) = other {
                let why = format!(
                    "{} leads to {} and to {}",
                    best.block,
                    best.attachments.join(", "),
                    other.attachments.join(", ")
                );
                return Err(contradiction("SearchTransitGatewayRoutes", &table.id, why));
            }
        }
        let part = table.routes.iter().find(|route| {
            to.covered_by(&route.block) == Cover::Part
                && best.is_none_or(|best| {
                    best.attachments != route.attachments || best.blackhole != route.blackhole
                })
        });
        if let Some(part) = part {
            let why = format!("the route {} takes a part of the addresses", part.block);
            return Err(contradiction("SearchTransitGatewayRoutes", &table.id, why));
        }
        match &table.gap {
            Some(gap) if !self.is_settled(table, best, to) => Err(gap.clone()),
            _ => Ok(best),
        }
    }

    /// Routes that are not known could only be less specific: the chosen one leads to the VPC that holds the address.
    fn is_settled(
        &self,
        table: &TransitTable,
        best: Option<&TransitRoute>,
        to: &Addresses,
    ) -> bool {
        let model = self.model;
        table.only_propagated_missing
            && best
                .and_then(|route| route.attachments.first())
                .and_then(|id| model.attachments.get(id))
                .and_then(|link| model.vpcs.get(&link.resource))
                .is_some_and(|vpc| to.covered_by_any(&vpc.blocks) == Cover::All)
    }
}
