//! How much memory a service used before its containers were killed.

use super::Plan;
use ecswhy_aws::operations::cloudwatch;
use ecswhy_facts::ecs::Task;
use ecswhy_facts::{Target, Time};
use jiff::SignedDuration;
use serde_json::json;

/// AWS remembers a stopped task for about an hour; what it used then lies in this time before the run.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(2);
/// Seconds that one point stands for: Amazon ECS sends one a minute.
const PERIOD: u32 = 60;

impl Plan<'_> {
    /// The metric that every service has: its memory in percent of what its tasks reserve ("Amazon ECS CloudWatch
    /// metrics"). A standalone task has none.
    pub(super) fn memory(&mut self, target: &Target, tasks: &[Task]) {
        let Target::Service { cluster, service } = target else { return };
        if !tasks.iter().any(was_killed) {
            return;
        }
        let now = self.snapshot.taken_at;
        let Ok(start) = now.0.checked_sub(LOOK_BACK) else { return };
        self.ask(
            &cloudwatch::GET_METRIC_STATISTICS,
            json!({
                "Namespace": "AWS/ECS",
                "MetricName": "MemoryUtilization",
                "Dimensions": [
                    { "Name": "ClusterName", "Value": cluster },
                    { "Name": "ServiceName", "Value": service },
                ],
                "StartTime": Time(start).to_string(),
                "EndTime": now.to_string(),
                "Period": PERIOD,
                "Statistics": ["Maximum"],
            }),
        );
    }
}

/// Whether a container of the stopped task got SIGKILL, or ran out of memory, which has other exit codes too.
fn was_killed(task: &Task) -> bool {
    let told =
        |text: &Option<String>| text.as_deref().is_some_and(|text| text.contains("OutOfMemory"));
    task.last_status.as_deref() == Some("STOPPED")
        && (told(&task.stopped_reason)
            || task.containers.iter().any(|it| it.exit_code == Some(137) || told(&it.reason)))
}
