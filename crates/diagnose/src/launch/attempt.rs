//! The tasks of the judged launch: how far each came, and the one thing that AWS said about its end.

use super::{Launch, guilty};
use crate::messages::{self, Channel, Message};
use crate::symptom::Symptom;
use ecswhy_facts::Time;
use ecswhy_facts::ecs::{Container, Service, ServiceEvent, Task};
use std::collections::BTreeMap;

/// Seconds after which a task that is still PROVISIONING is stuck: an interface attaches in well under a minute.
const STUCK_PROVISIONING_SECONDS: i64 = 180;
/// Seconds after which a task that is still PENDING is stuck: image pull and start take a few minutes at most.
const STUCK_PENDING_SECONDS: i64 = 600;
/// Seconds after which a task that is still DEPROVISIONING is stuck.
const STUCK_DEPROVISIONING_SECONDS: i64 = 600;

/// One task of the judged launch.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    /// The task.
    pub task: &'a Task,
    /// How it ended, or where it stands.
    pub end: AttemptEnd,
    guilty: Option<&'a Container>,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
    /// It runs.
    Running,
    /// It is on its way.
    Starting,
    /// A standalone task whose essential containers exited with 0.
    Succeeded,
    /// It stopped, or does not come on; the primary symptom.
    Said {
        /// What AWS said.
        symptom: Symptom,
        /// AWS's own words.
        message: String,
        /// What they name.
        parameters: BTreeMap<String, String>,
    },
}

impl<'a> Attempt<'a> {
    /// Judges where a task of the launch's target stands.
    fn of(launch: &Launch<'a>, task: &'a Task) -> Self {
        let guilty = guilty::container(launch, task);
        Self { task, guilty, end: end(task, guilty, launch.service.is_none(), launch.now()) }
    }

    /// Whether it runs.
    pub fn is_running(&self) -> bool {
        self.end == AttemptEnd::Running
    }

    /// Whether it did its work and ended.
    pub fn succeeded(&self) -> bool {
        self.end == AttemptEnd::Succeeded
    }

    /// Whether it was stopped on purpose.
    pub fn ended_in_order(&self) -> bool {
        matches!(&self.end, AttemptEnd::Said { symptom, .. } if symptom.is_benign())
    }

    /// The symptom, if it has one that is not of normal operation.
    pub fn symptom(&self) -> Option<Symptom> {
        match &self.end {
            AttemptEnd::Said { symptom, .. } if !symptom.is_benign() => Some(*symptom),
            _ => None,
        }
    }

    /// Whether it failed.
    pub fn failed(&self) -> bool {
        self.symptom().is_some()
    }

    /// The subnet of its network interface.
    pub fn subnet(&self) -> Option<&'a str> {
        self.task.eni_detail("subnetId")
    }

    /// When it ended, or for a stuck task when it began.
    pub fn at(&self) -> Option<Time> {
        self.task.stopped_at.or(self.task.stopping_at).or(self.task.created_at)
    }

    /// The container whose end made the task stop.
    pub fn guilty_container(&self) -> Option<&'a Container> {
        self.guilty
    }

    /// Seconds from start to stop.
    pub fn lived_seconds(&self) -> Option<i64> {
        let ended =
            self.task.execution_stopped_at.or(self.task.stopping_at).or(self.task.stopped_at)?;
        Some(ended.seconds_since(self.task.started_at?))
    }
}

/// The tasks of the judged launch, newest first: by `startedBy`, else by task definition.
pub(super) fn attempts<'a>(launch: &Launch<'a>) -> Vec<Attempt<'a>> {
    let rollout = launch.rollout.as_ref();
    let knows_starter =
        |task: &Task| task.started_by.as_deref().is_some_and(|by| by.starts_with("ecs-svc/"));
    let belongs = |task: &&Task| match rollout {
        None => true,
        Some(rollout) if rollout.id.is_some() && knows_starter(task) => {
            task.started_by.as_deref() == rollout.id
        }
        Some(rollout) => task.task_definition_arn.as_deref() == rollout.task_definition,
    };
    let mut attempts: Vec<_> =
        launch.tasks.iter().filter(belongs).map(|task| Attempt::of(launch, task)).collect();
    attempts.sort_by(|a, b| {
        (b.task.created_at, &b.task.task_arn).cmp(&(a.task.created_at, &a.task.task_arn))
    });
    attempts
}

