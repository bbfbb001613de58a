"""What AWS writes into `stoppedReason`: the wording since 2024 and the one before it.

Sources: ECS Developer Guide (stopped task errors), the agent's source, public issue threads. `{task}` becomes the task id.
"""

from __future__ import annotations

from ecswhy_lab.account import Account
from ecswhy_lab.server import ACCOUNT, REGION
from ecswhy_lab.tasks import Stop

INIT = "ResourceInitializationError: "
PULL = "CannotPullContainerError: "
AUTH = INIT + "unable to pull secrets or registry auth: "
OLD_AUTH = AUTH + "execution resource retrieval failed: "
LOGGER = INIT + "failed to validate logger args: "
NETWORK = "Check your task network configuration."

BARE = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval fai...",
    "CannotPullContainerError: pull image manifest has been retried 1 time(s)",
    "Task failed to start",
)


def refused(action: str, resource: str, account: Account, why: str = "identity-based") -> str:
    """The AccessDeniedException of an AWS API."""
    because = {
        "identity-based": f"because no identity-based policy allows the {action} action",
        "boundary": f"because no permissions boundary allows the {action} action",
        "resource-based": f"because no resource-based policy allows the {action} action",
        "deny": "with an explicit deny in an identity-based policy",
        "resource-deny": "with an explicit deny in a resource-based policy",
        "endpoint": f"because no VPC endpoint policy allows the {action} action",
    }[why]
    principal = f"arn:aws:sts::{ACCOUNT}:assumed-role/{account.execution_role}/{{task}}"
    return f"AccessDeniedException: User: {principal} is not authorized to perform: {action} on resource: {resource} {because}"


def registry_refused(account: Account, why: str = "identity-based") -> list[Stop]:
    """GetAuthorizationToken was refused."""
    said = refused("ecr:GetAuthorizationToken", "*", account, why)
    return [
        Stop(
            AUTH + "The task cannot pull registry auth from Amazon ECR: Check that the role has the permissions to "
            f"pull registry auth from Amazon ECR. operation error ECR: GetAuthorizationToken, https response error "
            f"StatusCode: 400, RequestID: 5b1c7e3e-8a4f-4a9e-9a52-1f8d2b6f3c11, api error {said}"
        ),
        Stop(
            OLD_AUTH + "unable to retrieve ecr registry auth: service call has been retried 1 time(s): "
            f"{said} status code: 400, request id: 5b1c7e3e-8a4f-4a9e-9a52-1f8d2b6f3c11"
        ),
    ]


def pull_refused(account: Account, action: str, why: str = "identity-based") -> list[Stop]:
    """BatchGetImage or GetDownloadUrlForLayer was refused."""
    repository = account.image.split("/", 1)[1].split("@")[0].split(":")[0]
    said = refused(action, account.arn("ecr", f"repository/{repository}"), account, why)
    new = (
        PULL + f"The task can\u2019t pull the image '{account.image}' from Amazon ECR. Check that the role has the "
        f"permissions to pull images from the registry. failed to resolve ref {account.image}: pulling from host "
        f"{account.registry} failed with status code [manifests {account.tag}]: 403 Forbidden: {said}"
    )
    old = (
        PULL + f"pull image manifest has been retried 1 time(s): failed to resolve ref {account.image}: pulling from "
        f"host {account.registry} failed with status code [manifests {account.tag}]: 403 Forbidden"
    )
    if action == "ecr:GetDownloadUrlForLayer":
        old = PULL + f"ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: denied: {said}"
        new = (
            PULL
            + f"The task can\u2019t pull the image '{account.image}'. Check that the role has the permissions to pull images. {said}"
        )
    return [Stop(new, reached="pulling"), Stop(old, reached="pulling")]


def registry_timeout(address: str = "44.213.79.50") -> list[Stop]:
    """api.ecr was not reached."""
    post = f'Post "https://api.ecr.{REGION}.amazonaws.com/": dial tcp {address}:443: i/o timeout'
    return [
        Stop(
            AUTH + "The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task "
            f"and Amazon ECR. {NETWORK} operation error ECR: GetAuthorizationToken, exceeded maximum number of "
            f"attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, {post}"
        ),
        Stop(
            OLD_AUTH + "unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: "
            f"send request failed caused by: {post}. Please check your task network configuration."
        ),
    ]


