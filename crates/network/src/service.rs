//! Reaching an AWS service: names first, then the endpoint or the public path.

use crate::address::{Flow, Protocol};
use crate::model::{Endpoint, Model, Resolver, invisible};
use crate::question::{Answer, Question};
use crate::services::Service;
use crate::trace::{Fault, HopKind, Leg, Path, Proof, Verdict};
use crate::walk::{Source, Walk};
use ecswhy_facts::{Gap, GapReason, Known};
use std::net::IpAddr;

impl Model {
    pub(crate) fn reach_service(
        &self,
        source: &Source,
        question: &Question,
        service: &Service,
    ) -> Answer {
        let mut answer = self.reach_by_name(source, question, service);
        if source.v4.is_none()
            && answer.verdict == Verdict::Reachable
            && !self.has_ipv6(source, service, &answer.path)
        {
            let why = format!(
                "{} has no IPv4 address, and whether the task asks for {} under a name with an IPv6 address cannot be seen: look at the dual-stack names of the service",
                source.subnet, service.host
            );
            answer.path.gaps.push(invisible("DescribeSubnets", &source.subnet, why));
            answer.verdict = answer.path.verdict();
        }
        answer
    }

    /// Whether the end of a path to a service has an IPv6 address, or one that DNS64 makes up. ECR User Guide, "Making
    /// requests to Amazon ECR registries": from an IPv6 network, only dual-stack names serve.
    fn has_ipv6(&self, source: &Source, service: &Service, path: &Path) -> bool {
        let endpoint = path.endpoint.as_ref().and_then(|id| self.endpoints.get(id));
        match endpoint {
            Some(endpoint) => endpoint.address_type != "ipv4",
            None => {
                let subnet = self.subnets.get(&source.subnet);
                service.dual_stack || subnet.is_some_and(|subnet| subnet.dns64)
            }
        }
    }

    fn reach_by_name(&self, source: &Source, question: &Question, service: &Service) -> Answer {
        let Some(vpc) =
            self.subnets.get(&source.subnet).and_then(|subnet| self.vpcs.get(&subnet.vpc))
        else {
            return Answer::of(Path {
                way: service.host.clone(),
                gaps: vec![self.gap("DescribeVpcs", &source.subnet)],
                ..Path::default()
            });
        };
        if let Some(answer) = self.no_names(source, question) {
            return answer;
        }
        let list = self.prefix_list_names.get(&service.prefix_list_name()).map(String::as_str);
        let listed = match &vpc.endpoints {
            Ok(ids) => ids.iter().filter_map(|id| self.endpoints.get(id)).collect::<Vec<_>>(),
            // The public path is judged, but a hidden endpoint could replace it either way.
            Err(gap) => {
                let mut path = self.walk_public(source, question, list, service.dual_stack);
                path.gaps.push(gap.clone());
                path.obstacles
                    .iter_mut()
                    .for_each(|obstacle| obstacle.partial |= obstacle.fault.is_missing_way_out());
                return Answer::of(path);
            }
        };
        let names = service.endpoint_services();
        let mine = |kind: &str| {
            listed
                .iter()
                .copied()
                .filter(|endpoint| endpoint.kind == kind && names.contains(&endpoint.service))
                .collect::<Vec<_>>()
        };
        let (interfaces, gateways) = (mine("Interface"), mine("Gateway"));
        let named: Vec<&Endpoint> = interfaces
            .iter()
            .copied()
            .filter(|endpoint| {
                endpoint.state == "available"
                    && endpoint.private_dns
                    && !endpoint.inbound_resolver_only
            })
            .collect();
        let mut unsure: Vec<Gap> = Vec::new();
        if let Some(endpoint) = named.first() {
            let names_work = self.names_work(source, vpc);
            match names_work {
                Ok(true) => {
                    let path = self.walk_endpoint(source, question, endpoint);
                    let public = self.public_path(source, question, service, list, &gateways);
                    return Answer { verdict: path.verdict(), path, alternatives: vec![public] };
                }
                Ok(false) => {}
                Err(gap) => unsure.push(gap),
            }
        }
        let mut public = self.public_path(source, question, service, list, &gateways);
        if interfaces.is_empty() {
            self.look_elsewhere(&mut public, source, service);
        }
        if !unsure.is_empty() {
            let endpoint = self.walk_endpoint(source, question, named[0]);
            return either(endpoint, public, unsure);
        }
        if public.verdict() == Verdict::Blocked
            && let Some(endpoint) = interfaces.first()
        {
            let obstacle = self.unusable(endpoint, source, vpc);
            let mut path = self.walk_endpoint(source, question, endpoint);
            path.obstacles.insert(0, obstacle);
            return Answer { verdict: Verdict::Blocked, path, alternatives: vec![public] };
        }
        Answer::of(public)
    }

