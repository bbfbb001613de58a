//! Which of the faults that a log tells ended the program. A fault that the program got over (it connected, took a default,
//! listened), or that an error of another kind followed, is none; of the others the last counts.

use super::{LogKind, LogReading, listening, plain};
use regex::bytes::{RegexSet, RegexSetBuilder};
use std::sync::LazyLock;

/// What a line says about the course of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// It goes on without what is missing.
    GoesOn,
    /// It takes something else in its place.
    Instead,
    /// It tries again.
    Retries,
    /// What was wrong is right again.
    Recovered,
    /// A word that turns the meaning of the rest.
    Negated,
    /// A field for the level: a warning or less.
    MildKey,
    /// A field for the level: an error or worse.
    SevereKey,
    /// A word for the level: a warning or less.
    Mild,
    /// A word for the level: an error or worse.
    Severe,
    /// An exception that nobody caught.
    Uncaught,
    /// No more than that the start failed, or that what was tried did not come off.
    Summary,
    /// A mistake in the program itself.
    Programming,
    /// Python tells the first exception first, and then what came of it.
    Chained,
}

const PATTERNS: &[(Mark, &str)] = &[
    (
        Mark::GoesOn,
        r"\bignor(?:e|ed|ing)\b|\bskip(?:s|ped|ping)?\b|\bdisabl(?:ed|ing)\b|\bnot enabled\b|\boptional\b|\bdeprecat|will (?:not be|be (?:disabled|generated|skipped|ignored))",
    ),
    (
        Mark::Instead,
        r"using (?:the |its |an? )?(?:built-?in |in-memory |local )?(?:defaults?|fallback|in-memory)\b|\bdefault(?:s|ing|ed)? to\b|\bfall(?:s|ing)?[ -]?back\b|\bfallback\b|\bcontinu(?:e|es|ing) (?:without|anyway|in)\b|\b(?:running|starting|proceeding) without\b|\bnon-?fatal\b|\bnot critical\b|\bbest effort\b",
    ),
    (
        Mark::Retries,
        r"\bretr(?:y|ies|ying)\b|\breconnect(?:ing)?\b|\btrying again\b|\btry again\b|\battempt \d+",
    ),
    (
        Mark::Recovered,
        r"\b(?:re-?)?connected\b|\bconnection (?:\S+ ){0,3}?(?:re-?)?(?:established|restored|recovered|successful|succeeded|ok|acquired)\b|\bestablished (?:a )?connection\b|\b(?:database|db|redis|cache|broker|postgres(?:ql)?|mysql|[\w.-]+:\d{2,5}) is (?:now )?(?:up|available|ready|reachable)\b|\bsucce(?:eded|ssful|ss) (?:after|on) (?:retry|attempt|\d+)|pool-\d+ - start completed",
    ),
    (
        Mark::Negated,
        r"\bnot\b|n't\b|\bnever\b|\bno longer\b|\bunable\b|\bfail(?:ed|ure|s)?\b|\berror\b|\bcannot\b|\buntil\b|\bif\b|\bonce\b|\bwait(?:ing)?\b",
    ),
    (
        Mark::MildKey,
        r#""?\b(?:level|severity|lvl)"?[=: ]+"?(?:warn(?:ing)?|info(?:rmation)?|debug|trace|notice|[1-4]0\b)"#,
    ),
    (
        Mark::SevereKey,
        r#""?\b(?:level|severity|lvl)"?[=: ]+"?(?:err(?:or)?|fatal|crit(?:ical)?|panic|emerg|[56]0\b)"#,
    ),
    (
        Mark::Mild,
        r"^.{0,60}?(?:^|[\[ |(/])(?:warn(?:ing)?|info|debug|trace|notice|userwarning|runtimewarning|deprecationwarning)(?:[\] |:,)]|$)",
    ),
    (
        Mark::Severe,
        r"^.{0,60}?(?:^|[\[ |(/])(?:error|fatal|critical|crit|severe|emerg|panic)(?:[\] |:,)]|$)",
    ),
    (
        Mark::Uncaught,
        r"\bunhandled(?:promise)?(?: |rejection|exception)|\buncaught\b|^thread '[^']*'(?: \(\d+\))? panicked|^panic: |^exception in thread|^caused by: |^\*\* \(|^(?:[\w.$:]+[.:])?\w*(?:error|exception)\b(?: \[\w+\])?(?:: |$)",
    ),
    (
        Mark::Summary,
        r"\bconnect|\bretr(?:y|ies)\b|\battempts?\b|\bgiving up\b|\bunreachable\b|\bunavailable\b|\bnot ready\b|\btime[ds]? ?out\b|\btimeout\b|\bdatabase\b|\bhost\b|\bfail(?:ed|ure|s)? (?:to )?(?:start|boot|init|run|launch|load|bootstrap|deploy)|\b(?:startup|start-up|boot|bootstrap|initiali[sz]ation|migrations?|worker|application|app|server|service|script|process|command|task|job) (?:\S+ )?(?:has )?(?:run )?(?:failed|exited|stopped|terminated|crashed|aborted|error)|\bexit(?:ed|ing|s)?\b|\bshutting down\b|\belifecycle\b|\berrno\b|\bsyscall\b|^\W*(?:error|fatal|panic|exception)\W*$|\bnpm err|\b(?:could not|unable to|cannot) start\b|beancreationexception|unsatisfieddependencyexception|\bsystemexit\b",
    ),
    (
        Mark::Programming,
        r"\b(?:TypeError|ReferenceError|SyntaxError|RangeError|AttributeError|NameError|IndexError|ZeroDivisionError|UnboundLocalError|RecursionError|IndentationError|AssertionError|NotImplementedError|NoMethodError|NullPointerException|NullReferenceException|\w*IndexOutOfBoundsException|IndexOutOfRangeException|ClassCastException|FunctionClauseError|UndefinedFunctionError)\b|panic: runtime error|index out of bounds",
    ),
    (
        Mark::Chained,
        r"during handling of the above exception|the above exception was the direct cause",
    ),
];

