"""What lies in another account: a repository, a secret and its key. The policies of both sides count."""

from __future__ import annotations

import json

from ecswhy_lab import parts, texts
from ecswhy_lab.account import Account
from ecswhy_lab.faults.registry import INTERNET, execution_role, fault, one
from ecswhy_lab.faults.secrets import secret_said, set_secret
from ecswhy_lab.other_account import OTHER, Other
from ecswhy_lab.revise import revise
from ecswhy_lab.server import ACCOUNT, REGION
from ecswhy_lab.tasks import Stop

REPOSITORY = "platform/orders"
READ = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def repository_arn(_: Account) -> str:
    """Subject: the repository of the other account."""
    return f"arn:aws:ecr:{REGION}:{OTHER}:repository/{REPOSITORY}"


def foreign_image(account: Account, principal: str | None, actions: list[str] = READ) -> None:
    """A revision whose image lies in the other account, whose repository lets this principal in."""
    other = Other()
    other.aws.ecr.create_repository(repositoryName=REPOSITORY)
    parts.put_image(other, REPOSITORY, account.tag)
    if principal:
        said = {"Sid": "pull", "Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions}
        text = json.dumps({"Version": "2008-10-17", "Statement": [said]})
        other.aws.ecr.set_repository_policy(repositoryName=REPOSITORY, policyText=text)
    host = f"{OTHER}.dkr.ecr.{REGION}.amazonaws.com"
    revise(account, lambda c: c.update(image=f"{host}/{REPOSITORY}:{account.tag}"))


def pull_refused(account: Account) -> list[Stop]:
    """The other account's registry refused."""
    arn = repository_arn(account)
    said = texts.refused("ecr:BatchGetImage", arn, account, "resource-based")
    host = f"{OTHER}.dkr.ecr.{REGION}.amazonaws.com"
    new = (
        texts.PULL + f"The task can\u2019t pull the image '{account.image}' from Amazon ECR. Check that the role has the "
        f"permissions to pull images from the registry. failed to resolve ref {account.image}: pulling from host {host} "
        f"failed with status code [manifests {account.tag}]: 403 Forbidden: {said}"
    )
    old = (
        texts.PULL + f"pull image manifest has been retried 1 time(s): failed to resolve ref {account.image}: pulling from "
        f"host {host} failed with status code [manifests {account.tag}]: 403 Forbidden"
    )
    return [Stop(new, reached="pulling"), Stop(old, reached="pulling")]


@fault(
    "across-ecr-without-policy",
    "The image lies in another account, whose repository has no policy",
    stage="image",
    symptom="image-access-denied",
    expects=one("image/repository-policy", repository_arn),
    stops=pull_refused,
    alone=True,
)
def across_ecr_without_policy(account: Account) -> None:
    foreign_image(account, None)


@across_ecr_without_policy.twin
def repository_for_the_account(account: Account) -> None:
    foreign_image(account, ROOT)


@fault(
    "across-ecr-without-layers",
    "The other account's repository gives manifests to the role, and no layers",
    stage="image",
    symptom="image-access-denied",
    expects=one("image/repository-policy", repository_arn),
    stops=pull_refused,
    alone=True,
)
def across_ecr_without_layers(account: Account) -> None:
    foreign_image(account, account.role_arn(account.execution_role), READ[:1])


@across_ecr_without_layers.twin
def repository_for_the_role(account: Account) -> None:
    foreign_image(account, account.role_arn(account.execution_role), READ[:2])


def foreign_secret(account: Account, *, readable: bool = True, key: str = "shared") -> None:
    """A revision whose secret lies in the other account: who may read it, and which key encrypts it."""
    other = Other()
    made = {}
    if key != "default":
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": ROOT if key == "shared" else f"arn:aws:iam::{OTHER}:root"},
            "Action": "kms:Decrypt",
            "Resource": "*",
        }
        admin = {**statement, "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}, "Action": "kms:*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [admin, statement]})
        found = other.aws.kms.create_key(Policy=policy)["KeyMetadata"]
        account.settings["foreign_key"] = found["Arn"]
        made["KmsKeyId"] = found["Arn"]
    secret = other.aws.secretsmanager.create_secret(Name="platform/token", SecretString="{}", **made)["ARN"]
    if readable:
        said = {
            "Effect": "Allow",
            "Principal": {"AWS": account.role_arn(account.execution_role)},
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "*",
        }
        text = json.dumps({"Version": "2012-10-17", "Statement": [said]})
        other.aws.secretsmanager.put_resource_policy(SecretId=secret, ResourcePolicy=text)
    account.settings["secret"] = secret
    rights = [parts.statement(["secretsmanager:GetSecretValue"], [secret]), parts.statement(["kms:Decrypt"], ["*"])]
    parts.put_inline(account, rights, name="across")
    set_secret(account, "DATABASE_PASSWORD", f"{secret}:password::")