fn end(task: &Task, guilty: Option<&Container>, standalone: bool, now: Time) -> AttemptEnd {
    match task.last_status.as_deref() {
        Some("STOPPED") => stopped(task, guilty, standalone),
        Some("RUNNING") if task.desired_status.as_deref() != Some("STOPPED") => AttemptEnd::Running,
        status => match stuck(task, status, now) {
            Some((symptom, message)) => {
                AttemptEnd::Said { symptom, message, parameters: BTreeMap::new() }
            }
            None if task.stopped_reason.is_some() => stopped(task, guilty, standalone),
            None => AttemptEnd::Starting,
        },
    }
}

fn stuck(task: &Task, status: Option<&str>, now: Time) -> Option<(Symptom, String)> {
    let age = now.seconds_since(task.created_at?);
    let stopping = task.stopping_at.map(|at| now.seconds_since(at));
    match status? {
        "PROVISIONING" if age > STUCK_PROVISIONING_SECONDS => {
            Some((Symptom::StuckProvisioning, format!("PROVISIONING for {age} s")))
        }
        "PENDING" | "ACTIVATING" if age > STUCK_PENDING_SECONDS => {
            Some((Symptom::StuckPending, format!("{} for {age} s", status.unwrap_or_default())))
        }
        "DEPROVISIONING" if stopping.unwrap_or(age) > STUCK_DEPROVISIONING_SECONDS => Some((
            Symptom::StuckProvisioning,
            format!("DEPROVISIONING for {} s", stopping.unwrap_or(age)),
        )),
        _ => None,
    }
}

/// The one primary symptom: OutOfMemoryError of a container, then a specific `stoppedReason`, then a container's
/// `reason`, then the exit code of the container that stopped first.
fn stopped(task: &Task, guilty: Option<&Container>, standalone: bool) -> AttemptEnd {
    let read = |text: &str, channel, exit_code: Option<i64>| {
        let reading = messages::read(&Message {
            text: text.to_owned(),
            channel: Some(channel),
            stop_code: task.stop_code.clone(),
            exit_code: exit_code.and_then(|code| i32::try_from(code).ok()),
        });
        (reading.symptom, reading.parameters)
    };
    let said = |symptom, message: &str, parameters: messages::Parameters| AttemptEnd::Said {
        symptom,
        message: message.to_owned(),
        parameters: strings(&parameters),
    };
    let of_container = |container: &Container| {
        let reason = container.reason.as_deref()?;
        let (symptom, parameters) = read(reason, Channel::ContainerReason, None);
        (symptom != Symptom::Unknown).then(|| said(symptom, reason, parameters))
    };
    let out_of_memory = task
        .containers
        .iter()
        .filter_map(of_container)
        .find(|end| matches!(end, AttemptEnd::Said { symptom: Symptom::OutOfMemory, .. }));
    if let Some(end) = out_of_memory {
        return end;
    }
    let stopped_reason = task.stopped_reason.as_deref().unwrap_or_default();
    let exited = is_exit_of_container(task, stopped_reason);
    if !exited {
        let (symptom, parameters) = read(stopped_reason, Channel::StoppedReason, None);
        if symptom != Symptom::Unknown {
            return said(symptom, stopped_reason, parameters);
        }
    }
    if let Some(end) = task.containers.iter().find_map(of_container) {
        return end;
    }
    let code = guilty.and_then(|container| container.exit_code);
    if standalone && exited && code == Some(0) {
        return AttemptEnd::Succeeded;
    }
    let (symptom, parameters) =
        read(stopped_reason, Channel::StoppedReason, if exited { code } else { None });
    let mut end = said(symptom, stopped_reason, parameters);
    if let (AttemptEnd::Said { parameters, .. }, Some(name)) =
        (&mut end, guilty.filter(|_| exited).and_then(|it| it.name.as_ref()))
    {
        parameters.entry("container".to_owned()).or_insert_with(|| name.clone());
    }
    end
}

fn strings(parameters: &messages::Parameters) -> BTreeMap<String, String> {
    parameters.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn is_exit_of_container(task: &Task, stopped_reason: &str) -> bool {
    task.stop_code.as_deref() == Some("EssentialContainerExited")
        || stopped_reason.starts_with("Essential container in task exited")
}

/// What the attempts of the judged launch said, told once each, and what older launches said.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// What it is.
    pub symptom: Symptom,
    /// AWS's own words, of the last time.
    pub message: String,
    /// What the words name.
    pub parameters: BTreeMap<String, String>,
    /// How often.
    pub count: u64,
    /// First time.
    pub first_seen: Option<Time>,
    /// Last time.
    pub last_seen: Option<Time>,
    /// Task ids.
    pub tasks: Vec<String>,
    /// Subnets in which those tasks were placed.
    pub subnets: Vec<String>,
}

