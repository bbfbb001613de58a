"""New revisions of the task definition, as a deploy makes them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from ecswhy_lab import designs
from ecswhy_lab.account import Account

KEPT = {
    "cpu": "cpu",
    "memory": "memory",
    "executionRoleArn": "execution_role_arn",
    "taskRoleArn": "task_role_arn",
    "runtimePlatform": "runtime_platform",
    "volumes": "volumes",
}


def revise(
    account: Account,
    container: Callable[[dict[str, Any]], None] | None = None,
    extra: list[dict[str, Any]] | None = None,
    **fields: Any,
) -> None:
    """Registers a revision that differs in the first container, in further containers or in task-level fields."""
    last = account.definition()
    containers = copy.deepcopy(last.container_definitions)
    if container:
        container(containers[0])
    kept = {name: getattr(last, attribute, None) for name, attribute in KEPT.items()}
    kept = {name: value for name, value in kept.items() if value}
    account.current = designs.register(account, [*containers, *(extra or [])], **{**kept, **fields})
    account.definition().registered_at = account.ago(28)


def replaced_tag(account: Account, tag: str) -> str:
    """The image reference of the service's repository with another tag."""
    return f"{account.registry}/{account.repository}:{tag}"
