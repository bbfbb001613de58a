//! Where a launch places its tasks: subnets, security groups, public IP setting, platform version. Told by its
//! deployment or task set; of one that is gone, by what its tasks still show, which is less.

use super::changed_since_last_good::Changed;
use crate::launch::{Launch, rollouts};
use ecswhy_facts::ecs::{AwsvpcConfiguration, Task};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What is known of where a launch places its tasks.
#[derive(Default)]
struct Placement<'a> {
    network: Option<Cow<'a, AwsvpcConfiguration>>,
    /// Subnets in which its tasks are known to have been.
    seen: BTreeSet<&'a str>,
    platform: Option<&'a str>,
}

/// The settings in which the judged launch differs from that of a task that ran.
pub(super) fn changed(launch: &Launch<'_>, good: &Task) -> Vec<Changed> {
    let (before, after) = (of(launch, good.started_by.as_deref()), judged(launch));
    let mut changed = Vec::new();
    let mut compare = |name: &str, before: String, after: String| {
        if before != after {
            changed.push(Changed { name: name.to_owned(), before, after, of_service: true });
        }
    };
    match (&before.network, &after.network) {
        (Some(before), Some(after)) => {
            let sorted = |list: &[String]| {
                let sorted: BTreeSet<&str> = list.iter().map(String::as_str).collect();
                sorted.into_iter().collect::<Vec<_>>().join(", ")
            };
            let public = |network: &AwsvpcConfiguration| {
                network.assign_public_ip.clone().unwrap_or_else(|| "DISABLED".to_owned())
            };
            compare("subnets", sorted(&before.subnets), sorted(&after.subnets));
            compare(
                "securityGroups",
                sorted(&before.security_groups),
                sorted(&after.security_groups),
            );
            compare("assignPublicIp", public(before), public(after));
        }
        // One side is known in part only: a subnet that the other does not have is a difference all the same.
        (Some(whole), None) | (None, Some(whole)) => {
            let part = if before.network.is_some() { &after.seen } else { &before.seen };
            let whole: BTreeSet<&str> = whole.subnets.iter().map(String::as_str).collect();
            if !part.is_empty() && part.is_disjoint(&whole) {
                let join =
                    |set: &BTreeSet<&str>| set.iter().copied().collect::<Vec<_>>().join(", ");
                let (was, is) = match before.network.is_some() {
                    true => (join(&whole), join(part)),
                    false => (join(part), join(&whole)),
                };
                compare("subnets", was, is);
            }
        }
        (None, None) => {}
    }
    if let (Some(before), Some(after)) = (before.platform, after.platform) {
        compare("platformVersion", before.to_owned(), after.to_owned());
    }
    changed
}

/// Of a launch by the id of its deployment or task set.
fn of<'a>(launch: &'a Launch<'_>, id: Option<&str>) -> Placement<'a> {
    let known = launch.service.into_iter().flat_map(rollouts);
    let rollout = known.into_iter().find(|rollout| rollout.id.is_some() && rollout.id == id);
    let tasks = launch.tasks.iter().filter(|task| id.is_some() && task.started_by.as_deref() == id);
    let of_tasks = tasks.clone().find_map(|task| task.platform_version.as_deref());
    Placement {
        network: rollout.as_ref().and_then(|rollout| rollout.network.clone()),
        seen: tasks.filter_map(|task| task.eni_detail("subnetId")).collect(),
        platform: resolved(rollout.and_then(|rollout| rollout.platform_version))
            .or(resolved(of_tasks)),
    }
}

fn judged<'a>(launch: &'a Launch<'_>) -> Placement<'a> {
    let placement = of(launch, launch.rollout.as_ref().and_then(|rollout| rollout.id));
    // The service shows the settings of the deployment that it went back to.
    if placement.network.is_some() || launch.rolled_back || launch.service.is_none() {
        return placement;
    }
    Placement { network: launch.network().ok().flatten(), ..placement }
}

/// `LATEST` says nothing of what it was then.
fn resolved(version: Option<&str>) -> Option<&str> {
    version.filter(|version| *version != "LATEST")
}
