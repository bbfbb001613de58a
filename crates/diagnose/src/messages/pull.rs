//! Messages about pulling the image: ECR's, Docker's and containerd's words.

use super::rules::{Rule, rule};
use crate::symptom::Symptom;

/// The text speaks of a pull.
const PULL: &str = r"cannotpull|resolve ref|image manifest|has been retried \d+ time|failed to copy: http|pull access denied|error response from daemon|pull the image|can(?:'t|not) pull|failed to (?:pull|register|extract)|https?://[^ ]+/v2/(?:[^ ]+/(?:manifests|blobs)/|\W*:)|registry auth from amazon ecr|ecr registry auth|error ecr: |^api error \(";
/// No answer came.
pub(super) const NO_ANSWER: &str = r"i/o timeout|no such host|context deadline exceeded|request cancell?ed while waiting|connection refused|connection reset by peer|no route to host|network is unreachable|tls handshake timeout|client\.timeout exceeded|awaiting headers|net/http: request cancell?ed|connection timed out|operation timed out|temporary failure in name resolution|server misbehaving";
/// The SDKs' words for a request that got no answer. Status code 0 means that none was read.
pub(super) const REQUEST_FAILED: &str = r"requesterror: send|requestcancell?ed: |request send failed|statuscode: 0,|requesterror: \.\.\.|exceeded maximum number of attempts";
const DENIED_ECR: &str = r"not authorized to perform: ecr(?:-public)?:";
/// A refusal told in full, or the bare name of the error at the end. What follows "AccessDeniedException:" may blame a KMS key.
pub(super) const DENIED: &str =
    r"accessdenied(?:exception)?: (?:user|you|access denied)|accessdeniedexception[:.]?$";
const ECR_AUTH: &str = r"ecr registry auth|registry auth from amazon ecr|error ecr: getauthorizationtoken|//api\.ecr\.|cannotpullecrcontainererror";

