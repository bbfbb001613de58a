//! `health/target-network-acl`: the way from the load balancer to the tasks, or back, is closed by a network ACL.

use super::balanced::{Balanced, balanced};
use super::from_balancer::{Way, ways};
use super::observed::told;
use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::checks::network::nacl_entry::letting_through;
use crate::checks::network::tell::{self, list};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;
use ecswhy_facts::elb::LoadBalancerDescription;
use ecswhy_network::{Fault as Kind, Obstacle};

/// The record.
pub static CHECK: Check = Check {
    id: "health/target-network-acl",
    title: "The network ACLs let the load balancer reach the tasks",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::TargetUnhealthy],
    explanation: "## What it is\nA network ACL of the load balancer's subnets or of the tasks' subnets drops the requests of the load balancer on the port of the target or of its health check, or the replies to its client ports (1024-65535).\n\n## Why it stops the launch\nThe health check gets no answer (`Target.Timeout`, `Request timed out`), and after the grace period ECS stops the task.\n\n## How to fix it\nAllow the port from the subnets of the load balancer into the subnets of the tasks, and ports 1024-65535 back, before the entry that drops the packets.\n\n## Sources\nElastic Load Balancing, Troubleshoot your Application Load Balancers; VPC User Guide, Network ACLs.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let groups = balanced(launch);
    if groups.is_empty() {
        return Ok(Verdict::NotApplicable("the service registers in no target group"));
    }
    launch.settings_known()?;
    // An ACL that also keeps tasks from starting is told by `network/nacl`; this is for those that did start.
    let groups: Vec<_> = groups.iter().filter(|it| told(launch, it).is_some()).collect();
    if groups.is_empty() {
        return Ok(Verdict::NotApplicable("no target failed its health check"));
    }
    let (mut faults, mut gaps): (Vec<Fault>, Vec<Gap>) = (Vec::new(), Vec::new());
    for balanced in groups {
        let (balancers, unread) = balanced.load_balancers(launch);
        gaps.extend(unread);
        for balancer in balancers {
            let ways = ways(launch, balanced, balancer);
            let closed: Vec<(&Way, &Obstacle)> = ways.iter().filter_map(closed).collect();
            if closed.is_empty() {
                gaps.extend(ways.iter().flat_map(|way| way.answer.gaps().to_vec()));
            } else if !faults.iter().any(|fault| fault.subject == balanced.arn) {
                faults.push(fault(launch, balanced, balancer, &closed));
            }
        }
    }
    Ok(Verdict::of(faults, gaps))
}

/// The first network ACL that stops every packet of a way.
fn closed(way: &Way) -> Option<(&Way, &Obstacle)> {
    let mut obstacles = way.answer.obstacles().iter();
    let acl = obstacles.find(|it| it.fault == Kind::Nacl && !it.partial)?;
    Some((way, acl))
}

fn fault(
    launch: &Launch<'_>,
    balanced: &Balanced<'_>,
    balancer: &LoadBalancerDescription,
    closed: &[(&Way, &Obstacle)],
) -> Fault {
    let mut subnets: Vec<String> = Vec::new();
    for (way, _) in closed {
        if !subnets.contains(&way.subnet) {
            subnets.push(way.subnet.clone());
        }
    }
    let name = balancer.load_balancer_name.as_deref().unwrap_or("the load balancer");
    let said = closed.first().map(|(_, acl)| acl.message.as_str()).unwrap_or_default();
    let message = format!(
        "{}, so load balancer {name} gets no answer from tasks in {} and its health checks time out.",
        said.trim_end_matches('.'),
        list(&subnets)
    );
    let mut fault = Fault::new(balanced.arn, message)
        .about("target_group", balanced.arn)
        .about("target_group", balanced.name())
        .in_subnets(subnets);
    if let Some((way, acl)) = closed.first() {
        for proof in &acl.proof {
            fault = fault.fact(proof.call, proof.resource.clone(), &proof.field, &proof.value);
        }
        let path = &way.answer.path;
        if let Some(line) = tell::blocked(&format!("load balancer {name}"), path) {
            fault = fault.path(line, path);
        }
    }
    match remedy(launch, closed) {
        Some(remedy) => fault.remedy(remedy),
        None => fault,
    }
}

/// Both ends are inside the VPC, so that its block is the far end of every entry.
fn remedy(launch: &Launch<'_>, closed: &[(&Way, &Obstacle)]) -> Option<Remedy> {
    let (mut changes, mut acls): (Vec<Change>, Vec<String>) = (Vec::new(), Vec::new());
    for (way, acl) in closed {
        let vpc = launch.model().vpc(&launch.model().subnet(&way.subnet)?.vpc)?;
        let block = vpc.blocks.iter().find(|block| block.addr().is_ipv4())?.to_string();
        let cidr = |_| Some(block.clone());
        if acls.contains(&acl.subject) {
            continue;
        }
        let path = &way.answer.path;
        changes.extend(letting_through(launch, acl, path, way.port, cidr, &changes));
        acls.push(acl.subject.clone());
    }
    let title = format!("Let the load balancer through network ACL {}", list(&acls));
    (!changes.is_empty()).then(|| {
        Remedy::new(title, Safety::NonDisruptive, changes)
            .touches("The entries count for everything in the subnets of the network ACL.")
    })
}
