//! Amazon ECR: repositories, images, manifests and their policies.
#![expect(
    missing_docs,
    reason = "the fields are AWS's own, documented in the service's API reference under the type's name"
)]

use crate::known::{Answers, Fact};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// What is known of Amazon ECR in one account and region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EcrFacts {
    /// Repositories by name.
    pub repositories: Answers<Repository>,
    /// Repository policies by repository name; `Absent` when there is none.
    pub repository_policies: Answers<RepositoryPolicy>,
    /// Image details by `repository:tag` or `repository@sha256:...`.
    pub images: Answers<ImageDetail>,
    /// Manifests by `repository:tag` or `repository@sha256:...`.
    pub manifests: Answers<ImageManifest>,
    /// The registry's pull-through cache rules, under the subject `*`.
    pub pull_through_cache_rules: Answers<PullThroughCacheRules>,
    /// The policy of the registry, under the subject `*`; `Absent` when there is none.
    pub registry_policy: Answers<RegistryPolicy>,
}

/// ECR API `Repository`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Repository {
    pub repository_arn: Option<String>,
    pub registry_id: Option<String>,
    pub repository_name: Option<String>,
    pub repository_uri: Option<String>,
    pub created_at: Option<Time>,
    pub image_tag_mutability: Option<String>,
}

impl Fact for Repository {
    const CALL: &'static str = "ecr:DescribeRepositories";
}

/// The text of a repository policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RepositoryPolicy(pub String);

impl Fact for RepositoryPolicy {
    const CALL: &'static str = "ecr:GetRepositoryPolicy";
}

/// ECR API `ImageDetail`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ImageDetail {
    pub registry_id: Option<String>,
    pub repository_name: Option<String>,
    pub image_digest: Option<String>,
    pub image_tags: Vec<String>,
    /// Compressed, bytes.
    pub image_size_in_bytes: Option<i64>,
    pub image_pushed_at: Option<Time>,
    pub image_manifest_media_type: Option<String>,
    pub artifact_media_type: Option<String>,
    pub image_status: Option<String>,
}

impl Fact for ImageDetail {
    const CALL: &'static str = "ecr:DescribeImages";
}

/// What a manifest or an image index says of platforms: from ECR API `Image.imageManifest`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ImageManifest {
    pub media_type: Option<String>,
    /// The platforms of an index; empty for a single manifest, whose platform stands in its config blob.
    pub platforms: Vec<ImagePlatform>,
}

/// OCI image index `platform`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ImagePlatform {
    pub os: Option<String>,
    pub architecture: Option<String>,
    pub variant: Option<String>,
}

impl Fact for ImageManifest {
    const CALL: &'static str = "ecr:BatchGetImage";
}

/// Every pull-through cache rule of a registry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PullThroughCacheRules(pub Vec<PullThroughCacheRule>);

impl Fact for PullThroughCacheRules {
    const CALL: &'static str = "ecr:DescribePullThroughCacheRules";
}

impl PullThroughCacheRules {
    /// The rule that fills a repository of this name: the one with the longest prefix; `ROOT` covers what no other
    /// does (ECR User Guide, "Creating a pull through cache rule").
    pub fn of(&self, repository: &str) -> Option<&PullThroughCacheRule> {
        let prefix = |rule: &PullThroughCacheRule| {
            let prefix = rule.ecr_repository_prefix.clone()?;
            let rest = repository.strip_prefix(prefix.trim_end_matches('/'))?;
            rest.starts_with('/').then_some(prefix.len())
        };
        let longest =
            self.0.iter().filter_map(|rule| Some((prefix(rule)?, rule))).max_by_key(|it| it.0);
        let root =
            || self.0.iter().find(|rule| rule.ecr_repository_prefix.as_deref() == Some("ROOT"));
        longest.map(|(_, rule)| rule).or_else(root)
    }
}

/// The text of a registry policy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RegistryPolicy(pub String);

impl Fact for RegistryPolicy {
    const CALL: &'static str = "ecr:GetRegistryPolicy";
}

/// ECR API `PullThroughCacheRule`.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PullThroughCacheRule {
    pub ecr_repository_prefix: Option<String>,
    pub upstream_registry_url: Option<String>,
    pub upstream_registry: Option<String>,
    pub upstream_repository_prefix: Option<String>,
    pub credential_arn: Option<String>,
    pub custom_role_arn: Option<String>,
    pub registry_id: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_fills_a_repository() {
        let rule = |prefix: &str| PullThroughCacheRule {
            ecr_repository_prefix: Some(prefix.to_owned()),
            ..Default::default()
        };
        let rules = PullThroughCacheRules(vec![rule("hub"), rule("hub/library"), rule("quay")]);
        let rooted = PullThroughCacheRules(vec![rule("ROOT"), rule("quay")]);
        for (rules, repository, expected) in [
            (&rules, "hub/library/nginx", Some("hub/library")),
            (&rules, "hub/bitnami/redis", Some("hub")),
            (&rules, "hubble/app", None),
            (&rules, "hub", None),
            (&rooted, "team/app", Some("ROOT")),
            (&rooted, "quay/app", Some("quay")),
        ] {
            let found = rules.of(repository).and_then(|rule| rule.ecr_repository_prefix.as_deref());
            assert_eq!(found, expected, "{repository}");
        }
    }
}
