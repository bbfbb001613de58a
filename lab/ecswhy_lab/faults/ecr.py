"""The image: permissions to pull it, the repository, tag, digest and platform."""

from __future__ import annotations

import json

from ecswhy_lab import parts, texts
from ecswhy_lab.account import Account
from ecswhy_lab.faults.registry import current_image, execution_role, fault, one
from ecswhy_lab.revise import replaced_tag, revise
from ecswhy_lab.server import ACCOUNT
from ecswhy_lab.tasks import Stop

PULL_ACTIONS = (
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
)
DENIED = one("role/ecr-denied", execution_role)
NO_TAG = "The task definition names a tag that the repository does not have"


def own_policy(account: Account, *missing: str) -> None:
    """A policy of its own takes the managed policy's place, without these actions."""
    account.aws.iam.detach_role_policy(RoleName=account.execution_role, PolicyArn=parts.MANAGED)
    actions = [action for action in PULL_ACTIONS if action not in missing]
    parts.put_inline(account, [parts.statement(actions, ["*"])], name="pull")


def full_own_policy(account: Account) -> None:
    """Twin: a policy of its own that grants the same."""
    own_policy(account)


for _action, _stops in (
    ("ecr:GetAuthorizationToken", lambda a: texts.registry_refused(a)),
    ("ecr:BatchGetImage", lambda a: texts.pull_refused(a, "ecr:BatchGetImage")),
    ("ecr:GetDownloadUrlForLayer", lambda a: texts.pull_refused(a, "ecr:GetDownloadUrlForLayer")),
):
    fault(
        f"ecr-no-{_action.split(':')[1].lower()}",
        f"The execution role's own policy lacks {_action}",
        stage="image",
        symptom="image-access-denied",
        expects=DENIED,
        stops=_stops,
        misleading=texts.BARE[1:2],
        seed=("Image pull failures", "Step 2"),
        twin=full_own_policy,
    )(lambda account, action=_action: own_policy(account, action))


@fault(
    "ecr-download-size-action",
    "The policy names ecr:GetDownloadSizeForLayer, an action that does not exist",
    stage="image",
    symptom="image-access-denied",
    expects=lambda a: [*DENIED(a), ("role/action-does-not-exist", execution_role(a))],
    stops=lambda a: texts.pull_refused(a, "ecr:GetDownloadUrlForLayer"),
    alone=True,
    seed=("Image pull failures", "Step 2: role must have"),
)
def ecr_download_size_action(account: Account) -> None:
    own_policy(account, "ecr:GetDownloadUrlForLayer")
    extra = parts.statement(["ecr:GetDownloadSizeForLayer"], ["*"])
    parts.put_inline(account, [extra], name="as-in-the-article")


@fault(
    "ecr-managed-policy-gone",
    "AmazonECSTaskExecutionRolePolicy is not attached any more; logs stay allowed",
    stage="image",
    symptom="image-access-denied",
    expects=DENIED,
    stops=lambda a: texts.registry_refused(a),
    misleading=texts.BARE[:1],
    seed=("Step 2: list-attached-role-policies",),
)
def ecr_managed_policy_gone(account: Account) -> None:
    account.aws.iam.detach_role_policy(RoleName=account.execution_role, PolicyArn=parts.MANAGED)
    logs = parts.statement(["logs:CreateLogStream", "logs:PutLogEvents"], ["*"])
    parts.put_inline(account, [logs], name="logs")


@ecr_managed_policy_gone.twin
def ecr_wildcard_action(account: Account) -> None:
    account.aws.iam.detach_role_policy(RoleName=account.execution_role, PolicyArn=parts.MANAGED)
    parts.put_inline(account, [parts.statement(["ecr:Get*", "ecr:Batch*", "logs:*"], ["*"])], name="wide")


@fault(
    "ecr-explicit-deny",
    "A Deny statement takes ecr:BatchGetImage away",
    stage="image",
    symptom="image-access-denied",
    expects=DENIED,
    stops=lambda a: texts.pull_refused(a, "ecr:BatchGetImage", "deny"),
    misleading=texts.BARE[1:2],
)
def ecr_explicit_deny(account: Account) -> None:
    deny = parts.statement(["ecr:BatchGetImage"], [account.repository_arn], effect="Deny")
    parts.put_inline(account, [deny], name="deny")


@ecr_explicit_deny.twin
def deny_of_another_repository(account: Account) -> None:
    deny = parts.statement(["ecr:BatchGetImage"], [account.arn("ecr", "repository/another")], effect="Deny")
    parts.put_inline(account, [deny], name="deny")


