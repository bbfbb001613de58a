//! The way through a VPC endpoint, and why one that is there does not serve.
//! PrivateLink Guide, "Access AWS services using an interface VPC endpoint", "Gateway endpoints for Amazon S3".

use crate::address::Addresses;
use crate::evaluate::packet;
use crate::model::{Endpoint, Model, Subnet, contradiction};
use crate::question::Question;
use crate::trace::{Fault, HopKind, Leg, Obstacle, Passage, Path, Proof, Verdict};
use crate::walk::{Guard, Source, Walk};
use ecswhy_facts::Known;

impl Model {
    /// Why an endpoint that is there does not serve.
    pub(crate) fn unusable(
        &self,
        endpoint: &Endpoint,
        source: &Source,
        vpc: &crate::model::Vpc,
    ) -> Obstacle {
        let call = "ec2:DescribeVpcEndpoints";
        let (fault, subject, message, field, value) = if endpoint.state != "available" {
            let message =
                format!("Endpoint {} for {} is {}.", endpoint.id, endpoint.service, endpoint.state);
            (Fault::EndpointUnavailable, &endpoint.id, message, "State", endpoint.state.clone())
        } else if endpoint.private_dns && vpc.dns_hostnames == Known::Present(false) {
            let message = format!(
                "{} has enableDnsHostnames off, so the private name of endpoint {} does not resolve to it.",
                vpc.id, endpoint.id
            );
            (
                Fault::EndpointPrivateDns,
                &endpoint.id,
                message,
                "EnableDnsHostnames",
                "false".to_owned(),
            )
        } else {
            let message = format!(
                "Endpoint {} for {} has private DNS off: the service's name does not lead to it.",
                endpoint.id, endpoint.service
            );
            (
                Fault::EndpointPrivateDns,
                &endpoint.id,
                message,
                "PrivateDnsEnabled",
                endpoint.private_dns.to_string(),
            )
        };
        let proof = Proof { call, resource: endpoint.id.clone(), field: field.to_owned(), value };
        Obstacle {
            fault,
            subject: subject.clone(),
            subnet: source.subnet.clone(),
            message,
            partial: false,
            proof: vec![proof],
        }
    }

    pub(crate) fn walk_gateway_endpoint(
        &self,
        source: &Source,
        question: &Question,
        endpoint: &Endpoint,
        list: Option<&str>,
    ) -> Path {
        let mut walk = Walk::new(self, &source.subnet, true);
        walk.path.way = format!("gateway endpoint {}", endpoint.id);
        walk.path.endpoint = Some(endpoint.id.clone());
        walk.start(source);
        let to = match list.and_then(|list| self.prefix_lists.get(list)) {
            Some(blocks) => Addresses::Nets(
                blocks.iter().copied().filter(|block| block.addr().is_ipv4()).collect(),
            ),
            None => Addresses::PublicV4,
        };
        // The route's own prefix list names the service even when the list of lists was not asked for.
        let table = self
            .subnets
            .get(&source.subnet)
            .and_then(|subnet| self.tables.get(subnet.table.as_ref().ok()?));
        let from_route = table.and_then(|table| {
            let unread = table
                .unread_lists
                .iter()
                .find(|(_, target, _)| target.id() == endpoint.id)
                .map(|(list, ..)| list.clone());
            unread.or_else(|| {
                table
                    .routes
                    .iter()
                    .find(|route| route.target.id() == endpoint.id)
                    .and_then(|route| route.prefix_list.clone())
            })
        });
        let list = list.map(str::to_owned).or(from_route);
        let Some(packet) = packet(source, question, to, list.as_deref()) else {
            walk.path.gaps.push(contradiction(
                "DescribeVpcEndpoints",
                &endpoint.id,
                "it is not known whether the gateway endpoint serves IPv6".to_owned(),
            ));
            return walk.path;
        };
        walk.leave_interface(&source.groups, &source.vpc, Some(&[]), &packet);
        if let Some(subnet) = self.subnets.get(&source.subnet) {
            walk.cross_acl(subnet, false, Leg::Out, &packet.flow.request(), &packet.to);
            walk.hop(
                HopKind::Endpoint,
                &endpoint.id,
                Leg::Out,
                Passage::Passed,
                format!("gateway endpoint for {}", endpoint.service),
            );
            walk.cross_acl(subnet, true, Leg::Back, &packet.flow.reply(), &packet.to);
        }
        walk.path
    }

