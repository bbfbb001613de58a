//! Reads the last log lines of a container for what they say about its end: a missing variable, a dependency that refuses,
//! times out or has no name, a port in use, a missing file or module, refused credentials, a failed migration, lack of memory.
//! Also reads on which address and port the application listens, and which of the faults ended the program.
//! Knows the idioms of Node, Python, Java, Go, Ruby, .NET, PHP, Rust, nginx and shells. Says nothing of lines it does not know.

mod cause;
mod configuration;
mod listening;
mod network;
mod progress;
mod resources;
mod startup;

pub use cause::cause;
pub use progress::is_still_starting;

use crate::messages::normalise;
use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{LazyLock, OnceLock};

/// What a log line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogKind {
    /// An environment variable or setting is missing (`variable`).
    MissingEnvironment,
    /// A connection was refused (`host` or `address`, `port`).
    DependencyRefused,
    /// A connection got no answer (`host` or `address`, `port`).
    DependencyTimeout,
    /// A name did not resolve (`host`).
    DnsFailure,
    /// The certificate of the other side is not accepted (`host`).
    TlsFailure,
    /// The port is taken (`port`, `address`).
    PortInUse,
    /// The program is built for another processor.
    ExecFormat,
    /// A file is missing (`path`).
    MissingFile,
    /// A module, package, class or script is missing (`module`).
    MissingModule,
    /// A command is missing (`command`).
    CommandNotFound,
    /// The operating system refuses (`path` or `port`).
    PermissionDenied,
    /// The program finds no valid AWS credentials.
    CredentialsMissing,
    /// AWS refuses a call (`action`, `resource`).
    AccessDenied,
    /// A database or cache refuses the login (`user`).
    LoginRefused,
    /// The database does not exist (`database`).
    DatabaseMissing,
    /// A schema migration failed.
    MigrationFailed,
    /// The program ran out of memory by its own count.
    OutOfMemory,
    /// The application listens (`address`, `port`, `loopback` is `true` or `false`).
    Listening,
}

impl LogKind {
    /// The name in outputs, kebab-case.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MissingEnvironment => "missing-environment",
            Self::DependencyRefused => "dependency-refused",
            Self::DependencyTimeout => "dependency-timeout",
            Self::DnsFailure => "dns-failure",
            Self::TlsFailure => "tls-failure",
            Self::PortInUse => "port-in-use",
            Self::ExecFormat => "exec-format",
            Self::MissingFile => "missing-file",
            Self::MissingModule => "missing-module",
            Self::CommandNotFound => "command-not-found",
            Self::PermissionDenied => "permission-denied",
            Self::CredentialsMissing => "credentials-missing",
            Self::AccessDenied => "access-denied",
            Self::LoginRefused => "login-refused",
            Self::DatabaseMissing => "database-missing",
            Self::MigrationFailed => "migration-failed",
            Self::OutOfMemory => "out-of-memory",
            Self::Listening => "listening",
        }
    }

    /// Whether the line tells of a fault.
    #[must_use]
    pub fn is_fault(self) -> bool {
        self != Self::Listening
    }
}

/// What one line says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogReading {
    /// The kind.
    pub kind: LogKind,
    /// Names and numbers in the line, by name.
    pub parameters: BTreeMap<&'static str, String>,
    /// The line's place in the lines that were read, from 0.
    pub line_index: usize,
}

impl LogReading {
    /// The value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

/// One idiom: a pattern whose named captures are parameters. ASCII only; case counts unless the pattern says otherwise.
type Idiom = (LogKind, &'static str);

/// The first idiom that fits decides, so the lists with names and numbers stand before the bare ones.
const ORDER: &[&[Idiom]] = &[
    configuration::IDIOMS,
    resources::IDIOMS,
    network::IDIOMS,
    startup::IDIOMS,
    listening::IDIOMS,
];

/// Every name that a capture may have.
const NAMES: &[&str] = &[
    "variable", "host", "address", "port", "path", "module", "command", "action", "resource",
    "user", "database",
];

struct Engine {
    set: RegexSet,
    idioms: Vec<(Idiom, OnceLock<Option<Regex>>)>,
}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let idioms: Vec<_> =
        ORDER.iter().flat_map(|list| list.iter()).map(|idiom| (*idiom, OnceLock::new())).collect();
    let set = RegexSetBuilder::new(idioms.iter().map(|((_, pattern), _)| pattern))
        .unicode(false)
        .size_limit(64 << 20)
        .dfa_size_limit(64 << 20)
        .build()
        .unwrap_or_default();
    Engine { set, idioms }
});

/// Lines beyond this are cut: a line this long is data, and its beginning names the fault.
const LONGEST_LINE: usize = 4096;

/// Reads lines in their order. A line yields at most one reading.
#[must_use]
pub fn read_lines<S: AsRef<str>>(lines: &[S]) -> Vec<LogReading> {
    let texts: Vec<String> = lines.iter().map(|line| plain(line.as_ref())).collect();
    texts
        .iter()
        .enumerate()
        .filter_map(|(line_index, text)| {
            let (kind, mut parameters) = configuration::of_listed_name(&texts, line_index)
                .or_else(|| read_line(text, &texts))?;
            let is_bare = !parameters.contains_key("host") && !parameters.contains_key("address");
            if is_bare
                && matches!(kind, LogKind::DependencyRefused | LogKind::DependencyTimeout)
                && let Some((host, port)) = network::peer_before(&texts, line_index)
            {
                insert(&mut parameters, "host", &host);
                insert(&mut parameters, "port", &port);
            }
            Some(LogReading { kind, parameters, line_index })
        })
        .collect()
}

/// One form of quotes and spaces, without the colours of terminals.
fn plain(line: &str) -> String {
    normalise(&line[..line.floor_char_boundary(LONGEST_LINE.min(line.len()))])
}

fn read_line(text: &str, all: &[String]) -> Option<(LogKind, BTreeMap<&'static str, String>)> {
    let engine = &*ENGINE;
    engine.set.matches(text.as_bytes()).iter().find_map(|index| {
        let ((kind, pattern), regex) = engine.idioms.get(index)?;
        let regex = regex
            .get_or_init(|| RegexBuilder::new(pattern).unicode(false).build().ok())
            .as_ref()?;
        let captures = regex.captures(text.as_bytes())?;
        let mut parameters = BTreeMap::new();
        for name in NAMES {
            if let Some(value) = captures.name(name).and_then(|value| text.get(value.range())) {
                insert(&mut parameters, name, value);
            }
        }
        if *kind == LogKind::Listening {
            let loopback =
                parameters.get("address").is_some_and(|address| listening::is_loopback(address));
            if parameters.contains_key("address") {
                parameters.insert("loopback", loopback.to_string());
            }
        }
        (*kind != LogKind::MissingEnvironment
            || configuration::is_environment(&parameters, text, all))
        .then_some((*kind, parameters))
    })
}

/// A host that is an address goes by that name; brackets and punctuation of the sentence fall off.
fn insert(parameters: &mut BTreeMap<&'static str, String>, name: &'static str, value: &str) {
    let value = value
        .trim_matches(|c: char| matches!(c, '\'' | '"' | '[' | ']' | '(' | ')' | ',' | ';' | ' '));
    let value =
        if value.parse::<IpAddr>().is_ok() { value } else { value.trim_end_matches(['.', ':']) };
    if value.is_empty() {
        return;
    }
    let name = if name == "host" && value.parse::<IpAddr>().is_ok() { "address" } else { name };
    parameters.entry(name).or_insert_with(|| value.to_owned());
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
