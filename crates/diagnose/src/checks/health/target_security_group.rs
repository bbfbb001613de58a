//! `health/target-security-group`: the way from the load balancer to the tasks is closed by a security group.

use super::balanced::{Balanced, balanced};
use super::from_balancer::{Way, ways};
use crate::Stage;
use crate::change::{Change, Peer, SecurityGroupRule};
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::checks::network::paths;
use crate::checks::network::tell::{self, list, task_groups};
use crate::launch::Launch;
use crate::report::{Confidence, Safety};
use crate::symptom::Symptom;
use ecswhy_facts::elb::LoadBalancerDescription;
use ecswhy_facts::{Fact, Gap};
use ecswhy_network::{Answer, Fault as Kind, Path};

/// The record.
pub static CHECK: Check = Check {
    id: "health/target-security-group",
    title: "The security groups let the load balancer reach the tasks",
    stage: Stage::Health,
    weight: Weight::Blocks,
    explains: &[Symptom::TargetUnhealthy],
    explanation: "## What it is\nThe tasks' security groups have no inbound rule that admits the load balancer on the port of the target or of its health check, or the load balancer's own group lets nothing out to them.\n\n## Why it stops the launch\nThe health check gets no answer (`Target.Timeout`, `Request timed out`), and after the grace period ECS stops the task.\n\n## How to fix it\nAllow the port from the load balancer's security group into the tasks' security group.\n\n## Sources\nElastic Load Balancing, Security groups for your Application Load Balancer; Target groups, Security groups for your targets.\n",
    run,
};

/// Which side is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Tasks,
    Balancer,
}

/// A way that is closed.
struct Closed {
    side: Side,
    port: u16,
    subnet: String,
    path: Path,
    rules: String,
    /// The address of the load balancer's node is not known: a rule for a part of its subnet could hold it.
    guessed: bool,
}

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let groups = balanced(launch);
    if groups.is_empty() {
        return Ok(Verdict::NotApplicable("the service registers in no target group"));
    }
    launch.settings_known()?;
    let (mut faults, mut gaps): (Vec<Fault>, Vec<Gap>) = (Vec::new(), Vec::new());
    match paths::groups_fit(launch) {
        Ok(true) => {}
        Ok(false) => {
            return Ok(Verdict::NotApplicable(
                "the tasks cannot have the security groups that are named",
            ));
        }
        // One group that admits the load balancer is enough, if the tasks can have it.
        Err(gap) => gaps.push(gap),
    }
    for balanced in &groups {
        let (balancers, unread) = balanced.load_balancers(launch);
        gaps.extend(unread);
        for balancer in balancers {
            let (closed, open) = closed(launch, balanced, balancer);
            gaps.extend(open);
            if !closed.is_empty() && !faults.iter().any(|it| it.subject == balanced.arn) {
                faults.push(fault(launch, balanced, balancer, &closed));
            }
        }
    }
    Ok(Verdict::of(faults, gaps))
}

/// Judges the way from each node of the load balancer to a task in each subnet.
fn closed(
    launch: &Launch<'_>,
    balanced: &Balanced<'_>,
    balancer: &LoadBalancerDescription,
) -> (Vec<Closed>, Vec<Gap>) {
    let (mut closed, mut gaps): (Vec<Closed>, Vec<Gap>) = (Vec::new(), Vec::new());
    for Way { subnet, port, known, answer } in ways(launch, balanced, balancer) {
        if let Some((side, rules)) = side(&answer, balancer) {
            let guessed = !known && balancer.security_groups.is_empty();
            closed.push(Closed { side, port, subnet, path: answer.path, rules, guessed });
        } else {
            for gap in answer.gaps() {
                if !gaps.contains(gap) {
                    gaps.push(gap.clone());
                }
            }
        }
    }
    (closed, gaps)
}

fn side(answer: &Answer, balancer: &LoadBalancerDescription) -> Option<(Side, String)> {
    answer.obstacles().iter().filter(|obstacle| !obstacle.partial).find_map(|obstacle| {
        let side = match obstacle.fault {
            Kind::TargetSecurityGroup => Side::Tasks,
            // A Network Load Balancer without security groups filters nothing.
            Kind::SecurityGroupEgress if !balancer.security_groups.is_empty() => Side::Balancer,
            _ => return None,
        };
        Some((side, obstacle.message.clone()))
    })
}