@fault(
    "ecr-boundary",
    "A permissions boundary without ECR",
    stage="image",
    symptom="image-access-denied",
    expects=DENIED,
    stops=lambda a: texts.registry_refused(a, "boundary"),
)
def ecr_boundary(account: Account) -> None:
    boundary(account, ["logs:*", "secretsmanager:*", "ssm:*", "kms:*"])


@ecr_boundary.twin
def wide_boundary(account: Account) -> None:
    boundary(account, ["ecr:*", "logs:*", "secretsmanager:*", "ssm:*", "kms:*"])


def boundary(account: Account, actions: list[str]) -> None:
    """A permissions boundary on the execution role that allows these actions."""
    made = account.aws.iam.create_policy(
        PolicyName="boundary", PolicyDocument=parts.policy(parts.statement(actions, ["*"]))
    )
    account.aws.iam.put_role_permissions_boundary(
        RoleName=account.execution_role, PermissionsBoundary=made["Policy"]["Arn"]
    )


@fault(
    "ecr-token-on-a-repository",
    "ecr:GetAuthorizationToken is granted on a repository ARN, which never grants it",
    stage="image",
    symptom="image-access-denied",
    expects=DENIED,
    stops=lambda a: texts.registry_refused(a),
)
def ecr_token_on_a_repository(account: Account) -> None:
    own_policy(account, "ecr:GetAuthorizationToken")
    token = parts.statement(["ecr:GetAuthorizationToken"], [account.repository_arn])
    parts.put_inline(account, [token], name="token")


def not_found(account: Account) -> list[Stop]:
    """The registry does not know this tag."""
    image = account.image
    return [
        Stop(
            texts.PULL + f"The task can\u2019t pull the image. Check whether the image exists. failed to resolve ref "
            f"{image}: {image}: not found",
            reached="pulling",
        ),
        Stop(
            texts.PULL + f"pull image manifest has been retried 1 time(s): failed to resolve ref {image}: {image}: "
            "not found",
            reached="pulling",
        ),
    ]


@fault(
    "image-tag-missing",
    NO_TAG,
    stage="image",
    symptom="image-not-found",
    expects=one("image/tag-missing", current_image),
    stops=not_found,
    misleading=texts.BARE[1:2],
    seed=("the image tag doesn\u2019t exist", "Step 2: describe-images"),
)
def image_tag_missing(account: Account) -> None:
    account.tag = "1.43.0-rc1"
    revise(account, lambda c: c.update(image=replaced_tag(account, account.tag)))


@image_tag_missing.twin
def image_by_digest(account: Account) -> None:
    image = f"{account.registry}/{account.repository}@{account.digest}"
    revise(account, lambda c: c.update(image=image))


@fault(
    "image-tag-removed",
    "The tag was removed from the repository after the deploy",
    stage="image",
    symptom="image-not-found",
    expects=one("image/tag-missing", current_image),
    stops=not_found,
    seed=("the image tag doesn\u2019t exist",),
)
def image_tag_removed(account: Account) -> None:
    account.aws.ecr.batch_delete_image(repositoryName=account.repository, imageIds=[{"imageTag": account.tag}])


@fault(
    "image-repository-missing",
    "The task definition names a repository that does not exist",
    stage="image",
    symptom="image-not-found",
    expects=one("image/repository-missing", lambda a: a.arn("ecr", "repository/shop/oders")),
    stops=lambda a: [
        Stop(
            texts.PULL + f"The task can\u2019t pull the image. Check whether the image exists. failed to resolve ref "
            f"{a.image}: {a.image}: not found",
            reached="pulling",
        ),
        Stop(
            texts.PULL + f"Error response from daemon: pull access denied for {a.image.rsplit(':', 1)[0]}, repository "
            "does not exist or may require 'docker login': denied: The repository with name 'shop/oders' does not "
            f"exist in the registry with id '{ACCOUNT}'",
            reached="pulling",
        ),
    ],
    misleading=texts.BARE[1:2],
)
def image_repository_missing(account: Account) -> None:
    revise(account, lambda c: c.update(image=f"{account.registry}/shop/oders:{account.tag}"))


@fault(
    "image-digest-gone",
    "The task definition pins a digest that a lifecycle policy has removed",
    stage="image",
    symptom="image-not-found",
    expects=one("image/digest-gone", lambda a: a.image.split("/", 1)[1]),
    stops=lambda a: [
        Stop(
            texts.PULL + f"pull image manifest has been retried 1 time(s): failed to resolve ref {a.image}: {a.image}: "
            "not found",
            reached="pulling",
        ),
    ],
)
def image_digest_gone(account: Account) -> None:
    image = f"{account.registry}/{account.repository}@{parts.sha('an image of last month')}"
    revise(account, lambda c: c.update(image=image))


