//! Choosing a route: longest prefix, then static, prefix list, propagated; a dead route is chosen all the same.
//! VPC User Guide, "How route priority works".

use crate::address::{Addresses, Cover, is_nat64, is_public};
use crate::model::{Route, RouteTable, Subnet, Target, contradiction, invisible};
use crate::trace::{Fault, HopKind, Leg, Passage, Proof};
use crate::walk::Walk;
use ecswhy_facts::{Gap, GapReason};

/// The route that a packet takes.
#[derive(Debug, Clone)]
pub(crate) struct Chosen<'m> {
    pub route: &'m Route,
    /// The next best route, for the trace.
    pub over: Option<&'m Route>,
}

impl RouteTable {
    /// The route for a destination; `None` when no route matches.
    ///
    /// # Errors
    /// When a route that cannot be read, a list without entries or a route to a part of the addresses could decide.
    pub(crate) fn choose(&self, to: &Addresses) -> Result<Option<Chosen<'_>>, Gap> {
        let Addresses::Nets(_) = to else { return self.choose_one(to) };
        let mut first: Option<Option<Chosen<'_>>> = None;
        for part in to.parts() {
            let next = self.choose_one(&part)?;
            let hop = |chosen: &Option<Chosen<'_>>| {
                chosen.as_ref().map(|chosen| (chosen.route.target.clone(), chosen.route.blackhole))
            };
            match &first {
                Some(first) if hop(first) != hop(&next) => {
                    let why =
                        format!("in {} a part of {to} takes another route than the rest", self.id);
                    return Err(invisible("DescribeRouteTables", &self.id, why));
                }
                Some(_) => {}
                None => first = Some(next),
            }
        }
        Ok(first.flatten())
    }

    fn choose_one(&self, to: &Addresses) -> Result<Option<Chosen<'_>>, Gap> {
        let unclear = |why: String| Err(contradiction("DescribeRouteTables", &self.id, why));
        let mut matching: Vec<&Route> = Vec::new();
        let mut parts: Vec<&Route> = Vec::new();
        // The list of a gateway endpoint holds the addresses of one service; who asks for that service names its blocks.
        let elsewhere = matches!(to, Addresses::PublicV4 | Addresses::PublicV6);
        let of_a_service = |route: &Route| {
            route.prefix_list.is_some() && matches!(route.target, Target::Endpoint(_))
        };
        for route in &self.routes {
            match to.covered_by(&route.block) {
                Cover::Part if elsewhere && of_a_service(route) => {}
                Cover::All => matching.push(route),
                Cover::Part => parts.push(route),
                Cover::None => {}
            }
        }
        // What a virtual private gateway propagates never beats the local route, however specific it is.
        let local = |routes: &[&Route]| routes.iter().any(|route| route.target == Target::Local);
        if local(&matching) {
            matching.retain(|route| !route.propagated);
            parts.retain(|route| !route.propagated);
        }
        matching.sort_by_key(|route| std::cmp::Reverse(route.rank()));
        let same_hop =
            |one: &Route, two: &Route| one.target == two.target && one.blackhole == two.blackhole;
        if let [best, next, ..] = matching.as_slice()
            && best.rank() == next.rank()
            && !same_hop(best, next)
        {
            return unclear(format!(
                "{} leads to {} and to {}, and AWS picks one of them",
                best.block,
                best.target.id(),
                next.target.id()
            ));
        }
        let mut best = matching.first().copied();
        let apart = |best: Option<&Route>, part: &Route| best.is_none_or(|it| !same_hop(it, part));
        if let Some(part) = parts.iter().copied().find(|part| apart(best, part)) {
            // Blocks that hold every address together leave nothing to what is less specific.
            let blocks: Vec<ipnet::IpNet> = parts.iter().map(|route| route.block).collect();
            let whole = ipnet::IpNet::aggregate(&blocks)
                .iter()
                .any(|block| to.covered_by(block) == Cover::All);
            if !whole || parts.iter().any(|other| !same_hop(other, part)) {
                let why = format!(
                    "the route {} of {} to {} takes a part of the addresses of the destination, and which one it has cannot be seen",
                    part.block,
                    self.id,
                    part.target.id()
                );
                return Err(invisible("DescribeRouteTables", &self.id, why));
            }
            best = Some(part);
        }
        let longer = |text: &str| match text.parse::<ipnet::IpNet>() {
            Ok(block) => to.covered_by(&block) != Cover::None,
            Err(_) => true,
        };
        if let Some(text) = self.unreadable.iter().find(|text| longer(text)) {
            return unclear(format!("the route {text} cannot be read"));
        }
        // A list of a gateway endpoint holds public addresses of one service and is asked for by name;
        // any other list without entries could hold the destination.
        let host = to.host();
        let could_hold = |target: &Target| match target {
            Target::Endpoint(_) => best.is_none() && host.is_some_and(is_public),
            _ => best.is_none_or(|best| best.target != *target),
        };
        if let Some((list, ..)) = self.unread_lists.iter().find(|(_, target, _)| could_hold(target))
        {
            return Err(Gap {
                call: "ec2:GetManagedPrefixListEntries".to_owned(),
                subject: list.clone(),
                why: GapReason::NotAsked,
            });
        }
        let over =
            matching.iter().copied().find(|route| best.is_none_or(|it| !std::ptr::eq(it, *route)));
        Ok(best.map(|route| Chosen { route, over }))
    }
}

