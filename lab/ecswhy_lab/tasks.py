"""Tasks as AWS would describe them: running, pending and stopped, with timestamps, containers and attachments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from moto.ecs.models import Task

from ecswhy_lab import parts
from ecswhy_lab.account import Account, backend
from ecswhy_lab.server import ACCOUNT, REGION
from ecswhy_lab.vpc import free_address

RUNNING = ("createdAt", "connectivityAt", "pullStartedAt", "pullStoppedAt", "startedAt")
"""The timestamps of a task, in order of its life."""

REACHED = {
    "nothing": 1,
    "attached": 2,
    "pulling": 3,
    "pulled": 4,
    "started": 5,
}
"""How far a task came -> how many of these timestamps it has."""

OFFSETS = {"createdAt": 0, "connectivityAt": 8, "pullStartedAt": 14, "pullStoppedAt": 22, "startedAt": 26}


@dataclass
class Stop:
    """Why and how a task stopped, in AWS's words."""

    reason: str
    code: str = "TaskFailedToStart"
    reached: str = "attached"
    lived: int = 20
    """Seconds between `startedAt` (or the last timestamp reached) and the stop."""
    exits: dict[str, tuple[int | None, str]] = field(default_factory=dict)
    """Container -> exit code and reason."""
    logs: dict[str, list[str]] = field(default_factory=dict)
    """Container -> the last lines it wrote."""
    health: str = "UNKNOWN"


class LabTask(Task):
    """A task whose every field the lab sets; it never moves on by itself."""

    def __init__(self, account: Account, definition: Any, subnet: str, started_by: str) -> None:
        self.id = account.hex(32)
        self.cluster_name = account.cluster
        self.cluster_arn = account.cluster_arn
        self.task_definition_arn = definition.arn
        self.group = f"service:{account.service}"
        self.started_by = started_by
        self.launch_type = "FARGATE"
        self.capacity_provider_name = None
        self.platform_version = "1.4.0"
        self.platform_family = "Linux"
        self.cpu, self.memory = definition.cpu, definition.memory
        self.overrides = {
            "containerOverrides": [{"name": c["name"]} for c in definition.container_definitions],
            "inferenceAcceleratorOverrides": [],
        }
        self.attributes = [{"name": "ecs.cpu-architecture", "value": "x86_64"}]
        self.enable_execute_command = False
        self.container_instance_arn = None
        self.resource_requirements = None
        self.region_name = REGION
        self.tags: list[dict[str, str]] = []
        self._account_id = ACCOUNT
        self._backend = backend("ecs")
        self.version = 5
        self.health_status = "UNKNOWN"
        self.subnet = subnet
        zone = backend("ec2").get_subnet(subnet).availability_zone
        self.availability_zone = zone
        self.desired_status = "RUNNING"
        self.status_text = "RUNNING"
        self.attachments: list[dict[str, Any]] = []
        self.containers: list[dict[str, Any]] = []

    @property
    def last_status(self) -> str:
        """The task's status."""
        return self.status_text

    @last_status.setter
    def last_status(self, value: str) -> None:
        self.status_text = value

    def advance(self) -> None:
        """moto would move the task to its next status here."""

    def attach(self, account: Account, address: str, interface: str, status: str) -> None:
        """The task's network interface, as an attachment."""
        self.attachments = [
            {
                "id": f"{account.hex(8)}-{account.hex(4)}-4{account.hex(3)}-a{account.hex(3)}-{account.hex(12)}",
                "type": "ElasticNetworkInterface",
                "status": status,
                "details": [
                    {"name": "subnetId", "value": self.subnet},
                    {"name": "networkInterfaceId", "value": interface},
                    {"name": "macAddress", "value": "0a:ff:c1:7d:0b:5f"},
                    {"name": "privateDnsName", "value": f"ip-{address.replace('.', '-')}.ec2.internal"},
                    {"name": "privateIPv4Address", "value": address},
                ],
            }
        ]

    def stamp(self, created: datetime, reached: str) -> datetime:
        """Sets the timestamps up to how far the task came; returns the last one."""
        last = created
        for name in RUNNING[: REACHED[reached]]:
            last = created + timedelta(seconds=OFFSETS[name])
            setattr(self, _snake(name), last)
        if reached != "nothing":
            self.connectivity = "CONNECTED"
        return last


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)


def _containers(account: Account, task: LabTask, definition: Any, pulled: bool) -> None:
    address = next(
        (d["value"] for a in task.attachments for d in a["details"] if d["name"] == "privateIPv4Address"), ""
    )
    for container in definition.container_definitions:
        described = {
            "containerArn": f"{task.task_arn.replace(':task/', ':container/')}/{account.hex(8)}-{account.hex(4)}-"
            f"4{account.hex(3)}-8{account.hex(3)}-{account.hex(12)}",
            "taskArn": task.task_arn,
            "name": container["name"],
            "image": container["image"],
            "lastStatus": task.last_status,
            "networkInterfaces": [],
            "healthStatus": "UNKNOWN",
            "cpu": str(container.get("cpu", 0)),
        }
        if container.get("memory"):
            described["memory"] = str(container["memory"])
        if address:
            described["networkInterfaces"] = [
                {"attachmentId": task.attachments[0]["id"], "privateIpv4Address": address}
            ]
        if pulled:
            described["runtimeId"] = f"{task.id}-{account.rng.randrange(10**9):09d}"
            if container["name"] == definition.container_definitions[0]["name"]:
                described["imageDigest"] = account.digest
        task.containers.append(described)