fn fault(
    launch: &Launch<'_>,
    balanced: &Balanced<'_>,
    balancer: &LoadBalancerDescription,
    closed: &[Closed],
) -> Fault {
    let (mut ports, mut subnets): (Vec<u16>, Vec<String>) = (Vec::new(), Vec::new());
    let side = closed.first().map_or(Side::Tasks, |closed| closed.side);
    for each in closed {
        if !ports.contains(&each.port) {
            ports.push(each.port);
        }
        if !subnets.contains(&each.subnet) {
            subnets.push(each.subnet.clone());
        }
    }
    let total = paths::subnets(launch).len();
    let share = if subnets.len() < total {
        format!(" in {} ({} of {total} subnets)", list(&subnets), subnets.len())
    } else {
        String::new()
    };
    let named = list(&ports.iter().map(u16::to_string).collect::<Vec<_>>());
    let name = balancer.load_balancer_name.as_deref().unwrap_or("the load balancer");
    let (tasks, own) = (task_groups(launch), &balancer.security_groups);
    let of_balancer =
        if own.is_empty() { String::new() } else { format!(" (security group {})", list(own)) };
    let message = match side {
        Side::Tasks => format!(
            "Security group {} of the tasks does not admit load balancer {name}{of_balancer} on tcp {named}{share}, so its health checks time out.",
            list(&tasks)
        ),
        Side::Balancer => format!(
            "Security group {} of load balancer {name} lets nothing out to the tasks (security group {}) on tcp {named}{share}, so its health checks time out.",
            list(own),
            list(&tasks)
        ),
    };
    let field = if side == Side::Tasks { "IpPermissions" } else { "IpPermissionsEgress" };
    let at_fault = if side == Side::Tasks { &tasks } else { own };
    let mut fault = Fault::new(balanced.arn, message)
        .about("target_group", balanced.arn)
        .about("target_group", balanced.name())
        .in_subnets(subnets)
        .fact(LoadBalancerDescription::CALL, name, "SecurityGroups", list(own));
    if let Some(first) = closed.first() {
        for group in at_fault {
            fault = fault.fact("ec2:DescribeSecurityGroups", group.clone(), field, &first.rules);
        }
        let source =
            format!("load balancer {}", balancer.load_balancer_name.as_deref().unwrap_or_default());
        let line = tell::blocked(&source, &first.path).unwrap_or_default();
        fault = fault.path(line, &first.path);
    }
    if closed.iter().all(|each| each.guessed) {
        fault = fault.confidence(Confidence::Likely);
    }
    match remedy(launch, balancer, side, &ports) {
        Some(remedy) => fault.remedy(remedy),
        None => fault,
    }
}

fn remedy(
    launch: &Launch<'_>,
    balancer: &LoadBalancerDescription,
    side: Side,
    ports: &[u16],
) -> Option<Remedy> {
    let task_group = task_groups(launch).first().cloned()?;
    let rule = |port: &u16, peer: &Peer| SecurityGroupRule {
        protocol: "tcp".to_owned(),
        from_port: i64::from(*port),
        to_port: i64::from(*port),
        peer: peer.clone(),
    };
    let named = list(&ports.iter().map(u16::to_string).collect::<Vec<_>>());
    if side == Side::Balancer {
        let group = balancer.security_groups.first()?.clone();
        let peer = Peer::SecurityGroup(task_group.clone());
        let change = |port| Change::AuthorizeEgress {
            security_group: group.clone(),
            rule: rule(port, &peer),
        };
        let changes = ports.iter().map(change).collect();
        let title = format!("Allow tcp {named} out of {group} to {task_group}");
        return Some(Remedy::new(title, Safety::NonDisruptive, changes));
    }
    let peers: Vec<Peer> = match balancer.security_groups.first() {
        Some(group) => vec![Peer::SecurityGroup(group.clone())],
        // Without groups of its own a Network Load Balancer is known by the addresses of its subnets.
        None => balancer
            .availability_zones
            .iter()
            .filter_map(|zone| {
                let subnet = launch.facts.ec2.subnets.by_id(zone.subnet_id.as_deref()?).ok()??;
                subnet.cidr_block.clone().map(Peer::Cidr)
            })
            .collect(),
    };
    let changes: Vec<Change> = peers
        .iter()
        .flat_map(|peer| ports.iter().map(move |port| (port, peer)))
        .map(|(port, peer)| Change::AuthorizeIngress {
            security_group: task_group.clone(),
            rule: rule(port, peer),
        })
        .collect();
    let title = format!("Allow tcp {named} from the load balancer into {task_group}");
    (!changes.is_empty()).then(|| {
        Remedy::new(title, Safety::NonDisruptive, changes).touches(format!(
            "Everything that has security group {task_group} admits the load balancer."
        ))
    })
}
