//! The arithmetic of health checks in time. Sources: ECS API reference, UpdateService (`healthCheckGracePeriodSeconds`)
//! and HealthCheck; Elastic Load Balancing, Health checks for your target groups.

use crate::checks::container::ended;
use crate::launch::{Attempt, Launch, Listened, Told};
use ecswhy_facts::ecs::HealthCheck;
use ecswhy_facts::elb::TargetGroup;

/// Seconds on top of what was measured: starts differ.
pub const MARGIN: i64 = 30;

/// How a load balancer checks, or a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// Seconds between two checks.
    pub interval: i64,
    /// Failures in a row that make unhealthy.
    pub failures: i64,
    /// Successes in a row that make an unhealthy one healthy again.
    pub successes: i64,
    /// Seconds in which failures do not count.
    pub start_period: i64,
}

impl Cadence {
    /// Of a target group; ELB's defaults where it does not say.
    pub fn of_target_group(group: &TargetGroup) -> Self {
        Self {
            interval: group.health_check_interval_seconds.unwrap_or(30),
            failures: group.unhealthy_threshold_count.unwrap_or(2),
            successes: group.healthy_threshold_count.unwrap_or(5),
            start_period: 0,
        }
    }

    /// Of a container's own check; ECS's defaults where it does not say. One success makes it healthy.
    pub fn of_container(check: &HealthCheck) -> Self {
        Self {
            interval: check.interval.unwrap_or(30),
            failures: check.retries.unwrap_or(3),
            successes: 1,
            start_period: check.start_period.unwrap_or(0),
        }
    }

    /// Seconds after the start at which an application that does not answer is unhealthy.
    pub fn unhealthy_after(self) -> i64 {
        self.start_period + self.interval * self.failures
    }

    /// Successes that an application needs that listens after so many seconds: the first one, unless it was found
    /// unhealthy before.
    pub fn successes_needed(self, listens_after: i64) -> i64 {
        if listens_after > self.unhealthy_after() { self.successes } else { 1 }
    }

    /// Seconds after the start at which it is healthy.
    pub fn healthy_after(self, listens_after: i64) -> i64 {
        listens_after + self.interval * self.successes_needed(listens_after)
    }

    /// Seconds after the start at which ECS stops a task that is unhealthy then.
    pub fn stopped_after(self, grace: i64) -> i64 {
        grace.max(self.unhealthy_after())
    }
}

/// How the time that the application takes compares with the time that it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timing {
    /// It listens later than it may, as measured.
    TooLate(Listened),
    /// It was stopped at the first opportunity, and its last line says that it was still starting.
    StillStarting {
        /// The container's log stream.
        stream: String,
        /// Its last line.
        line: String,
    },
    /// Time is not what it lacks, or nothing says so.
    Fine,
}

/// Judges the attempts that a symptom was told of.
pub fn timing(
    launch: &Launch<'_>,
    told: &Told,
    container: &str,
    cadence: Cadence,
    grace: i64,
) -> Timing {
    let attempts = || ended::attempts_of(launch, told);
    let Some(lived) = attempts().filter_map(Attempt::lived_seconds).max() else {
        return Timing::Fine;
    };
    let stopped_after = cadence.stopped_after(grace);
    if let Some(listened) = launch.time_to_listen(container) {
        let healthy_after = cadence.healthy_after(listened.seconds);
        // Who lived longer than that had the time, and was unhealthy for another reason.
        let had_no_time = lived < healthy_after + cadence.interval;
        return match listened.seconds + cadence.interval > stopped_after && had_no_time {
            true => Timing::TooLate(listened),
            false => Timing::Fine,
        };
    }
    // ECS looks at health every now and then: a stop within a minute of the first opportunity was one.
    if lived > stopped_after + 60 {
        return Timing::Fine;
    }
    attempts()
        .find_map(|attempt| launch.log(attempt.task, container).ok().flatten())
        .filter(|log| log.ends_while_starting())
        .map_or(Timing::Fine, |log| Timing::StillStarting {
            line: log.line(log.events.len().saturating_sub(1)).to_owned(),
            stream: log.stream,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Interval 15 s, three failures, two successes.
    const CADENCE: Cadence = Cadence { interval: 15, failures: 3, successes: 2, start_period: 0 };

    #[test]
    fn a_fresh_target_needs_one_success_and_one_that_was_unhealthy_all() {
        assert_eq!(CADENCE.unhealthy_after(), 45);
        assert_eq!(CADENCE.healthy_after(40), 55);
        assert_eq!(CADENCE.healthy_after(75), 105);
    }

    #[test]
    fn a_task_is_stopped_after_the_longer_of_grace_and_thresholds() {
        assert_eq!(CADENCE.stopped_after(0), 45);
        assert_eq!(CADENCE.stopped_after(180), 180);
        let container = Cadence { start_period: 120, interval: 10, failures: 3, successes: 1 };
        assert_eq!(container.stopped_after(60), 150);
    }
}
