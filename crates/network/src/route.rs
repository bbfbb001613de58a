//! Choosing a route: longest prefix, static before propagated; a dead route is chosen all the same.
//! VPC User Guide, "Route priority".

use crate::address::{Addresses, Cover};
use crate::model::{Route, RouteTable, contradiction};
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
    pub(crate) fn choose(&self, to: &Addresses) -> Result<Option<Chosen<'_>>, Gap> {
        if let Some(text) = self.unreadable.first() {
            return Err(contradiction(
                "DescribeRouteTables",
                &self.id,
                format!("the route {text} cannot be read"),
            ));
        }
        let mut best: Option<&Route> = None;
        let mut over = None;
        let mut part = None;
        for route in &self.routes {
            match to.covered_by(&route.block) {
                Cover::All if best.is_none_or(|best| route.rank() > best.rank()) => {
                    over = best;
                    best = Some(route);
                }
                Cover::All => over = over.or(Some(route)),
                Cover::Part => part = part.or(Some(route)),
                Cover::None => {}
            }
        }
        // A route to a part of the addresses matters when it leads elsewhere.
        if let Some(part) = part
            && best
                .is_none_or(|best| best.target != part.target || best.blackhole != part.blackhole)
        {
            let why = format!(
                "the route {} to {} takes a part of the addresses",
                part.block,
                part.target.id()
            );
            return Err(contradiction("DescribeRouteTables", &self.id, why));
        }
        // A list of a gateway endpoint holds public addresses of one service and is asked for by name;
        // any other list without entries could hold the destination.
        let hidden =
            self.unread_lists.iter().find(|(_, target, _)| !target.id().starts_with("vpce-"));
        if let Some((list, ..)) = hidden {
            return Err(Gap {
                call: "ec2:GetManagedPrefixListEntries".to_owned(),
                subject: list.clone(),
                why: GapReason::NotAsked,
            });
        }
        Ok(best.map(|route| Chosen { route, over }))
    }
}
