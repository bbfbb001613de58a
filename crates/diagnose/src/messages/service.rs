//! Messages about deployments and the ordinary life of a service.
//! A benign text must have ECS's own form: other programs also "reach a steady state" and "start 2 tasks".

use super::rules::{Rule, rule};
use crate::symptom::Symptom;

/// A service event begins with the service's name, plain in old texts and in brackets in new ones.
const EVENT: &str = r"^\(?service [^ )]+";

/// What the text says.
pub(super) const RULES: &[Rule] = &[
    rule(
        Symptom::CircuitBreaker,
        &[
            r"deployment failed: (?:tasks? failed|task\(s\) failed|alarm)|ecs deployment [^ ]+ (?:failed|rolled back)|^\(?service [^ )]+\)?[^:]* rolling back to (?:deployment|service)",
        ],
    ),
    rule(
        Symptom::HostProblem,
        &[EVENT, r"operations are being throttled|timed out waiting for amazon ecs agent"],
    ),
    rule(
        Symptom::SteadyState,
        &[
            r"\(service [^ )]+(?:,? task ?set [^ )]+)?\)(?: \((?:deployment|task ?set) [^)]+\))* has reached a steady state|^service [^ ]+ has reached a steady state\.",
        ],
    ),
    rule(
        Symptom::SteadyState,
        &[
            r"^ecs deployment ecs-svc/\d+ completed|^\(?service [^ )]+\)? \(deployment [^)]+\) deployment completed",
        ],
    ),
    rule(
        Symptom::ReplacedByDeployment,
        &[
            EVENT,
            r"\)? (?:(?:has )?started \d+ tasks?(?:[:.]|$)|(?:has )?stopped \d+ (?:running|pending) tasks?|(?:de)?registered \d+ (?:targets?|instances?) in|updated computeddesiredcount for|has begun draining connections on \d+ tasks?|is (?:not )?az balanced|(?:has )?(?:started|stopped) .*(?:az|availability zone) rebalanc)",
        ],
    ),
    rule(
        Symptom::ReplacedByDeployment,
        &[
            r"^\S+ has (?:started|stopped) \d+ (?:running )?tasks? in \S+ (?:to az rebalance|due to az rebalanc)|^ecs deployment ecs-svc/\d+ in progress|^(?:az|availability zone) rebalancing|^task stopped (?:due to|by) (?:az|availability zone) rebalanc",
        ],
    ),
    rule(
        Symptom::ScaledIn,
        &[
            r"scaling activity initiated by|^message: successfully set desired count to \d+|^successfully set desired count to \d+\. .*fulfilled by ecs",
        ],
    ),
    rule(Symptom::ScaledIn, &[EVENT, r"was unable to scale in due to|tasks? under protection"]),
    rule(
        Symptom::StoppedByUser,
        &[
            r"^task stopped by user(?:$|[^\w ]| \W)|^container instance deregistration forced by user|^task stopped by: user",
        ],
    ),
    rule(Symptom::StoppedByUser, &[r"^stopped by user\.?$"]).with_ecs(),
    rule(
        Symptom::Maintenance,
        &[
            r"(?:ecs is performing|^task stopped [^:]*) ?maintenance on the underlying infrastructure|^(?:fargate )?task retirement\b",
        ],
    ),
];
