//! `network/path-out-of-sight`: found by ranking, when tasks fail for want of an answer and the facts follow their
//! packets only up to a gateway whose far side no call has shown. It names no fault; it says where to look.

use super::paths::Reached;
use super::tell;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::{Launch, Told};
use crate::rank::is_readable;
use crate::report::{Confidence, Evidence, Finding, LookUp, PathDrawing, Role};
use crate::shell::{Command, plain};
use ecswhy_facts::{Gap, GapReason};
use ecswhy_network::{Hop, HopKind, Leg, Passage, Verdict as Reach};

/// The record.
pub static CHECK: Check = Check {
    id: "network/path-out-of-sight",
    title: "Every hop of the tasks' packets is in sight",
    stage: Stage::Network,
    weight: Weight::Note,
    explains: &[],
    explanation: "## What it is\nTasks fail because nothing answers them, and nothing that can be seen from this account stops their packets: the route leads to a transit gateway, a firewall endpoint, a virtual private gateway or an appliance, and what happens behind it was not read. Where no route leads to the internet at all, an endpoint of another VPC may serve a name by a private hosted zone.\n\n## Why it matters\nThe cause lies behind that gateway or on the way back, so that no finding about this account's routes, security groups or network ACLs would be true.\n\n## How to fix it\nLook at the far side: which route table the gateway uses for this VPC and where its default route leads, what the firewall or NAT there does with the packets, and whether there is a route back to the VPC's addresses. VPC Flow Logs of the task's subnet show that requests leave and no reply comes.\n\n## Sources\nVPC User Guide, Route tables; Transit Gateway Guide, How transit gateways work; Gateway Load Balancer Guide, Getting started.\n",
    run,
};

fn run(_launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(Verdict::NotApplicable("it is decided after all other checks"))
}

/// A path of the launch that ends out of sight.
struct Trail<'l> {
    reached: &'l Reached,
    /// The hop that is not known.
    end: &'l Hop,
    /// Why it is not known.
    gap: &'l Gap,
}

/// One finding for each gateway behind which the cause of these symptoms, or of failures that AWS has forgotten, can lie.
pub fn findings(launch: &Launch<'_>, unexplained: &[&Told]) -> Vec<Finding> {
    let Ok(paths) = launch.paths() else { return Vec::new() };
    let forgotten = launch.symptoms.iter().all(|told| told.symptom.is_benign())
        && launch.forgotten_failures().is_some();
    let open = paths.iter().filter(|each| {
        !each.need.soft && (forgotten || unexplained.iter().any(|told| concerns(each, told)))
    });
    let trails: Vec<Trail<'_>> = open.filter_map(trail).collect();
    let mut ends: Vec<&str> = Vec::new();
    for trail in &trails {
        if !ends.contains(&trail.end.id.as_str()) {
            ends.push(&trail.end.id);
        }
    }
    ends.iter()
        .map(|end| {
            let of_end: Vec<&Trail<'_>> = trails.iter().filter(|it| it.end.id == *end).collect();
            finding(launch, end, &of_end)
        })
        .collect()
}

/// Whether a destination that does not answer would show so.
fn concerns(each: &Reached, told: &Told) -> bool {
    let shows = each.need.symptoms.contains(&told.symptom) || !is_readable(told.symptom);
    let here = told.subnets.is_empty() || told.subnets.contains(&each.subnet);
    shows && here
}

fn trail(reached: &Reached) -> Option<Trail<'_>> {
    let path = &reached.answer.path;
    if reached.answer.verdict != Reach::Undetermined || !path.obstacles.is_empty() {
        return None;
    }
    let gap = path.gaps.iter().find(|gap| matches!(gap.why, GapReason::Unknowable { .. }))?;
    let end = path.hops.iter().find(|hop| hop.passage == Passage::Open && hop.id == gap.subject)?;
    Some(Trail { reached, end, gap })
}

