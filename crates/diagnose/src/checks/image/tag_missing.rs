//! `image/tag-missing`: the repository holds no such tag.

use super::ecr::{self, EcrImage};
use super::push;
use crate::Stage;
use crate::check::{Check, Fault, Tally, Verdict, Weight};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::Gap;

/// The record.
pub static CHECK: Check = Check {
    id: "image/tag-missing",
    title: "The image tags exist",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::ImageNotFound, Symptom::ImagePullFailed, Symptom::ImageAccessDenied],
    explanation: "## What it is\nThe repository exists, but holds no image with this tag: never pushed, pushed under another name, or removed by a lifecycle policy.\n\n## How to fix it\nPush the image with this tag, or register the task definition with a tag that exists: `aws ecr describe-images --repository-name NAME --query 'reverse(sort_by(imageDetails,&imagePushedAt))[:5].[imageTags]'` lists the newest.\n\n## Sources\nECS Developer Guide, CannotPullContainer task errors.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let mut tally = Tally::default();
    for image in ecr::images(launch)?.iter().filter(|image| image.digest.is_none()) {
        tally.add(judge(launch, image));
    }
    Ok(tally.verdict("no image is named by tag in a private Amazon ECR registry"))
}

fn judge(launch: &Launch<'_>, image: &EcrImage<'_>) -> Result<Option<Fault>, Gap> {
    if image.facts.ecr.repositories.ask(image.repository)?.is_none() {
        return Ok(None);
    }
    let tag = image.tag.unwrap_or("latest");
    if image.facts.ecr.images.ask(&format!("{}:{tag}", image.repository))?.is_some()
        || image.is_cached_from_upstream() == Some(true)
    {
        return Ok(None);
    }
    Ok(Some(
        Fault::new(
            image.text,
            format!("The ECR repository {} has no image with the tag {tag}.", image.repository),
        )
        .fact(
            "ecr:DescribeImages",
            image.repository,
            &format!("imageTag={tag}"),
            "ImageNotFoundException",
        )
        .about("image", image.text)
        .about("repository", image.repository)
        .confidence(image.confidence_of_absence(launch))
        .about("tag", tag)
        .remedy(push::remedy(launch, image.text)),
    ))
}
