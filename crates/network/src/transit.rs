//! Transit gateways: attachment in the zone, the associated table, the far attachment, and the same way back.
//! Transit Gateway Guide, "How transit gateways work" and "Network ACLs for transit gateways".

use crate::address::{Addresses, Cover};
use crate::model::{Subnet, Target, TransitAttachment, contradiction};
use crate::trace::{Fault, HopKind, Leg, Passage};
use crate::walk::{Packet, Walk};

impl<'m> Walk<'m> {
    pub(crate) fn transit(&mut self, id: &str, subnet: &'m Subnet, packet: &Packet, depth: usize) {
        let model = self.model;
        const CALL: &str = "ec2:DescribeTransitGatewayAttachments";
        let own = model
            .attachments
            .values()
            .find(|link| link.transit == id && link.kind == "vpc" && link.resource == subnet.vpc);
        let Some(own) = own else {
            return self.gap(
                HopKind::TransitGateway,
                id,
                Leg::Out,
                model.gap("DescribeTransitGatewayAttachments", id),
            );
        };
        if own.state != "available" && own.state != "modifying" {
            let message = format!("Attachment {} of {} is {}.", own.id, subnet.vpc, own.state);
            return self.stop(
                HopKind::TransitGateway,
                &own.id,
                Leg::Out,
                Fault::BlackholeRoute,
                &message,
                CALL,
                "State",
                &own.state,
            );
        }
        if !self.in_zone(own, subnet, Leg::Out) {
            return;
        }
        let Some(far) = self.transit_route(own, &packet.to, Leg::Out) else { return };
        if far.kind != "vpc" {
            let why = format!("{} leads to a {}: look at its routes and filters", far.id, far.kind);
            return self.gap(
                HopKind::TransitGateway,
                &far.id,
                Leg::Out,
                contradiction("DescribeTransitGatewayAttachments", &far.id, why),
            );
        }
        let Some(vpc) = model.vpcs.get(&far.resource) else {
            return self.gap(
                HopKind::TransitGateway,
                &far.resource,
                Leg::Out,
                model.gap("DescribeVpcs", &far.resource),
            );
        };
        let mut packet = packet.clone();
        // Group references cross a transit gateway only where both it and the attachment allow them.
        let references = model.transits.get(id).and_then(|transit| transit.group_references);
        if references != Some(true)
            || own.group_references != Some(true)
            || far.group_references == Some(false)
        {
            packet.groups.clear();
        }
        if packet.to.covered_by_any(&vpc.blocks) == Cover::None {
            return self.through_vpc(far, &packet, id, depth);
        }
        self.arrive(&vpc.id, None, &packet, &Target::Transit(id.to_owned()));
        if let Some(back) = self.transit_route(far, &packet.from, Leg::Back)
            && back.id != own.id
        {
            let why = format!("the reply goes to {}, the request came from {}", back.id, own.id);
            self.gap(
                HopKind::TransitGateway,
                &back.id,
                Leg::Back,
                contradiction("SearchTransitGatewayRoutes", &back.id, why),
            );
        }
    }

    /// A VPC that only passes the packet on (central egress): its attachment subnet's table decides.
    fn through_vpc(&mut self, far: &TransitAttachment, packet: &Packet, id: &str, depth: usize) {
        let model = self.model;
        let subnets = match &far.subnets {
            Ok(subnets) => subnets.clone(),
            Err(gap) => return self.gap(HopKind::TransitGateway, &far.id, Leg::Out, gap.clone()),
        };
        let Some(home) = subnets.first().and_then(|subnet| model.subnets.get(subnet)) else {
            return self.gap(
                HopKind::TransitGateway,
                &far.id,
                Leg::Out,
                model.gap("DescribeSubnets", &far.id),
            );
        };
        let Some(route) = self.look_up(home, &packet.to, Leg::Out) else { return };
        self.follow(home, &route, packet, None, depth + 1);
        // The middle VPC must send the reply back to the transit gateway.
        self.path.gaps.push(contradiction(
            "DescribeRouteTables",
            id,
            format!("the reply's way back through {} was not followed", far.resource),
        ));
    }

    fn in_zone(&mut self, link: &TransitAttachment, subnet: &Subnet, leg: Leg) -> bool {
        let subnets = match &link.subnets {
            Ok(subnets) => subnets,
            Err(gap) => {
                self.path.gaps.push(gap.clone());
                return true;
            }
        };
        let known: Vec<&Subnet> =
            subnets.iter().filter_map(|id| self.model.subnets.get(id)).collect();
        if subnet.zones.is_empty()
            || known.len() < subnets.len()
            || known.iter().any(|other| other.zones.iter().any(|zone| subnet.zones.contains(zone)))
        {
            return true;
        }
        let message = format!("Attachment {} has no subnet in the zone of {}.", link.id, subnet.id);
        self.stop(
            HopKind::TransitGateway,
            &link.id,
            leg,
            Fault::BlackholeRoute,
            &message,
            "ec2:DescribeTransitGatewayVpcAttachments",
            "SubnetIds",
            &subnets.join(", "),
        );
        false
    }

    /// Longest prefix; static before propagated.
    fn transit_route(
        &mut self,
        link: &TransitAttachment,
        to: &Addresses,
        leg: Leg,
    ) -> Option<&'m TransitAttachment> {
        let model = self.model;
        let table = match &link.table {
            Ok(Some(table)) => table.clone(),
            Ok(None) => {
                let message = format!(
                    "Attachment {} is associated with no transit gateway route table.",
                    link.id
                );
                self.stop(
                    HopKind::TransitGateway,
                    &link.id,
                    leg,
                    Fault::BlackholeRoute,
                    &message,
                    "ec2:DescribeTransitGatewayAttachments",
                    "Association",
                    "none",
                );
                return None;
            }
            Err(gap) => {
                self.gap(HopKind::TransitGateway, &link.id, leg, gap.clone());
                return None;
            }
        };
        let Some(table) = model.transit_tables.get(&table) else {
            self.gap(
                HopKind::TransitGateway,
                &table,
                leg,
                model.gap("DescribeTransitGatewayRouteTables", &table),
            );
            return None;
        };
        if let Some(gap) = &table.gap {
            self.gap(HopKind::TransitGateway, &table.id, leg, gap.clone());
            return None;
        }
        let matching =
            table.routes.iter().filter(|route| to.covered_by(&route.block) == Cover::All);
        let best = matching.max_by_key(|route| (route.block.prefix_len(), route.fixed));
        let Some(route) = best.filter(|route| !route.blackhole && !route.attachments.is_empty())
        else {
            let why = if best.is_some() { "drops" } else { "has no route to" };
            let message = format!("Transit gateway route table {} {why} {to}.", table.id);
            self.stop(
                HopKind::TransitGateway,
                &table.id,
                leg,
                Fault::BlackholeRoute,
                &message,
                "ec2:SearchTransitGatewayRoutes",
                "Routes",
                &to.to_string(),
            );
            return None;
        };
        self.hop(
            HopKind::TransitGateway,
            &table.id,
            leg,
            Passage::Passed,
            format!("{} to {}", route.block, route.attachments[0]),
        );
        let far = model.attachments.get(&route.attachments[0]);
        if far.is_none() {
            self.gap(
                HopKind::TransitGateway,
                &route.attachments[0],
                leg,
                model.gap("DescribeTransitGatewayAttachments", &route.attachments[0]),
            );
        }
        far
    }
}
