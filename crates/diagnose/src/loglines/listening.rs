//! Where the application says that it listens. A loopback address is reachable from inside the task only.

use super::{Idiom, LogKind};
use std::net::IpAddr;

pub(super) const IDIOMS: &[Idiom] = &[
    (
        LogKind::Listening,
        r"(?i)\b(?:listening|running|serving|served|ready|started|starting|available|bound|accepting connections|server)\b[^{}]*?\b(?:on|at|to)\b[: ]+(?:\w+ )?(?:https?://|tcp://|addr(?:ess)?[ =])?'?\x22?(?P<address>localhost|\*|(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:]*\]|::1?):(?P<port>\d{2,5})\b",
    ),
    (
        LogKind::Listening,
        r#"(?i)(?:address|addr|listen|bind)[":= ]+(?P<address>localhost|(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:]*\]):(?P<port>\d{2,5})\b.*\b(?:listening|started|serving)"#,
    ),
    (
        LogKind::Listening,
        r"(?i)\b(?:listening|serving|started)\b.*\baddr(?:ess)?[\x22:= ]+(?P<address>localhost|(?:\d{1,3}\.){3}\d{1,3}|\[[0-9a-f:]*\])?:(?P<port>\d{2,5})\b",
    ),
    (LogKind::Listening, r"(?i)\bstarted serverconnector@.*\{(?P<address>[\d.]+):(?P<port>\d+)\}"),
    (LogKind::Listening, r"(?i)actix-web-service-(?P<address>[\d.]+):(?P<port>\d+)"),
    (
        LogKind::Listening,
        r"(?i)\b(?:tomcat|netty|jetty|undertow|undertow started|nest application|express|server|app|application|api|service|worker)\b.*\b(?:started|listening|running|up)\b.*\bport(?:\(s\)|s)?:? ?(?P<port>\d{2,5})\b",
    ),
    (
        LogKind::Listening,
        r"(?i)\b(?:listening|serving)(?: and serving)?(?: http)? (?:on|at|to)[: ]+(?:tcp )?(?:port )?:?(?P<port>\d{2,5})\b",
    ),
    (LogKind::Listening, r"(?i)\blistening (?:for [^ ]+ )?on port (?P<port>\d{2,5})\b"),
    (
        LogKind::Listening,
        r"(?i)^\W*(?:local|network): +https?://(?P<address>localhost|[\d.]+):(?P<port>\d{2,5})\b",
    ),
];

/// Whether the address is reachable from the same network namespace only.
pub(super) fn is_loopback(address: &str) -> bool {
    address.eq_ignore_ascii_case("localhost")
        || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
