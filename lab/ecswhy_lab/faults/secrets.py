"""Secrets, parameters and environment files: permission, existence, keys."""

from __future__ import annotations

import json

from ecswhy_lab import parts, texts
from ecswhy_lab.account import Account
from ecswhy_lab.faults.ecr import boundary
from ecswhy_lab.faults.registry import INTERNET, execution_role, fault, one
from ecswhy_lab.revise import revise
from ecswhy_lab.server import ACCOUNT
from ecswhy_lab.tasks import Stop

ASM = "unable to retrieve secret from asm: "
SSM = "unable to retrieve secrets from ssm: "
MANAGER = "operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, RequestID: 0f7b7b3e"


def secret_said(account: Account, error: str) -> list[Stop]:
    """Secrets Manager was reached and refused, in both wordings."""
    fetch = f"failed to fetch secret {account.settings.get('secret', account.secret)} from secrets manager: "
    return [
        Stop(texts.AUTH + ASM + fetch + f"{MANAGER}, api error {error}"),
        Stop(texts.OLD_AUTH + ASM + "service call has been retried 1 time(s): " + fetch + error),
    ]


def parameter_said(error: str) -> list[Stop]:
    """Parameter Store was reached and refused, in both wordings."""
    return [
        Stop(
            texts.AUTH + SSM + "operation error SSM: GetParameters, https response error StatusCode: 400, "
            f"RequestID: 4f1c2a7d, api error {error}"
        ),
        Stop(texts.OLD_AUTH + SSM + f"service call has been retried 1 time(s): {error} status code: 400"),
    ]


def without(account: Account, action: str, *instead: dict[str, object]) -> None:
    """The inline policy without the statement of one action."""
    kept = [s for s in parts.secret_statements(account) if s["Action"] != [action]]
    parts.put_inline(account, [*kept, *instead])


def secret_refused(account: Account, why: str = "identity-based") -> list[Stop]:
    """GetSecretValue was refused."""
    return secret_said(account, texts.refused("secretsmanager:GetSecretValue", account.secret, account, why))


SECRET = {"stage": "secrets", "symptom": "secret-access-denied", "misleading": texts.BARE[:1]}


@fault(
    "secret-denied",
    "The execution role may not read the secret",
    expects=one("role/secret-denied", execution_role),
    stops=secret_refused,
    seed=("Secrets or parameters cannot be resolved", "Step 4"),
    **SECRET,
)
def secret_denied(account: Account) -> None:
    without(account, "secretsmanager:GetSecretValue")


@secret_denied.twin
def secret_by_pattern(account: Account) -> None:
    name = account.arn("secretsmanager", f"secret:{account.service}/*")
    wide = parts.statement(["secretsmanager:Get*"], [name])
    without(account, "secretsmanager:GetSecretValue", wide)


@fault(
    "secret-denied-without-suffix",
    "The policy names the secret without the six characters that end its ARN",
    expects=one("role/secret-denied", execution_role),
    stops=secret_refused,
    **SECRET,
)
def secret_denied_without_suffix(account: Account) -> None:
    name = account.arn("secretsmanager", f"secret:{account.service}/database")
    without(account, "secretsmanager:GetSecretValue", parts.statement(["secretsmanager:GetSecretValue"], [name]))


@secret_denied_without_suffix.twin
def secret_with_question_marks(account: Account) -> None:
    name = account.arn("secretsmanager", f"secret:{account.service}/database-??????")
    without(account, "secretsmanager:GetSecretValue", parts.statement(["secretsmanager:GetSecretValue"], [name]))


@fault(
    "secret-boundary",
    "A permissions boundary without Secrets Manager",
    expects=one("role/secret-denied", execution_role),
    stops=lambda a: secret_refused(a, "boundary"),
    **SECRET,
)
def secret_boundary(account: Account) -> None:
    boundary(account, ["ecr:*", "logs:*", "ssm:*", "kms:*"])


@secret_boundary.twin
def boundary_with_secrets(account: Account) -> None:
    boundary(account, ["ecr:*", "logs:*", "ssm:*", "kms:*", "secretsmanager:Get*"])


@fault(
    "secret-explicit-deny",
    "An inline policy denies secrets without the right tag",
    expects=one("role/secret-denied", execution_role),
    stops=lambda a: secret_refused(a, "deny"),
    **SECRET,
)
def secret_explicit_deny(account: Account) -> None:
    deny_untagged(account)


@secret_explicit_deny.twin
def deny_of_untagged_secrets(account: Account) -> None:
    account.aws.secretsmanager.tag_resource(SecretId=account.secret, Tags=[{"Key": "stage", "Value": "production"}])
    deny_untagged(account)


