//! The paths that a launch needs: from the task's network interface in each subnet to every destination of the task
//! definition. Judged once per launch; each check of this group tells the obstacles of its own kind.

use super::destinations::{Need, is_windows, needed};
use super::group::{Cut, Group};
use super::{remedies, tell};
use crate::check::{Fault, Verdict};
use crate::launch::Launch;
use crate::report::Confidence;
use ecswhy_facts::ec2::{Ec2Facts, GroupIdentifier, NetworkInterface};
use ecswhy_facts::{Gap, GapReason};
use ecswhy_network::{Answer, Destination, Fault as Kind, Model, Obstacle, Origin, Question};
use ipnet::IpNet;
use std::net::IpAddr;

/// The answer for one destination, from one subnet.
#[derive(Debug)]
pub struct Reached {
    /// The subnet of the task.
    pub subnet: String,
    /// What was asked for.
    pub need: Need,
    /// What the evaluator says.
    pub answer: Answer,
}

/// Client ports of a Windows task. VPC User Guide, "Ephemeral ports".
const WINDOWS_CLIENT_PORTS: std::ops::RangeInclusive<u16> = 49152..=65535;

/// The network of the account, with the interface that a task would get in each subnet of the launch.
pub fn model(launch: &Launch<'_>) -> Model {
    let mut imagined = Ec2Facts::default();
    if let Some(network) = launch.network().ok().flatten() {
        let interfaces =
            network.subnets.iter().filter_map(|subnet| imagine(launch, subnet)).collect();
        imagined.network_interfaces.put_incomplete(interfaces);
    }
    Model::new([&launch.facts.ec2, &imagined])
}

/// The id under which the model knows the interface that a task would get in a subnet.
pub fn task_interface(subnet: &str) -> String {
    format!("task-in-{subnet}")
}

/// The interface has the fourth address of the subnet, which AWS keeps for itself, so that no other one can own it.
fn imagine(launch: &Launch<'_>, subnet: &str) -> Option<NetworkInterface> {
    let facts = launch.facts.ec2.subnets.by_id(subnet).ok()??;
    let Ok(IpNet::V4(block)) = facts.cidr_block.as_deref()?.parse::<IpNet>() else { return None };
    let address = u32::from(block.network()).checked_add(3)?;
    let group = |id: &String| GroupIdentifier { group_id: Some(id.clone()), group_name: None };
    Some(NetworkInterface {
        network_interface_id: Some(task_interface(subnet)),
        subnet_id: Some(subnet.to_owned()),
        vpc_id: facts.vpc_id.clone(),
        private_ip_address: Some(std::net::Ipv4Addr::from(address).to_string()),
        interface_type: Some("interface".to_owned()),
        groups: launch.network().ok().flatten()?.security_groups.iter().map(group).collect(),
        ..NetworkInterface::default()
    })
}

/// Where a task of the launch starts from, in one of its subnets.
pub fn origin(launch: &Launch<'_>, subnet: &str) -> Origin {
    let network = launch.network().ok().flatten();
    Origin::Task {
        subnet: subnet.to_owned(),
        security_groups: network.as_ref().map(|it| it.security_groups.clone()).unwrap_or_default(),
        public_ip: network.is_some_and(|it| it.assign_public_ip.as_deref() == Some("ENABLED")),
        ipv6: false,
    }
}

/// The subnets of the launch that are not proven to be gone; those are `eni/subnet-missing`.
pub fn subnets(launch: &Launch<'_>) -> Vec<String> {
    let listed =
        launch.network().ok().flatten().map(|network| network.subnets.clone()).unwrap_or_default();
    let gone = |id: &String| matches!(launch.facts.ec2.subnets.by_id(id), Ok(None));
    listed.into_iter().filter(|id| !gone(id)).collect()
}

