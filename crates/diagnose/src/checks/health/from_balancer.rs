//! The ways from the nodes of a load balancer to a task in each subnet of the launch, judged like any other path.

use super::balanced::Balanced;
use crate::checks::network::paths;
use crate::launch::Launch;
use ecswhy_facts::elb::LoadBalancerDescription;
use ecswhy_network::{Answer, Destination, Origin, Question};

/// A way from one node to one subnet.
pub struct Way {
    /// The subnet of the task.
    pub subnet: String,
    /// The port of the target or of its health check.
    pub port: u16,
    /// Whether the interface of the node is known; else any address of its subnet stands for it.
    pub known: bool,
    /// What the evaluator says.
    pub answer: Answer,
}

/// Judges the way from each node of the load balancer to a task in each subnet.
pub fn ways(
    launch: &Launch<'_>,
    balanced: &Balanced<'_>,
    balancer: &LoadBalancerDescription,
) -> Vec<Way> {
    let mut ways = Vec::new();
    for subnet in paths::subnets(launch) {
        for port in ports(balanced) {
            for node in nodes(launch, balancer) {
                let question = Question::tcp(
                    node.origin(balancer),
                    Destination::Interface(paths::task_interface(&subnet)),
                    port,
                );
                let answer = launch.model().reach(&question);
                let known = node.interface.is_some();
                ways.push(Way { subnet: subnet.clone(), port, known, answer });
            }
        }
    }
    ways
}

/// The port of the targets, and that of the health check where it is another one.
fn ports(balanced: &Balanced<'_>) -> Vec<u16> {
    let group = balanced.group.as_ref().ok().copied().flatten();
    let check = group.and_then(|group| group.health_check_port.as_deref());
    let port = balanced.port.or(group.and_then(|group| group.port));
    let mut ports: Vec<u16> = port.into_iter().filter_map(|port| port.try_into().ok()).collect();
    ports.extend(check.and_then(|port| port.parse::<u16>().ok()));
    ports.dedup();
    ports
}

/// A node of a load balancer: its interface, where one is known to be its own, in a subnet.
struct Node {
    subnet: String,
    interface: Option<String>,
}

impl Node {
    fn origin(&self, balancer: &LoadBalancerDescription) -> Origin {
        let groups = self.interface.is_none().then(|| balancer.security_groups.clone());
        Origin::Existing {
            id: self.interface.clone().unwrap_or_else(|| self.subnet.clone()),
            source_ip: None,
            security_groups: groups,
            public_ip: None,
        }
    }
}

/// Elastic Load Balancing describes its interfaces as `ELB app/NAME/ID` or `ELB net/NAME/ID`.
fn nodes(launch: &Launch<'_>, balancer: &LoadBalancerDescription) -> Vec<Node> {
    let arn = balancer.load_balancer_arn.as_deref().unwrap_or_default();
    let name = arn.split_once("loadbalancer/").map(|(_, name)| format!("ELB {name}"));
    let interfaces = launch.facts.ec2.network_interfaces.seen();
    let subnets = balancer.availability_zones.iter().filter_map(|zone| zone.subnet_id.clone());
    subnets
        .map(|subnet| {
            let own = interfaces.iter().find(|interface| {
                interface.subnet_id.as_ref() == Some(&subnet)
                    && name.is_some()
                    && interface.description == name
            });
            let interface = own.and_then(|interface| interface.network_interface_id.clone());
            Node { subnet, interface }
        })
        .collect()
}
