//! The target groups that the judged launch registers its tasks in, each beside what is known of it.

use crate::check::{Fault, Tally, Verdict};
use crate::launch::Launch;
use crate::shell::{Command, plain};
use ecswhy_facts::Gap;
use ecswhy_facts::ecs::LoadBalancer;
use ecswhy_facts::elb::{LoadBalancerDescription, TargetGroup};

/// A target group in which one container of the task is registered.
#[derive(Debug)]
pub struct Balanced<'l> {
    /// ARN of the target group.
    pub arn: &'l str,
    /// The container that serves.
    pub container: &'l str,
    /// The port of the container that is registered.
    pub port: Option<i64>,
    /// What ELB says of the group; `None`: it does not exist.
    pub group: Result<Option<&'l TargetGroup>, Gap>,
}

impl Balanced<'_> {
    /// The port that the health check asks: the registered one, or an override.
    ///
    /// # Errors
    /// The gap, when the target group is not readable.
    pub fn health_check_port(&self) -> Result<Option<i64>, Gap> {
        let Some(group) = self.group.clone()? else { return Ok(None) };
        Ok(match group.health_check_port.as_deref() {
            None | Some("traffic-port") => self.port,
            Some(port) => port.parse().ok(),
        })
    }

    /// The load balancers of the target group; and what could not be read of them.
    pub fn load_balancers<'f>(
        &self,
        launch: &Launch<'f>,
    ) -> (Vec<&'f LoadBalancerDescription>, Vec<Gap>) {
        let (mut balancers, mut gaps) = (Vec::new(), Vec::new());
        let arns = match &self.group {
            Ok(group) => group.map(|group| group.load_balancer_arns.as_slice()),
            Err(gap) => {
                gaps.push(gap.clone());
                None
            }
        };
        for arn in arns.unwrap_or_default() {
            match launch.facts.elb.load_balancers.ask(arn) {
                Ok(balancer) => balancers.extend(balancer),
                Err(gap) => gaps.push(gap),
            }
        }
        (balancers, gaps)
    }

    /// Name of the target group, out of its ARN.
    pub fn name(&self) -> &str {
        self.arn.split('/').nth(1).unwrap_or(self.arn)
    }
}

/// The command that registers the tasks of the service in a target group, with a port of one container.
pub(crate) fn register_in(
    launch: &Launch<'_>,
    target_group: &str,
    container: &str,
    port: i64,
) -> Option<Command> {
    let balancer = format!(
        "targetGroupArn={target_group},containerName={},containerPort={port}",
        plain(container).ok()?
    );
    Some(launch.update_service()?.arg("--load-balancers", balancer))
}

/// Judges each target group of the judged launch.
pub fn each_group(
    launch: &Launch<'_>,
    judge: impl Fn(&Balanced<'_>) -> Result<Option<Fault>, Gap>,
) -> Verdict {
    let mut tally = Tally::default();
    for balanced in balanced(launch) {
        tally.add(judge(&balanced));
    }
    tally.verdict("the service registers in no target group")
}

/// The target groups of the judged launch: those of its task set, else the service's. A standalone task has none.
pub fn balanced<'l>(launch: &'l Launch<'_>) -> Vec<Balanced<'l>> {
    let Some(service) = launch.service.filter(|_| launch.target.service().is_some()) else {
        return Vec::new();
    };
    let judged = launch.rollout.as_ref().and_then(|rollout| rollout.id);
    let of_task_set = service
        .task_sets
        .iter()
        .find(|set| set.id.is_some() && set.id.as_deref() == judged)
        .map(|set| set.load_balancers.as_slice())
        .filter(|attached| !attached.is_empty());
    let attached: &[LoadBalancer] = of_task_set.unwrap_or(&service.load_balancers);
    let of = |attached: &'l LoadBalancer| {
        let arn = attached.target_group_arn.as_deref()?;
        Some(Balanced {
            arn,
            container: attached.container_name.as_deref().unwrap_or_default(),
            port: attached.container_port,
            group: launch.facts.elb.target_groups.ask(arn),
        })
    };
    attached.iter().filter_map(of).collect()
}
