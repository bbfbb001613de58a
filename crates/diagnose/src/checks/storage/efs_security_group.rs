//! `storage/efs-security-group`: the mount targets do not admit the tasks.

use super::mounts::file_systems;
use crate::Stage;
use crate::change::{Change, SecurityGroupRule};
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::checks::network::group::Group;
use crate::checks::network::paths;
use crate::checks::network::remedies::tasks_as_peer;
use crate::checks::network::tell::{list, task_groups};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;
use ecswhy_network::Fault as Kind;

/// The record.
pub static CHECK: Check = Check {
    id: "storage/efs-security-group",
    title: "The EFS mount targets admit the tasks",
    stage: Stage::Storage,
    weight: Weight::Blocks,
    explains: &[Symptom::EfsUnreachable],
    explanation: "## What it is\nThe security group of the EFS mount target has no inbound rule that admits the tasks on tcp 2049 (NFS).\n\n## Why it stops the launch\nFargate mounts every volume before it starts the containers; the mount gets no answer and times out.\n\n## How to fix it\nAllow tcp 2049 from the tasks' security group into the mount target's security group.\n\n## Sources\nEFS User Guide, Using VPC security groups.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    if file_systems(launch)?.is_empty() {
        return Ok(Verdict::NotApplicable("the task definition mounts no EFS volume"));
    }
    let (groups, _) = paths::groups(launch, |kind| kind == Kind::TargetSecurityGroup)?;
    let groups: Vec<Group<'_>> = groups
        .into_iter()
        .filter(|group| group.cuts.iter().all(|cut| cut.reached.need.file_system.is_some()))
        .collect();
    if !groups.is_empty() {
        return Ok(Verdict::Fail(groups.iter().map(|group| fault(launch, group)).collect()));
    }
    let mut gaps: Vec<Gap> = Vec::new();
    let mounts = launch.paths()?.iter().filter(|each| each.need.file_system.is_some());
    for gap in mounts.flat_map(|each| each.answer.gaps()) {
        if !gaps.contains(gap) {
            gaps.push(gap.clone());
        }
    }
    // Without the list of mount targets there is no path to judge.
    for id in file_systems(launch)? {
        gaps.extend(launch.facts.storage.mount_targets.ask(&id).err());
    }
    Ok(if gaps.is_empty() { Verdict::Pass } else { Verdict::Unknown(gaps) })
}

fn fault(launch: &Launch<'_>, group: &Group<'_>) -> Fault {
    let mut targets: Vec<String> = Vec::new();
    for cut in &group.cuts {
        if !targets.contains(&cut.obstacle.subject) {
            targets.push(cut.obstacle.subject.clone());
        }
    }
    let subnets = group.subnets();
    let total = paths::subnets(launch).len();
    let share = if subnets.len() < total {
        format!(" ({} of {total} subnets)", subnets.len())
    } else {
        String::new()
    };
    let mut fault = paths::fault(launch, group, std::slice::from_ref(group));
    let word = if subnets.len() == 1 { "subnet" } else { "subnets" };
    fault.message = format!(
        "Security group {} of the mount target of EFS file system {} does not admit the tasks (security group {}) on tcp 2049 in {word} {}{share}.",
        list(&targets),
        group.subject,
        list(&task_groups(launch)),
        list(&subnets)
    );
    fault = fault.about("file_system", group.subject.clone());
    if let Some(peer) = tasks_as_peer(launch, &subnets) {
        let rule =
            SecurityGroupRule { protocol: "tcp".to_owned(), from_port: 2049, to_port: 2049, peer };
        let changes = targets
            .iter()
            .map(|target| Change::AuthorizeIngress {
                security_group: target.clone(),
                rule: rule.clone(),
            })
            .collect();
        let title = format!("Allow tcp 2049 from the tasks into {}", list(&targets));
        fault = fault.remedy(Remedy::new(title, Safety::NonDisruptive, changes).touches(
            "Everything else that has the mount target's security group admits the tasks on 2049 too.",
        ));
    }
    fault
}
