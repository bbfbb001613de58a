//! Proof on the model: the checks run on the next launch of the account as it is, and again on the changed account.
//! History takes no part, so that a finding that rests on what happened cannot be proven, only estimated.

use super::apply::{NotModelled, apply};
use crate::change::Change;
use crate::check::{Verdict, Weight};
use crate::checks;
use crate::launch::Launch;
use ecswhy_facts::ecs::{Deployment, EcsFacts, NetworkConfiguration, Service, Tasks};
use ecswhy_facts::elb::ElbFacts;
use ecswhy_facts::logs::LogFacts;
use ecswhy_facts::{Facts, Known, Snapshot, Target};
use std::collections::{BTreeMap, BTreeSet};

/// What the checks say of one launch, without their words.
#[derive(Debug, Default)]
struct Outcome {
    /// `id#subject` of every fault, and whether it is more than a note.
    faults: BTreeMap<String, bool>,
    /// Checks that lack a fact.
    unknown: BTreeSet<&'static str>,
}

impl Outcome {
    fn of(snapshot: &Snapshot, target: &Target) -> Self {
        let launch = Launch::of(snapshot, target);
        let mut outcome = Self::default();
        for check in checks::all() {
            match check.judge(&launch) {
                Verdict::Fail(faults) => outcome.faults.extend(faults.iter().map(|fault| {
                    let counts = fault.weight.unwrap_or(check.weight) != Weight::Note;
                    (format!("{}#{}", check.id, fault.subject), counts)
                })),
                Verdict::Unknown(_) => {
                    outcome.unknown.insert(check.id);
                }
                Verdict::Pass | Verdict::NotApplicable(_) => {}
            }
        }
        outcome
    }

    fn has(&self, key: &str) -> bool {
        self.faults.contains_key(key)
    }
}

/// What the model says of a set of changes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// The finding is gone and no new one came; the other findings that went with it.
    Cleared(Vec<String>),
    /// Nothing new came, but the finding rests on what happened, or a fact is missing to say that it is gone.
    Unsettled,
    /// The finding stays, another comes, or the model cannot show the change.
    Refuted,
}

/// A model of the target's next launch, to try changes on.
pub(super) struct Bench<'a> {
    target: &'a Target,
    next: Snapshot,
    before: Outcome,
}

impl<'a> Bench<'a> {
    pub(super) fn of(launch: &Launch<'a>) -> Self {
        let next = next_launch(launch);
        let before = Outcome::of(&next, launch.target);
        Self { target: launch.target, next, before }
    }

    /// The account at the next launch.
    pub(super) fn account(&self) -> &Snapshot {
        &self.next
    }

    /// Tries changes against the finding `key` of the check `id`.
    pub(super) fn prove(&self, id: &str, key: &str, changes: &[Change]) -> Proof {
        let mut changed = self.next.clone();
        let done: Result<(), NotModelled> =
            changes.iter().try_for_each(|change| apply(&mut changed, change));
        if done.is_err() {
            return Proof::Refuted;
        }
        let after = Outcome::of(&changed, self.target);
        if after.faults.iter().any(|(key, counts)| *counts && !self.before.has(key)) {
            return Proof::Refuted;
        }
        let by_hand = changes.iter().any(|change| matches!(change, Change::Manual { .. }));
        if by_hand || !self.before.has(key) {
            return Proof::Unsettled;
        }
        if after.has(key) {
            return Proof::Refuted;
        }
        if after.unknown.contains(id) {
            return Proof::Unsettled;
        }
        let gone = self.before.faults.keys().filter(|key| !after.has(key));
        Proof::Cleared(gone.cloned().collect())
    }
}

/// The account without its history: the judged launch begins anew, nothing has failed, nothing has been observed.
fn next_launch(launch: &Launch<'_>) -> Snapshot {
    let now = launch.snapshot;
    let home = now.home_scope();
    let mut next = Snapshot::new(now.taken_at, now.account.clone(), now.region.clone());
    next.targets = vec![launch.target.clone()];
    for (scope, facts) in &now.facts {
        let own = *scope == home;
        let kept = Facts {
            ecs: if own { next_ecs(launch) } else { EcsFacts::default() },
            ec2: facts.ec2.clone(),
            ecr: facts.ecr.clone(),
            iam: facts.iam.clone(),
            secrets: facts.secrets.clone(),
            logs: LogFacts { groups: facts.logs.groups.clone(), ..LogFacts::default() },
            elb: ElbFacts { target_health: Default::default(), ..facts.elb.clone() },
            storage: facts.storage.clone(),
            tags: facts.tags.clone(),
        };
        next.facts.insert(scope.clone(), kept);
    }
    next
}

