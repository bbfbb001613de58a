//! Which container a symptom speaks of, how it ended, and what the last lines of its log say.

use crate::check::Fault;
use crate::launch::{Attempt, Launch, Log, Told, guilty};
use crate::loglines::{LogKind, LogReading};
use crate::report::Evidence;
use ecswhy_facts::ecs::{Container, ContainerDefinition};

/// Lines of a log that are shown: more does not help on a first screen.
const LINES_SHOWN: usize = 5;

/// The end of a container, as far as it is known.
#[derive(Debug)]
pub struct End<'l> {
    /// The container.
    pub container: String,
    /// Its exit code in the newest attempt that ended so.
    pub code: Option<i64>,
    /// What it logged in the newest attempt of which lines were read.
    pub log: Option<Log<'l>>,
    /// Whether lines could not be read: then nothing rules a more exact cause out.
    pub log_is_unread: bool,
    task: Option<String>,
    lived: Option<i64>,
}

impl<'l> End<'l> {
    /// The end that a symptom speaks of.
    pub fn of(launch: &Launch<'l>, told: &Told) -> Self {
        let container = name_of(launch, told);
        let attempt = attempts_of(launch, told).next();
        let code = attempt
            .and_then(|attempt| container_of(attempt, &container))
            .and_then(|container| container.exit_code);
        let logs = || attempts_of(launch, told).map(|each| launch.log(each.task, &container));
        let log = logs().find_map(|log| log.ok().flatten());
        let log_is_unread = log.is_none() && attempt.is_some() && logs().all(|log| log.is_err());
        Self {
            container,
            code,
            log,
            log_is_unread,
            task: attempt.and_then(|attempt| attempt.task.id()).map(str::to_owned),
            lived: attempt.and_then(Attempt::lived_seconds),
        }
    }

    /// The id of the newest task that ended so.
    pub fn task(&self) -> Option<&str> {
        self.task.as_deref()
    }

    /// What the line says that tells why the container ended.
    pub fn said(&self) -> Option<&LogReading> {
        self.log.as_ref()?.cause()
    }

    /// Its kind.
    pub fn kind(&self) -> Option<LogKind> {
        Some(self.said()?.kind)
    }

    /// ` with exit code 1`, or nothing.
    pub fn with_code(&self) -> String {
        self.code.map_or_else(String::new, |code| format!(" with exit code {code}"))
    }

    /// Adds the exit code, the life time and the last lines as evidence.
    pub fn evidence(&self, mut fault: Fault) -> Fault {
        let Some(task) = &self.task else { return fault };
        if let Some(code) = self.code {
            let field = format!("containers[{}].exitCode", self.container);
            fault = fault.fact("ecs:DescribeTasks", task, &field, code);
        }
        if let Some(seconds) = self.lived {
            fault = fault.fact(
                "ecs:DescribeTasks",
                task,
                "stoppedAt - startedAt",
                format!("{seconds} s"),
            );
        }
        if let Some(log) = &self.log {
            let told = self.said().map(|said| said.line_index);
            fault.evidence.push(last_lines(log, told));
        }
        fault
    }
}

/// The last lines of a log, and the one that tells of the fault before them if it lies further back.
pub fn last_lines(log: &Log<'_>, telling: Option<usize>) -> Evidence {
    let first = log.events.len().saturating_sub(LINES_SHOWN);
    let earlier = telling.filter(|index| *index < first);
    let shown: Vec<&str> =
        earlier.into_iter().chain(first..log.events.len()).map(|index| log.line(index)).collect();
    Evidence::fact("logs:GetLogEvents", log.stream.clone(), "events[].message", shown.join("\n"))
}

/// The container that a symptom names, else the one whose end stopped the task, else the only one.
pub fn name_of(launch: &Launch<'_>, told: &Told) -> String {
    let named = told.parameters.get("container").cloned();
    let attempt = || attempts_of(launch, told).next();
    let guilty = || attempt()?.guilty_container()?.name.clone();
    let only = || match attempt()?.task.containers.as_slice() {
        [only] => only.name.clone(),
        _ => None,
    };
    named.or_else(guilty).or_else(only).unwrap_or_else(|| launch.target.key())
}

/// The attempts that a symptom was told of, newest first.
pub fn attempts_of<'l, 'a>(
    launch: &'l Launch<'a>,
    told: &'l Told,
) -> impl Iterator<Item = &'l Attempt<'a>> + use<'l, 'a> {
    launch.attempts.iter().filter(|attempt| {
        attempt.task.id().is_some_and(|id| told.tasks.iter().any(|task| task == id))
    })
}

/// A container of an attempt, by name.
pub fn container_of<'a>(attempt: &Attempt<'a>, name: &str) -> Option<&'a Container> {
    attempt.task.containers.iter().find(|container| container.name.as_deref() == Some(name))
}

/// The application's container: the one behind the load balancer, else the first that is no log router.
pub fn application(launch: &Launch<'_>) -> Option<String> {
    let behind_balancer = launch
        .service
        .and_then(|service| service.load_balancers.first())
        .and_then(|attached| attached.container_name.clone());
    let first = || {
        let definition = launch.task_definition().ok()?;
        let is_router =
            |container: &&ContainerDefinition| container.firelens_configuration.is_some();
        definition.container_definitions.iter().find(|each| !is_router(each))?.name.clone()
    };
    behind_balancer.or_else(first)
}

/// Whether a container is another than the application's: one of the task definition, or one that AWS adds to the task.
pub fn is_sidecar(launch: &Launch<'_>, container: &str) -> bool {
    (launch.container(container).is_some() || guilty::is_service_connect(container))
        && application(launch).is_some_and(|application| application != container)
}

/// Whether another check of this group tells of the end more exactly than that the application failed.
pub fn is_told_otherwise(end: &End<'_>) -> bool {
    matches!(
        end.kind(),
        Some(LogKind::MissingEnvironment | LogKind::PortInUse | LogKind::ExecFormat)
    ) || super::dependency_unreachable::tells(end)
}