/// What the text says at its end.
pub(super) const RULES: &[Rule] = &[
    rule(Symptom::ImageReferenceInvalid, &[r"normalize image reference|(?:could ?n.t|unable to|failed to) parse (?:image )?reference"]),
    rule(Symptom::ImageReferenceInvalid, &[r"invalid reference format|repository name must be lowercase"]).with_ecs(),
    rule(
        Symptom::ImagePlatformMismatch,
        &[r"does not contain descriptor matching platform|failed to find a descriptor for platform|no matching manifest for |no match for platform in manifest|image operating system .* cannot be used on this platform|windows version [^ ]+ image is incompatible with a|container operating system does not match the host"],
    ),
    rule(Symptom::RegistryRateLimited, &[r"toomanyrequests:|reached your (?:unauthenticated )?pull rate limit|exceeded pull rate limit"]),
    rule(Symptom::RegistryRateLimited, &[r"429 too many requests|toomanyrequests|http 429 response", PULL]),
    rule(Symptom::RegistryRateLimited, &[r"rate exceeded", ECR_AUTH]),
    rule(Symptom::DiskFull, &[r"no space left on device|not enough space on the disk", PULL]),
    rule(
        Symptom::DiskFull,
        &[r"no space left on device|not enough space on the disk", r"cannotcreate|cannotstart|resourceinitializationerror"],
    ),
    rule(Symptom::DiskFull, &[r"failed to extract layer sha256:[0-9a-f]+: write /"]),
    rule(Symptom::HostProblem, &[r"devicemapper:|devmapper:", PULL]),
    rule(Symptom::ImageAccessDenied, &[DENIED_ECR]).with_ecs(),
    rule(Symptom::ImageAccessDenied, &[DENIED_ECR, PULL]),
    // Only a pull calls these; a push and the console call others.
    rule(
        Symptom::ImageAccessDenied,
        &[r"not authorized to perform: ecr:(?:batchgetimage|getdownloadurlforlayer|getauthorizationtoken|batchchecklayeravailability)"],
    ),
    rule(Symptom::RegistryCredentialsInvalid, &[r"incorrect username or password", PULL]),
    // An OAuth token is asked for with credentials, an anonymous one without.
    rule(Symptom::RegistryCredentialsInvalid, &[r"failed to fetch oauth token: [^,]*40[01] "]).with_ecs(),
    // A page of a proxy or a login in place of the layer.
    rule(Symptom::ImagePullFailed, &[r"unexpected media type", PULL]),
    rule(
        Symptom::RegistryCredentialsInvalid,
        &[r"authorizationdata is malformed|invalid username/password|your authorization token has expired"],
    )
    .with_ecs(),
    // Layers: the registry was reached, the blob store was not.
    rule(Symptom::LayerDownloadUnreachable, &[r"failed to copy: http\w*seeker", NO_ANSWER]).unless(&[r"/manifests/"]),
    rule(Symptom::LayerDownloadUnreachable, &[r"failed to copy: http\w*seeker: failed open: failed to do request"]).unless(&[r"/manifests/"]),
    rule(Symptom::LayerDownloadUnreachable, &[r"failed to copy: (?:read tcp|unexpected eof|write tcp)"]),
    rule(Symptom::LayerDownloadUnreachable, &[r"starport-layer-bucket|production\.cloudflare\.docker\.com", NO_ANSWER]),
    // Docker's words for the configuration, which is a blob like a layer. A URL of the registry's API would be the registry.
    rule(Symptom::LayerDownloadUnreachable, &[r"error pulling image conf", NO_ANSWER]).unless(&[r"/v[12]/"]),
    rule(Symptom::LayerDownloadUnreachable, &[r"pull command failed: panic"]),
    // Connections.
    rule(
        Symptom::RegistryUnreachable,
        &[r"connection issue between the task and (?:amazon ecr|the registry|amazon elastic container registry)|could ?n.t reach any registry endpoint|could not reach any registry endpoint|can(?:'t|not) pull the image\. check your (?:task )?network"],
    ),
    rule(Symptom::RegistryUnreachable, &[ECR_AUTH, NO_ANSWER]).with_ecs(),
    rule(Symptom::RegistryUnreachable, &[ECR_AUTH, REQUEST_FAILED]).with_ecs(),
    rule(
        Symptom::RegistryUnreachable,
        &[r"failed to do request: (?:head|get|post) |(?:failed|error).*(?:get|head) \x22?https?://[^ ]+/v2/|: (?:get|head) \x22?https?://[^ ]+/v2/", NO_ANSWER],
    )
    .with_ecs(),
    rule(Symptom::RegistryUnreachable, &[r"cannotpull|resolve ref|pull the image|can(?:'t|not) pull|fetch (?:anonymous|oauth) token", NO_ANSWER]),
    rule(Symptom::RegistryUnreachable, &[r"failed to resolve ref.*: failed to do request: head "]),
    rule(Symptom::RegistryUnreachable, &[r"error response from daemon: (?:get|head) ", NO_ANSWER]).with_ecs(),
    // No answer that the puller trusts.
    rule(Symptom::RegistryUnreachable, &[r"x509: |tls: failed to verify|tls: handshake failure", PULL]),
    // Refusals and missing things.
    // The digest of the image, asked for as a last resort; while layers are copied a refusal is one.
    rule(Symptom::ImageNotFound, &[r"/blobs/sha256:", r"403 forbidden|404 not found"]).unless(&[r"http\w*seeker: failed open: .*403 forbidden"]),
    rule(Symptom::ImageNotFound, &[r"denied: requested access to the resource is denied", r"pull access denied"]),
    rule(Symptom::ImageNotFound, &[r"pull access denied", r"insufficient_scope|may require (?:'docker login'|authorization)\W*$"]).unless(&[r"has the permissions to pull"]),
    rule(Symptom::ImageAccessDenied, &[r"no basic auth credentials"]).with_ecs(),
    rule(Symptom::ImageAccessDenied, &[r"unauthorized: authentication required|no basic auth credentials", PULL]),
    rule(
        Symptom::ImageAccessDenied,
        &[r"(?:401|403) (?:unauthorized|forbidden)|status code 40[13]|(?:api error|status(?: code)?:?) \(?40[13]\b|denied: user: |denied: access forbidden|denied: permission_denied", PULL],
    ),
    rule(Symptom::ImageAccessDenied, &[r"failed to fetch (?:anonymous|oauth) token(?:\.|: unexpected status|: 40[13])"]).with_ecs(),
    rule(Symptom::ImageAccessDenied, &[r"role (?:'[^']*' )?has the permissions to pull images?\b"]).with_ecs(),
    rule(Symptom::ImageAccessDenied, &[DENIED, ECR_AUTH]).with_ecs(),
    rule(Symptom::ImageNotFound, &[r"failed to resolve ref.*: not found"]),
    rule(
        Symptom::ImageNotFound,
        &[r"manifest unknown|manifest for [^ ]+ not found|name_unknown|manifest_unknown|name unknown: the repository|requested image not found|reference does not exist|error: image [^ ]+ not found"],
    )
    .with_ecs(),
    rule(Symptom::ImageNotFound, &[r"manifest unknown|manifest for [^ ]+ not found|name unknown: the repository", PULL]),
    rule(Symptom::ImageNotFound, &[r"404 not found|api error \(404\)|repository [^ ]+ not found|the image (?:does not|doesn't) exist|does not exist in the registry|: not found\W*$|image not found", r"cannotpull|/v2/|resolve ref|^api error \("]),
    rule(Symptom::ImageNotFound, &[r"cannotpull\w+: (?:image )?[^ ]+ not found\W*$"]),
    rule(Symptom::ImageNotFound, &[r"can(?:'t|not) pull the image '[^']*' from .*response: 'not found'"]),
    rule(Symptom::ImageNotFound, &[r"repository with name '[^']*' does not exist|imagenotfoundexception"]).with_ecs(),
];

/// What only the beginning says.
pub(super) const FALLBACK: &[Rule] = &[
    rule(Symptom::RegistryCredentialsInvalid, &[r"get registry auth from asm|asm fetching (?:username|password|secret)"]),
    rule(
        Symptom::ImagePullFailed,
        &[r"cannotpull(?:ecr)?container|cannotpullimagemanifest|(?:pull image manifest|ref pull|inspect image) has been retried|failed to get stream processor for"],
    ),
    rule(Symptom::ImagePullFailed, &[r"the task can(?:'t|not) pull (?:the image|')|failed to (?:register|extract) layer|failed to resolve ref|pull access denied"]).with_ecs(),
];