fn next_ecs(launch: &Launch<'_>) -> EcsFacts {
    let ecs = &launch.facts.ecs;
    let mut next = EcsFacts { clusters: ecs.clusters.clone(), ..EcsFacts::default() };
    if let Some(arn) = launch.task_definition_arn() {
        let family = arn.rsplit_once(':').map_or(arn, |(family, _)| family);
        // All revisions of the family that are known, so that the next one gets a number of its own.
        for (subject, known) in ecs.task_definitions.iter() {
            if subject.starts_with(family) {
                next.task_definitions.put(subject, known.clone());
            }
        }
    }
    if let Some(service) = launch.service {
        let name = service.service_name.as_deref().unwrap_or_default();
        let key = format!("{}/{name}", launch.target.cluster());
        next.services.put(key, Known::Present(next_service(launch, service)));
    }
    let tasks = match launch.target {
        Target::Service { .. } => Tasks::default(),
        Target::Task { .. } => Tasks { tasks: launch.tasks.to_vec(), cut: false },
    };
    let mut tasks = tasks;
    for task in &mut tasks.tasks {
        task.last_status = Some("PROVISIONING".to_owned());
        task.desired_status = Some("RUNNING".to_owned());
        task.stop_code = None;
        task.stopped_reason = None;
        task.created_at = Some(launch.now());
        for time in [
            &mut task.connectivity_at,
            &mut task.pull_started_at,
            &mut task.pull_stopped_at,
            &mut task.started_at,
            &mut task.stopping_at,
            &mut task.execution_stopped_at,
            &mut task.stopped_at,
        ] {
            *time = None;
        }
        for container in &mut task.containers {
            container.last_status = Some("PENDING".to_owned());
            container.exit_code = None;
            container.reason = None;
            container.health_status = None;
        }
    }
    next.tasks.put(launch.target.key(), Known::Present(tasks));
    next
}

/// The service with one deployment: the judged one, from its beginning.
fn next_service(launch: &Launch<'_>, service: &Service) -> Service {
    let rollout = launch.rollout.as_ref();
    let network =
        launch.network().ok().flatten().map(|network| NetworkConfiguration {
            awsvpc_configuration: Some(network.into_owned()),
        });
    let definition = launch.task_definition_arn().map(str::to_owned);
    let desired = service.desired_count.or_else(|| rollout.and_then(|rollout| rollout.desired));
    let deployment = Deployment {
        id: rollout.and_then(|rollout| rollout.id).map(str::to_owned),
        status: Some("PRIMARY".to_owned()),
        task_definition: definition.clone(),
        desired_count: desired,
        pending_count: Some(0),
        running_count: Some(0),
        failed_tasks: Some(0),
        created_at: Some(launch.now()),
        updated_at: Some(launch.now()),
        launch_type: rollout.and_then(|rollout| rollout.launch_type).map(str::to_owned),
        capacity_provider_strategy: rollout
            .map(|rollout| rollout.capacity_providers.to_vec())
            .unwrap_or_default(),
        platform_version: rollout.and_then(|rollout| rollout.platform_version).map(str::to_owned),
        platform_family: service.platform_family.clone(),
        network_configuration: network.clone(),
        rollout_state: Some("IN_PROGRESS".to_owned()),
        rollout_state_reason: None,
    };
    let mut next = service.clone();
    if next.load_balancers.is_empty() {
        let sets = service.task_sets.iter();
        next.load_balancers = sets.flat_map(|set| set.load_balancers.clone()).collect();
    }
    next.task_definition = definition;
    next.network_configuration = network.or(next.network_configuration);
    next.deployments = vec![deployment];
    next.task_sets = Vec::new();
    next.events = Vec::new();
    next.running_count = Some(0);
    next.pending_count = Some(0);
    next
}