impl Told {
    fn same(&self, symptom: Symptom, parameters: &BTreeMap<String, String>) -> bool {
        /// What differs from task to task and does not make another symptom.
        const OF_ONE_TASK: [&str; 5] = ["task", "address", "request_id", "port", "session"];
        let kept = |map: &BTreeMap<String, String>| -> Vec<(String, String)> {
            map.iter()
                .filter(|(name, _)| !OF_ONE_TASK.contains(&name.as_str()))
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect()
        };
        self.symptom == symptom && kept(&self.parameters) == kept(parameters)
    }
}

/// Groups what was said: of the judged launch, and before it.
pub fn told(launch: &Launch<'_>) -> (Vec<Told>, Vec<Told>) {
    let (mut current, mut history) = (Vec::new(), Vec::new());
    for attempt in &launch.attempts {
        add_attempt(&mut current, attempt);
    }
    for task in launch.tasks {
        let known = launch.attempts.iter().any(|attempt| attempt.task.task_arn == task.task_arn);
        if !known {
            add_attempt(&mut history, &Attempt::of(launch, task));
        }
    }
    let silent = current.iter().all(|told: &Told| told.symptom.is_benign());
    if let Some(service) = launch.service.filter(|_| silent && launch.target.service().is_some()) {
        add_events(&mut current, launch, service);
    }
    (current, history)
}

fn add_attempt(into: &mut Vec<Told>, attempt: &Attempt<'_>) {
    let AttemptEnd::Said { symptom, message, parameters } = &attempt.end else { return };
    let (at, task) = (attempt.at(), attempt.task.id().unwrap_or_default().to_owned());
    let subnet = attempt.subnet().map(str::to_owned);
    match into.iter_mut().find(|told| told.same(*symptom, parameters)) {
        Some(told) => {
            told.count += 1;
            told.first_seen = earliest(told.first_seen, at);
            told.last_seen = told.last_seen.max(at);
            told.tasks.push(task);
            told.subnets.extend(subnet.filter(|subnet| !told.subnets.contains(subnet)));
        }
        None => into.push(Told {
            symptom: *symptom,
            message: message.clone(),
            parameters: parameters.clone(),
            count: 1,
            first_seen: at,
            last_seen: at,
            tasks: vec![task],
            subnets: subnet.into_iter().collect(),
        }),
    }
}

fn earliest(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    [a, b].into_iter().flatten().min()
}

/// AWS forgets stopped tasks after about an hour; the service's events then are all that it still says.
fn add_events(into: &mut Vec<Told>, launch: &Launch<'_>, service: &Service) {
    let since = launch.rollout.as_ref().and_then(|rollout| rollout.created_at);
    let steady_at = service
        .events
        .iter()
        .filter(|event| says_steady(event))
        .filter_map(|event| event.created_at)
        .max();
    for event in &service.events {
        let Some(text) = event.message.as_deref() else { continue };
        if event.created_at < since || (steady_at.is_some() && event.created_at <= steady_at) {
            continue;
        }
        let reading = messages::read(&Message {
            text: text.to_owned(),
            channel: Some(Channel::ServiceEvent),
            stop_code: None,
            exit_code: None,
        });
        let parameters = strings(&reading.parameters);
        // A failure in words that are not known is told all the same, as such.
        let says_nothing = reading.symptom == Symptom::Unknown && !text.contains(" was unable to ");
        if reading.symptom.is_benign() || says_nothing || reading.symptom == Symptom::CircuitBreaker
        {
            continue;
        }
        match into.iter_mut().find(|told| told.same(reading.symptom, &parameters)) {
            Some(told) => {
                told.count += 1;
                told.first_seen = earliest(told.first_seen, event.created_at);
                told.last_seen = told.last_seen.max(event.created_at);
            }
            None => into.push(Told {
                symptom: reading.symptom,
                message: text.to_owned(),
                parameters,
                count: 1,
                first_seen: event.created_at,
                last_seen: event.created_at,
                tasks: Vec::new(),
                subnets: Vec::new(),
            }),
        }
    }
}

fn says_steady(event: &ServiceEvent) -> bool {
    event.message.as_deref().is_some_and(|text| text.contains("has reached a steady state"))
}
