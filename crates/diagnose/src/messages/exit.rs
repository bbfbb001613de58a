//! What the exit code beside an essential container's end says.
//! Sources: ECS Developer Guide, "Stopped tasks error messages"; Docker run reference, "Exit status"; signal(7).

use super::Message;
use crate::symptom::Symptom;
use regex::Regex;
use std::sync::LazyLock;

static ENDED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^(?:task stopped[^:]*: )?\(?essential container (?:in task )?(?:[\w.-]+ )?exited")
        .ok()
});
static CODE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"exit(?:ed with)?(?: |-)?(?:code|status)?[ :=(]{1,3}(-?\d{1,3})\b").ok()
});

/// The symptom of the sentence that an essential container exited, or of an empty text beside an exit code.
pub(super) fn symptom_of(lower: &str, message: &Message) -> Option<Symptom> {
    let says_nothing = matches!(lower, "" | "-" | "none" | "null" | "n/a");
    let says_ended = ENDED.as_ref().is_some_and(|ended| ended.is_match(lower));
    if !says_nothing && !says_ended {
        return None;
    }
    if lower.contains("outofmemoryerror: container") {
        return Some(Symptom::OutOfMemory);
    }
    let code = message.exit_code.or_else(|| code_in(lower).filter(|_| says_ended));
    if says_nothing {
        // What follows an order to stop is a consequence of the order.
        match message.stop_code.as_deref() {
            Some("SpotInterruption") => return Some(Symptom::SpotInterrupted),
            Some("UserInitiated") => return Some(Symptom::StoppedByUser),
            None | Some("EssentialContainerExited") => {}
            Some(_) => return None,
        }
        code?;
    }
    Some(code.map_or(Symptom::ContainerExited, symptom_of_code))
}

/// The exit code that the text itself gives.
pub(super) fn code_in(lower: &str) -> Option<i32> {
    CODE.as_ref()?.captures(lower)?.get(1)?.as_str().parse().ok()
}

/// What an exit code says without a word beside it.
fn symptom_of_code(code: i32) -> Symptom {
    match code {
        0 => Symptom::ContainerExited,
        // The shell's words for "found but not executable" and "not found".
        126 | 127 => Symptom::CommandNotStartable,
        137 => Symptom::Killed,
        139 => Symptom::Segfault,
        143 => Symptom::Terminated,
        // 125 (the runtime's own), 134 (abort) and 255 (AWS: "the command failed") tell no more than 1 does.
        _ => Symptom::AppError,
    }
}