def deny_untagged(account: Account) -> None:
    """A Deny for every secret without a tag."""
    said = parts.statement(["secretsmanager:GetSecretValue"], ["*"], effect="Deny")
    said["Condition"] = {"StringNotEquals": {"aws:ResourceTag/stage": "production"}}
    parts.put_inline(account, [said], name="tagged-only")


@fault(
    "secret-resource-policy",
    "The secret's own policy denies the execution role",
    expects=one("secret/resource-policy", lambda a: a.secret),
    stops=lambda a: secret_refused(a, "resource-deny"),
    **SECRET,
)
def secret_resource_policy(account: Account) -> None:
    deny_secret(account, account.execution_role)


@secret_resource_policy.twin
def secret_policy_denies_another_role(account: Account) -> None:
    deny_secret(account, account.task_role)


def deny_secret(account: Account, role: str) -> None:
    """A resource policy that denies one role."""
    said = {
        "Effect": "Deny",
        "Principal": {"AWS": account.role_arn(role)},
        "Action": "secretsmanager:GetSecretValue",
        "Resource": "*",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [said]})
    account.aws.secretsmanager.put_resource_policy(SecretId=account.secret, ResourcePolicy=text)


def set_secret(account: Account, name: str, value_from: str) -> None:
    """A revision whose variable comes from elsewhere."""

    def change(container: dict[str, object]) -> None:
        for secret in container["secrets"]:  # type: ignore[attr-defined]
            if secret["name"] == name:
                secret["valueFrom"] = value_from

    revise(account, change)


@fault(
    "secret-not-found",
    "The task definition names a secret that does not exist; the role may read it",
    stage="secrets",
    symptom="secret-not-found",
    expects=one("secret/not-found", lambda a: a.settings["secret"]),
    stops=lambda a: secret_said(a, "ResourceNotFoundException: Secrets Manager can't find the specified secret."),
    misleading=texts.BARE[:1],
)
def secret_not_found(account: Account) -> None:
    arn = account.arn("secretsmanager", f"secret:{account.service}/databse-Qx81zP")
    account.settings["secret"] = arn
    parts.put_inline(account, [parts.statement(["secretsmanager:GetSecretValue"], ["*"])], name="secrets")
    set_secret(account, "DATABASE_PASSWORD", f"{arn}:password::")


@fault(
    "secret-pending-deletion",
    "The secret is scheduled for deletion",
    stage="secrets",
    symptom="secret-not-found",
    expects=one("secret/pending-deletion", lambda a: a.secret),
    stops=lambda a: secret_said(
        a,
        "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.",
    ),
    misleading=texts.BARE[:1],
)
def secret_pending_deletion(account: Account) -> None:
    account.aws.secretsmanager.delete_secret(SecretId=account.secret, RecoveryWindowInDays=7)


@fault(
    "secret-json-key",
    "The secret has no such JSON key",
    stage="secrets",
    symptom="secret-key-missing",
    expects=one("secret/json-key-missing", lambda a: a.secret),
    stops=lambda a: [
        Stop(
            texts.AUTH + ASM + "The task can't retrieve the secret. service call has been retried 1 time(s): retrieved "
            "secret from Secrets Manager did not contain json key passwd"
        ),
        Stop(
            texts.OLD_AUTH + ASM + "service call has been retried 1 time(s): retrieved secret from Secrets Manager did "
            "not contain json key passwd"
        ),
    ],
    static=False,
)
def secret_json_key(account: Account) -> None:
    set_secret(account, "DATABASE_PASSWORD", f"{account.secret}:passwd::")


@secret_json_key.twin
def whole_secret(account: Account) -> None:
    set_secret(account, "DATABASE_PASSWORD", account.secret)


@fault(
    "secret-wrong-region",
    "The task definition names the secret's ARN in another Region, where it is not",
    stage="secrets",
    symptom="secret-not-found",
    expects=one("secret/wrong-region", lambda a: a.settings["secret"]),
    stops=lambda a: secret_said(a, "ResourceNotFoundException: Secrets Manager can't find the specified secret."),
    designs=INTERNET,
    alone=True,
)
def secret_wrong_region(account: Account) -> None:
    arn = account.secret.replace("us-east-1", "eu-west-1")
    account.settings["secret"] = arn
    parts.put_inline(account, [parts.statement(["secretsmanager:GetSecretValue"], ["*"])], name="secrets")
    set_secret(account, "DATABASE_PASSWORD", arn)


PARAMETER = {"stage": "secrets", "misleading": texts.BARE[:1]}


