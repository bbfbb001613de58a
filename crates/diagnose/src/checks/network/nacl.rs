//! `network/nacl`: the network ACLs let requests out and replies in.

use super::paths;
use crate::Stage;
use crate::check::{Check, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/nacl",
    title: "The network ACLs let requests out and replies in",
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
    explanation: "## What it is\nNetwork ACLs are stateless: out to port 443, and back in to the ephemeral ports 1024-65535, must both be allowed, in every subnet on the path.\n\n## How to fix it\nAdd the entry that is missing, with a number before the one that denies.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    paths::verdict(launch, "nacl")
}