def read_refused(account: Account) -> list[Stop]:
    """The other account's secret refused."""
    action = "secretsmanager:GetSecretValue"
    return secret_said(account, texts.refused(action, account.settings["secret"], account, "resource-based"))


def key_refused(account: Account) -> list[Stop]:
    """The key refused."""
    return secret_said(account, "AccessDeniedException: Access to KMS is not allowed")


@fault(
    "across-secret-without-policy",
    "The secret lies in another account and has no policy",
    stage="secrets",
    symptom="secret-access-denied",
    expects=one("secret/resource-policy", lambda a: a.settings["secret"]),
    stops=read_refused,
    alone=True,
)
def across_secret_without_policy(account: Account) -> None:
    foreign_secret(account, readable=False)


@across_secret_without_policy.twin
def secret_that_is_shared(account: Account) -> None:
    foreign_secret(account)


@fault(
    "across-secret-default-key",
    "The secret lies in another account and is encrypted with aws/secretsmanager, which cannot be shared",
    stage="secrets",
    symptom="secret-decrypt-denied",
    expects=one("secret/key-policy", lambda _: f"arn:aws:kms:{REGION}:{OTHER}:alias/aws/secretsmanager"),
    stops=key_refused,
    alone=True,
)
def across_secret_default_key(account: Account) -> None:
    foreign_secret(account, key="default")


@fault(
    "across-secret-key-policy",
    "The secret of another account is shared, its key is not",
    stage="secrets",
    symptom="secret-decrypt-denied",
    expects=one("secret/key-policy", lambda a: a.settings["foreign_key"]),
    stops=key_refused,
    alone=True,
)
def across_secret_key_policy(account: Account) -> None:
    foreign_secret(account, key="own")


@across_secret_key_policy.twin
def key_that_is_shared(account: Account) -> None:
    foreign_secret(account)


@fault(
    "across-ecr-region",
    "The image lies in another Region, and the role's own policy names the repository of this one",
    stage="image",
    symptom="image-access-denied",
    expects=one("role/ecr-denied", execution_role),
    stops=lambda a: texts.pull_refused(a, "ecr:BatchGetImage"),
    designs=INTERNET,
    alone=True,
)
def across_ecr_region(account: Account) -> None:
    image_elsewhere(account)
    account.aws.iam.detach_role_policy(RoleName=account.execution_role, PolicyArn=parts.MANAGED)
    rights = [
        parts.statement(["ecr:GetAuthorizationToken", "logs:*"], ["*"]),
        parts.statement(["ecr:*"], [account.repository_arn]),
    ]
    parts.put_inline(account, rights, name="pull")


@across_ecr_region.twin
def image_elsewhere(account: Account) -> None:
    other = Other(ACCOUNT, "eu-west-1")
    other.aws.ecr.create_repository(repositoryName=account.repository)
    parts.put_image(other, account.repository, account.tag)
    host = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
    revise(account, lambda c: c.update(image=f"{host}/{account.repository}:{account.tag}"))
