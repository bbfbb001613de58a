//! `network/endpoint-private-dns`: the endpoints answer to the names of the services.

use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/endpoint-private-dns",
    title: "The endpoints answer to the names of the services",
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
    explanation: "## What it is\nWithout private DNS, or with enableDnsHostnames off, the name of the service leads to its public addresses, past the endpoint.\n\n## How to fix it\nEnable private DNS on the endpoint, and both DNS attributes of the VPC.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "endpoint-private-dns")
}
