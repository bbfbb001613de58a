//! Which way a request takes: it decides what `aws:SourceVpce` is and whose endpoint policy counts.

use super::requirement::Leaves;
use crate::checks::network::destinations::{is_windows, uses_interface_of_aws};
use crate::checks::network::paths;
use crate::launch::Launch;
use ecswhy_facts::{Gap, ec2::VpcEndpoint};
use ecswhy_network::services::Service;
use ecswhy_network::{Destination, Fault, Obstacle, Verdict};

/// A way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Through a VPC endpoint.
    Endpoint {
        /// Its id.
        id: String,
        /// Its VPC.
        vpc: Option<String>,
    },
    /// Through the internet, or a network of AWS's own: no endpoint.
    Public,
    /// Not known, or the request does not get out at all.
    Unknown,
}

/// ECS Developer Guide, "Fargate task networking": before platform version 1.4.0 of Linux, the login to ECR and the
/// reads of secrets leave through an interface that Fargate owns.
pub fn logs_in_through_fargate(launch: &Launch<'_>) -> bool {
    let windows = launch.task_definition().is_ok_and(is_windows);
    launch.is_fargate() && uses_interface_of_aws(launch.platform_version(), windows)
}

/// Whether an obstacle is a filter on a way that the routes give.
fn is_filter(obstacle: &Obstacle) -> bool {
    matches!(obstacle.fault, Fault::SecurityGroupEgress | Fault::Nacl)
}

/// The ways of a launch, found once for each destination.
pub struct Ways<'l, 'a> {
    launch: &'l Launch<'a>,
}

impl<'l, 'a> Ways<'l, 'a> {
    /// The ways out of the network of a launch.
    pub fn new(launch: &'l Launch<'a>) -> Self {
        Self { launch }
    }

    /// The different ways of a request, each with the subnets whose tasks take it; without subnets: every task.
    pub fn of(&self, leaves: &Leaves) -> Vec<(Way, Vec<String>)> {
        let network = self.launch.network().ok().flatten().filter(|_| self.launch.is_fargate());
        let (service, network) = match (leaves, network) {
            (Leaves::Fargate, _) => return vec![(Way::Public, Vec::new())],
            (Leaves::Service, _) | (_, None) => return vec![(Way::Unknown, Vec::new())],
            (Leaves::Task { host, .. }, Some(network)) => (Service::of_host(host), network),
        };
        let Some(service) = service else { return vec![(Way::Unknown, Vec::new())] };
        let mut ways: Vec<(Way, Vec<String>)> = Vec::new();
        for subnet in &network.subnets {
            let destination = Destination::Service(service.clone());
            let question = paths::question(self.launch, subnet, destination, 443);
            let answer = self.launch.model().reach(&question);
            let way = match (answer.verdict, &answer.path.endpoint) {
                (Verdict::Reachable | Verdict::Blocked, Some(id)) => {
                    Way::Endpoint { id: id.clone(), vpc: self.vpc_of(id) }
                }
                (Verdict::Reachable, None) => Way::Public,
                // What is stopped by a filter on its way out has a way out all the same.
                (Verdict::Blocked, None) if answer.obstacles().iter().all(is_filter) => Way::Public,
                _ => Way::Unknown,
            };
            match ways.iter_mut().find(|(known, _)| *known == way) {
                Some((_, subnets)) => subnets.push(subnet.clone()),
                None => ways.push((way, vec![subnet.clone()])),
            }
        }
        match ways.as_mut_slice() {
            [] => vec![(Way::Unknown, Vec::new())],
            [(_, subnets)] => {
                subnets.clear();
                ways
            }
            _ => ways,
        }
    }

    fn vpc_of(&self, id: &str) -> Option<String> {
        self.endpoint(id).ok().flatten().and_then(|endpoint| endpoint.vpc_id.clone())
    }

    /// The endpoint with this id.
    ///
    /// # Errors
    /// The gap, when the endpoints are not readable.
    pub fn endpoint(&self, id: &str) -> Result<Option<&'a VpcEndpoint>, Gap> {
        self.launch.facts.ec2.vpc_endpoints.by_id(id)
    }
}
