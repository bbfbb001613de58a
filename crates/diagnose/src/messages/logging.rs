//! Messages about the log driver and CloudWatch Logs.

use super::pull::{DENIED, NO_ANSWER, REQUEST_FAILED};
use super::rules::{Rule, rule};
use crate::symptom::Symptom;

/// The text speaks of the log driver.
const DRIVER: &str =
    r"logger args|logging driver|cloudwatch log (?:group|stream)|awslogs|log driver";

/// What the text says at its end.
pub(super) const RULES: &[Rule] = &[
    rule(Symptom::LogAccessDenied, &[r"not authorized to perform: logs:(?:create|put|describe)"])
        .with_ecs(),
    rule(Symptom::LogAccessDenied, &[DENIED, DRIVER]),
    rule(Symptom::LogUnreachable, &[r"connection issue between the task and amazon cloudwatch"]),
    rule(Symptom::LogUnreachable, &[DRIVER, NO_ANSWER]),
    rule(Symptom::LogUnreachable, &[DRIVER, REQUEST_FAILED]),
    rule(Symptom::LogUnreachable, &[r"logger args", r"signal: killed"]),
    rule(
        Symptom::LogGroupNotFound,
        &[r"specified log group does not exist|log ?group [^ ]* ?does not exist"],
    )
    .with_ecs(),
    rule(Symptom::LogGroupNotFound, &[r"specified log group does not exist", DRIVER]),
    // AWS's sentence goes on when the network is to blame, so it must be whole.
    rule(
        Symptom::LogGroupNotFound,
        &[
            r"^the task can(?:'t|not) find the amazon cloudwatch log group defined in the task definition\W*$|find the amazon cloudwatch log group defined in the task definition\.$",
        ],
    ),
    rule(
        Symptom::LogConfigInvalid,
        &[
            r"unknown log opt|awslogs-\w[\w-]* (?:is required|must |is not |cannot be )|must specify a value for log opt|no log driver named|invalid log opt|log-opt|must be specified .*awslogs",
        ],
    ),
    rule(
        Symptom::LogConfigInvalid,
        &[
            r"logger args|logging driver",
            r"is required|invalid (?:value|option|argument|url|uri)|unknown (?:option|log)|must (?:specify|be )|is expected|unsupported|missing required|cannot be (?:enabled|used|set|specified)",
        ],
    ),
];
