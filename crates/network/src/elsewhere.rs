//! Endpoints of other VPCs: a private hosted zone can lead the name of a service to one behind a peering connection or
//! a transit gateway. No EC2 call shows the zone, so that such a network is not judged to have no way out.
//! AWS PrivateLink Guide, "Private DNS"; Whitepaper "Building a scalable and secure multi-VPC network", centralized
//! access to VPC private endpoints.

use crate::address::Addresses;
use crate::model::{Model, Route, Target, invisible};
use crate::services::Service;
use crate::trace::{Fault, Hop, HopKind, Leg, Passage, Path};
use crate::walk::Source;
use ipnet::IpNet;

impl Model {
    /// Where nothing leads out, and a route leads to a network that may hold an endpoint for the service, the answer is
    /// open.
    pub(crate) fn look_elsewhere(&self, path: &mut Path, source: &Source, service: &Service) {
        let shut_in = |fault: Fault| fault == Fault::NoEgress;
        if !path.obstacles.iter().any(|obstacle| shut_in(obstacle.fault)) {
            return;
        }
        let Some((table, route)) = self.way_to_other_networks(source, service) else { return };
        path.obstacles.retain(|obstacle| !shut_in(obstacle.fault));
        let id = route.target.id();
        let why = format!(
            "the route {} of {table} leads to {id}, behind which an endpoint may serve {}: look whether a private hosted zone of {} leads the name there",
            route.block, service.host, source.vpc
        );
        let gap = invisible("DescribeVpcEndpoints", id, why);
        let dead_end = path
            .hops
            .iter()
            .position(|hop| hop.kind == HopKind::RouteTable && hop.passage == Passage::Blocked);
        if let Some(at) = dead_end {
            let leg = Leg::Out;
            let hop =
                |kind, id: &str, passage, text| Hop { kind, id: id.to_owned(), leg, passage, text };
            let text = format!("{} to {id}", route.block);
            path.hops[at] = hop(HopKind::RouteTable, table, Passage::Passed, text);
            path.hops.insert(at + 1, hop(HopKind::Gateway, id, Passage::Open, gap.to_string()));
        }
        path.gaps.push(gap);
    }

    /// A live route of the source's subnet into another network, unless that network is known to lack the endpoint.
    fn way_to_other_networks(&self, source: &Source, service: &Service) -> Option<(&str, &Route)> {
        let table = self.subnets.get(&source.subnet)?.table.as_ref().ok()?;
        let table = self.tables.get(table)?;
        let private = |block: &IpNet| match block {
            IpNet::V4(_) => Addresses::PublicV4.covered_by(block) == crate::Cover::None,
            IpNet::V6(_) => Addresses::PublicV6.covered_by(block) == crate::Cover::None,
        };
        let may_serve = |route: &&Route| match &route.target {
            Target::Peering(id) => self.peer_may_serve(id, &source.vpc, service),
            Target::Transit(_) => private(&route.block),
            Target::Opaque(id) => {
                private(&route.block) && (id.starts_with("vgw-") || id.contains(":core-network/"))
            }
            _ => false,
        };
        let route = table.routes.iter().filter(|route| !route.blackhole).find(may_serve)?;
        Some((&table.id, route))
    }

    fn peer_may_serve(&self, peering: &str, vpc: &str, service: &Service) -> bool {
        let Some(peering) = self.peerings.get(peering) else { return true };
        let Some((_, far)) = peering.from(vpc).filter(|_| peering.status == "active") else {
            return false;
        };
        let names = service.endpoint_services();
        let serves = self.endpoints.values().any(|endpoint| {
            endpoint.vpc == far.vpc
                && endpoint.kind == "Interface"
                && endpoint.state == "available"
                && names.contains(&endpoint.service)
        });
        let listed = self.complete.contains(&("DescribeVpcEndpoints", far.vpc.clone()));
        serves || !listed
    }
}