    /// An interface endpoint answers in each of its subnets; the name resolves to all of them.
    pub(crate) fn walk_endpoint(
        &self,
        source: &Source,
        question: &Question,
        endpoint: &Endpoint,
    ) -> Path {
        let mut paths: Vec<Path> = Vec::new();
        let subnets: Vec<&Subnet> =
            endpoint.subnets.iter().filter_map(|id| self.subnets.get(id)).collect();
        for subnet in &subnets {
            paths.push(self.walk_endpoint_in(source, question, endpoint, subnet));
        }
        let missing = subnets.len() < endpoint.subnets.len() || subnets.is_empty();
        let blocked = paths.iter().filter(|path| path.verdict() == Verdict::Blocked).count();
        let all = paths.len();
        // The worst zone tells the story; a zone that works makes the failure a partial one.
        paths.sort_by_key(|path| std::cmp::Reverse(path.verdict()));
        let mut path = paths.into_iter().next().unwrap_or_default();
        if blocked > 0 && blocked < all {
            path.obstacles.iter_mut().for_each(|obstacle| obstacle.partial = true);
        }
        if missing {
            path.gaps.push(self.gap("DescribeSubnets", &endpoint.id));
        }
        path.way = format!("interface endpoint {}", endpoint.id);
        path.endpoint = Some(endpoint.id.clone());
        path
    }

    fn walk_endpoint_in(
        &self,
        source: &Source,
        question: &Question,
        endpoint: &Endpoint,
        subnet: &Subnet,
    ) -> Path {
        let mut walk = Walk::new(self, &source.subnet, true);
        walk.start(source);
        let ipv6 = source.v4.is_none();
        let own = endpoint
            .interfaces
            .iter()
            .filter_map(|id| self.interfaces.get(id))
            .find(|interface| interface.subnet == subnet.id);
        let address =
            own.and_then(|interface| self.target_address(interface, ipv6)).map(Addresses::from);
        let Some(to) = address.or_else(|| subnet.block(ipv6).map(Addresses::Net)) else {
            walk.path.gaps.push(self.gap("DescribeNetworkInterfaces", &endpoint.id));
            return walk.path;
        };
        let Some(mut packet) = packet(source, question, to, None) else {
            walk.path.gaps.push(self.gap("DescribeSubnets", &source.subnet));
            return walk.path;
        };
        // Seen from the source, the endpoint is a member of its own groups.
        walk.leave_interface(&source.groups, &source.vpc, Some(&endpoint.groups), &packet);
        let crosses = subnet.id != source.subnet;
        let home = self.subnets.get(&source.subnet).filter(|_| crosses);
        if let Some(home) = home {
            walk.cross_acl(home, false, Leg::Out, &packet.flow.request(), &packet.to);
            if let Some(route) = walk.look_up(home, &packet.to, Leg::Out)
                && route.target != crate::model::Target::Local
            {
                walk.unseen(
                    route.target.id(),
                    Leg::Out,
                    "the route to the endpoint leads through an appliance",
                );
            }
            walk.cross_acl(subnet, true, Leg::Out, &packet.flow.request(), &packet.from);
        }
        packet.prefix_list = None;
        if endpoint.groups.is_empty() {
            walk.path.gaps.push(contradiction(
                "DescribeVpcEndpoints",
                &endpoint.id,
                "it names no security group".to_owned(),
            ));
        } else {
            let before = walk.path.obstacles.len();
            let guard = Guard {
                groups: &endpoint.groups,
                vpc: &endpoint.vpc,
                ingress: true,
                fault: Fault::EndpointSecurityGroup,
            };
            walk.judge_groups(&guard, &packet.from, packet.groups.as_deref(), &packet);
            for obstacle in &mut walk.path.obstacles[before..] {
                obstacle.message = format!(
                    "The security group of endpoint {} does not admit the task: {}",
                    endpoint.id, obstacle.message
                );
                obstacle.subject.clone_from(&endpoint.id);
            }
        }
        walk.hop(
            HopKind::Endpoint,
            &endpoint.id,
            Leg::Out,
            Passage::Passed,
            format!("interface endpoint for {} in {}", endpoint.service, subnet.id),
        );
        walk.reply_from(subnet, &packet, 0);
        walk.path
    }
}
