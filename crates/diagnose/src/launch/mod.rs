//! The launch model: which launch is judged, what became of its tasks, and what they prove.

mod attempt;
mod commands;
pub(crate) mod guilty;
mod judged;
mod logs;
mod proof;

pub use attempt::{Attempt, AttemptEnd, Told, told};
pub use judged::{Rollout, judged, rollouts};
pub use logs::{Listened, Log};
pub use proof::Proofs;

use crate::checks::network::paths::{self, Reached};
use crate::permissions::{self, Permissions};
use ecswhy_facts::ecs::{
    AwsvpcConfiguration, Cluster, ContainerDefinition, Service, Task, TaskDefinition,
};
use ecswhy_facts::iam::Role;
use ecswhy_facts::needs::Needs;
use ecswhy_facts::{Arn, Fact, Facts, Gap, GapReason, Snapshot, Target, Time};
use ecswhy_network::Model;
use std::borrow::Cow;

/// Everything that a check reads: the judged launch of one target.
#[derive(Debug)]
pub struct Launch<'a> {
    /// All facts.
    pub snapshot: &'a Snapshot,
    /// The facts of the target's account and region.
    pub facts: &'a Facts,
    /// What was asked about.
    pub target: &'a Target,
    /// The service, where the target is one or its task belongs to one.
    pub service: Option<&'a Service>,
    /// The judged deployment of the service.
    pub rollout: Option<Rollout<'a>>,
    /// Whether ECS rolled the judged deployment back.
    pub rolled_back: bool,
    /// All tasks of the target that AWS remembers.
    pub tasks: &'a [Task],
    /// The tasks of the judged launch.
    pub attempts: Vec<Attempt<'a>>,
    /// What the attempts and events of the judged launch say, told once each.
    pub symptoms: Vec<Told>,
    /// What older launches said.
    pub history: Vec<Told>,
    /// What tasks that started prove.
    pub proofs: Proofs,
    /// Whether the target runs as desired.
    pub steady: bool,
    model: std::sync::OnceLock<Model>,
    paths: std::sync::OnceLock<Result<Vec<Reached>, Gap>>,
    permissions: std::sync::OnceLock<Result<Permissions, Gap>>,
    task_definition: Result<Option<&'a TaskDefinition>, Gap>,
    needs: Option<Needs>,
}

/// A role of the task definition: its ARN and what is known of it.
#[derive(Debug)]
pub struct RoleOf<'a> {
    /// As the task definition writes it.
    pub arn: String,
    /// Role name, without path.
    pub name: String,
    /// Account that owns the role.
    pub account: String,
    /// What AWS IAM says; `None`: it does not exist.
    pub role: Result<Option<&'a Role>, Gap>,
    /// The role that has this name, but another path: it is asked for by name, and assumed by ARN.
    pub namesake: Option<&'a Role>,
}

/// Where the service is not readable, its newest task tells what it launches: older ones may run another revision.
fn newest_definition(tasks: &[Task]) -> Option<&str> {
    tasks.iter().max_by_key(|task| task.created_at)?.task_definition_arn.as_deref()
}

