//! Who watches the calls: a hook for progress and counting, and the log that a
//! report's `calls` section is made of. It holds no parameters and no answers.

use std::time::Duration;

use crate::error::CallError;
use crate::operations::Operation;

/// One finished request of the table (a page counts as one; retries are inside).
#[derive(Debug, Clone)]
pub struct CallRecord {
    /// The operation.
    pub operation: &'static Operation,
    /// The region that was asked.
    pub region: String,
    /// HTTP attempts that were made; 0 when nothing was sent.
    pub attempts: u32,
    /// `None` = answered.
    pub error: Option<CallError>,
    /// From the start of the first attempt to the answer, waits included.
    pub duration: Duration,
}

impl CallRecord {
    /// `ok` or the kind of the error.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        self.error.as_ref().map_or("ok", CallError::kind)
    }
}

/// Watches calls. Called from many tasks at once; must not block.
pub trait Observer: Send + Sync {
    /// A request is about to be sent.
    fn started(&self, operation: &'static Operation, region: &str);
    /// It is done, well or badly.
    fn finished(&self, record: &CallRecord);
}