fn finding(launch: &Launch<'_>, end: &str, trails: &[&Trail<'_>]) -> Finding {
    let unique = |items: Vec<String>| {
        let mut seen: Vec<String> = Vec::new();
        for item in items {
            if !seen.contains(&item) {
                seen.push(item);
            }
        }
        seen
    };
    let subnets = unique(trails.iter().map(|trail| trail.reached.subnet.clone()).collect());
    let names = unique(trails.iter().map(|trail| trail.reached.need.name.clone()).collect());
    let word = if subnets.len() == 1 { "subnet" } else { "subnets" };
    let what = format!("{} {end}", kind(end));
    let by_route = trails.first().is_some_and(|trail| trail.end.kind == HopKind::RouteTable);
    let (subnets, names) = (tell::list(&subnets), tell::list(&names));
    let message = if trails.iter().all(|trail| trail.end.leg == Leg::Back) {
        format!(
            "The replies of {names} to tasks in {word} {subnets} come through {what}; nothing up to there stops the requests, and what happens to the replies is out of sight."
        )
    } else if trails.iter().all(|trail| is_elsewhere(trail)) {
        format!(
            "Nothing leads tasks in {word} {subnets} to the internet, and no endpoint of their VPC serves {names}; one behind {what} may, by a private hosted zone, and whether it does is out of sight."
        )
    } else if by_route {
        format!(
            "What tasks in {word} {subnets} send to {names} takes a route of {end} that depends on the address: nothing up to there stops it, and where it goes is out of sight."
        )
    } else {
        format!(
            "What tasks in {word} {subnets} send to {names} leaves through {what}; nothing up to there stops it, and what happens behind it is out of sight."
        )
    };
    let mut evidence: Vec<Evidence> = Vec::new();
    for trail in trails {
        if let Some(fact) = route_of(trail)
            && !evidence.contains(&fact)
        {
            evidence.push(fact);
        }
    }
    let drawn = trails.first().map(|trail| {
        let path = &trail.reached.answer.path;
        let start = format!("task ENI -> {}", trail.reached.subnet);
        PathDrawing::new(tell::trail(&start, path), path)
    });
    if let Some(drawn) = &drawn {
        evidence.push(Evidence::Trace { trace: vec![drawn.line.clone()] });
    }
    let steps = trails.iter().flat_map(|trail| {
        trail.reached.answer.path.ladder().lines().map(str::to_owned).collect::<Vec<_>>()
    });
    evidence.push(Evidence::Trace { trace: unique(steps.collect()) });
    Finding {
        key: format!("{}#{end}", CHECK.id),
        id: CHECK.id.to_owned(),
        subject: end.to_owned(),
        role: Role::Note,
        confidence: Confidence::Certain,
        stage: CHECK.stage,
        message,
        evidence,
        path: drawn,
        look_up: look_up(launch, end, trails),
        fixes: Vec::new(),
    }
}

/// Whether the path is open only because an endpoint of another network may serve it.
fn is_elsewhere(trail: &Trail<'_>) -> bool {
    trail.gap.call == "ec2:DescribeVpcEndpoints"
}

/// The route that leads out of sight, as the fact that shows it.
fn route_of(trail: &Trail<'_>) -> Option<Evidence> {
    let hops = &trail.reached.answer.path.hops;
    let before = hops.iter().take_while(|hop| !std::ptr::eq(*hop, trail.end));
    let table = before.filter(|hop| hop.kind == HopKind::RouteTable).last()?;
    let block = table.text.split(" to ").next().unwrap_or_default();
    let field = format!("Routes[{block}].{}", target_field(&trail.end.id));
    Some(Evidence::fact("ec2:DescribeRouteTables", table.id.clone(), &field, &trail.end.id))
}

/// What people call it.
fn kind(id: &str) -> &'static str {
    match id.split('-').next() {
        Some("tgw") => "transit gateway",
        Some("vgw") => "virtual private gateway",
        Some("vpce") => "firewall endpoint",
        Some("eni") => "network interface",
        Some("i") => "instance",
        Some("pcx") => "peering connection",
        Some("nat") => "NAT gateway",
        _ => "gateway",
    }
}