static MARKS: LazyLock<RegexSet> =
    LazyLock::new(|| set(PATTERNS.iter().map(|(_, pattern)| *pattern)));

fn set<'p>(patterns: impl IntoIterator<Item = &'p str>) -> RegexSet {
    RegexSetBuilder::new(patterns)
        .case_insensitive(true)
        .unicode(false)
        .size_limit(32 << 20)
        .dfa_size_limit(32 << 20)
        .build()
        .unwrap_or_default()
}

/// What programs connect to: the port that it listens on, and the words that logs use for it.
const PEERS: &[&str] = &[
    r":5432\b|postgres|\bpg\b|psycopg|npgsql|\b(?:database|db)\b",
    r":3306\b|mysql|mariadb|\b(?:database|db)\b",
    r":1433\b|sql ?server|sqlclient|\b(?:database|db)\b",
    r":27017\b|mongo|\b(?:database|db)\b",
    r":6379\b|redis|valkey|\bcache\b",
    r":9092\b|:9094\b|kafka|\bbroker\b",
    r":5671\b|:5672\b|rabbit|amqp|\bbroker\b",
    r":9200\b|elasticsearch|opensearch",
    r":11211\b|memcached|\bcache\b",
    r":4222\b|\bnats\b",
    r":8125\b|statsd",
];

static PEER: LazyLock<RegexSet> = LazyLock::new(|| set(PEERS.iter().copied()));

/// Lines after a fault in which the program says how it goes on.
const LINES_AFTER: usize = 2;

struct Line {
    marks: Vec<Mark>,
    peers: Vec<usize>,
}

impl Line {
    fn of(text: &str) -> Self {
        let text = plain(text);
        let marks = MARKS.matches(text.as_bytes());
        Self {
            marks: marks.iter().filter_map(|index| Some(PATTERNS.get(index)?.0)).collect(),
            peers: PEER.matches(text.as_bytes()).iter().collect(),
        }
    }

