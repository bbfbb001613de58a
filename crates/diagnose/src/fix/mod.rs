//! Fixes: the remedies of checks, made complete, proven on a model of the account, and written as commands. A remedy
//! that does not clear its finding, or brings another, is not offered.

mod apply;
mod commands;
mod controllers;
mod managed;
mod names;
mod prove;
mod subjects;

pub use crate::shell::NotWritable;
pub use apply::{NotModelled, apply};
pub(crate) use commands::read_definition;
pub use commands::{Script, script};

use crate::change::Change;
use crate::check::Remedy;
use crate::launch::Launch;
use crate::rank::Ranked;
use crate::report::{Fix, NextLaunch, Proof};
use controllers::rolls_out;
use ecswhy_facts::Arn;
use prove::Bench;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The fixes of a target, and which of them clear which finding.
#[derive(Debug, Default)]
pub struct Offered {
    /// Every fix once, in the order in which findings need them.
    pub fixes: Vec<Fix>,
    by_key: BTreeMap<String, Vec<String>>,
}

impl Offered {
    /// Ids of the fixes that clear a finding, best first.
    pub fn of(&self, key: &str) -> Vec<String> {
        self.by_key.get(key).cloned().unwrap_or_default()
    }
}

/// Proves what the checks propose and writes the commands.
pub(crate) fn offer(launch: &Launch<'_>, ranked: &[Ranked<'_>]) -> Offered {
    let mut offered = Offered::default();
    if ranked.iter().all(|each| each.fault.remedies.is_empty()) {
        return offered;
    }
    let bench = Bench::of(launch);
    let names = PolicyNames::of(launch, ranked);
    let keys: BTreeSet<String> = ranked.iter().map(Ranked::key).collect();
    for each in ranked {
        let key = each.key();
        for remedy in &each.fault.remedies {
            let changes = complete(launch, &names, &remedy.changes);
            let written = controllers::of(launch, changes.clone());
            if let Some(known) = offered.fixes.iter_mut().find(|fix| fix.changes == written) {
                if !known.clears.contains(&key) {
                    known.clears.push(key.clone());
                }
                continue;
            }
            let (proof, cleared) = match bench.prove(each.check.id, &key, &changes) {
                prove::Proof::Refuted => continue,
                prove::Proof::Unsettled => (Proof::Estimate, vec![key.clone()]),
                prove::Proof::Cleared(gone) => (remedy.proof, gone),
            };
            let Ok(script) = script(launch.snapshot, bench.account(), &written) else { continue };
            let others = cleared.into_iter().filter(|gone| *gone != key && keys.contains(gone));
            let clears = std::iter::once(key.clone()).chain(others).collect();
            offered.fixes.push(fix(launch, remedy, written, proof, clears, script));
        }
    }
    offered.link(ranked);
    offered
}

