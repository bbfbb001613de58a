//! `network/endpoint-security-group`: the endpoints admit the tasks.

use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/endpoint-security-group",
    title: "The endpoints admit the tasks",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: &[
        Symptom::RegistryUnreachable,
        Symptom::LayerDownloadUnreachable,
        Symptom::SecretUnreachable,
        Symptom::LogUnreachable,
        Symptom::EnvFileUnavailable,
        Symptom::ImagePullFailed,
    ],
    explanation: "## What it is\nWith private DNS the name of the service leads to the endpoint, and the security group of the endpoint does not admit the task on 443. A working NAT gateway does not help.\n\n## How to fix it\nAllow tcp 443 from the security group of the task in the security group of the endpoint.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "endpoint-security-group")
}
