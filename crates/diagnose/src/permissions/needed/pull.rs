//! What pulling private ECR images needs. A public image needs nothing: Fargate pulls `public.ecr.aws` anonymously.

use crate::checks::image::ecr::{EcrImage, images};
use crate::launch::Launch;
use crate::permissions::requirement::{
    Actor, Guard, KeyValue, Leaves, Purpose, Requirement, document,
};
use crate::permissions::way;
use crate::symptom::Symptom;
use ecswhy_facts::{
    Fact, Gap, GapReason,
    ecr::{RegistryPolicy, RepositoryPolicy},
    ids::partition_of_region,
};
use ecswhy_network::services::Service;

const REFUSED: &[Symptom] = &[Symptom::ImageAccessDenied, Symptom::ImagePullFailed];
const LAYERS_REFUSED: &[Symptom] = &[
    Symptom::LayerDownloadUnreachable,
    Symptom::ImageAccessDenied,
    Symptom::ImagePullFailed,
    Symptom::RegistryUnreachable,
];

pub(super) fn add(launch: &Launch<'_>, all: &mut Vec<Requirement>) -> Result<(), Gap> {
    for image in images(launch)? {
        all.push(login(launch, &image));
        let registry = Service::registry(&image.account, &image.region);
        let leaves = Leaves::Task { service: "ecr.dkr", host: registry.host };
        // ECR User Guide, "Repository policies": these three pull. The registry serves manifests for the first and
        // layers for the second; the third is only asked by Docker's own client.
        for (action, blocks) in [
            ("ecr:BatchGetImage", true),
            ("ecr:GetDownloadUrlForLayer", true),
            ("ecr:BatchCheckLayerAvailability", false),
        ] {
            let mut requirement = on_repository(&image, action, leaves.clone());
            requirement.blocks = blocks;
            all.push(requirement);
        }
        through_the_cache(launch, &image, &leaves, all);
        all.push(layers(&image));
    }
    Ok(())
}

/// ECR User Guide: `GetAuthorizationToken` has no resource type, so that only `*` grants it.
fn login(launch: &Launch<'_>, image: &EcrImage<'_>) -> Requirement {
    let host = Service::new("ecr.api", &image.region).host;
    let leaves = match way::logs_in_through_fargate(launch) {
        true => Leaves::Fargate,
        false => Leaves::Task { service: "ecr.api", host },
    };
    let mut login =
        Requirement::new(Purpose::Pull, "ecr:GetAuthorizationToken", "*", leaves, REFUSED);
    login.region.clone_from(&image.region);
    login.about("image", image.text).about("resource", "*")
}

fn on_repository(image: &EcrImage<'_>, action: &'static str, leaves: Leaves) -> Requirement {
    let gap = |why| Gap {
        call: RepositoryPolicy::CALL.to_owned(),
        subject: image.repository.to_owned(),
        why: GapReason::Failed { why },
    };
    let text = image.facts.ecr.repository_policies.ask(image.repository);
    let policy = text.and_then(|text| document(text.map(|text| text.0.as_str()), gap));
    let guard = Guard::new(format!("repository policy of {}", image.repository), policy);
    let ask = Requirement::new(Purpose::Pull, action, &image.repository_arn, leaves, REFUSED)
        .guarded_by(guard, &image.repository_arn)
        .about("image", image.text)
        .about("repository", image.repository)
        .about("resource", &image.repository_arn);
    match image.facts.tags.get(&image.repository_arn).present() {
        Some(tags) => ask.tagged(
            &["aws:ResourceTag/", "ecr:ResourceTag/"],
            tags.0.iter().map(|(key, value)| (key.as_str(), value.as_str())),
        ),
        None => ask,
    }
}

/// ECR User Guide, "IAM permissions required to sync an upstream registry": what is not cached yet is imported by
/// the puller, and the repository created, as the puller's own policies or the registry's policy allow.
fn through_the_cache(
    launch: &Launch<'_>,
    image: &EcrImage<'_>,
    leaves: &Leaves,
    all: &mut Vec<Requirement>,
) {
    if image.is_cached_from_upstream() != Some(true) {
        return;
    }
    let ecr = &image.facts.ecr;
    let cached = image.key().map(|key| ecr.images.ask(&key).map(|found| found.is_some()));
    let actions = [
        ("ecr:BatchImportUpstreamImage", cached.unwrap_or(Ok(false))),
        ("ecr:CreateRepository", ecr.repositories.ask(image.repository).map(|it| it.is_some())),
    ];
    for (action, is_there) in actions {
        let doubt = match is_there {
            Ok(true) => continue,
            Ok(false) => None,
            Err(gap) => Some(gap),
        };
        let mut requirement = on_repository(image, action, leaves.clone());
        requirement.doubt = doubt;
        requirement.guard = Some(registry_policy(launch, image));
        all.push(requirement);
    }
}

/// The policy of the registry, which only its own account can read.
fn registry_policy(launch: &Launch<'_>, image: &EcrImage<'_>) -> Guard {
    let gap =
        |why| Gap { call: RegistryPolicy::CALL.to_owned(), subject: image.account.clone(), why };
    let policies = &image.facts.ecr.registry_policy;
    let text = match policies.ask("*") {
        Err(_) if image.account != launch.snapshot.account => {
            let why =
                format!("the policy of the registry {} is not readable from here", image.account);
            Err(gap(GapReason::Unknowable { why }))
        }
        known => known,
    };
    let failed = |why| gap(GapReason::Failed { why });
    let policy = text.and_then(|text| document(text.map(|text| text.0.as_str()), failed));
    Guard::new(format!("policy of the registry {}", image.account), policy)
}

/// ECR User Guide, "Create the Amazon S3 gateway endpoint": layers come from a bucket of ECR's own by a URL that ECR
/// signs, so that no policy of the role counts, but the policy of the S3 endpoint does, and conditions on the
/// caller's account or organization do not hold.
fn layers(image: &EcrImage<'_>) -> Requirement {
    const FOREIGN: &str = "000000000000";
    let partition = partition_of_region(&image.region);
    let bucket = format!("arn:{partition}:s3:::prod-{}-starport-layer-bucket", image.region);
    let leaves = Leaves::Task { service: "s3", host: Service::layers(&image.region).host };
    let object = format!("{bucket}/0123-456789abcdef/01234567-89ab-cdef-0123-456789abcdef");
    let mut layers =
        Requirement::new(Purpose::Pull, "s3:GetObject", object, leaves, LAYERS_REFUSED)
            .by(Actor::Registry)
            .granted_on(format!("{bucket}/*"))
            .about("image", image.text)
            .about("repository", image.repository);
    layers.owner = Some(FOREIGN.to_owned());
    layers.region.clone_from(&image.region);
    for key in ["aws:PrincipalOrgID", "aws:ResourceOrgID"] {
        layers = layers.key(key, KeyValue::One("o-0000000000".to_owned()));
    }
    layers
}
