//! Where the containers of a task listen, by their own logs, against the port that the load balancer asks.

use crate::checks::container::ended;
use crate::launch::{Launch, Told};
use crate::loglines::LogReading;
use crate::report::Evidence;
use ecswhy_facts::Gap;

/// A line that says where a container listens.
#[derive(Clone, Debug)]
pub struct Listener {
    /// The container.
    pub container: String,
    /// The port.
    pub port: i64,
    /// Whether the address is reachable from inside the task only.
    pub is_loopback: bool,
    /// The line.
    pub line: String,
    /// Its log stream.
    pub stream: String,
}

impl Listener {
    /// The line as evidence.
    pub fn evidence(&self) -> Evidence {
        Evidence::fact("logs:GetLogEvents", self.stream.clone(), "events[].message", &self.line)
    }
}

/// Lines about ports that no load balancer serves.
const SIDE_PORTS: [&str; 8] =
    ["metric", "admin", "debug", "inspector", "management", "profil", "prometheus", "actuator"];

/// What the newest attempt that logged anything said about listening, in all containers of its task: they share one
/// network interface.
///
/// # Errors
/// The gap, when no log of these attempts was readable.
pub fn listeners(launch: &Launch<'_>, told: &Told) -> Result<Vec<Listener>, Gap> {
    let (mut unread, mut is_read) = (None, false);
    for attempt in ended::attempts_of(launch, told) {
        let names = attempt.task.containers.iter().filter_map(|each| each.name.as_deref());
        let mut found = Vec::new();
        for container in names {
            let log = launch.log(attempt.task, container);
            is_read |= log.is_ok();
            let log = match log {
                Ok(Some(log)) => log,
                Ok(None) => continue,
                Err(gap) => {
                    unread.get_or_insert(gap);
                    continue;
                }
            };
            let of = |reading: &LogReading| {
                let line = log.line(reading.line_index).to_owned();
                let lower = line.to_ascii_lowercase();
                if SIDE_PORTS.iter().any(|word| lower.contains(word)) {
                    return None;
                }
                Some(Listener {
                    container: container.to_owned(),
                    port: reading.get("port")?.parse().ok()?,
                    is_loopback: reading.get("loopback") == Some("true"),
                    line,
                    stream: log.stream.clone(),
                })
            };
            found.extend(log.listening().filter_map(of));
        }
        if !found.is_empty() {
            return Ok(found);
        }
    }
    match unread {
        Some(gap) if !is_read => Err(gap),
        _ => Ok(Vec::new()),
    }
}

/// What the listeners say of a port.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Something listens there for everybody, or nothing is said.
    Fine,
    /// Something listens there, reachable from inside the task only.
    LoopbackOnly(Listener),
    /// The container listens elsewhere.
    Elsewhere(Listener),
}

/// What listens on the port that is asked, of the container that should.
pub fn answer(listeners: &[Listener], container: &str, asked: i64) -> Answer {
    let on_port = || listeners.iter().filter(|listener| listener.port == asked);
    if on_port().any(|listener| !listener.is_loopback) {
        return Answer::Fine;
    }
    if let Some(listener) = on_port().next() {
        return Answer::LoopbackOnly(listener.clone());
    }
    let own = listeners.iter().find(|listener| listener.container == container);
    own.map_or(Answer::Fine, |listener| Answer::Elsewhere(listener.clone()))
}