impl<'a> Launch<'a> {
    /// The judged launch of a target.
    pub fn of(snapshot: &'a Snapshot, target: &'a Target) -> Self {
        let facts = snapshot.home();
        let key = target.key();
        let tasks =
            facts.ecs.tasks.get(&key).present().map_or(&[][..], |tasks| tasks.tasks.as_slice());
        let service = match target {
            Target::Service { .. } => facts.ecs.services.get(&key).present().copied(),
            Target::Task { cluster, .. } => tasks
                .first()
                .and_then(|task| task.group.as_deref()?.strip_prefix("service:"))
                .and_then(|service| {
                    facts.ecs.services.get(&format!("{cluster}/{service}")).present().copied()
                }),
        };
        let (rollout, rolled_back) = match (target, service) {
            (Target::Service { .. }, Some(service)) => match judged(service, tasks) {
                Some((rollout, rolled_back)) => (Some(rollout), rolled_back),
                None => (None, false),
            },
            _ => (None, false),
        };
        let definition_arn = rollout
            .as_ref()
            .and_then(|rollout| rollout.task_definition)
            .or_else(|| service.and_then(|service| service.task_definition.as_deref()))
            .or_else(|| newest_definition(tasks));
        let task_definition = match definition_arn {
            Some(arn) => facts.ecs.task_definitions.ask(arn),
            None => Err(Gap {
                call: TaskDefinition::CALL.to_owned(),
                subject: key.clone(),
                why: GapReason::NotAsked,
            }),
        };
        let needs = task_definition.as_ref().ok().copied().flatten().map(TaskDefinition::needs);
        let mut launch = Self {
            snapshot,
            facts,
            target,
            service,
            rollout,
            rolled_back,
            tasks,
            attempts: Vec::new(),
            symptoms: Vec::new(),
            history: Vec::new(),
            proofs: Proofs::default(),
            steady: false,
            model: std::sync::OnceLock::new(),
            paths: std::sync::OnceLock::new(),
            permissions: std::sync::OnceLock::new(),
            task_definition,
            needs,
        };
        launch.attempts = attempt::attempts(&launch);
        launch.proofs = Proofs::of(&launch.attempts);
        launch.steady = launch.is_steady();
        (launch.symptoms, launch.history) = told(&launch);
        launch
    }

    /// When the facts were gathered.
    pub fn now(&self) -> Time {
        self.snapshot.taken_at
    }

