//! `image/digest-gone`: the digest that ECS pinned was removed.

use super::ecr;
use crate::Stage;
use crate::change::Change;
use crate::check::{Check, Fault, Remedy, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::report::Safety;
use crate::symptom::Symptom;
use ecswhy_facts::{Gap, Target};

/// The record.
pub static CHECK: Check = Check {
    id: "image/digest-gone",
    title: "The pinned image digests still exist",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::ImageNotFound, Symptom::ImagePullFailed, Symptom::ImageAccessDenied],
    explanation: "## What it is\nECS resolves a tag to a digest when a deployment begins and starts every task of that deployment from this digest. When the tag moves on and the old image is removed (lifecycle policy), replacements fail although the tag is there.\n\n## Why it stops the launch\nThe registry has no image of the digest any more. Running tasks are untouched; whatever replaces them fails.\n\n## How to see it\n`aws ecr describe-images --repository-name NAME --image-ids imageDigest=DIGEST` answers ImageNotFoundException; the digest stands in the message and in `containers[].imageDigest` of older tasks.\n\n## How to fix it\nForce a new deployment, which pins the tag anew; let the lifecycle policy keep images as long as deployments live.\n\n## Sources\nECS Developer Guide, Container image resolution; ECR User Guide, Lifecycle policies.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    // What a pull-through cache fills is fetched again.
    let is_kept = |image: &ecr::EcrImage<'_>| image.is_cached_from_upstream() != Some(true);
    for image in ecr::images(launch)?.into_iter().filter(is_kept) {
        for digest in
            image.digest.map(str::to_owned).into_iter().chain(pinned(launch, image.repository))
        {
            let key = format!("{}@{digest}", image.repository);
            tally.add(image.facts.ecr.images.ask(&key).map(|found| {
                found.is_none().then(|| {
                    let fault = Fault::new(key.clone(), format!("ECS pinned {} to {digest}, and that image is gone from the repository.", image.text))
                        .fact("ecr:DescribeImages", image.repository, &format!("imageDigest={digest}"), "ImageNotFoundException")
                        .about("image", image.text)
                        .about("image", key.clone())
                        .about("digest", digest.clone())
                        .about("repository", image.repository)
                        .at_hop(1);
                    match (image.digest, launch.target) {
                        (None, Target::Service { cluster, service }) => {
                            let change = Change::ForceNewDeployment { cluster: cluster.clone(), service: service.clone() };
                            fault.remedy(Remedy::new("Force a new deployment, which pins the tag to the image that it names now", Safety::NeedsNewDeployment, vec![change]).estimate())
                        }
                        // A digest that the task definition names is not pushed again: the next build gets its own.
                        _ => fault,
                    }
                })
            }));
        }
    }
    Ok(tally.verdict("no image is pinned to a digest"))
}

/// The digests of this repository that messages of the judged launch name.
fn pinned(launch: &Launch<'_>, repository: &str) -> Vec<String> {
    let names = |told: &&crate::launch::Told| {
        told.parameters.get("repository").is_some_and(|name| name == repository)
    };
    let mut digests: Vec<_> = launch
        .symptoms
        .iter()
        .filter(names)
        .filter_map(|told| told.parameters.get("digest").cloned())
        .collect();
    digests.dedup();
    digests
}
