//! `service/cause-cleared`: found by ranking, when a symptom has no cause left. Its record is here so that it can be explained.

use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "service/cause-cleared",
    title: "What failed before still stands in the way",
    stage: Stage::Service,
    weight: Weight::Note,
    explains: &[],
    explanation: "## What it is\nA task failed, but every check that could explain it passes now: the cause was repaired after the failure, or it was transient.\n\n## Why it matters\nECS waits longer after each failure, up to half an hour, so nothing may have started since.\n\n## How to see it\nCompare the time of the last failure with what was changed after it; the service's events tell when ECS last tried.\n\n## How to fix it\nForce a new deployment: `aws ecs update-service --cluster CLUSTER --service SERVICE --force-new-deployment`. If it fails in the same way again, the cause lies where this tool cannot look.\n\n## Sources\nECS Developer Guide, Amazon ECS service throttle logic.\n",
    run,
};

fn run(_launch: &Launch<'_>) -> Result<Verdict, Gap> {
    Ok(Verdict::NotApplicable("it is decided after all other checks"))
}
