//! What stands around a message: a time, a label of a console or a log, a quotation, the sentence of a deploy tool,
//! and ECS's own sentence around a reason. The message inside is read as if it stood alone.

use regex::{Regex, RegexBuilder};
use std::sync::LazyLock;

/// One layer at the beginning of a text. `open` marks the layers that close again at the end.
const LAYERS: &[&str] = &[
    // Times of logs and consoles.
    r"\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?Z\b| ?UTC\b| ?[+-]\d\d:?\d\d)?(?: ?\(UTC[+-]?[\d:]*\))?\]?[ :,-]*",
    // A list of Copilot: how many tasks, which.
    r"\d+ +\[[0-9a-z, .]+\] ",
    r"\(?[0-9a-f]{7,8}(?:, ?(?:[0-9a-z]{7,8}|\.\.\.))*, ",
    // Labels of consoles, of JSON and of scripts.
    r#"["'({\[*>•✘✖❌✗-]+ *"#,
    r#"(?:last )?(?:stopped|status|failure|container|exit|task) ?(?:reason|message)["']?(?: ?[:=|] ?| )"#,
    r#"(?:reason|message|error|errormessage|cause|event|fatal|warn(?:ing)?|info)["']?(?: ?[:=|] ?|\] ?)"#,
    r"(?:STOPPED|PENDING|DEPROVISIONING) ?[(:|-] ?",
    r"task stopped at:? ?",
    r#"resource handler returned message: ?"?"#,
    r"[A-Z]+_FAILED:? ",
    r"(?:an )?error occurred during operation:? ",
    r"(?:error )?(?:creating|updating|waiting for|modifying|reading|deploying) (?:aws )?ecs (?:service|task|taskset)[^:]*(?:\([^)]*\))?[^:]*: ",
    r"(?:✘ )?deploy(?:ing)? (?:service|job|task) [^:]{1,80}: ",
    r"ecs task stopped(?: due to)?:? ",
    // ECS around a reason.
    r"\(?service [^()]{1,255}\)? was unable to place a task(?:\. Reason|,? because(?: of)?)?:? ",
    r"\(?service [^()]{1,255}\)? failed to launch a task with \(error ",
    r"TaskFailedToStart: ",
    r"essential container in task exited\.? \([\w-]+: ",
    r"task failed to (?:start|reach running(?: status| state)?)[.:]+ ?\(?(?:[\w-]+: )?",
];

/// What may follow the message: the end of a deploy tool's sentence.
const TAIL_PATTERN: &str = r#"["'] ?\((?:RequestToken|Service): .*$"#;

static LAYER: LazyLock<Option<Regex>> =
    LazyLock::new(|| compile(&format!("^(?:{})", LAYERS.join("|"))));
static TAIL: LazyLock<Option<Regex>> = LazyLock::new(|| compile(TAIL_PATTERN));

fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).case_insensitive(true).build().ok()
}

/// More layers than this are no wrapping.
const MOST: usize = 12;

/// The message inside a normalised text; the text itself if nothing stands around it.
pub(super) fn core(text: &str) -> &str {
    let (Some(layer), Some(tail)) = (LAYER.as_ref(), TAIL.as_ref()) else { return text };
    let mut core = text;
    for _ in 0..MOST {
        let Some(found) = layer.find(core).filter(|found| found.end() < core.len()) else { break };
        core = core.get(found.end()..).unwrap_or(core).trim_start();
    }
    let opened = text.get(..text.len() - core.len()).unwrap_or_default();
    let core = tail.find(core).and_then(|found| core.get(..found.start())).unwrap_or(core);
    closed(core, opened)
}

/// Without the ends of the layers that were opened before it.
fn closed<'t>(mut core: &'t str, opened: &str) -> &'t str {
    while let Some(last) = core.chars().next_back() {
        let opener = match last {
            ')' => '(',
            ']' => '[',
            '}' => '{',
            // A comma ends a line of JSON.
            ',' => '"',
            c => c,
        };
        if !matches!(last, ')' | ']' | '}' | ',' | '"' | '\'' | '*') || !opened.contains(opener) {
            break;
        }
        core = core.get(..core.len() - last.len_utf8()).unwrap_or_default().trim_end();
    }
    core
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_inside_is_found() {
        let cases = [
            ("AGENT", "AGENT"),
            ("TaskFailedToStart: RESOURCE:GPU", "RESOURCE:GPU"),
            (
                "(service x, taskSet ecs-svc/1) was unable to place a task. Reason: RESOURCE:ENI.",
                "RESOURCE:ENI.",
            ),
            ("STOPPED (Essential container in task exited)", "Essential container in task exited"),
            ("\"stoppedReason\": \"Task stopped by user\",", "Task stopped by user"),
            (
                "Resource handler returned message: \"a 'b' (c)\" (RequestToken: 1, HandlerErrorCode: x)",
                "a 'b' (c)",
            ),
            (
                "[2025-03-12T11:45:02.123Z] **service web has reached a steady state.**",
                "service web has reached a steady state.",
            ),
            (
                "Error: waiting for ECS Service (arn:aws:ecs:x:1:service/c/s) create: RESOURCE:CPU",
                "RESOURCE:CPU",
            ),
            (
                "Task failed to start. (nginx: CannotPullContainerError: context canceled)",
                "CannotPullContainerError: context canceled",
            ),
            ("Error", "Error"),
        ];
        for (text, expected) in cases {
            assert_eq!(core(text), expected, "{text}");
        }
    }
}