    /// Whether no name resolves at all: the VPC's resolver is off, or no server of one's own can be reached. Their
    /// traffic is filtered like any other; that of the VPC's resolver is not.
    pub(crate) fn no_names(&self, source: &Source, question: &Question) -> Option<Answer> {
        let vpc = self.vpcs.get(&source.vpc)?;
        match vpc.resolver.as_ref().ok()? {
            Resolver::Amazon if vpc.dns_support == Known::Present(false) => {
                let mut walk = Walk::new(self, &source.subnet, true);
                let message =
                    format!("{} does not resolve names: enableDnsSupport is off.", vpc.id);
                walk.stop(
                    HopKind::Dns,
                    &vpc.id,
                    Leg::Out,
                    Fault::DnsDisabled,
                    &message,
                    "ec2:DescribeVpcAttribute",
                    "EnableDnsSupport",
                    "false",
                );
                Some(Answer::of(walk.path))
            }
            Resolver::Amazon => None,
            Resolver::Custom(servers) => {
                let mut paths =
                    servers.iter().map(|server| self.to_name_server(source, question, *server));
                let first = paths.next().filter(|path| path.verdict() == Verdict::Blocked)?;
                paths.all(|path| path.verdict() == Verdict::Blocked).then(|| Answer::of(first))
            }
        }
    }

    /// The way to a DNS server of one's own.
    fn to_name_server(&self, source: &Source, question: &Question, server: IpAddr) -> Path {
        let client_ports = question.flow.client_ports.clone();
        let flow = Flow { protocol: Protocol::UDP, port: 53, client_ports };
        let question = Question { flow, ..question.clone() };
        let mut path = self.walk_to(source, &question, server.into(), None);
        path.name_after_server(server);
        for obstacle in &mut path.obstacles {
            obstacle.message = format!("DNS server {server} is not reached. {}", obstacle.message);
        }
        path
    }

    /// A way that is open helps only who finds the name: a call that was refused may hide who resolves names, or that
    /// this server is not reached. What no call shows of a server outside leaves names as they are.
    pub(crate) fn unless_unnamed(
        &self,
        source: &Source,
        question: &Question,
        mut answer: Answer,
    ) -> Answer {
        if answer.verdict != Verdict::Reachable {
            return answer;
        }
        let resolver = self.vpcs.get(&source.vpc).map(|vpc| &vpc.resolver);
        answer.path.gaps = match resolver {
            Some(Err(gap)) => vec![gap.clone()],
            Some(Ok(Resolver::Custom(servers))) => {
                let paths: Vec<Path> = servers
                    .iter()
                    .map(|server| self.to_name_server(source, question, *server))
                    .collect();
                let answers = |path: &Path| path.verdict() == Verdict::Reachable;
                let refused = |gap: &Gap| {
                    !matches!(gap.why, GapReason::NotAsked | GapReason::Unknowable { .. })
                };
                if paths.iter().any(answers) {
                    Vec::new()
                } else {
                    paths.into_iter().flat_map(|path| path.gaps).filter(refused).collect()
                }
            }
            _ => Vec::new(),
        };
        answer.verdict = answer.path.verdict();
        answer
    }