/// A question of a task of the launch.
pub fn question(
    launch: &Launch<'_>,
    subnet: &str,
    destination: Destination,
    port: u16,
) -> Question {
    let question = Question::tcp(origin(launch, subnet), destination, port);
    if launch.task_definition().is_ok_and(is_windows) {
        question.with_client_ports(WINDOWS_CLIENT_PORTS)
    } else {
        question
    }
}

/// Judges every path of the launch.
///
/// # Errors
/// The gap, when the task definition is not readable.
pub fn judge(launch: &Launch<'_>) -> Result<Vec<Reached>, Gap> {
    let Some(network) = launch.network()?.filter(|_| launch.is_fargate()) else {
        return Ok(Vec::new());
    };
    // The interface of a stopped task is gone, and with it what said which security groups it had; an empty list in
    // a service's settings is the VPC's default group.
    if launch.service.is_none() && network.security_groups.is_empty() {
        return Err(Gap {
            call: "ec2:DescribeNetworkInterfaces".to_owned(),
            subject: launch.target.key(),
            why: GapReason::NotAsked,
        });
    }
    let everywhere = needed(launch)?;
    let mut all = Vec::new();
    for subnet in subnets(launch) {
        let needs = everywhere.iter().cloned().chain(mount_targets(launch, &subnet)?);
        let mut reached: Vec<Reached> = needs
            .map(|need| {
                let asked = question(launch, &subnet, need.destination.clone(), need.port);
                let answer = launch.model().reach(&asked);
                Reached { subnet: subnet.clone(), need, answer }
            })
            .collect();
        name_ways_out(&mut reached, &launch.snapshot.region);
        all.extend(reached);
    }
    Ok(all)
}

/// The mount targets that a task in this subnet would use: those of its own zone.
fn mount_targets(launch: &Launch<'_>, subnet: &str) -> Result<Vec<Need>, Gap> {
    let region = &launch.snapshot.region;
    let mut needs: Vec<Need> = Vec::new();
    for volume in &launch.needs()?.file_systems {
        let target = crate::checks::storage::mounts::target_of(launch, &volume.file_system, subnet);
        let address = target.ok().flatten().and_then(|target| target.ip_address.clone());
        let Some(address) = address.and_then(|text| text.parse::<IpAddr>().ok()) else { continue };
        if !needs.iter().any(|need| need.file_system.as_ref() == Some(&volume.file_system)) {
            needs.push(Need::mount_target(&volume.file_system, region, address));
        }
    }
    Ok(needs)
}

/// Decides between the ids of a subnet without a usable way out (DESIGN.md, "Network ids"): where at least one of the
/// needed interface endpoints exists, each service of this Region without one lacks its endpoint; otherwise, and for
/// what no endpoint can serve, the way out is missing.
fn name_ways_out(reached: &mut [Reached], region: &str) {
    let lives_on_endpoints = reached.iter().any(|each| {
        each.need.has_endpoint_in(region) && each.answer.path.way.starts_with("interface endpoint")
    });
    let no_egress =
        |each: &Reached| each.answer.obstacles().iter().any(|it| it.fault == Kind::NoEgress);
    let shut_in =
        !lives_on_endpoints && reached.iter().any(|each| !each.need.soft && no_egress(each));
    for each in reached {
        let service = each.need.as_service().filter(|_| each.need.has_endpoint_in(region));
        let service = service.map(|service| service.name.clone());
        let private = each.need.file_system.is_some();
        let server = each.answer.path.name_server().or_else(|| match each.need.destination {
            Destination::Ip(address) => Some(address.to_string()),
            _ => None,
        });
        for obstacle in &mut each.answer.path.obstacles {
            match (obstacle.fault, &service) {
                (Kind::NoEgress, Some(service)) if lives_on_endpoints => {
                    obstacle.fault = Kind::EndpointMissing;
                    obstacle.subject.clone_from(service);
                }
                // A gateway endpoint for S3 alone is not a way out.
                (Kind::S3EndpointRouteTable, _) if shut_in => obstacle.fault = Kind::NoEgress,
                // Only what has a private address is without a route: a server of one's own.
                (Kind::NoRoute, _) if !private => {
                    obstacle.fault = Kind::TargetMissing;
                    if let Some(server) = server.clone() {
                        obstacle.subject = server;
                    }
                }
                (Kind::NoReturnRoute | Kind::SourceDestinationCheck, _) => {
                    obstacle.fault = Kind::BlackholeRoute;
                }
                _ => {}
            }
        }
    }
}

