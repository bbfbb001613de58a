//! `image/rate-limited`: the registry said so.

use super::super::said::{how_often, said};
use super::push;
use crate::Stage;
use crate::check::{Check, Fault, Remedy, Verdict, Weight};
use crate::launch::{Launch, Told};
use crate::report::Safety;
use crate::shell::Command;
use crate::symptom::Symptom;
use ecswhy_facts::needs::ImageNeed;
use ecswhy_facts::{Gap, ImageRef, Registry};

/// The record.
pub static CHECK: Check = Check {
    id: "image/rate-limited",
    title: "The registry answers without a rate limit",
    stage: Stage::Image,
    weight: Weight::Blocks,
    explains: &[Symptom::RegistryRateLimited],
    explanation: "## What it is\nDocker Hub and ECR public limit anonymous pulls per address; all tasks behind one NAT gateway share its limit.\n\n## Why it stops the launch\nThe registry answers 429, and the task ends. Each new attempt is a pull more.\n\n## How to see it\nThe message says `toomanyrequests` or `429 Too Many Requests`.\n\n## How to fix it\nCopy the image to Amazon ECR (a pull-through cache rule does it by itself), or give the container repositoryCredentials of a Docker account.\n\n## Sources\nDocker documentation, Docker Hub usage and limits; ECR User Guide, Amazon ECR Public quotas.\n",
    run,
};

fn run(launch: &Launch<'_>) -> Result<Verdict, Gap> {
    let images = &launch.needs()?.images;
    Ok(said(launch, CHECK.explains, |told| {
        let need = named(images, told);
        let image = need
            .map(|need| need.text.as_str())
            .or_else(|| told.parameters.get("image").map(String::as_str))
            .or_else(|| told.parameters.get("registry").map(String::as_str))
            .map_or_else(|| launch.target.key(), str::to_owned);
        let who = match need.is_some_and(|need| need.has_credentials) {
            true => "",
            false => " of anonymous pulls",
        };
        let message = format!(
            "The registry refused the pull of {image} because of its rate limit{who} ({}).",
            how_often(told)
        );
        let fault = Fault::new(image.clone(), message).about("image", image.clone());
        Some(fault.remedy(copy_to_ecr(launch, &image)))
    }))
}

/// The image of the task definition that a message about a pull speaks of.
fn named<'n>(images: &'n [ImageNeed], told: &Told) -> Option<&'n ImageNeed> {
    let get = |name: &str| told.parameters.get(name).map(String::as_str);
    let with = |fits: &dyn Fn(&ImageRef) -> bool| {
        images.iter().find(|need| need.image.as_ref().is_ok_and(fits))
    };
    let text = get("image");
    let by_text = || images.iter().find(|need| Some(need.text.as_str()) == text);
    let by_reference = || {
        let said: ImageRef = text?.parse().ok()?;
        with(&|image| {
            image.registry() == said.registry() && image.repository() == said.repository()
        })
    };
    let by_repository =
        || get("repository").and_then(|name| with(&|image| image.repository() == name));
    // Only registries that are not private ECR limit what a task of one's own account may pull.
    let only_public = || {
        let is_public = |image: &ImageRef| !matches!(image.registry(), Registry::EcrPrivate { .. });
        let mut public = images.iter().filter(|need| need.image.as_ref().is_ok_and(is_public));
        public.next().filter(|_| public.next().is_none())
    };
    by_text().or_else(by_reference).or_else(by_repository).or_else(only_public)
}

/// A copy in the account's own registry, which has no such limit.
fn copy_to_ecr(launch: &Launch<'_>, image: &str) -> Remedy {
    let (account, region) = (&launch.snapshot.account, &launch.snapshot.region);
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let host = format!("{account}.dkr.ecr.{region}.{suffix}");
    let repository = image.parse::<ImageRef>().map_or_else(
        |_| "REPOSITORY".to_owned(),
        |image| image.repository().trim_start_matches("library/").to_owned(),
    );
    let tag = image.parse::<ImageRef>().ok().and_then(|image| image.tag().map(str::to_owned));
    let copy = format!("{host}/{repository}:{}", tag.as_deref().unwrap_or("latest"));
    Remedy::by_hand(
        format!("Copy the image to Amazon ECR as {copy}"),
        Safety::NeedsNewDeployment,
        format!("Copy {image} to Amazon ECR and name the copy in the task definition"),
        [
            launch.aws("ecr create-repository").arg("--repository-name", repository),
            push::login_to(&host, region),
            Command::program("docker buildx imagetools create").arg("--tag", &copy).word(image),
        ],
    )
}
