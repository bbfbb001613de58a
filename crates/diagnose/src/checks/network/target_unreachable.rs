//! `network/target-unreachable`: what the tasks ask for at an address of a VPC (a DNS server, a registry) is not there,
//! or does not admit them. Mount targets have a check of their own.

use super::UNREACHABLE;
use super::group::Group;
use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;
use ecswhy_network::Fault as Kind;

/// The record.
pub static CHECK: Check = Check {
    id: "network/target-unreachable",
    title: "Servers of one's own are there and admit the tasks",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: UNREACHABLE,
    explanation: "## What it is\nThe launch asks a server inside a VPC, such as the DNS server of the DHCP options or a registry of one's own, and nothing answers there: its security group has no inbound rule for the tasks, its instance is stopped, nothing has the address, or no route leads there.\n\n## Why it stops the launch\nWithout its DNS server a task finds no name at all; without its registry it has no image.\n\n## How to fix it\nAllow the port from the tasks' security group into the server's (a DNS server needs udp and tcp 53), start it, correct the address, or add the route.\n\n## Sources\nVPC User Guide, DHCP option sets; Security group rules.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    if launch.paths()?.is_empty() {
        return Ok(Verdict::NotApplicable("the launch needs no network path that can be judged"));
    }
    let wanted = |kind| matches!(kind, Kind::TargetSecurityGroup | Kind::TargetMissing);
    let (groups, gaps) = paths::groups(launch, wanted)?;
    let own =
        |group: &Group<'_>| group.cuts.iter().all(|cut| cut.reached.need.file_system.is_none());
    let groups: Vec<Group<'_>> = groups.into_iter().filter(own).collect();
    let faults = groups.iter().map(|group| paths::fault(launch, group, &groups)).collect();
    Ok(Verdict::of(faults, gaps))
}