/// How much an obstacle is worth.
enum Weighed {
    /// It stops every packet.
    Proven,
    /// It stops some of them.
    Sometimes,
    /// It stops them if the unknown is as it seems.
    Unsure(Gap),
}

/// Whether the tasks can have the security groups that the launch names: all exist, in the VPC of the subnets. Where
/// they cannot, what these groups let through says nothing, and group `eni` tells what is wrong.
///
/// # Errors
/// The gap, when a group is not known and the others fit.
pub fn groups_fit(launch: &Launch<'_>) -> Result<bool, Gap> {
    let Some(network) = launch.network().ok().flatten() else { return Ok(true) };
    let vpc = |id: &String| launch.facts.ec2.subnets.by_id(id).ok().flatten()?.vpc_id.clone();
    let home = network.subnets.iter().find_map(vpc);
    let mut unknown = None;
    for id in &network.security_groups {
        match launch.facts.ec2.security_groups.by_id(id) {
            Ok(None) => return Ok(false),
            Ok(Some(group)) => {
                if home.is_some() && group.vpc_id.is_some() && group.vpc_id != home {
                    return Ok(false);
                }
            }
            Err(gap) => unknown = Some(gap),
        }
    }
    unknown.map_or(Ok(true), Err)
}

fn weigh(each: &Reached, obstacle: &Obstacle, groups_fit: bool) -> Weighed {
    let by_groups = matches!(
        obstacle.fault,
        Kind::SecurityGroupEgress | Kind::EndpointSecurityGroup | Kind::TargetSecurityGroup
    );
    if by_groups && !groups_fit {
        return Weighed::Unsure(Gap {
            call: "ec2:DescribeSecurityGroups".to_owned(),
            subject: obstacle.subject.clone(),
            why: GapReason::Unknowable {
                why: "the tasks cannot have the security groups that the service names".to_owned(),
            },
        });
    }
    if obstacle.partial {
        let path = &each.answer.path;
        let known_addresses =
            each.need.file_system.is_some() || path.way.starts_with("interface endpoint");
        return match path.gaps.first() {
            Some(gap) => Weighed::Unsure(gap.clone()),
            None if known_addresses || obstacle.fault == Kind::Nacl => Weighed::Sometimes,
            None => Weighed::Unsure(Gap {
                call: "ec2:DescribeSecurityGroups".to_owned(),
                subject: obstacle.subject.clone(),
                why: GapReason::Unknowable {
                    why: format!(
                        "whether the addresses of {} are among those that it lets through cannot be seen",
                        each.need.name
                    ),
                },
            }),
        };
    }
    Weighed::Proven
}

/// A name of one's own may lead into the VPC, past everything that was judged.
fn private_name(need: &Need) -> Gap {
    let host = need.hosts.first().cloned().unwrap_or_default();
    let why = format!("whether {host} leads to an address inside the network cannot be seen");
    Gap {
        call: "ec2:DescribeRouteTables".to_owned(),
        subject: host,
        why: GapReason::Unknowable { why },
    }
}

/// The obstacles of one kind on the paths of the launch.
///
/// # Errors
/// The gap, when nothing could be judged.
pub fn verdict(launch: &Launch<'_>, id: &str) -> Result<Verdict, Gap> {
    if launch.paths()?.is_empty() {
        return Ok(Verdict::NotApplicable("the launch needs no network path that can be judged"));
    }
    let (groups, gaps) = groups(launch, |kind| kind.id() == id)?;
    let faults: Vec<Fault> = groups.iter().map(|group| fault(launch, group, &groups)).collect();
    Ok(Verdict::of(faults, gaps))
}

