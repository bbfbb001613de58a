//! The images of a launch that live in private Amazon ECR registries, each beside the facts of its account and Region.

use crate::launch::Launch;
use crate::rank::same;
use crate::report::Confidence;
use crate::symptom::Symptom;
use ecswhy_facts::{Facts, Gap, Registry};

/// An image of a private ECR registry.
pub struct EcrImage<'l> {
    /// As the task definition writes it.
    pub text: &'l str,
    /// Repository name.
    pub repository: &'l str,
    /// Tag; `None`: `latest`, or a digest is given.
    pub tag: Option<&'l str>,
    /// Digest.
    pub digest: Option<&'l str>,
    /// Account of the registry.
    pub account: String,
    /// Region of the registry.
    pub region: String,
    /// ARN of the repository.
    pub repository_arn: String,
    /// The facts of that account and Region.
    pub facts: &'l Facts,
}

impl EcrImage<'_> {
    /// The subject under which facts about the image are kept.
    pub fn key(&self) -> Option<String> {
        Some(match (self.digest, self.tag) {
            (Some(digest), _) => format!("{}@{digest}", self.repository),
            (None, tag) => format!("{}:{}", self.repository, tag.unwrap_or("latest")),
        })
    }

    /// Whether a pull-through cache rule fills the repository on the first pull, so that its absence proves nothing.
    /// `None`: the rules are not readable.
    pub fn is_cached_from_upstream(&self) -> Option<bool> {
        let rules = self.facts.ecr.pull_through_cache_rules.get("*").present().copied()?;
        Some(rules.of(self.repository).is_some())
    }

    /// How sure the absence of the repository or tag makes: a rule that is not readable could still fill it, unless
    /// AWS itself did not find the image.
    pub fn confidence_of_absence(&self, launch: &Launch<'_>) -> Confidence {
        let is_said = || {
            launch.symptoms.iter().any(|told| {
                told.symptom == Symptom::ImageNotFound
                    && told.parameters.get("image").is_some_and(|said| same(self.text, said))
            })
        };
        match self.is_cached_from_upstream() {
            None if self.repository.contains('/') && !is_said() => Confidence::Likely,
            _ => Confidence::Certain,
        }
    }
}

/// The private ECR images of the judged task definition.
///
/// # Errors
/// The gap, when the task definition is not readable.
pub fn images<'l>(launch: &'l Launch<'_>) -> Result<Vec<EcrImage<'l>>, Gap> {
    let of = |need: &'l ecswhy_facts::needs::ImageNeed| {
        let image = need.image.as_ref().ok()?;
        let Registry::EcrPrivate { account, region, .. } = image.registry() else { return None };
        Some(EcrImage {
            text: &need.text,
            repository: image.repository(),
            tag: image.tag(),
            digest: image.digest(),
            repository_arn: image.ecr_repository_arn()?,
            facts: launch.snapshot.of(&account, &region),
            account,
            region,
        })
    };
    Ok(launch.needs()?.images.iter().filter_map(of).collect())
}
