//! What the containers of a launch logged, and when the application began to listen.

use super::Launch;
use crate::loglines::{LogKind, LogReading, cause, is_still_starting, read_lines};
use ecswhy_facts::ecs::{Task, TaskDefinition};
use ecswhy_facts::logs::LogEvent;
use ecswhy_facts::{Gap, Time};

/// Seconds after a task's start in which the first line that is kept must lie: a stream whose beginning has expired
/// says nothing of the start.
const BEGINS_WITHIN_SECONDS: i64 = 600;
/// Seconds after which a line about listening is no part of the start.
const LONGEST_START_SECONDS: i64 = 1800;
/// Seconds before a task's end in which a line about listening belongs to a flush of buffers rather than to the start.
const LAST_MOMENTS_SECONDS: i64 = 5;

/// The lines of one container of one task that were read: the last ones of a stopped task, the first of a running one.
#[derive(Clone, Debug)]
pub struct Log<'l> {
    /// `group:stream`.
    pub stream: String,
    /// The lines, oldest first.
    pub events: &'l [LogEvent],
    /// What they say.
    pub readings: Vec<LogReading>,
}

impl Log<'_> {
    /// The text of a line.
    pub fn line(&self, index: usize) -> &str {
        self.events.get(index).and_then(|event| event.message.as_deref()).unwrap_or_default().trim()
    }

    /// The line that tells why the program ended.
    pub fn cause(&self) -> Option<&LogReading> {
        let texts: Vec<&str> =
            self.events.iter().map(|event| event.message.as_deref().unwrap_or_default()).collect();
        cause(&texts, &self.readings)
    }

    /// Every line that says where the application listens.
    pub fn listening(&self) -> impl Iterator<Item = &LogReading> {
        self.readings.iter().filter(|reading| reading.kind == LogKind::Listening)
    }

    /// Whether the start was under way when the last line was written: it says so, and no line says that the
    /// application listens.
    pub fn ends_while_starting(&self) -> bool {
        let last = self.events.len().checked_sub(1).map(|last| self.line(last));
        self.listening().next().is_none() && last.is_some_and(is_still_starting)
    }

    /// Seconds from `started` to the first line that says that the application listens.
    fn seconds_to_listen(&self, started: Time) -> Option<(i64, &str)> {
        let at =
            |event: &LogEvent| Some(Time::from_millis(event.timestamp?)?.seconds_since(started));
        let begins = at(self.events.first()?)?;
        if begins > BEGINS_WITHIN_SECONDS {
            return None;
        }
        let first = self.listening().next()?;
        let seconds = at(self.events.get(first.line_index)?)?;
        (0..=LONGEST_START_SECONDS)
            .contains(&seconds)
            .then(|| (seconds, self.line(first.line_index)))
    }
}

/// How long an application took to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listened {
    /// From `startedAt` to the line.
    pub seconds: i64,
    /// The task that was measured.
    pub task: String,
    /// Its log stream.
    pub stream: String,
    /// The line.
    pub line: String,
}

impl<'a> Launch<'a> {
    /// The lines of a container of a task; `None`: it has no predictable stream, or wrote nothing there.
    ///
    /// # Errors
    /// The gap, when the lines or the task's definition were not readable.
    pub fn log(&self, task: &Task, container: &str) -> Result<Option<Log<'a>>, Gap> {
        let (Some(arn), Some(id)) = (task.task_definition_arn.as_deref(), task.id()) else {
            return Ok(None);
        };
        let Some(definition) = self.facts.ecs.task_definitions.ask(arn)? else { return Ok(None) };
        let needs = definition.needs();
        let Some(need) = needs.log_groups.iter().find(|need| need.container == container) else {
            return Ok(None);
        };
        let (Some(group), Some(stream)) = (need.group.as_deref(), need.stream(id)) else {
            return Ok(None);
        };
        let region = need.region.as_deref().unwrap_or(&self.snapshot.region);
        let stream = format!("{group}:{stream}");
        let facts = self.snapshot.of(&self.snapshot.account, region);
        let Some(lines) = facts.logs.lines.ask(&stream)? else { return Ok(None) };
        let texts: Vec<&str> =
            lines.0.iter().map(|event| event.message.as_deref().unwrap_or_default()).collect();
        let readings = read_lines(&texts);
        Ok((!lines.0.is_empty()).then_some(Log { stream, events: &lines.0, readings }))
    }

    /// How long a container took to listen after its task's start: the longest that its failed tasks took, else that
    /// any task took. A fast start beside a slow one does not make the slow one fail.
    pub fn time_to_listen(&self, container: &str) -> Option<Listened> {
        let of = |task: &Task| {
            let log = self.log(task, container).ok()??;
            let started = task.started_at?;
            let (seconds, line) = log.seconds_to_listen(started)?;
            let ended = task.stopping_at.or(task.stopped_at).map(|at| at.seconds_since(started));
            if ended.is_some_and(|ended| seconds + LAST_MOMENTS_SECONDS >= ended) {
                return None;
            }
            Some(Listened {
                seconds,
                task: task.id()?.to_owned(),
                stream: log.stream.clone(),
                line: line.to_owned(),
            })
        };
        let failed = self.attempts.iter().filter(|attempt| attempt.failed());
        let longest_failed =
            failed.filter_map(|each| of(each.task)).max_by_key(|listened| listened.seconds);
        longest_failed
            .or_else(|| self.tasks.iter().filter_map(of).max_by_key(|listened| listened.seconds))
    }

    /// The definition that a task runs, where it was read.
    pub fn definition_of(&self, task: &Task) -> Option<&'a TaskDefinition> {
        let arn = task.task_definition_arn.as_deref()?;
        self.facts.ecs.task_definitions.get(arn).present().copied()
    }
}
