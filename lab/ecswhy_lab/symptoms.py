"""How a failing service looks: stopped or stuck tasks, deployments, counts, events.

`symptomise` knows how ECS shows an attempt that failed, not why it failed; the fault gives the words.
"""

from __future__ import annotations

from typing import Any

from ecswhy_lab import designs, parts, tasks
from ecswhy_lab.account import Account, backend
from ecswhy_lab.faults.registry import Fault
from ecswhy_lab.revise import revise
from ecswhy_lab.tasks import Stop

MODES = ("symptom", "without", "misleading")
SHAPES = ("fresh", "rolling", "rolled-back")
BEGAN = 26.0
"""Minutes since the failing deployment began."""


def symptomise(account: Account, fault: Fault, mode: str = "symptom", shape: str = "fresh", wording: int = 0) -> None:
    """Makes the service look as AWS would show it with this fault."""
    if mode not in MODES or shape not in SHAPES:
        raise ValueError(f"unknown mode or shape: {mode} {shape}")
    if shape not in fault.shapes:
        raise ValueError(f"{fault.name} shows only in a deployment that is {' or '.join(fault.shapes)}")
    service = account.ecs_service()
    old_deployment, old_revision = service.deployments[0]["id"], service.deployments[0]["taskDefinition"]
    if shape == "fresh":
        forget_tasks(account)
    elif account.current == old_revision:
        revise(account, lambda c: c["environment"].append({"name": "RELEASE", "value": "next"}))
    account.deployment = f"ecs-svc/{account.rng.randrange(10**18, 10**19)}"
    service.task_definition = account.current
    service.events = []
    attempts = attempt(account, fault, mode, wording)
    running = [t for t in attempts if t.last_status == "RUNNING"]
    pending = [t for t in attempts if t.last_status in ("PENDING", "PROVISIONING")]
    failed = sum(1 for t in attempts if t.last_status == "STOPPED") or (8 if fault.show == "stopped" else 0)
    primary = designs.deployment(account, account.deployment, account.current, BEGAN)
    primary |= {
        "runningCount": len(running),
        "pendingCount": len(pending),
        "failedTasks": failed,
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": f"ECS deployment {account.deployment} in progress.",
        "updatedAt": account.ago(2),
    }
    service.deployments = [primary]
    service.running_count, service.pending_count = len(running), len(pending)
    if shape == "fresh":
        service.created_at = account.ago(BEGAN)
    else:
        old = designs.deployment(account, old_deployment, old_revision, 60 * 23) | {"status": "ACTIVE"}
        service.deployments.append(old)
        service.running_count += 2
    service.events = events(account, fault, mode, attempts) + service.events
    if shape == "rolled-back":
        roll_back(account, old_deployment, old_revision, primary)
    if mode == "without":
        forget_stopped(account)
    if fault.after:
        fault.after(account)


def attempt(account: Account, fault: Fault, mode: str, wording: int) -> list[tasks.LabTask]:
    """The tasks of the failing deployment, oldest first."""
    bad = fault.subnets(account) if fault.subnets else account.subnets
    definition = account.definition()
    made = [
        tasks.run(account, definition, subnet, account.deployment, age=BEGAN - 4)
        for subnet in account.subnets
        if subnet not in bad
    ]
    if fault.target and not fault.subnets and mode == "symptom":
        made.append(unhealthy_target(account, definition, bad[-1], fault, wording))
    if fault.show == "none":
        return made
    if fault.show in ("pending", "provisioning"):
        reached = "attached" if fault.show == "pending" else "nothing"
        return made + [
            tasks.wait(account, definition, subnet, account.deployment, fault.show.upper(), reached, 21)
            for subnet in bad
        ]
    stops = fault.stops(account)
    how = stops[wording % len(stops)]
    if mode == "misleading" and fault.misleading:
        how = mislead(how, fault.misleading[wording % len(fault.misleading)])
    for index, minutes in enumerate((22.0, 16.0, 10.0, 5.0)):
        subnet = bad[index % len(bad)]
        made.append(tasks.stop(account, definition, subnet, account.deployment, how, minutes))
    return made