/// The obstacles of a kind, one group per subject; and what keeps paths from being judged.
///
/// # Errors
/// The gap, when nothing could be judged.
pub fn groups<'l>(
    launch: &'l Launch<'_>,
    wanted: impl Fn(Kind) -> bool,
) -> Result<(Vec<Group<'l>>, Vec<Gap>), Gap> {
    let mut groups: Vec<Group<'l>> = Vec::new();
    let mut gaps: Vec<Gap> = Vec::new();
    let mut note = |gap: &Gap, each: &Reached| {
        // What nobody can see does not matter where a task has started: it got through.
        let seen = matches!(gap.why, GapReason::Unknowable { .. })
            && launch.proofs.last_start(std::slice::from_ref(&each.subnet)).is_some();
        if !seen && !each.need.soft && !gaps.contains(gap) {
            gaps.push(gap.clone());
        }
    };
    let fit = groups_fit(launch).unwrap_or(true);
    for each in launch.paths()? {
        let obstacles = each.answer.obstacles();
        let blocked = obstacles.iter().any(|obstacle| !obstacle.partial);
        if !blocked {
            each.answer.gaps().iter().for_each(|gap| note(gap, each));
        }
        for (hop, obstacle) in obstacles.iter().enumerate().filter(|(_, it)| wanted(it.fault)) {
            let mut sometimes = false;
            match weigh(each, obstacle, fit) {
                Weighed::Proven => {}
                Weighed::Sometimes => sometimes = true,
                Weighed::Unsure(gap) => {
                    note(&gap, each);
                    continue;
                }
            }
            if each.need.private_name && !says_so(launch, each) {
                note(&private_name(&each.need), each);
                continue;
            }
            Group::add(&mut groups, Cut { reached: each, hop, obstacle, sometimes });
        }
    }
    Ok((groups, gaps))
}

/// Whether attempts of the launch failed as they would without this destination.
fn says_so(launch: &Launch<'_>, each: &Reached) -> bool {
    !launch.steady
        && launch.symptoms.iter().any(|told| {
            let names = told.parameters.get("host");
            each.need.symptoms.contains(&told.symptom)
                && (told.subnets.is_empty() || told.subnets.contains(&each.subnet))
                && names.is_none_or(|host| each.need.hosts.contains(host))
        })
}

/// One finding per subject: the hosts and subnets that the same obstacle cuts off are told together.
pub fn fault(launch: &Launch<'_>, group: &Group<'_>, all: &[Group<'_>]) -> Fault {
    let mut fault = Fault::new(group.subject.clone(), tell::message(launch, group, all))
        .at_hop(group.hop())
        .in_subnets(group.subnets());
    for proof in group.proofs() {
        fault = fault.fact(proof.call, proof.resource.clone(), &proof.field, &proof.value);
    }
    if let Some(cut) = group.cuts.first() {
        fault = fault.path(tell::picture(cut), &cut.reached.answer.path);
    }
    for host in group.hosts() {
        fault = fault.about("host", host);
    }
    fault.symptoms = group.symptoms();
    if group.cuts.iter().all(|cut| cut.sometimes) {
        let shows = group.cuts.iter().any(|cut| says_so(launch, cut.reached));
        fault = if shows {
            fault.confidence(Confidence::Likely)
        } else {
            fault.as_risk().confidence(Confidence::Likely)
        };
    } else if group.cuts.iter().all(|cut| cut.reached.need.private_name) {
        fault = fault.confidence(Confidence::Likely);
    }
    if group.cuts.iter().all(|cut| cut.reached.need.soft) {
        fault = fault.as_risk();
    }
    for remedy in remedies::remedies(launch, group, all) {
        fault = fault.remedy(remedy);
    }
    fault
}