impl<'m> Walk<'m> {
    /// The route of a subnet's table for a destination. Dead and missing routes are noted here.
    pub fn look_up(&mut self, subnet: &Subnet, to: &Addresses, leg: Leg) -> Option<&'m Route> {
        match &subnet.table {
            Ok(table) => self.look_up_in(table, &subnet.id, to, leg),
            Err(gap) => {
                self.gap(HopKind::RouteTable, &subnet.id, leg, gap.clone());
                None
            }
        }
    }

    /// The route of a table. `owner` is what the table belongs to: a subnet, or a gateway.
    pub fn look_up_in(
        &mut self,
        table: &str,
        owner: &str,
        to: &Addresses,
        leg: Leg,
    ) -> Option<&'m Route> {
        let model = self.model;
        let Some(table) = model.tables.get(table) else {
            self.gap(HopKind::RouteTable, table, leg, model.gap("DescribeRouteTables", table));
            return None;
        };
        let chosen = match table.choose(to) {
            Ok(Some(chosen)) => chosen,
            Ok(None) => {
                self.no_route(table, owner, to, leg);
                return None;
            }
            Err(gap) => {
                self.gap(HopKind::RouteTable, &table.id, leg, gap);
                return None;
            }
        };
        if chosen.route.blackhole {
            self.dead_route(table, chosen.route, leg);
            return None;
        }
        let over = chosen
            .over
            .map(|over| format!(", before {} to {}", over.block, over.target.id()))
            .unwrap_or_default();
        let text = format!("{} to {}{over}", chosen.route.block, chosen.route.target.id());
        self.hop(HopKind::RouteTable, &table.id, leg, Passage::Passed, text);
        Some(chosen.route)
    }

    fn no_route(&mut self, table: &RouteTable, owner: &str, to: &Addresses, leg: Leg) {
        let outside = matches!(to, Addresses::PublicV4 | Addresses::PublicV6 | Addresses::Nets(_))
            || to.host().is_some_and(is_public)
            || is_nat64(to);
        let fault = match leg {
            Leg::Back => Fault::NoReturnRoute,
            Leg::Out if outside => Fault::NoEgress,
            Leg::Out => Fault::NoRoute,
        };
        let kind = if owner.starts_with("subnet-") { "subnet " } else { "" };
        let message = format!("Route table {} of {kind}{owner} has no route to {to}.", table.id);
        self.hop(HopKind::RouteTable, &table.id, leg, Passage::Blocked, message.clone());
        let proof = Proof {
            call: "ec2:DescribeRouteTables",
            resource: table.id.clone(),
            field: "Routes".to_owned(),
            value: format!("no route for {to}"),
        };
        self.obstacle(fault, owner, message, false, vec![proof]);
    }

    fn dead_route(&mut self, table: &RouteTable, route: &Route, leg: Leg) {
        // A NAT gateway that was deleted is the commonest dead next hop and has a finding of its own.
        let (fault, subject) = match &route.target {
            Target::Nat(nat) => (Fault::NatUnusable, nat.as_str()),
            _ => (Fault::BlackholeRoute, table.id.as_str()),
        };
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
    }
}