def unhealthy_target(account: Account, definition: Any, subnet: str, fault: Fault, wording: int) -> tasks.LabTask:
    """The newest attempt still runs, has logged what the others did, and its target is not healthy."""
    stops = fault.stops(account)
    lines = stops[wording % len(stops)].logs.get(account.service)
    task = tasks.run(account, definition, subnet, account.deployment, age=1.5, lines=lines)
    address = next(d["value"] for d in task.attachments[0]["details"] if d["name"] == "privateIPv4Address")
    assert fault.target
    parts.target_group(account).lab_health = {address: fault.target}
    return task


def mislead(how: Stop, text: str) -> Stop:
    """The same end, told otherwise."""
    return Stop(text, how.code, how.reached, how.lived, how.exits, how.logs, how.health)


def events(account: Account, fault: Fault, mode: str, attempts: list[tasks.LabTask]) -> list[dict[str, Any]]:
    """The service's events, newest first."""
    said = []
    name = account.service
    for task in attempts:
        minutes = (account.now - task.created_at).total_seconds() / 60
        said.append(designs.event(account, minutes, f"(service {name}) has started 1 tasks: (task {task.id})."))
        if task.last_status == "STOPPED" and mode != "without" and task.stop_code == "TaskFailedToStart":
            text = f"(service {name}) was unable to place a task. Reason: {task.stopped_reason}."
            said.append(designs.event(account, minutes - 1, text))
        if task.last_status == "STOPPED" and task.stop_code == "ServiceSchedulerInitiated" and mode == "symptom":
            text = f"(service {name}) has stopped 1 running tasks: (task {task.id})."
            said.append(designs.event(account, minutes - 1, text))
    if fault.show == "stopped":
        text = (
            f"(service {name}) is unable to consistently start tasks successfully. For more information, see the "
            "Troubleshooting section of the Amazon ECS Developer Guide."
        )
        said.append(designs.event(account, 1.5, text))
    for text in fault.events(account) if fault.events and mode == "symptom" else ():
        said += [designs.event(account, minutes, text) for minutes in (4.0, 11.0)]
    return sorted(said, key=lambda e: e["createdAt"], reverse=True)


def roll_back(account: Account, deployment: str, revision: str, failed: dict[str, Any]) -> None:
    """The circuit breaker went back to the deployment that worked; its tasks never stopped running."""
    service = account.ecs_service()
    service.deployment_configuration["deploymentCircuitBreaker"] = {"enable": True, "rollback": True}
    service.task_definition = revision
    service.running_count, service.pending_count = 2, 0
    service.deployments = [designs.deployment(account, deployment, revision, 60 * 23)]
    name = account.service
    told = [
        (2.0, f"(service {name}) has reached a steady state."),
        (3.0, f"(service {name}) (deployment {failed['id']}) deployment failed: tasks failed to start."),
        (2.9, f"(service {name}) rolling back to deployment {deployment}."),
    ]
    service.events += [designs.event(account, minutes, text) for minutes, text in told]
    service.events.sort(key=lambda e: e["createdAt"], reverse=True)
    for task in list(backend("ecs").tasks[account.cluster].values()):
        if task.started_by == failed["id"] and task.last_status != "STOPPED":
            tasks.drop(account, task)


def forget_tasks(account: Account) -> None:
    """No task of this service was ever there."""
    for task in list(backend("ecs").tasks.get(account.cluster, {}).values()):
        if task.group == f"service:{account.service}":
            tasks.drop(account, task)


def forget_stopped(account: Account) -> None:
    """AWS forgets stopped tasks after about an hour."""
    for task in list(backend("ecs").tasks.get(account.cluster, {}).values()):
        if task.group == f"service:{account.service}" and task.last_status == "STOPPED":
            tasks.drop(account, task)