impl Offered {
    /// A finding's own fixes first, in the order of its remedies; then those of others that clear it too.
    fn link(&mut self, ranked: &[Ranked<'_>]) {
        for key in ranked.iter().map(Ranked::key) {
            let of_key = |own: bool| {
                let key = &key;
                self.fixes.iter().filter(move |fix| {
                    fix.clears.contains(key) && (fix.clears.first() == Some(key)) == own
                })
            };
            let ids = of_key(true).chain(of_key(false)).map(|fix| fix.id.clone()).collect();
            self.by_key.insert(key, ids);
        }
    }
}

/// How the judged launch begins again once its walls are gone. Amazon ECS Developer Guide, "Service throttle logic"
/// and "Deployment circuit breaker": the scheduler tries again with growing pauses, and not at all after a rollback.
pub(crate) fn next_launch(launch: &Launch<'_>) -> Option<NextLaunch> {
    if launch.steady {
        return None;
    }
    let Some(service) = launch.service.filter(|_| launch.target.service().is_some()) else {
        let again = "ECS does not start a standalone task again: run it the way it was run.";
        return Some(NextLaunch { sentence: again.to_owned(), commands: Vec::new() });
    };
    if !rolls_out(service) {
        let sentence = "The service does not deploy by rolling update: start the deployment again where it was started.";
        return Some(NextLaunch { sentence: sentence.to_owned(), commands: Vec::new() });
    }
    let (cluster, name) = (launch.target.cluster(), launch.target.service()?);
    let judged = launch.task_definition_arn();
    let failed =
        launch.rollout.as_ref().and_then(|rollout| rollout.rollout_state) == Some("FAILED");
    let (sentence, revision) = if launch.rolled_back {
        ("ECS has rolled this deployment back and does not try it again: deploy it anew.", judged)
    } else if failed {
        ("ECS has given this deployment up: start a new one.", judged)
    } else {
        (
            "ECS tries again by itself, after pauses that grow with each failure. To try at once:",
            None,
        )
    };
    let command = commands::deploy_again(launch.snapshot, cluster, name, revision).ok()?;
    Some(NextLaunch { sentence: sentence.to_owned(), commands: vec![command] })
}

fn fix(
    launch: &Launch<'_>,
    remedy: &Remedy,
    changes: Vec<Change>,
    proof: Proof,
    clears: Vec<String>,
    script: Script,
) -> Fix {
    Fix {
        id: fix_id(&changes),
        title: remedy.title.clone(),
        safety: remedy.safety,
        cost_per_month_usd: remedy.cost_per_month_usd,
        proof,
        clears,
        touches: remedy.touches.iter().cloned().chain(other_account(launch, &changes)).collect(),
        commands: script.commands,
        terraform: None,
        cloudformation: None,
        rollback: script.rollback,
        managed_by: managed::owner(launch.snapshot, &changes),
        changes,
    }
}

/// What lies in another account is changed with that account's credentials.
fn other_account(launch: &Launch<'_>, changes: &[Change]) -> Option<String> {
    let own = &launch.snapshot.account;
    let accounts = changes.iter().flat_map(subjects::subjects).filter_map(|subject| {
        let account = subject.name().parse::<Arn>().ok()?.account;
        (account.len() == 12 && account != *own).then_some(account)
    });
    let account = accounts.into_iter().next()?;
    Some(format!("It lies in account {account}: run this with credentials of that account."))
}

/// What every fix needs and no check says.
fn complete(launch: &Launch<'_>, names: &PolicyNames, changes: &[Change]) -> Vec<Change> {
    let mut all: Vec<Change> = changes.iter().map(|change| names.free(change)).collect();
    for change in &mut all {
        if let Change::CreateInterfaceEndpoint { subnets, .. } = change {
            one_per_zone(launch, subnets);
        }
    }
    let deploys = all.iter().any(|change| matches!(change, Change::DeployTaskDefinition { .. }));
    let registered = all.iter().find_map(|change| match change {
        Change::RegisterTaskDefinition { task_definition, .. } => Some(task_definition),
        _ => None,
    });
    let deploy = registered.filter(|_| !deploys).and_then(|arn| deploy(launch, arn));
    all.extend(deploy);
    all
}

/// CreateVpcEndpoint reference: an interface endpoint takes one subnet per Availability Zone.
fn one_per_zone(launch: &Launch<'_>, subnets: &mut Vec<String>) {
    let mut zones = BTreeSet::new();
    subnets.retain(|id| {
        let subnet = launch.facts.ec2.subnets.by_id(id).ok().flatten();
        match subnet.and_then(|subnet| subnet.availability_zone.as_ref()) {
            Some(zone) => zones.insert(zone.clone()),
            None => true,
        }
    });
}

fn deploy(launch: &Launch<'_>, arn: &str) -> Option<Change> {
    let service = launch.service.filter(|service| rolls_out(service))?;
    let arn: Arn = arn.parse().ok()?;
    let family = arn.resource.strip_prefix("task-definition/")?.rsplit_once(':')?.0.to_owned();
    Some(Change::DeployTaskDefinition {
        cluster: launch.target.cluster().to_owned(),
        service: service.service_name.clone().unwrap_or_default(),
        family,
    })
}

/// Names of inline policies that would overwrite another: one that the role has, or one of another fix.
#[derive(Debug, Default)]
struct PolicyNames {
    /// The different statements by role and policy name, as remedies propose them.
    proposed: BTreeMap<(String, String), Vec<Vec<Value>>>,
    /// Roles and the names that they use.
    used: BTreeSet<(String, String)>,
}

impl PolicyNames {
    fn of(launch: &Launch<'_>, ranked: &[Ranked<'_>]) -> Self {
        let mut names = Self::default();
        let remedies = ranked.iter().flat_map(|each| &each.fault.remedies);
        for change in remedies.flat_map(|remedy| &remedy.changes) {
            if let Change::PutRolePolicyStatement { role, policy_name, statements } = change {
                let place = (role.clone(), policy_name.clone());
                let proposed = names.proposed.entry(place).or_default();
                if !proposed.contains(statements) {
                    proposed.push(statements.clone());
                }
            }
        }
        for (role, used) in launch.facts.iam.inline_policy_names.present() {
            names.used.extend(used.0.iter().map(|name| (role.to_owned(), name.clone())));
        }
        names
    }

    /// The change under a name that is free. The name comes from the statements, so that it is the same in each run.
    fn free(&self, change: &Change) -> Change {
        let Change::PutRolePolicyStatement { role, policy_name, statements } = change else {
            return change.clone();
        };
        let place = (role.clone(), policy_name.clone());
        let shared = self.proposed.get(&place).is_some_and(|proposed| proposed.len() > 1);
        if !shared && !self.used.contains(&place) {
            return change.clone();
        }
        Change::PutRolePolicyStatement {
            role: role.clone(),
            policy_name: format!("{policy_name}-{}", digest(&json!(statements).to_string())),
            statements: statements.clone(),
        }
    }
}

/// From the first change, its subject, and a digest of all changes: never from the rank.
fn fix_id(changes: &[Change]) -> String {
    let json = serde_json::to_value(changes).unwrap_or_default();
    let kind = json.pointer("/0/change").and_then(Value::as_str).unwrap_or("none").to_owned();
    let subject = changes.iter().flat_map(subjects::subjects).next();
    let subject = subject.as_ref().map_or("", |subject| short(subject.name()));
    let mut id = kind;
    let words = subject.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    for word in words.take(8) {
        id.push('-');
        id.push_str(&word.to_ascii_lowercase());
    }
    format!("{id}-{}", digest(&json.to_string()))
}

/// The last part of an ARN or path; a task definition keeps its revision.
fn short(name: &str) -> &str {
    if name.starts_with("arn:") { name.rsplit('/').next().unwrap_or(name) } else { name }
}

/// Four hexadecimal digits of FNV-1a, which no version of anything changes.
fn digest(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{:04x}", (hash ^ (hash >> 16) ^ (hash >> 32) ^ (hash >> 48)) & 0xffff)
}