@fault(
    "parameter-denied",
    "The execution role may not read the parameter (ssm:GetParameter does not help)",
    symptom="secret-access-denied",
    expects=one("role/parameter-denied", execution_role),
    stops=lambda a: parameter_said(texts.refused("ssm:GetParameters", a.arn("ssm", f"parameter{a.parameter}"), a)),
    seed=("ssm:GetParameters",),
    **PARAMETER,
)
def parameter_denied(account: Account) -> None:
    name = account.arn("ssm", f"parameter{account.parameter}")
    without(account, "ssm:GetParameters", parts.statement(["ssm:GetParameter"], [name]))


@parameter_denied.twin
def parameter_by_path(account: Account) -> None:
    name = account.arn("ssm", f"parameter/{account.service}/*")
    without(account, "ssm:GetParameters", parts.statement(["ssm:GetParameters"], [name]))


@fault(
    "parameter-two-slashes",
    "The policy names the parameter with two slashes",
    symptom="secret-access-denied",
    expects=one("role/parameter-denied", execution_role),
    stops=lambda a: parameter_said(texts.refused("ssm:GetParameters", a.arn("ssm", f"parameter{a.parameter}"), a)),
    **PARAMETER,
)
def parameter_two_slashes(account: Account) -> None:
    name = account.arn("ssm", f"parameter/{account.parameter}")
    without(account, "ssm:GetParameters", parts.statement(["ssm:GetParameters"], [name]))


@fault(
    "managed-policy-only",
    "AmazonECSTaskExecutionRolePolicy alone: enough to pull and log, not to read secrets",
    stage="secrets",
    symptom="secret-access-denied",
    expects=lambda a: [
        (f"role/{what}-denied", execution_role(a)) for what in ("secret", "parameter", "kms")
    ],
    stops=secret_refused,
    misleading=texts.BARE[:1],
    first_is_root=True,
    static=False,
    alone=True,
)
def managed_policy_only(account: Account) -> None:
    account.aws.iam.delete_role_policy(RoleName=account.execution_role, PolicyName="start")


@managed_policy_only.twin
def managed_policy_for_a_plain_service(account: Account) -> None:
    managed_policy_only.change(account)
    revise(account, lambda c: c.update(secrets=[]))


@fault(
    "parameter-not-found",
    "The parameter was deleted",
    symptom="parameter-not-found",
    expects=one("secret/parameter-not-found", lambda a: a.arn("ssm", f"parameter{a.parameter}")),
    stops=lambda a: [
        Stop(texts.AUTH + SSM + f"invalid ssm parameters: {a.parameter}"),
        Stop(texts.OLD_AUTH + SSM + f"service call has been retried 1 time(s): invalid ssm parameters: {a.parameter}"),
    ],
    **PARAMETER,
)
def parameter_not_found(account: Account) -> None:
    account.aws.ssm.delete_parameter(Name=account.parameter)


KMS = {
    "stage": "secrets",
    "symptom": "secret-decrypt-denied",
    "stops": lambda a: secret_said(a, "AccessDeniedException: Access to KMS is not allowed"),
    "misleading": texts.BARE[:1],
}


def key_arn(account: Account) -> str:
    """Subject: the customer managed key."""
    return account.arn("kms", f"key/{account.key}")


@fault(
    "kms-denied",
    "The execution role may not decrypt with the secret's key",
    expects=one("role/kms-denied", execution_role),
    seed=("the role also needs kms:Decrypt on that key",),
    **KMS,
)
def kms_denied(account: Account) -> None:
    without(account, "kms:Decrypt")


@kms_denied.twin
def key_policy_names_the_role(account: Account) -> None:
    without(account, "kms:Decrypt")
    set_key_policy(account, account.execution_role, root=True)


def use_alias(account: Account) -> str:
    """The secret names its key by an alias; returns the alias."""
    alias = f"alias/{account.service}"
    account.aws.kms.create_alias(AliasName=alias, TargetKeyId=account.key)
    account.aws.secretsmanager.update_secret(SecretId=account.secret, KmsKeyId=alias)
    return alias


@fault(
    "kms-denied-by-alias",
    "The role may decrypt with the ARN of the key's alias, which is not the key",
    expects=one("role/kms-denied", execution_role),
    **KMS,
)
def kms_denied_by_alias(account: Account) -> None:
    alias = use_alias(account)
    without(account, "kms:Decrypt", parts.statement(["kms:Decrypt"], [account.arn("kms", alias)]))


@kms_denied_by_alias.twin
def key_through_an_alias(account: Account) -> None:
    use_alias(account)


def set_key_policy(account: Account, role: str, *, root: bool) -> None:
    """A key policy that lets one role decrypt."""
    said = {
        "Effect": "Allow",
        "Principal": {"AWS": account.role_arn(role)},
        "Action": "kms:Decrypt",
        "Resource": "*",
    }
    policy = parts.key_policy(said, root=root)
    account.aws.kms.put_key_policy(KeyId=account.key, PolicyName="default", Policy=policy)


