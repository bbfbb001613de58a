//! How far the reading of an account is, on standard error, for a person at a terminal.

use ecswhy_aws::{CallRecord, Observer, Operation};
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

/// Runs shorter than this show nothing, and the line is not written more often.
const STEP_MS: u64 = 150;
/// Erases the line that the cursor is on (ECMA-48, EL).
const ERASE: &str = "\r\x1b[2K";

/// The line that tells the progress; nothing where nobody looks.
pub struct Progress(Option<Arc<Line>>);

struct Line {
    begun: Instant,
    asked: AtomicU32,
    answered: AtomicU32,
    told: AtomicU64,
}

impl Progress {
    /// A line on standard error, if that is a terminal.
    pub fn on_terminal() -> Self {
        let line = std::io::stderr().is_terminal().then(|| {
            Arc::new(Line {
                begun: Instant::now(),
                asked: AtomicU32::new(0),
                answered: AtomicU32::new(0),
                told: AtomicU64::new(0),
            })
        });
        Self(line)
    }

    /// What the client tells its calls to.
    pub fn observer(&self) -> Option<Box<dyn Observer>> {
        self.0.clone().map(|line| Box::new(Watch(line)) as Box<dyn Observer>)
    }

    /// Takes the line away.
    pub fn clear(&self) {
        if self.0.as_ref().is_some_and(|line| line.told.load(Ordering::Relaxed) > 0) {
            let _ = write!(std::io::stderr(), "{ERASE}");
        }
    }
}

struct Watch(Arc<Line>);

impl Observer for Watch {
    fn started(&self, _: &'static Operation, _: &str) {
        self.0.asked.fetch_add(1, Ordering::Relaxed);
    }

    fn finished(&self, record: &CallRecord) {
        let answered = self.0.answered.fetch_add(1, Ordering::Relaxed) + 1;
        let now = u64::try_from(self.0.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        if now < self.0.told.load(Ordering::Relaxed) + STEP_MS {
            return;
        }
        self.0.told.store(now, Ordering::Relaxed);
        let asked = self.0.asked.load(Ordering::Relaxed);
        let name = record.operation.cli();
        // A terminal that does not take it is no reason to stop.
        let _ = write!(std::io::stderr(), "{ERASE}reading {answered} of {asked}: {name}");
    }
}