    /// Whether private names of endpoints resolve in the VPC.
    fn names_work(&self, source: &Source, vpc: &crate::model::Vpc) -> Result<bool, Gap> {
        match &vpc.resolver {
            Err(gap) => return Err(gap.clone()),
            Ok(Resolver::Custom(servers)) => {
                let servers: Vec<String> = servers.iter().map(ToString::to_string).collect();
                let why = format!(
                    "{} resolves names with {}, and whether that leads to the VPC's endpoints cannot be seen: look whether it forwards to the VPC's own resolver",
                    vpc.id,
                    servers.join(", ")
                );
                return Err(invisible("DescribeDhcpOptions", &source.subnet, why));
            }
            Ok(Resolver::Amazon) => {}
        }
        for flag in [&vpc.dns_support, &vpc.dns_hostnames] {
            if flag.as_ref().settled("ec2:DescribeVpcAttribute", &vpc.id)? == Some(&false) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The way of the public name: a gateway endpoint on the route table, else the default route.
    fn public_path(
        &self,
        source: &Source,
        question: &Question,
        service: &Service,
        list: Option<&str>,
        gateways: &[&Endpoint],
    ) -> Path {
        let table = self.subnets.get(&source.subnet).and_then(|subnet| subnet.table.clone().ok());
        let on_table = |endpoint: &&&Endpoint| {
            table.as_ref().is_some_and(|table| {
                endpoint.tables.contains(table)
                    || self
                        .tables
                        .get(table)
                        .is_some_and(|table| table.leads_to_endpoint(&endpoint.id))
            })
        };
        if let Some(endpoint) =
            gateways.iter().filter(|endpoint| endpoint.state == "available").find(on_table)
        {
            return self.walk_gateway_endpoint(source, question, endpoint, list);
        }
        let mut path = self.walk_public(source, question, list, service.dual_stack);
        path.way = format!("public path to {}", service.host);
        if let Some(endpoint) = gateways.first() {
            for obstacle in
                path.obstacles.iter_mut().filter(|obstacle| obstacle.fault == Fault::NoEgress)
            {
                let table = table.as_deref().unwrap_or("the subnet's route table");
                let unavailable = endpoint.state != "available";
                obstacle.fault = if unavailable {
                    Fault::EndpointUnavailable
                } else {
                    Fault::S3EndpointRouteTable
                };
                obstacle.message = if unavailable {
                    format!("Gateway endpoint {} is {}.", endpoint.id, endpoint.state)
                } else {
                    format!(
                        "Gateway endpoint {} is not on route table {table} of subnet {}.",
                        endpoint.id, source.subnet
                    )
                };
                if unavailable {
                    obstacle.subject.clone_from(&endpoint.id);
                }
                let value = endpoint.tables.join(", ");
                obstacle.proof.push(Proof {
                    call: "ec2:DescribeVpcEndpoints",
                    resource: endpoint.id.clone(),
                    field: "RouteTableIds".to_owned(),
                    value,
                });
            }
        }
        path
    }
}

/// Nobody can tell which of two paths is taken: only what both say is certain.
fn either(mut one: Path, two: Path, gaps: Vec<Gap>) -> Answer {
    let (first, second) = (one.verdict(), two.verdict());
    if first != second {
        one.obstacles.iter_mut().for_each(|obstacle| obstacle.partial = true);
        one.gaps.extend(gaps);
    }
    let verdict = if first == second { first } else { Verdict::Undetermined };
    Answer { verdict, path: one, alternatives: vec![two] }
}

/// Tells `no-egress` from `endpoint-missing` over everything that one task needs: where at least one of the
/// needed interface endpoints exists, each service without one lacks its endpoint; otherwise the way out is missing.
pub fn name_missing_endpoints(answers: &mut [(Service, Answer)]) {
    let some_endpoint =
        answers.iter().any(|(_, answer)| answer.path.way.starts_with("interface endpoint"));
    if !some_endpoint {
        return;
    }
    for (service, answer) in answers {
        for obstacle in
            answer.path.obstacles.iter_mut().filter(|obstacle| obstacle.fault == Fault::NoEgress)
        {
            obstacle.fault = Fault::EndpointMissing;
            obstacle.subject.clone_from(&service.name);
            obstacle.message = format!(
                "No endpoint for {} and no way to the internet. {}",
                service.name, obstacle.message
            );
        }
    }
}
