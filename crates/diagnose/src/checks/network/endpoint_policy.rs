//! `network/endpoint-policy`: the policy of an endpoint on the way keeps the launch out.

use super::paths::{self, Reached};
use super::tell::trail as path_line;
use crate::Stage;
use crate::check::{Check, Fault, Verdict, Weight};
use crate::launch::Launch;
use crate::permissions::tell;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "network/endpoint-policy",
    title: "The policies of the endpoints let the launch pass",
    stage: Stage::Network,
    weight: Weight::Blocks,
    explains: &[
        Symptom::ImageAccessDenied,
        Symptom::LayerDownloadUnreachable,
        Symptom::RegistryUnreachable,
        Symptom::ImagePullFailed,
        Symptom::SecretAccessDenied,
        Symptom::LogAccessDenied,
        Symptom::EnvFileUnavailable,
    ],
    explanation: "## What it is\nThe request leaves through a VPC endpoint whose policy does not allow it. The usual case is an S3 endpoint without the bucket of ECR's image layers, `prod-REGION-starport-layer-bucket`: ECR signs that download itself, so that conditions on your account or organization do not hold either.\n\n## Why it stops the launch\nThe policy of an endpoint must allow what passes it, besides every other policy.\n\n## How to fix it\nAdd what the launch needs to the policy of the endpoint.\n\n## Sources\nVPC User Guide, Control access to VPC endpoints using endpoint policies; ECR User Guide, Amazon ECR interface VPC endpoints.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let verdict = match tell::endpoint(launch)? {
        Verdict::Pass => Verdict::Pass,
        Verdict::Fail(faults) => {
            let paths = launch.paths()?;
            return Ok(Verdict::Fail(faults.into_iter().map(|it| drawn(it, paths)).collect()));
        }
        other => return Ok(other),
    };
    // A request whose way is not known may pass an endpoint that was not judged.
    let (_, gaps) = paths::groups(launch, |_| false)?;
    Ok(if gaps.is_empty() { verdict } else { Verdict::Unknown(gaps) })
}

/// The path that ends at the endpoint whose policy refuses the request.
fn drawn(fault: Fault, paths: &[Reached]) -> Fault {
    let of_endpoint =
        |each: &&Reached| each.answer.path.endpoint.as_deref() == Some(fault.subject.as_str());
    let Some(each) = paths.iter().find(of_endpoint) else { return fault };
    let path = &each.answer.path;
    let line = path_line(&format!("task ENI -> {}", each.subnet), path);
    fault.path(format!("{line}: blocked here because its policy refuses the request"), path)
}