def repository_policy(effect: str, principal: str, actions: list[str]) -> str:
    """A repository policy with one statement; ECR wants no Resource."""
    said = {"Sid": "pull", "Effect": effect, "Principal": {"AWS": principal}, "Action": actions}
    return json.dumps({"Version": "2008-10-17", "Statement": [said]})


@fault(
    "image-repository-policy-denies",
    "The repository policy denies the pull to the account",
    stage="image",
    symptom="image-access-denied",
    expects=one("image/repository-policy", lambda a: a.repository_arn),
    stops=lambda a: texts.pull_refused(a, "ecr:BatchGetImage", "resource-deny"),
    seed=("the ECR repository policy blocks the account",),
)
def image_repository_policy_denies(account: Account) -> None:
    text = repository_policy("Deny", f"arn:aws:iam::{ACCOUNT}:root", ["ecr:BatchGetImage"])
    account.aws.ecr.set_repository_policy(repositoryName=account.repository, policyText=text)


@image_repository_policy_denies.twin
def repository_policy_for_another_account(account: Account) -> None:
    text = repository_policy("Deny", "arn:aws:iam::210987654321:root", ["ecr:BatchGetImage"])
    account.aws.ecr.set_repository_policy(repositoryName=account.repository, policyText=text)


@fault(
    "image-platform-mismatch",
    "The image index holds amd64 only, the task definition asks for ARM64",
    stage="image",
    symptom="image-platform-mismatch",
    expects=one("image/platform-mismatch", current_image),
    stops=lambda a: [
        Stop(
            texts.PULL + "pull image manifest has been retried 1 time(s): image Manifest does not contain descriptor "
            "matching platform 'linux/arm64'",
            reached="pulling",
        ),
        Stop(
            texts.PULL + "pull image manifest has been retried 7 time(s): image Manifest does not contain descriptor "
            "matching platform 'linux/arm64'. Check the runtimePlatform of the task definition",
            reached="pulling",
        ),
    ],
)
def image_platform_mismatch(account: Account) -> None:
    account.tag = "1.43.0"
    account.digest = parts.put_image(account, account.repository, account.tag, ("amd64",))
    platform = {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
    revise(account, lambda c: c.update(image=replaced_tag(account, account.tag)), runtimePlatform=platform)


@image_platform_mismatch.twin
def arm_with_both_platforms(account: Account) -> None:
    platform = {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
    revise(account, runtimePlatform=platform)


@fault(
    "image-reference-invalid",
    "The image is the repository's ARN instead of its URI",
    stage="image",
    symptom="image-reference-invalid",
    expects=one("image/reference-invalid", current_image),
    # Nothing is pulled then, so that no fault of the pull matters.
    alone=True,
    stops=lambda a: [
        Stop(
            f'CannotCreateContainerError: The container could not be created. failed to create container model: failed to normalize image reference "{a.image}"',
            reached="pulling",
        ),
        Stop(
            texts.PULL + f'failed to create container model: failed to normalize image reference "{a.image}"',
            reached="pulling",
        ),
    ],
)
def image_reference_invalid(account: Account) -> None:
    revise(account, lambda c: c.update(image=f"{account.repository_arn}:{account.tag}"))


@fault(
    "image-rate-limited",
    "A public image, and Docker Hub refuses after too many pulls",
    stage="image",
    symptom="image-registry-rate-limited".removeprefix("image-"),
    expects=one("image/rate-limited", current_image),
    stops=lambda a: [
        Stop(
            texts.PULL + "pull image manifest has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: "
            "unexpected status code https://registry-1.docker.io/v2/library/nginx/manifests/sha256:0c3: 429 Too Many "
            "Requests - Server message: toomanyrequests: You have reached your pull rate limit.",
            reached="pulling",
        ),
        Stop(
            texts.PULL + "inspect image has been retried 5 time(s): httpReaderSeeker: failed open: unexpected status "
            "code https://registry-1.docker.io/v2/library/nginx/manifests/latest: 429 Too Many Requests - Server "
            "message: toomanyrequests: You have reached your pull rate limit. You may increase the limit by "
            "authenticating and upgrading: https://www.docker.com/increase-rate-limit",
            reached="pulling",
        ),
    ],
    designs=frozenset({"nat", "public"}),
    static=False,
)
def image_rate_limited(account: Account) -> None:
    revise(account, lambda c: c.update(image="nginx:1.27"))