def _keep(task: LabTask) -> None:
    task._backend.tasks.setdefault(task.cluster_name, {})[task.task_arn] = task


def stream_name(account: Account, task: LabTask, container: str) -> str:
    """The awslogs stream of a container."""
    definition = backend("ecs").describe_task_definition(task.task_definition_arn)
    options = next(c for c in definition.container_definitions if c["name"] == container)
    prefix = options.get("logConfiguration", {}).get("options", {}).get("awslogs-stream-prefix", "ecs")
    return f"{prefix}/{container}/{task.id}"


def run(  # noqa: PLR0913
    account: Account,
    definition: Any,
    subnet: str,
    deployment: str,
    age: float = 600,
    lines: list[str] | None = None,
) -> LabTask:
    """A task that runs since `age` minutes, its interface in the subnet, registered as a target."""
    task = LabTask(account, definition, subnet, deployment)
    ec2 = backend("ec2")
    groups = account.settings.get("task_groups") or [account.task_group]
    address = free_address(subnet)
    eni = ec2.create_network_interface(
        subnet=subnet, private_ip_address=address, group_ids=groups, description=f"arn:aws:ecs:attachment/{task.id}"
    )
    eni.status = "in-use"
    if account.assign_public_ip == "ENABLED":
        eni.public_ip = f"54.{account.rng.randrange(80, 90)}.{account.rng.randrange(256)}.{account.rng.randrange(256)}"
    task.attach(account, address, eni.id, "ATTACHED")
    task.stamp(account.ago(age), "started")
    _containers(account, task, definition, pulled=True)
    _keep(task)
    if account.target_group:
        account.aws.elbv2.register_targets(
            TargetGroupArn=account.target_group,
            Targets=[{"Id": address, "Port": account.port, "AvailabilityZone": task.availability_zone}],
        )
    for container in definition.container_definitions:
        if "logConfiguration" in container and account.log_group:
            lines = lines or ["starting", f"listening on 0.0.0.0:{account.port}", "GET /health 200"]
            up = task.started_at + timedelta(seconds=len(lines))
            parts.write_log(account, stream_name(account, task, container["name"]), lines, up)
    return task


def stop(account: Account, definition: Any, subnet: str, deployment: str, how: Stop, minutes_ago: float) -> LabTask:
    """A task that stopped `minutes_ago`."""
    task = LabTask(account, definition, subnet, deployment)
    created = account.ago(minutes_ago)
    last = task.stamp(created, how.reached)
    if how.reached != "nothing":
        address = free_address(subnet)
        task.attach(account, address, f"eni-{account.hex(17)}", "DELETED")
    task.desired_status = "STOPPED"
    task.last_status = "STOPPED"
    stopping = last + timedelta(seconds=how.lived)
    task.stopping_at = stopping
    if how.reached == "started":
        task.execution_stopped_at = stopping + timedelta(seconds=2)
    task.stopped_at = stopping + timedelta(seconds=24)
    task.stop_code = how.code
    task.stopped_reason = how.reason.replace("{task}", task.id).replace("{subnet}", subnet)
    task.health_status = how.health
    _containers(account, task, definition, pulled=REACHED[how.reached] >= REACHED["pulled"])
    for container in task.containers:
        code, reason = how.exits.get(container["name"], (None, ""))
        if code is not None:
            container["exitCode"] = code
        if reason:
            container["reason"] = reason.replace("{task}", task.id)
        if how.health != "UNKNOWN":
            container["healthStatus"] = how.health
    _keep(task)
    for name, lines in how.logs.items():
        end = stopping if how.code == "EssentialContainerExited" else last + timedelta(seconds=len(lines))
        parts.write_log(account, stream_name(account, task, name), lines, end)
    return task


def wait(
    account: Account, definition: Any, subnet: str, deployment: str, status: str, reached: str, age: float
) -> LabTask:
    """A task that hangs in PROVISIONING or PENDING since `age` minutes."""
    task = LabTask(account, definition, subnet, deployment)
    task.last_status = status
    task.stamp(account.ago(age), reached)
    if reached != "nothing":
        task.attach(account, free_address(subnet), f"eni-{account.hex(17)}", "ATTACHED")
    else:
        task.attachments = []
    _containers(account, task, definition, pulled=False)
    _keep(task)
    return task


def drop(account: Account, task: LabTask) -> None:
    """Removes a task, its interface and its target."""
    del backend("ecs").tasks[account.cluster][task.task_arn]
    for attachment in task.attachments:
        values = {d["name"]: d["value"] for d in attachment["details"]}
        backend("ec2").enis.pop(values["networkInterfaceId"], None)
        if account.target_group:
            group = backend("elbv2").target_groups.get(account.target_group)
            if group:
                group.targets.pop(values["privateIPv4Address"], None)