/// EC2 API reference, "Route".
fn target_field(id: &str) -> &'static str {
    match id.split('-').next() {
        Some("tgw") => "TransitGatewayId",
        Some("eni") => "NetworkInterfaceId",
        Some("i") => "InstanceId",
        Some("pcx") => "VpcPeeringConnectionId",
        Some("nat") => "NatGatewayId",
        Some("lgw") => "LocalGatewayId",
        Some("cagw") => "CarrierGatewayId",
        _ if id.contains(":core-network/") => "CoreNetworkArn",
        _ => "GatewayId",
    }
}

/// What to look at there, and the read-only commands that show it.
fn look_up(launch: &Launch<'_>, end: &str, trails: &[&Trail<'_>]) -> Option<LookUp> {
    let reason = trails.first()?.gap.to_string();
    let model = launch.model();
    let vpc = model.subnet(&trails.first()?.reached.subnet).map(|subnet| subnet.vpc.clone())?;
    let blocks: Vec<String> = model
        .vpc(&vpc)
        .map(|vpc| vpc.blocks.iter().map(ToString::to_string).collect())
        .unwrap_or_default();
    let mut sentence = match reason.split_once(": look ") {
        Some((_, look)) => format!("Look {look}"),
        None => format!("Look at where the packets go: {reason}"),
    };
    let elsewhere = trails.iter().any(|trail| is_elsewhere(trail));
    if !blocks.is_empty() && !elsewhere {
        sentence.push_str(&format!(". The replies go to {}", tell::list(&blocks)));
    }
    sentence.push('.');
    let id = plain(end).ok()?;
    let (vpc, subnet) = (plain(&vpc).ok()?, plain(&trails.first()?.reached.subnet).ok()?);
    let filtered = |operation: &str, filters: &[String]| {
        let option = if operation.ends_with("flow-logs") { "--filter" } else { "--filters" };
        launch.aws(operation).list(option, filters)
    };
    let by = |name: &str, value: &str| format!("Name={name},Values={value}");
    let named = |operation: &str, option: &str| launch.aws(operation).arg(option, id);
    let mut commands = match end.split('-').next() {
        Some("tgw") => {
            let gateway = by("transit-gateway-id", id);
            vec![
                filtered(
                    "ec2 describe-transit-gateway-attachments",
                    &[gateway.clone(), by("resource-id", vpc)],
                ),
                filtered("ec2 describe-transit-gateway-route-tables", &[gateway]),
                launch
                    .aws("ec2 search-transit-gateway-routes")
                    .arg("--transit-gateway-route-table-id", "TABLE")
                    .list("--filters", &[by("state", "active,blackhole")]),
            ]
        }
        Some("vgw") => vec![
            filtered("ec2 describe-vpn-connections", &[by("vpn-gateway-id", id)]),
            launch
                .aws("directconnect describe-virtual-interfaces")
                .query(&format!("virtualInterfaces[?virtualGatewayId=='{id}']")),
        ],
        Some("vpce") => vec![
            named("ec2 describe-vpc-endpoints", "--vpc-endpoint-ids"),
            launch.aws("network-firewall list-firewalls").arg("--vpc-ids", vpc),
        ],
        Some("eni") => vec![
            named("ec2 describe-network-interfaces", "--network-interface-ids"),
            filtered("ec2 describe-instances", &[by("network-interface.network-interface-id", id)]),
        ],
        Some("i") => vec![named("ec2 describe-instances", "--instance-ids")],
        Some("rtb") => vec![named("ec2 describe-route-tables", "--route-table-ids")],
        Some("pcx") => {
            vec![named("ec2 describe-vpc-peering-connections", "--vpc-peering-connection-ids")]
        }
        _ => Vec::new(),
    };
    if elsewhere {
        commands.push(
            Command::aws("route53 list-hosted-zones-by-vpc")
                .arg("--vpc-id", vpc)
                .arg("--vpc-region", &launch.snapshot.region),
        );
    }
    commands
        .push(filtered("ec2 describe-flow-logs", &[by("resource-id", &format!("{subnet},{vpc}"))]));
    let commands = commands.into_iter().filter_map(|command| command.finish().ok()).collect();
    Some(LookUp { sentence, commands })
}
