//! `image/repository-missing`: the ECR repository does not exist.

use super::ecr::{self, EcrImage};
use super::push;
use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "image/repository-missing",
    title: "The ECR repositories exist",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::ImageNotFound, Symptom::ImagePullFailed, Symptom::ImageAccessDenied],
    explanation: "## What it is\nThe image names an Amazon ECR repository that does not exist in that account and Region.\n\n## Why it stops the launch\nThe registry answers `name unknown`, and the pull ends.\n\n## How to see it\n`aws ecr describe-repositories --registry-id ACCOUNT --repository-names NAME --region REGION` answers RepositoryNotFoundException.\n\n## How to fix it\nCreate the repository and push the image, or correct the account, Region or name in the task definition.\n\n## Sources\nECR User Guide, Amazon ECR private repositories; ECS Developer Guide, CannotPullContainer task errors.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    for image in ecr::images(launch)? {
        tally.add(judge(launch, &image));
    }
    Ok(tally.verdict("no image is in a private Amazon ECR registry"))
}

fn judge(launch: &Launch<'_>, image: &EcrImage<'_>) -> Result<Option<Fault>, Gap> {
    let found = image.facts.ecr.repositories.ask(image.repository)?;
    if found.is_some() || image.is_cached_from_upstream() == Some(true) {
        return Ok(None);
    }
    let message = format!(
        "The ECR repository {} does not exist in account {}, Region {}.",
        image.repository, image.account, image.region
    );
    Ok(Some(
        Fault::new(image.repository_arn.clone(), message)
            .fact(
                "ecr:DescribeRepositories",
                image.repository,
                "repositories",
                "RepositoryNotFoundException",
            )
            .about("image", image.text)
            .about("repository", image.repository)
            .confidence(image.confidence_of_absence(launch))
            .remedy(push::with_repository(launch, image)),
    ))
}