    fn is(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    /// Whether both lines can speak of the same peer: one of them names none, or they name one in common.
    fn shares_peer(&self, other: &Self) -> bool {
        self.peers.is_empty()
            || other.peers.is_empty()
            || self.peers.iter().any(|peer| other.peers.contains(peer))
    }

    /// A warning or less, by its own level.
    fn is_mild(&self) -> bool {
        !self.is(Mark::SevereKey)
            && (self.is(Mark::MildKey) || (self.is(Mark::Mild) && !self.is_severe()))
    }

    fn is_severe(&self) -> bool {
        !self.is(Mark::MildKey)
            && (self.is(Mark::SevereKey) || self.is(Mark::Severe) || self.is(Mark::Uncaught))
    }
}

/// The reading that tells why the program ended; `None`: the log names no cause that is known.
#[must_use]
pub fn cause<'r, S: AsRef<str>>(lines: &[S], readings: &'r [LogReading]) -> Option<&'r LogReading> {
    let marks: Vec<Line> = lines.iter().map(|line| Line::of(line.as_ref())).collect();
    let stands =
        |reading: &&LogReading| reading.kind.is_fault() && !is_got_over(reading, readings, &marks);
    let last = readings.iter().rev().find(stands)?;
    let is_own = |reading: &LogReading| {
        ["address", "host"].iter().filter_map(|name| reading.get(name)).any(listening::is_loopback)
    };
    // The setting that is missing would have named another host.
    let missing = || {
        let earlier = readings.iter().filter(|reading| reading.line_index < last.line_index);
        earlier.filter(stands).find(|reading| reading.kind == LogKind::MissingEnvironment)
    };
    if is_own(last) { missing().or(Some(last)) } else { Some(last) }
}

/// Whether what came after a fault, or its own line, says that it did not end the program.
fn is_got_over(fault: &LogReading, readings: &[LogReading], marks: &[Line]) -> bool {
    let at = fault.line_index;
    let (Some(own), Some(after)) = (marks.get(at), marks.get(at + 1..)) else { return false };
    let near = || after.iter().take(LINES_AFTER);
    if own.is(Mark::Instead)
        || near().any(|line| line.is(Mark::Instead))
        || (own.is(Mark::GoesOn) && !own.is_severe())
    {
        return true;
    }
    let later = |test: &dyn Fn(&LogReading) -> bool| {
        readings.iter().any(|reading| reading.line_index > at && test(reading))
    };
    if later(&|reading| reading.kind == LogKind::Listening) {
        return true;
    }
    let is_of_a_peer = matches!(
        fault.kind,
        LogKind::DependencyRefused
            | LogKind::DependencyTimeout
            | LogKind::DnsFailure
            | LogKind::TlsFailure
            | LogKind::LoginRefused
    );
    let recovers =
        |line: &Line| line.is(Mark::Recovered) && !line.is(Mark::Negated) && line.shares_peer(own);
    if is_of_a_peer && after.iter().any(recovers) {
        return true;
    }
    let is_another = |(index, line): (usize, &Line)| {
        line.is_severe()
            && !line.is(Mark::Summary)
            && !readings.iter().any(|reading| reading.line_index == at + 1 + index)
    };
    let goes_on_trying = own.is_mild()
        || own.is(Mark::Retries)
        || (is_of_a_peer && near().any(|line| line.is(Mark::Retries)));
    if goes_on_trying && after.iter().enumerate().any(is_another) {
        return true;
    }
    if !is_of_a_peer && own.is_mild() && after.iter().any(|line| !line.is(Mark::Summary)) {
        return true;
    }
    let mistake = after.iter().position(|line| line.is(Mark::Programming) && line.is_severe());
    mistake.is_some_and(|mistake| !after[..mistake].iter().any(|line| line.is(Mark::Chained)))
}
