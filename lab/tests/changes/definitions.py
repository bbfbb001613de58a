"""Edits of a task definition, as a new revision that the service is told to run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from case import HOSTILE, Case, change, of_service, service
from ecswhy_lab.account import Account

SIDECAR = "sidecar `x` it's"


def definition(account: Account) -> dict[str, Any]:
    """The revision that the service is told to run, without what AWS numbers."""
    found = account.aws.ecs.describe_task_definition(taskDefinition=service(account)["taskDefinition"], include=["TAGS"])
    numbered = ("taskDefinitionArn", "revision", "registeredAt", "registeredBy")
    return {**{k: v for k, v in found["taskDefinition"].items() if k not in numbered}, "tags": found.get("tags", [])}


def edited(name: str, edit: Callable[[Account], dict[str, Any]], expected: Callable[[Account, dict[str, Any]], Any]) -> Case:
    """A task definition edit: nothing but what `expected` changes may differ."""

    def changes(account: Account) -> list[dict[str, Any]]:
        return [
            change("register-task-definition", task_definition=account.current, edits=[edit(account)]),
            change(
                "deploy-task-definition", cluster=account.cluster, service=account.service, family=account.family
            ),
        ]

    def changed(account: Account, before: Any, after: Any) -> bool:
        wanted = json.loads(json.dumps(before))
        expected(account, wanted)
        return bool(after == wanted != before)

    return Case(f"edit {name}", changes, definition, changed, prepare=with_everything)


def with_everything(account: Account) -> None:
    """A revision with fields that the tool does not know, two containers, and values that it masks."""
    found = account.aws.ecs.describe_task_definition(taskDefinition=account.current)["taskDefinition"]
    first = found["containerDefinitions"][0]
    first["environment"] = [{"name": "API_TOKEN", "value": "sk-live-0123456789abcdef"}, {"name": "NAME", "value": HOSTILE}]
    first["linuxParameters"] = {"initProcessEnabled": True}
    first["ulimits"] = [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}]
    first["healthCheck"] = {"command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"], "interval": 30, "timeout": 5, "retries": 3}
    sidecar = {"name": SIDECAR, "image": "busybox", "essential": False, "environment": [], "mountPoints": []}
    made = account.aws.ecs.register_task_definition(
        family=account.family,
        containerDefinitions=[first, sidecar],
        **{
            key: found[key]
            for key in ("executionRoleArn", "taskRoleArn", "networkMode", "requiresCompatibilities", "cpu", "memory")
            if key in found
        },
        volumes=found.get("volumes", []),
        tags=[{"key": "team", "value": "it's us"}],
    )
    account.current = made["taskDefinition"]["taskDefinitionArn"]
    account.aws.ecs.update_service(cluster=account.cluster, service=account.service, taskDefinition=account.current)


def first_name(account: Account) -> str:
    """The name of the first container."""
    return str(account.container()["name"])


CASES = [
    edited("size", lambda _a: {"field": "size", "cpu": 1024, "mib": 4096}, lambda _a, d: d.update(cpu="1024", memory="4096")),
    edited("memory", lambda _a: {"field": "memory", "mib": 2048, "cpu": None}, lambda _a, d: d.update(memory="2048")),
    edited(
        "container memory",
        lambda a: {"field": "container-memory", "container": first_name(a), "mib": 300},
        lambda _a, d: d["containerDefinitions"][0].update(memory=300),
    ),
    edited(
        "image of a hostile name",
        lambda _a: {"field": "image", "container": SIDECAR, "image": f"busybox:{HOSTILE}"},
        lambda _a, d: d["containerDefinitions"][1].update(image=f"busybox:{HOSTILE}"),
    ),
    edited(
        "platform",
        lambda _a: {"field": "platform", "architecture": "ARM64"},
        lambda _a, d: d.update(runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}),
    ),
    edited(
        "execution role",
        lambda a: {"field": "execution-role", "arn": a.role_arn("other")},
        lambda a, d: d.update(executionRoleArn=a.role_arn("other")),
    ),
    edited(
        "task role", lambda a: {"field": "task-role", "arn": a.role_arn("other")}, lambda a, d: d.update(taskRoleArn=a.role_arn("other"))
    ),
    edited(
        "log option",
        lambda a: {"field": "log-option", "container": first_name(a), "option": "awslogs-create-group", "value": "true"},
        lambda _a, d: d["containerDefinitions"][0]["logConfiguration"]["options"].update({"awslogs-create-group": "true"}),
    ),
    edited(
        "log option removed",
        lambda a: {"field": "log-option", "container": first_name(a), "option": "awslogs-stream-prefix", "value": None},
        lambda _a, d: d["containerDefinitions"][0]["logConfiguration"]["options"].pop("awslogs-stream-prefix"),
    ),
    edited(
        "health check",
        lambda a: {
            "field": "health-check",
            "container": first_name(a),
            "start_period": 60,
            "command": ["CMD-SHELL", HOSTILE],
            "retries": None,
        },
        lambda _a, d: d["containerDefinitions"][0]["healthCheck"].update(startPeriod=60, command=["CMD-SHELL", HOSTILE]),
    ),
    edited(
        "secret",
        lambda a: {
            "field": "secret-value-from",
            "container": first_name(a),
            "name": a.container()["secrets"][0]["name"],
            "value_from": a.secret + ":key::",
        },
        lambda a, d: d["containerDefinitions"][0]["secrets"][0].update(valueFrom=a.secret + ":key::"),
    ),
    edited(
        "variable",
        lambda a: {"field": "environment", "container": first_name(a), "name": "NAME", "value": "0.0.0.0"},
        lambda _a, d: d["containerDefinitions"][0]["environment"][1].update(value="0.0.0.0"),
    ),
    edited(
        "new variable",
        lambda _a: {"field": "environment", "container": SIDECAR, "name": HOSTILE, "value": HOSTILE},
        lambda _a, d: d["containerDefinitions"][1]["environment"].append({"name": HOSTILE, "value": HOSTILE}),
    ),
    edited(
        "new secret",
        lambda a: {"field": "secret-value-from", "container": SIDECAR, "name": "TOKEN", "value_from": a.secret},
        lambda a, d: d["containerDefinitions"][1].update(secrets=[{"name": "TOKEN", "valueFrom": a.secret}]),
    ),
    edited(
        "ephemeral storage",
        lambda _a: {"field": "ephemeral-storage", "gib": 50},
        lambda _a, d: d.update(ephemeralStorage={"sizeInGiB": 50}),
    ),
    edited(
        "essential",
        lambda _a: {"field": "essential", "container": SIDECAR, "essential": True},
        lambda _a, d: d["containerDefinitions"][1].update(essential=True),
    ),
]
