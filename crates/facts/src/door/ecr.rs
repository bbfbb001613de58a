//! Amazon ECR: repositories, policies, images, manifests, pull-through cache rules.

use super::entry::{Entry, named, optional_text, parse, put_each};
use crate::Facts;
use crate::ecr::{ImageManifest, PullThroughCacheRules, RegistryPolicy, RepositoryPolicy};
use crate::known::Known;
use serde_json::Value;

pub(super) fn describe_repositories(entry: &Entry<'_>, facts: &mut Facts) {
    let asked = entry.params("repositoryNames");
    entry.batch(&mut facts.ecr.repositories, &asked, "repositories", named("repositoryName"));
}

pub(super) fn get_repository_policy(entry: &Entry<'_>, facts: &mut Facts) {
    let Some(repository) = entry.subject("repositoryName", "repositoryName") else { return };
    let policy = entry.known(|output| match optional_text(output, "policyText")? {
        Some(policy) => Ok(Some(RepositoryPolicy(policy))),
        None => Err("policyText: missing".to_owned()),
    });
    facts.ecr.repository_policies.put(repository, policy);
}

pub(super) fn get_registry_policy(entry: &Entry<'_>, facts: &mut Facts) {
    let policy = entry.known(|output| match optional_text(output, "policyText")? {
        Some(policy) => Ok(Some(RegistryPolicy(policy))),
        None => Err("policyText: missing".to_owned()),
    });
    facts.ecr.registry_policy.put("*", policy);
}

pub(super) fn describe_images(entry: &Entry<'_>, facts: &mut Facts) {
    let repository = entry.param("repositoryName").unwrap_or_default();
    entry.batch(&mut facts.ecr.images, &asked_images(entry), "imageDetails", |item| {
        let repository = text(item, "repositoryName").unwrap_or(repository);
        let tags = item.get("imageTags").and_then(Value::as_array).into_iter().flatten();
        let tags = tags.filter_map(Value::as_str).map(|tag| format!("{repository}:{tag}"));
        tags.chain(text(item, "imageDigest").map(|digest| format!("{repository}@{digest}")))
            .collect()
    });
}

pub(super) fn batch_get_image(entry: &Entry<'_>, facts: &mut Facts) {
    let asked = asked_images(entry);
    let manifests = &mut facts.ecr.manifests;
    if let Some(problem) = entry.problem_of_each::<ImageManifest>(asked.len()) {
        return put_each(manifests, &asked, || problem.clone());
    }
    let repository = entry.param("repositoryName").unwrap_or_default();
    let items = match entry.items("images") {
        Ok(items) => items,
        Err(nonsense) => return put_each(manifests, &asked, || entry.nonsense(&nonsense)),
    };
    for (place, item) in items.iter().enumerate() {
        let repository = text(item, "repositoryName").unwrap_or(repository);
        let known = match manifest(item) {
            Ok(manifest) => Known::Present(manifest),
            Err(why) => entry.nonsense(&format!("images[{place}].{why}")),
        };
        for subject in
            item.get("imageId").map(|id| image_keys(repository, id)).into_iter().flatten()
        {
            manifests.put(subject, known.clone());
        }
    }
    let failures = entry.items("failures").unwrap_or_default();
    for failure in failures {
        let code = text(failure, "failureCode").unwrap_or_default();
        let known = match code {
            "ImageNotFound" => Known::Absent,
            _ => Known::Failed { why: format!("{} failed for this image: {code}", entry.call) },
        };
        let keys = failure.get("imageId").map(|id| image_keys(repository, id));
        put_each(manifests, &keys.unwrap_or_default(), || known.clone());
    }
    let unsaid: Vec<String> = asked
        .into_iter()
        .filter(|subject| matches!(manifests.get(subject), Known::NotAsked))
        .collect();
    put_each(manifests, &unsaid, || {
        entry.nonsense("images: one that was asked about is not there")
    });
}

/// What a manifest says of platforms. Indexes also list attestations, whose platform is `unknown/unknown`: no image.
fn manifest(item: &Value) -> Result<ImageManifest, String> {
    let text = item.get("imageManifest").and_then(Value::as_str).ok_or("imageManifest: missing")?;
    let manifest: Value =
        serde_json::from_str(text).map_err(|error| format!("imageManifest: {error}"))?;
    if !manifest.is_object() {
        return Err("imageManifest: not an object".to_owned());
    }
    let media_type = manifest.get("mediaType").or_else(|| item.get("imageManifestMediaType"));
    let children = manifest.get("manifests").and_then(Value::as_array).into_iter().flatten();
    let platforms = children
        .filter_map(|child| child.get("platform"))
        .filter(|platform| platform.get("architecture").and_then(Value::as_str) != Some("unknown"))
        .map(|platform| parse(platform).map_err(|why| format!("imageManifest.platform.{why}")))
        .collect::<Result<_, _>>()?;
    Ok(ImageManifest {
        media_type: media_type.and_then(Value::as_str).map(str::to_owned),
        platforms,
    })
}

pub(super) fn describe_pull_through_cache_rules(entry: &Entry<'_>, facts: &mut Facts) {
    // Only a request without names lists them all.
    if entry.params("ecrRepositoryPrefixes").is_empty() {
        let rules =
            entry.known(|_| Ok(Some(PullThroughCacheRules(entry.list("pullThroughCacheRules")?))));
        facts.ecr.pull_through_cache_rules.put("*", rules);
    }
}

fn asked_images(entry: &Entry<'_>) -> Vec<String> {
    let repository = entry.param("repositoryName").unwrap_or_default();
    let ids = entry.params.get("imageIds").and_then(Value::as_array).into_iter().flatten();
    ids.flat_map(|id| image_keys(repository, id)).collect()
}

fn image_keys(repository: &str, id: &Value) -> Vec<String> {
    let tag = text(id, "imageTag").map(|tag| format!("{repository}:{tag}"));
    let digest = text(id, "imageDigest").map(|digest| format!("{repository}@{digest}"));
    tag.into_iter().chain(digest).collect()
}

fn text<'a>(item: &'a Value, field: &str) -> Option<&'a str> {
    item.get(field).and_then(Value::as_str)
}
