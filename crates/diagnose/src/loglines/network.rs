//! Dependencies that refuse, time out or do not resolve, and ports in use.

use super::{Idiom, LogKind};
use regex::Regex;
use std::sync::LazyLock;

pub(super) const IDIOMS: &[Idiom] = &[
    (LogKind::PortInUse, r"EADDRINUSE: address already in use (?P<address>[^ ]*):(?P<port>\d+)"),
    (
        LogKind::PortInUse,
        r"(?i)address \('(?P<address>[^']*)', (?P<port>\d+)[^)]*\): (?:\[errno 98\] )?address already in use",
    ),
    (LogKind::PortInUse, r"(?i)connection in use: \('(?P<address>[^']*)', (?P<port>\d+)\)"),
    (
        LogKind::PortInUse,
        r"(?i)listen (?:tcp|udp)\d? (?P<address>[^ ]*):(?P<port>\d+): bind: address already in use",
    ),
    (LogKind::PortInUse, r"(?i)\bport (?P<port>\d+) (?:was|is) already in use"),
    (
        LogKind::PortInUse,
        r"bind\(\) to (?P<address>[\d.]+|\[[0-9a-f:]+\]):(?P<port>\d+) failed \(98",
    ),
    (
        LogKind::PortInUse,
        r"(?i)failed to bind to address https?://(?P<address>[^ ]+):(?P<port>\d+): address already in use",
    ),
    (
        LogKind::PortInUse,
        r#"(?i)address already in use - bind\(2\) for "?(?P<address>[^" ]+)"? port (?P<port>\d+)"#,
    ),
    (
        LogKind::PortInUse,
        r"(?i)\bEADDRINUSE\b|BindException: address already in use|\[errno 98\] address already in use|AddrInUse|os error 98",
    ),
    (LogKind::DnsFailure, r"tcp connect \((?P<host>[^ :)]+):(?P<port>\d+)\): non-existing domain"),
    (LogKind::DnsFailure, r"getaddrinfo (?:ENOTFOUND|EAI_AGAIN) (?P<host>[^ ]+)"),
    (LogKind::DnsFailure, r"query\w+ (?:ENOTFOUND|ESERVFAIL|ETIMEOUT) (?P<host>[^ ]+)"),
    (LogKind::DnsFailure, r#"(?i)could not translate host name "(?P<host>[^"]+)""#),
    (LogKind::DnsFailure, r"(?i)failed to resolve '(?P<host>[^']+)'"),
    (LogKind::DnsFailure, r"(?i)unknown mysql server host '(?P<host>[^']+)'"),
    (LogKind::DnsFailure, r"(?i)error -[235] connecting to (?P<host>[^ :]+):(?P<port>\d+)"),
    (LogKind::DnsFailure, r"UnknownHostException: (?P<host>[\w-]+(?:\.[\w-]+)*)"),
    (
        LogKind::DnsFailure,
        r"lookup (?P<host>[^ ]+?)(?: on [^ ]+)?: (?:no such host|server misbehaving|i/o timeout)",
    ),
    (LogKind::DnsFailure, r#"host not found in upstream "(?P<host>[^":]+)(?::(?P<port>\d+))?"#),
    (LogKind::DnsFailure, r"(?i)could not resolve host: (?P<host>[^ ]+)"),
    (LogKind::DnsFailure, r"php_network_getaddresses: getaddrinfo for (?P<host>[^ ]+) failed"),
    (LogKind::DnsFailure, r"(?i)name or service not known \((?P<host>[^:)]+)(?::(?P<port>\d+))?\)"),
    (
        LogKind::DnsFailure,
        r"(?i)name or service not known|temporary failure in name resolution|failed to lookup address information|nodename nor servname provided|no such host is known",
    ),
    (LogKind::DependencyRefused, r"ECONNREFUSED (?P<host>[^ ]+):(?P<port>\d+)"),
    (
        LogKind::DependencyRefused,
        r"(?i)error connecting to \w+ on (?P<host>[\w.-]+):(?P<port>\d+) \(errno::econnrefused\)",
    ),
    (
        LogKind::DependencyRefused,
        r"(?i)connection refused - connect\(2\) for (?P<host>[\w.-]+):(?P<port>\d+)",
    ),
    (
        LogKind::DependencyRefused,
        r#"(?i)connection to server at "(?P<host>[^"]+)"(?: \((?P<address>[^)]+)\))?, port (?P<port>\d+) failed: (?:fatal: )?connection refused"#,
    ),
    (
        LogKind::DependencyRefused,
        r#"(?i)is the server running on host "(?P<host>[^"]+)"(?: \((?P<address>[^)]+)\))?.*port (?P<port>\d+)"#,
    ),
    (LogKind::DependencyRefused, r"(?i)error 111 connecting to (?P<host>[^ :]+):(?P<port>\d+)"),
    (
        LogKind::DependencyRefused,
        r"(?i)can't connect to (?:mysql|mariadb) server on '(?P<host>[^':]+)(?::(?P<port>\d+))?'.*(?:\b111\b|refused)",
    ),
    (LogKind::DependencyRefused, r"(?i)connection to (?P<host>[\w.-]+):(?P<port>\d+) refused"),
    (
        LogKind::DependencyRefused,
        r"(?i)connection refused: (?:no further information: )?(?:(?P<host>[\w.-]+)/)?(?P<address>[\d.]+):(?P<port>\d+)",
    ),
    (
        LogKind::DependencyRefused,
        r"dial (?:tcp|udp)\d? (?P<host>\[[0-9a-f:]+\]|[^ :]+):(?P<port>\d+): connect: connection refused",
    ),
    (
        LogKind::DependencyRefused,
        r#"connect\(\) failed \(111: .*upstream: "\w+://(?P<host>[^":/]+)(?::(?P<port>\d+))?"#,
    ),
    (LogKind::DependencyRefused, r"(?i)connection refused \((?P<host>[\w.-]+):(?P<port>\d+)\)"),
    (
        LogKind::DependencyRefused,
        r#"(?i)connection refused - connect\(2\) for "?(?P<host>[^" ]+)"? port (?P<port>\d+)"#,
    ),
    (
        LogKind::DependencyRefused,
        r"(?i)(?:host='(?P<host>[^']+)', port=(?P<port>\d+)).*connection refused",
    ),
    (
        LogKind::DependencyRefused,
        r"(?i)(?:://|\b)(?P<host>[a-z][\w-]*(?:\.[\w-]+)+|\d+\.\d+\.\d+\.\d+):(?P<port>\d{2,5})\b.*connection refused",
    ),
    (
        LogKind::DependencyRefused,
        r"(?i)connection refused \(os error 111\)|\[errno 111\] connection refused|\[2002\] connection refused|java\.net\.connectexception: connection refused|socketexception \((?:111|0x80004005)\): connection refused|kind: connectionrefused\b|\berrno::econnrefused\b",
    ),
    (LogKind::DependencyTimeout, r"connect ETIMEDOUT (?P<host>[^ ]+):(?P<port>\d+)"),
    (
        LogKind::DependencyTimeout,
        r"(?i)failed to connect to (?P<host>[\w.-]+):(?P<port>\d+) in \d+ ?ms",
    ),
    (
        LogKind::DependencyTimeout,
        r"ServerSelectionTimeoutError: (?P<host>[\w.-]+):(?P<port>\d+): timed out",
    ),
    (
        LogKind::DependencyTimeout,
        r"(?i)connection timed out - connect\(2\) for \x22?(?P<host>[^\x22 ]+?)\x22?(?: port |:)(?P<port>\d+)",
    ),
    (
        LogKind::DependencyTimeout,
        r"tcp connect \((?P<host>[^ :)]+):(?P<port>\d+)\): (?:timeout|connection timed out|host is unreachable)",
    ),
    // They tell that nothing answered, not why; the line of a refusal follows where there was one.
    (
        LogKind::DependencyTimeout,
        r"(?i)npgsqlexception\b.*failed to connect to (?P<host>[\w.-]+):(?P<port>\d+)",
    ),
    (
        LogKind::DependencyTimeout,
        r"(?i)can't reach database server at '(?P<host>[^':]+)'?:'?(?P<port>\d+)'",
    ),
    (
        LogKind::DependencyTimeout,
        r"(?i)connection to node -?\d+ \((?P<host>[\w.-]+)/[\d.]+:(?P<port>\d+)\) could not be established",
    ),
    (
        LogKind::DependencyTimeout,
        r#"(?i)connection to server at "(?P<host>[^"]+)"(?: \((?P<address>[^)]+)\))?, port (?P<port>\d+) failed: (?:(?:connection |operation )?timed out|timeout(?: expired)?\b)"#,
    ),
    (
        LogKind::DependencyTimeout,
        r"(?i)can't connect to (?:mysql|mariadb) server on '(?P<host>[^':]+)(?::(?P<port>\d+))?'.*(?:\b110\b|timed out)",
    ),
    (
        LogKind::DependencyTimeout,
        r"dial (?:tcp|udp)\d? (?P<host>\[[0-9a-f:]+\]|[^ :]+):(?P<port>\d+): (?:i/o timeout|connect: connection timed out|connect: no route to host)",
    ),
    (
        LogKind::DependencyTimeout,
        r#"(?i)connect timeout on endpoint url: "https?://(?P<host>[^/":]+)(?::(?P<port>\d+))?"#,
    ),
    (
        LogKind::DependencyTimeout,
        r"(?i)host='(?P<host>[^']+)', port=(?P<port>\d+).*(?:timed out|timeout)",
    ),
    (
        LogKind::DependencyTimeout,
        r"(?i)connect(?:ion)? timed out: (?:no further information: )?(?:(?P<host>[\w.-]+)/)?(?P<address>[\d.]+):(?P<port>\d+)",
    ),
    (LogKind::DependencyTimeout, r"(?i)connect to (?P<host>[\w.-]+):(?P<port>\d+) .*timed out"),
    (
        LogKind::DependencyTimeout,
        r#"upstream timed out \(110: .*upstream: "\w+://(?P<host>[^":/]+)(?::(?P<port>\d+))?"#,
    ),
    (
        LogKind::DependencyTimeout,
        r"(?i)(?:://|\b)(?P<host>[a-z][\w-]*(?:\.[\w-]+)+|\d+\.\d+\.\d+\.\d+):(?P<port>\d{2,5})\b.*(?:connection timed out|connect timed out|i/o timeout)",
    ),
    (
        LogKind::DependencyTimeout,
        r"(?i)server selection timed out|serverselectionerror|connection terminated due to connection timeout|timeout connecting to server|sockettimeoutexception: connect|connectexception: connection timed out|connection timed out \(os error 110\)|\[errno 110\] connection timed out|connection attempt timed out|socketexception \(110\): |timeout expired\. +the timeout period elapsed prior to|\[2002\] (?:connection|operation) timed out|server selection timeout|timed out waiting for a node assignment|login timeout expired|pooltimedout\b|knex: timeout acquiring a connection|connectionacquiretimeouterror|the server was not found or was not accessible|it was not possible to connect to the redis server",
    ),
    (
        LogKind::TlsFailure,
        r"(?i)certificate verify failed|self[- ]signed certificate|x509: certificate|pkix path building failed|unable_to_verify_leaf|certificate has expired|remote certificate is invalid",
    ),
];

/// How many lines back a program names what it could not reach: an exception tells its cause below itself.
const LINES_BACK: usize = 3;

static CONNECTING: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r"(?i)\bconnect(?:ion|ing)?\b.{0,40}?(?:\b(?:to|at|on|with) |://)'?(?:\w+://)?(?P<host>[a-z0-9][\w.-]*|\[[0-9a-f:]+\]):(?P<port>\d{2,5})\b";
    Regex::new(pattern).ok()
});

/// The host and port of a connection that fails, from the lines just before the bare cause.
pub(super) fn peer_before(lines: &[String], index: usize) -> Option<(String, String)> {
    let connecting = CONNECTING.as_ref()?;
    let first = index.saturating_sub(LINES_BACK);
    let found = lines.get(first..index)?.iter().rev().find_map(|line| connecting.captures(line))?;
    Some((found.name("host")?.as_str().to_owned(), found.name("port")?.as_str().to_owned()))
}