def registry_unresolved() -> list[Stop]:
    """The name of api.ecr did not resolve."""
    post = f'Post "https://api.ecr.{REGION}.amazonaws.com/": dial tcp: lookup api.ecr.{REGION}.amazonaws.com'
    return [
        Stop(
            AUTH + "The task cannot pull registry auth from Amazon ECR: There is a connection issue between the task "
            f"and Amazon ECR. {NETWORK} operation error ECR: GetAuthorizationToken, exceeded maximum number of "
            f"attempts, 3, https response error StatusCode: 0, RequestID: , request send failed, {post}: i/o timeout"
        ),
        Stop(
            OLD_AUTH + "unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: "
            f"send request failed caused by: {post}: no such host. Please check your task network configuration."
        ),
    ]


def manifest_timeout(account: Account, address: str = "44.213.79.104") -> list[Stop]:
    """The registry (ecr.dkr) was not reached."""
    repository, tag = account.repository, account.tag
    return [
        Stop(
            PULL + f"The task cannot pull '{account.image}' from the Amazon ECR repository '{account.registry}/"
            f"{repository}'. There is a connection issue between the task and Amazon ECR. {NETWORK}",
            reached="pulling",
        ),
        Stop(
            PULL + f"pull image manifest has been retried 5 time(s): failed to resolve ref {account.image}: failed to "
            f'do request: Head "https://{account.registry}/v2/{repository}/manifests/{tag}": dial tcp {address}:443: '
            "i/o timeout",
            reached="pulling",
        ),
    ]


def layers_timeout(account: Account) -> list[Stop]:
    """S3, where the layers are, was not reached."""
    return [
        Stop(
            PULL + "ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed open: failed to do "
            f"request: Get {account.image}: dial tcp 3.5.29.118:443: i/o timeout",
            reached="pulling",
            lived=180,
        ),
        Stop(
            PULL + "ref pull has been retried 5 time(s): failed to copy: httpReaderSeeker: failed open: failed to do "
            f'request: Get "https://prod-{REGION}-starport-layer-bucket.s3.{REGION}.amazonaws.com/1b2c-{ACCOUNT}'
            '": dial tcp 52.216.52.9:443: i/o timeout',
            reached="pulling",
            lived=180,
        ),
    ]


def secret_timeout(account: Account) -> list[Stop]:
    """Secrets Manager was not reached."""
    return [
        Stop(
            AUTH + "unable to retrieve secret from asm: There is a connection issue between the task and AWS Secrets "
            f"Manager. {NETWORK} failed to fetch secret {account.secret} from secrets manager: operation error "
            "Secrets Manager: GetSecretValue, https response error StatusCode: 0, RequestID: , canceled, context "
            "deadline exceeded"
        ),
        Stop(
            OLD_AUTH + "unable to retrieve secret from asm: service call has been retried 5 time(s): failed to fetch "
            f"secret {account.secret} from secrets manager: RequestCanceled: request context canceled caused by: "
            "context deadline exceeded. Please check your task network configuration."
        ),
    ]


def parameter_timeout() -> list[Stop]:
    """Parameter Store was not reached."""
    return [
        Stop(
            AUTH + "unable to retrieve secrets from ssm: The task cannot pull secrets from Systems Manager. There is a "
            f"connection issue between the task and AWS Systems Manager Parameter Store. {NETWORK} operation error "
            "SSM: GetParameters, https response error StatusCode: 0, RequestID: , canceled, context deadline exceeded"
        ),
        Stop(
            OLD_AUTH + "unable to retrieve secrets from ssm: service call has been retried 5 time(s): RequestCanceled: "
            "request context canceled caused by: context deadline exceeded. Please check your task network configuration."
        ),
    ]


def logs_timeout() -> list[Stop]:
    """CloudWatch Logs was not reached."""
    return [
        Stop(
            LOGGER + "The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a "
            "connection issue between the task and Amazon CloudWatch. Check your network configuration. : signal: killed"
        ),
        Stop(LOGGER + ": signal: killed"),
    ]


def exited(account: Account, code: int, reason: str = "", lines: list[str] | None = None, lived: int = 6) -> Stop:
    """The essential container ended by itself."""
    return Stop(
        "Essential container in task exited",
        code="EssentialContainerExited",
        reached="started",
        lived=lived,
        exits={account.service: (code, reason)},
        logs={account.service: lines or []} if lines is not None else {},
    )
