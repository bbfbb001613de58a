//! Messages about health checks of containers and targets.
//! Source of the reason codes: Elastic Load Balancing API reference, TargetHealth.

use super::Channel;
use super::rules::{Rule, rule};
use crate::symptom::Symptom;

/// What the text says.
pub(super) const RULES: &[Rule] = &[
    rule(
        Symptom::CircuitBreaker,
        &[r"(?:failed|deployment) circuit breaker|circuit breaker: tasks?(?:\(s\))? failed"],
    ),
    rule(Symptom::ContainerUnhealthy, &[r"failed container health ?checks?\b"]),
    rule(
        Symptom::TargetRegistrationFailed,
        &[
            r"target is in an availability zone that is not enabled|target (?:group )?is not found|does not have an associated load balancer|^target\.(?:notregistered|notinuse|invalidstate|ipunusable)\b|^elb\.registrationinprogress\b|(?:failed|unable) to register targets? in",
        ],
    ),
    rule(Symptom::ReplacedByDeployment, &[r"^target\.deregistrationinprogress\b"]),
    rule(
        Symptom::TargetUnhealthy,
        &[
            r"^target\.(?:responsecodemismatch|timeout|failedhealthchecks)(?: ?[:,(-]|\W*$)|^elb\.(?:initialhealthchecking|internalerror)(?: ?[:,(-]|\W*$)",
        ],
    ),
    rule(
        Symptom::TargetUnhealthy,
        &[
            r"is unhealthy in \(?(?:target-group|elb)|is not healthy in \(?target-group|failed elb health ?checks|failed at least the unhealthythreshold number|^health checks failed with these codes: \[",
        ],
    ),
    rule(
        Symptom::TargetUnhealthy,
        &[r"^(?:health checks failed(?:\W*$| with)|request timed out\W*$)"],
    )
    .only_in(Channel::TargetHealth),
];