@fault(
    "kms-key-policy",
    "The key's policy neither delegates to IAM nor names the execution role",
    expects=one("secret/key-policy", key_arn),
    **KMS,
)
def kms_key_policy(account: Account) -> None:
    set_key_policy(account, account.task_role, root=False)


@kms_key_policy.twin
def key_policy_without_delegation_names_the_role(account: Account) -> None:
    set_key_policy(account, account.execution_role, root=False)


@fault(
    "kms-key-disabled",
    "The secret's key is disabled",
    expects=one("secret/key-unusable", key_arn),
    **KMS,
)
def kms_key_disabled(account: Account) -> None:
    account.aws.kms.disable_key(KeyId=account.key)


@fault(
    "kms-key-pending-deletion",
    "The secret's key is scheduled for deletion",
    expects=one("secret/key-unusable", key_arn),
    **KMS,
)
def kms_key_pending_deletion(account: Account) -> None:
    account.aws.kms.schedule_key_deletion(KeyId=account.key, PendingWindowInDays=7)


def environment_file(account: Account, *, exists: bool, allowed: bool) -> None:
    """A revision that reads its environment from S3."""
    account.bucket = f"{account.cluster}-settings-{ACCOUNT}"
    key = f"{account.service}.env"
    account.settings["env_file"] = f"arn:aws:s3:::{account.bucket}/{key}"
    account.aws.s3.create_bucket(Bucket=account.bucket)
    if exists:
        account.aws.s3.put_object(Bucket=account.bucket, Key=key, Body=b"LOG_LEVEL=info\n")
    if allowed:
        rights = [
            parts.statement(["s3:GetObject"], [account.settings["env_file"]]),
            parts.statement(["s3:GetBucketLocation"], [f"arn:aws:s3:::{account.bucket}"]),
        ]
        parts.put_inline(account, rights, name="env")
    files = [{"value": account.settings["env_file"], "type": "s3"}]
    revise(account, lambda c: c.update(environmentFiles=files))


ENV_FILES = texts.INIT + "failed to download env files: file download command: non empty error stream: "
ENV_STOPS = {
    "stage": "secrets",
    "symptom": "env-file-unavailable",
    "stops": lambda a: [
        Stop(
            ENV_FILES
            + f"service call has been retried 1 time(s): failed to download file from s3 {a.bucket}: operation "
            "error S3: GetObject, https response error StatusCode: 403, RequestID: 5K2, HostID: x, api error Forbidden: "
            "Forbidden"
        ),
        Stop(ENV_FILES + "RequestID: 5K2HYY status code: 403, host id: x, AccessDenied: Access Denied"),
    ],
}


@fault(
    "env-file-denied",
    "The execution role may not read the environment file",
    expects=one("role/env-file-denied", execution_role),
    **ENV_STOPS,
)
def env_file_denied(account: Account) -> None:
    environment_file(account, exists=True, allowed=False)


@env_file_denied.twin
def env_file_allowed(account: Account) -> None:
    environment_file(account, exists=True, allowed=True)


@fault(
    "env-file-bucket-policy",
    "The bucket's policy denies reading the environment file outside of a VPC endpoint that nobody has",
    expects=one("role/env-file-denied", execution_role),
    # Without a way out nobody can tell whether the request would come through an endpoint.
    alone=True,
    **ENV_STOPS,
)
def env_file_bucket_policy(account: Account) -> None:
    environment_file(account, exists=True, allowed=True)
    deny_bucket(account, "StringNotEquals", "vpce-0123456789abcdef0")


@env_file_bucket_policy.twin
def bucket_policy_that_does_not_apply(account: Account) -> None:
    environment_file(account, exists=True, allowed=True)
    deny_bucket(account, "StringEquals", "vpce-0123456789abcdef0")


def deny_bucket(account: Account, operator: str, endpoint: str) -> None:
    """A bucket policy that looks at the endpoint that a request comes through."""
    said = parts.statement(["s3:GetObject"], [f"arn:aws:s3:::{account.bucket}/*"], effect="Deny")
    said |= {"Principal": "*", "Condition": {operator: {"aws:SourceVpce": endpoint}}}
    account.aws.s3.put_bucket_policy(Bucket=account.bucket, Policy=parts.policy(said))


@fault(
    "env-file-missing",
    "The environment file does not exist; S3 says 403 to who may not list the bucket",
    expects=one("secret/env-file-missing", lambda a: a.settings["env_file"]),
    **ENV_STOPS,
)
def env_file_missing(account: Account) -> None:
    environment_file(account, exists=False, allowed=True)
