"""Roles: existence and trust; the permission to log; the log group itself."""

from __future__ import annotations

import json

from ecswhy_lab import parts, texts
from ecswhy_lab.account import Account
from ecswhy_lab.faults.registry import execution_role, fault, one
from ecswhy_lab.revise import revise
from ecswhy_lab.tasks import Stop


def unassumable(role: str) -> list[Stop]:
    """ECS could not assume a role."""
    said = (
        f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the role being "
        "passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role."
    )
    return [Stop(said, reached="nothing"), Stop("TaskFailedToStart: " + said, reached="nothing")]


def task_role(account: Account) -> str:
    """Subject: the task role."""
    return account.role_arn(account.task_role)


ROLE = {"stage": "role", "symptom": "role-not-assumable", "misleading": ("Task failed to start",)}


def delete_role(account: Account, name: str) -> None:
    """Deletes a role with its policies."""
    iam = account.aws.iam
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
    for inline in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=inline)
    iam.delete_role(RoleName=name)


def set_trust(account: Account, role: str, policy: dict[str, object]) -> None:
    """Another trust policy for a role."""
    account.aws.iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(policy))


def trust_with(key: str, value: str) -> dict[str, object]:
    """A trust policy with a condition."""
    said = parts.trust()
    said["Statement"][0]["Condition"] = {"StringEquals": {key: value}}
    return said


@fault(
    "role-execution-deleted",
    "The execution role was deleted",
    expects=one("role/execution-role-not-found", execution_role),
    stops=lambda a: unassumable(execution_role(a)),
    alone=True,
    **ROLE,
)
def role_execution_deleted(account: Account) -> None:
    delete_role(account, account.execution_role)


@fault(
    "role-execution-trust",
    "The execution role trusts EC2, not the tasks of ECS",
    expects=one("role/execution-role-trust", execution_role),
    stops=lambda a: unassumable(execution_role(a)),
    **ROLE,
)
def role_execution_trust(account: Account) -> None:
    set_trust(account, account.execution_role, parts.trust("ec2.amazonaws.com"))


@role_execution_trust.twin
def trust_with_the_right_account(account: Account) -> None:
    set_trust(account, account.execution_role, trust_with("aws:SourceAccount", "123456789012"))


@fault(
    "role-execution-trust-account",
    "The trust policy's condition names another account",
    expects=one("role/execution-role-trust", execution_role),
    stops=lambda a: unassumable(execution_role(a)),
    **ROLE,
)
def role_execution_trust_account(account: Account) -> None:
    set_trust(account, account.execution_role, trust_with("aws:SourceAccount", "210987654321"))


@fault(
    "role-execution-trust-region",
    "The trust policy's condition names another Region",
    expects=one("role/execution-role-trust", execution_role),
    stops=lambda a: unassumable(execution_role(a)),
    **ROLE,
)
def role_execution_trust_region(account: Account) -> None:
    set_trust(account, account.execution_role, trust_like("arn:aws:ecs:eu-west-1:123456789012:*"))


@role_execution_trust_region.twin
def trust_with_the_right_region(account: Account) -> None:
    set_trust(account, account.execution_role, trust_like("arn:aws:ecs:us-east-1:123456789012:*"))


def trust_like(source: str) -> dict[str, object]:
    """A trust policy for tasks of one account and Region, as AWS recommends."""
    said = parts.trust()
    said["Statement"][0]["Condition"] = {"ArnLike": {"aws:SourceArn": source}}
    return said


@fault(
    "role-execution-trust-cluster",
    "The trust policy's condition names a cluster, which AWS does not support",
    expects=one("role/execution-role-trust", execution_role),
    stops=lambda a: unassumable(execution_role(a)),
    **ROLE,
)
def role_execution_trust_cluster(account: Account) -> None:
    set_trust(account, account.execution_role, trust_like(account.cluster_arn))


@role_execution_trust_cluster.twin
def trust_with_any_region(account: Account) -> None:
    set_trust(account, account.execution_role, trust_like("arn:aws:ecs:*:123456789012:*"))


@fault(
    "role-task-deleted",
    "The task role was deleted",
    expects=one("role/task-role-not-found", task_role),
    stops=lambda a: unassumable(task_role(a)),
    **ROLE,
)
def role_task_deleted(account: Account) -> None:
    delete_role(account, account.task_role)


@fault(
    "role-task-trust",
    "The task role trusts Lambda, not the tasks of ECS",
    expects=one("role/task-role-trust", task_role),
    stops=lambda a: unassumable(task_role(a)),
    **ROLE,
)
def role_task_trust(account: Account) -> None:
    set_trust(account, account.task_role, parts.trust("lambda.amazonaws.com"))


@role_task_trust.twin
def task_role_may_nothing(account: Account) -> None:
    account.aws.iam.delete_role_policy(RoleName=account.task_role, PolicyName="queue")


