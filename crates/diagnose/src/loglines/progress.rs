//! Lines that say that a start is under way: what the application does before it listens.

use super::plain;
use regex::bytes::{Regex, RegexBuilder};
use std::sync::LazyLock;

static UNDER_WAY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    // The verb stands at the beginning of what the line says, after times, levels and names of loggers.
    RegexBuilder::new(
        r"(?i)^(?:[\[(<{\x22]*[\w:./+,-]*[\])>}\x22]*[ :|-]+){0,6}?(?:still |now |please wait[:,.]* )?(?:starting|booting|loading|initiali[sz]ing|warming|preparing|compiling|building|indexing|restoring|replaying|downloading|fetching|migrating|seeding|waiting (?:for|on|until)|running (?:database )?migrations?|applying (?:database )?migrations?|connecting to)\b",
    )
    .unicode(false)
    .build()
    .ok()
});
static DONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    RegexBuilder::new(r"(?i)\b(?:completed?|done|finished|succeeded|success|ready|failed|error|listening|terminated)\b")
        .unicode(false)
        .build()
        .ok()
});

/// Whether a line says that the start is under way, and not that a part of it is done.
#[must_use]
pub fn is_still_starting(line: &str) -> bool {
    let line = plain(line);
    let fits = |regex: &LazyLock<Option<Regex>>| {
        regex.as_ref().is_some_and(|regex| regex.is_match(line.as_bytes()))
    };
    fits(&UNDER_WAY) && !fits(&DONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_start_that_is_under_way() {
        for line in [
            "loading caches (this takes a while)",
            "starting",
            "2026-03-11T10:00:01Z INFO  Loading model weights from /models",
            "[2026-03-11 10:00:01 +0000] [1] [INFO] Starting gunicorn 21.2.0",
            "INFO:     Waiting for application startup.",
            "2026-03-11 10:00:01.123  INFO 1 --- [main] c.e.Application : Starting Application using Java 21",
            "Running migrations...",
            "Warming up the cache",
        ] {
            assert!(is_still_starting(line), "{line}");
        }
    }

    #[test]
    fn lines_that_say_something_else() {
        for line in [
            "listening on 0.0.0.0:8080",
            "GET /health 200",
            "HikariPool-1 - Start completed.",
            "Loading models completed in 12 s",
            "Starting the server failed",
            "KeyError: 'DATABASE_URL'",
            "Application startup complete.",
            "",
        ] {
            assert!(!is_still_starting(line), "{line}");
        }
    }
}