    /// The ARN of the judged task definition.
    pub fn task_definition_arn(&self) -> Option<&'a str> {
        self.rollout
            .as_ref()
            .and_then(|rollout| rollout.task_definition)
            .or_else(|| self.service.and_then(|service| service.task_definition.as_deref()))
            .or_else(|| newest_definition(self.tasks))
    }

    /// The judged task definition.
    ///
    /// # Errors
    /// The gap, when it was not readable or does not exist.
    pub fn task_definition(&self) -> Result<&'a TaskDefinition, Gap> {
        self.task_definition.clone()?.ok_or_else(|| Gap {
            call: TaskDefinition::CALL.to_owned(),
            subject: self.task_definition_arn().unwrap_or_default().to_owned(),
            why: GapReason::Failed {
                why: "the task definition does not exist any more".to_owned(),
            },
        })
    }

    /// What the judged task definition refers to.
    ///
    /// # Errors
    /// The gap, when the task definition is not readable.
    pub fn needs(&self) -> Result<&Needs, Gap> {
        self.task_definition()?;
        self.needs.as_ref().ok_or_else(|| Gap {
            call: TaskDefinition::CALL.to_owned(),
            subject: self.target.key(),
            why: GapReason::NotAsked,
        })
    }

    /// The network paths that the launch needs, judged once.
    pub(crate) fn paths(&self) -> Result<&[Reached], Gap> {
        self.paths.get_or_init(|| paths::judge(self)).as_deref().map_err(Clone::clone)
    }

    /// What the launch must be allowed, judged once.
    pub(crate) fn permissions(&self) -> Result<&Permissions, Gap> {
        self.permissions.get_or_init(|| permissions::judge(self)).as_ref().map_err(Clone::clone)
    }

    /// The ARN of the service, or of the standalone task.
    pub fn arn(&self) -> String {
        let service = self.service.and_then(|service| service.service_arn.clone());
        let task = || self.tasks.first().and_then(|task| task.task_arn.clone());
        service.or_else(task).unwrap_or_else(|| self.target.key())
    }

    /// How many tasks of the judged deployment failed, where AWS has forgotten all of them: after about an hour.
    pub fn forgotten_failures(&self) -> Option<i64> {
        let failed = self.rollout.as_ref()?.failed.filter(|failed| *failed > 0)?;
        let remembered = self.attempts.iter().any(Attempt::failed);
        (!self.steady && !remembered).then_some(failed)
    }

    /// The network of the account, built once.
    pub(crate) fn model(&self) -> &Model {
        self.model.get_or_init(|| paths::model(self))
    }

    /// The definition of one container.
    pub fn container(&self, name: &str) -> Option<&'a ContainerDefinition> {
        self.task_definition().ok()?.container(name)
    }

    /// Whether the tasks and, of a service, its events could be read: without them silence proves nothing.
    ///
    /// # Errors
    /// The gap, when one of them was not readable.
    pub fn observed(&self) -> Result<(), Gap> {
        self.settings_known()?;
        self.facts.ecs.tasks.ask(&self.target.key()).map(drop)
    }

    /// Whether a service's own settings could be read.
    ///
    /// # Errors
    /// The gap, when they were not readable.
    pub fn settings_known(&self) -> Result<(), Gap> {
        match self.target {
            Target::Service { .. } => self.facts.ecs.services.ask(&self.target.key()).map(drop),
            Target::Task { .. } => Ok(()),
        }
    }

    /// The cluster.
    ///
    /// # Errors
    /// The gap, when it was not readable.
    pub fn cluster(&self) -> Result<Option<&'a Cluster>, Gap> {
        self.facts.ecs.clusters.ask(self.target.cluster())
    }

    /// Subnets, security groups and public IP setting of the judged launch; for a standalone task what its
    /// network interface still shows.
    ///
    /// # Errors
    /// The gap, when the service is not readable: its tasks show only some of its subnets.
    pub fn network(&self) -> Result<Option<Cow<'a, AwsvpcConfiguration>>, Gap> {
        self.settings_known()?;
        let of_service = || {
            Some(Cow::Borrowed(
                self.service?.network_configuration.as_ref()?.awsvpc_configuration.as_ref()?,
            ))
        };
        let of_rollout = self.rollout.as_ref().and_then(|rollout| rollout.network.clone());
        Ok(of_rollout.or_else(of_service).or_else(|| self.network_of_task()))
    }

    fn network_of_task(&self) -> Option<Cow<'a, AwsvpcConfiguration>> {
        let task = self.tasks.first()?;
        let subnet = task.eni_detail("subnetId")?;
        let interface = task
            .eni_detail("networkInterfaceId")
            .and_then(|id| self.facts.ec2.network_interfaces.by_id(id).ok()?);
        let groups = interface.map(|interface| {
            interface.groups.iter().filter_map(|group| group.group_id.clone()).collect()
        });
        let public = interface.map(|interface| {
            match interface.association.as_ref().and_then(|it| it.public_ip.as_ref()) {
                Some(_) => "ENABLED".to_owned(),
                None => "DISABLED".to_owned(),
            }
        });
        Some(Cow::Owned(AwsvpcConfiguration {
            subnets: vec![subnet.to_owned()],
            security_groups: groups.unwrap_or_default(),
            assign_public_ip: public,
        }))
    }

    /// The task execution role; `None`: the task definition names none.
    ///
    /// # Errors
    /// The gap, when the task definition is not readable.
    pub fn execution_role(&self) -> Result<Option<RoleOf<'a>>, Gap> {
        Ok(self.task_definition()?.execution_role_arn.as_deref().map(|arn| self.role(arn)))
    }

    /// The task role; `None`: the task definition names none.
    ///
    /// # Errors
    /// The gap, when the task definition is not readable.
    pub fn task_role(&self) -> Result<Option<RoleOf<'a>>, Gap> {
        Ok(self.task_definition()?.task_role_arn.as_deref().map(|arn| self.role(arn)))
    }

    fn role(&self, text: &str) -> RoleOf<'a> {
        let parsed: Option<Arn> = text.parse().ok();
        let name = parsed
            .as_ref()
            .and_then(|arn| arn.role().map(|role| role.name.to_owned()))
            .unwrap_or_else(|| text.to_owned());
        let mut role = self.facts.iam.roles.ask(&name);
        let path = |arn: &Arn| arn.role().map(|role| role.path);
        let has_other_path = |known: &&Role| {
            let known: Option<Arn> = known.arn.as_deref().and_then(|arn| arn.parse().ok());
            known.zip(parsed.as_ref()).is_some_and(|(known, named)| {
                known.account == named.account && path(&known) != path(named)
            })
        };
        let namesake = role.as_ref().ok().copied().flatten().filter(has_other_path);
        if namesake.is_some() {
            role = Ok(None);
        }
        let account = parsed.map_or_else(|| self.snapshot.account.clone(), |arn| arn.account);
        RoleOf { arn: text.to_owned(), name, account, role, namesake }
    }

    /// `LATEST` resolved: the Fargate platform version that the judged launch runs on.
    pub fn platform_version(&self) -> &'a str {
        let said = self
            .rollout
            .as_ref()
            .and_then(|rollout| rollout.platform_version)
            .or_else(|| self.service.and_then(|service| service.platform_version.as_deref()))
            .or_else(|| self.tasks.first().and_then(|task| task.platform_version.as_deref()));
        match said {
            Some("LATEST") | None => "1.4.0",
            Some(version) => version,
        }
    }

    /// Whether the launch is on AWS Fargate: by launch type or by capacity provider.
    pub fn is_fargate(&self) -> bool {
        let launch_type = self
            .rollout
            .as_ref()
            .and_then(|rollout| rollout.launch_type)
            .or_else(|| self.service.and_then(|service| service.launch_type.as_deref()))
            .or_else(|| self.tasks.first().and_then(|task| task.launch_type.as_deref()));
        let providers = match &self.rollout {
            Some(rollout) if !rollout.capacity_providers.is_empty() => rollout.capacity_providers,
            _ => self
                .service
                .map_or(&[][..], |service| service.capacity_provider_strategy.as_slice()),
        };
        let named = |item: &ecswhy_facts::ecs::CapacityProviderStrategyItem| {
            item.capacity_provider.as_deref().is_some_and(|name| name.starts_with("FARGATE"))
        };
        // A service has one or the other: a strategy leaves the launch type out (CreateService).
        match providers {
            [] => launch_type.is_none_or(|launch_type| launch_type == "FARGATE"),
            some => some.iter().any(named),
        }
    }

    /// The AWS partition of the target.
    pub fn partition(&self) -> &'static str {
        match self.snapshot.region.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// PRIMARY runs as desired, its rollout is complete and nothing else is under way; `runningCount` of the
    /// service alone proves nothing, because a rolling deployment keeps the old tasks.
    fn is_steady(&self) -> bool {
        let Some(service) = self.service else {
            return match self.attempts.first() {
                Some(attempt) => {
                    attempt.is_running() || attempt.succeeded() || attempt.ended_in_order()
                }
                None => false,
            };
        };
        if matches!(self.target, Target::Task { .. }) {
            return self.attempts.iter().any(Attempt::is_running);
        }
        let rollouts = rollouts(service);
        let current: Vec<_> =
            rollouts.iter().filter(|rollout| rollout.status != Some("INACTIVE")).collect();
        let complete = match current.as_slice() {
            [only] => only.status == Some("PRIMARY") && only.is_complete() && !self.rolled_back,
            [] => service.running_count >= service.desired_count,
            _ => false,
        };
        complete && !self.is_restarting()
    }

    /// Whether the launch fails over and over although it was complete once.
    fn is_restarting(&self) -> bool {
        /// Failures of the judged launch, after its last start that lasted, that make a loop.
        const LOOP_FAILURES: usize = 3;
        /// Seconds before the snapshot in which the last of them must lie.
        const RECENT_SECONDS: i64 = 600;
        let failed: Vec<_> = self.attempts.iter().filter(|attempt| attempt.failed()).collect();
        let recent = failed
            .iter()
            .filter_map(|attempt| attempt.task.stopped_at)
            .max()
            .is_some_and(|last| self.now().seconds_since(last) < RECENT_SECONDS);
        let lasting = self.attempts.iter().any(|attempt| {
            attempt.is_running()
                && attempt
                    .task
                    .started_at
                    .is_some_and(|at| self.now().seconds_since(at) > RECENT_SECONDS)
        });
        failed.len() >= LOOP_FAILURES && recent && !lasting
    }
}