def log_said(account: Account, action: str, why: str = "identity-based") -> list[Stop]:
    """CloudWatch Logs refused."""
    stream = f"log-group:{account.log_group}:log-stream:ecs/{account.service}/{{task}}"
    group = f"log-group:{account.log_group}:log-stream:"
    resource = account.arn("logs", stream if action.endswith("Stream") else group)
    what = "stream" if action.endswith("Stream") else "group"
    said = texts.refused(action, resource, account, why)
    return [
        Stop(
            texts.LOGGER + f"create {what} has been retried 1 times: failed to create Cloudwatch log {what}: operation "
            f"error CloudWatch Logs: {action.split(':')[1]}, https response error StatusCode: 400, RequestID: 8e2, api "
            f"error {said} : exit status 1"
        ),
        Stop(
            texts.LOGGER + f"create {what} has been retried 1 times: failed to create Cloudwatch log {what}: {said}\n"
            "\tstatus code: 400, request id: 8e2 : exit status 1"
        ),
    ]


LOG = {"stage": "logging", "symptom": "log-access-denied", "misleading": texts.BARE[2:]}


@fault(
    "log-denied",
    "The role may pull, but not write logs",
    expects=one("role/log-denied", execution_role),
    stops=lambda a: log_said(a, "logs:CreateLogStream"),
    seed=("logs:CreateLogStream, and logs:PutLogEvents",),
    **LOG,
)
def log_denied(account: Account) -> None:
    pull_only(account)


@log_denied.twin
def logs_by_group(account: Account) -> None:
    pull_only(account)
    group = account.arn("logs", f"log-group:{account.log_group}:*")
    parts.put_inline(account, [parts.statement(["logs:CreateLogStream", "logs:PutLogEvents"], [group])], name="logs")


def pull_only(account: Account) -> None:
    """A policy for ECR takes the managed policy's place."""
    account.aws.iam.detach_role_policy(RoleName=account.execution_role, PolicyArn=parts.MANAGED)
    parts.put_inline(account, [parts.statement(["ecr:*"], ["*"])], name="pull")


def logs_without(account: Account, action: str) -> None:
    """A copy of the managed policy without one of its actions for logs."""
    actions = ["ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"]
    actions += ["ecr:BatchGetImage", "logs:CreateLogStream", "logs:PutLogEvents"]
    account.aws.iam.detach_role_policy(RoleName=account.execution_role, PolicyArn=parts.MANAGED)
    left = [each for each in actions if each != action]
    parts.put_inline(account, [parts.statement(left, ["*"])], name="copy")


@fault(
    "log-no-createlogstream",
    "A copy of the managed policy lacks logs:CreateLogStream",
    expects=one("role/log-denied", execution_role),
    stops=lambda a: log_said(a, "logs:CreateLogStream"),
    **LOG,
)
def log_no_createlogstream(account: Account) -> None:
    logs_without(account, "logs:CreateLogStream")


@log_no_createlogstream.twin
def copy_of_the_managed_policy(account: Account) -> None:
    logs_without(account, "none of them")


@fault(
    "log-denied-without-star",
    "The policy names the log group's ARN without the :* that covers its streams",
    expects=one("role/log-denied", execution_role),
    stops=lambda a: log_said(a, "logs:CreateLogStream"),
    **LOG,
)
def log_denied_without_star(account: Account) -> None:
    pull_only(account)
    group = account.arn("logs", f"log-group:{account.log_group}")
    parts.put_inline(account, [parts.statement(["logs:CreateLogStream", "logs:PutLogEvents"], [group])], name="logs")


def create_group_option(container: dict[str, dict[str, dict[str, str]]]) -> None:
    """The driver shall create the log group."""
    container["logConfiguration"]["options"]["awslogs-create-group"] = "true"


@fault(
    "log-create-group-denied",
    "awslogs-create-group is set, and the managed policy does not allow logs:CreateLogGroup",
    expects=one("role/log-denied", execution_role),
    stops=lambda a: log_said(a, "logs:CreateLogGroup"),
    **LOG,
)
def log_create_group_denied(account: Account) -> None:
    new_group(account)
    revise(account, create_group_option)


@log_create_group_denied.twin
def log_create_group_allowed(account: Account) -> None:
    revise(account, create_group_option)
    parts.put_inline(account, [parts.statement(["logs:CreateLogGroup"], ["*"])], name="groups")


def new_group(account: Account) -> None:
    """The task definition names a log group that is not there."""
    account.log_group = f"/ecs/{account.service}-v2"
    revise(account, lambda c: c["logConfiguration"]["options"].update({"awslogs-group": account.log_group}))


@fault(
    "log-group-missing",
    "The log group does not exist and may not be created",
    stage="logging",
    symptom="log-group-not-found",
    expects=one("log/group-missing", lambda a: a.arn("logs", f"log-group:{a.log_group}")),
    stops=lambda a: [
        Stop(
            texts.LOGGER + "create stream has been retried 1 times: failed to create Cloudwatch log stream: operation "
            "error CloudWatch Logs: CreateLogStream, https response error StatusCode: 400, RequestID: 8e2, "
            "ResourceNotFoundException: The specified log group does not exist. : exit status 1"
        ),
        Stop(
            texts.LOGGER + "create stream has been retried 1 times: failed to create Cloudwatch log stream: "
            "ResourceNotFoundException: The specified log group does not exist.\n\tstatus code: 400, request id: 8e2 : "
            "exit status 1"
        ),
    ],
    misleading=texts.BARE[2:],
)
def log_group_missing(account: Account) -> None:
    new_group(account)
