"""The lab's tests: healthy designs are whole, each fault changes what the account says, seeds repeat."""

from __future__ import annotations

import functools
import ipaddress
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dump import dump, service_of

from ecswhy_lab import designs, generate
from ecswhy_lab.account import backend
from ecswhy_lab.faults import FAULTS
from ecswhy_lab.generate import Plan
from ecswhy_lab.server import Server

Test = Callable[[Server], None]
CONFIGURATION = ("services", "RUNNING", "STOPPED", "targets", "clusters", "subnets", "logs")
"""What a symptom changes by itself; a fault that the account shows must change something else."""


def all_tests() -> Iterator[tuple[str, Test]]:
    """Every test with its name."""
    for design in designs.DESIGNS:
        yield f"healthy {design}", lambda server, design=design: healthy(server, design)
        yield f"aws cli {design}", lambda server, design=design: read_by_cli(server, design)
    for number, fault in enumerate(FAULTS.values()):
        fitting = sorted(fault.designs)
        design = fitting[number % len(fitting)]
        yield f"fault {fault.name} {design}", lambda s, n=fault.name, d=design: fault_shows(s, n, d)
        if fault.twin:
            yield f"twin {fault.name} {design}", lambda s, n=fault.name, d=design: twin_is_steady(s, n, d)
    yield "seeds repeat", seeds_repeat
    yield "enough faults", enough_faults


def tasks(said: dict[str, Any], status: str) -> list[dict[str, Any]]:
    """The tasks that were described."""
    return said[status]["tasks"] if said[status] else []


def healthy(server: Server, design: str) -> None:
    """Two running tasks, each with an address inside its subnet, healthy in the target group."""
    for seed in (0, 7):
        account = designs.build(server, design, seed)
        said = dump(server, account)
        service = said["services"]["services"][0]
        assert (service["desiredCount"], service["runningCount"], service["pendingCount"]) == (2, 2, 0)
        assert service["deployments"][0]["rolloutState"] == "COMPLETED"
        assert "steady state" in service["events"][0]["message"]
        blocks = {s["SubnetId"]: ipaddress.ip_network(s["CidrBlock"]) for s in said["subnets"]["Subnets"]}
        assert len(tasks(said, "RUNNING")) == 2
        assert not tasks(said, "STOPPED")
        for task in tasks(said, "RUNNING"):
            details = {d["name"]: d["value"] for d in task["attachments"][0]["details"]}
            assert details["subnetId"] in account.subnets
            assert ipaddress.ip_address(details["privateIPv4Address"]) in blocks[details["subnetId"]]
            assert task["containers"][0]["imageDigest"] == account.digest
        states = [t["TargetHealth"]["State"] for t in said["targets"]["TargetHealthDescriptions"]]
        assert states == ["healthy", "healthy"], states
        attached = said[f"{account.execution_role} attached"]["AttachedPolicies"]
        assert attached[0]["PolicyName"] == "AmazonECSTaskExecutionRolePolicy"


@functools.cache
def baseline(server: Server, design: str) -> dict[str, Any]:
    """What the healthy account says."""
    return dump(server, designs.build(server, design))


def read_by_cli(server: Server, design: str) -> None:
    """The AWS CLI reads the account, with the commands of the seed article."""
    account = designs.build(server, design)
    asked = {
        ("ecs", "describe-services", "--cluster", account.cluster, "--services", account.service)
        + ("--query", "services[0].runningCount"): "2",
        ("ecr", "describe-images", "--repository-name", account.repository)
        + ("--image-ids", f"imageTag={account.tag}", "--query", "imageDetails[0].imageDigest"): account.digest,
        ("ec2", "describe-route-tables", "--filters", f"Name=association.subnet-id,Values={account.subnets[0]}")
        + ("--query", "RouteTables[0].RouteTableId"): account.route_table(account.subnets[0]),
        ("elbv2", "describe-target-groups", "--target-group-arns", account.target_group)
        + ("--query", "TargetGroups[0].HealthCheckPath"): "/health",
    }
    aws = Path(sys.executable).parent / "aws"
    for words, expected in asked.items():
        said = subprocess.run(
            [aws, *words, "--output", "text"],
            env={**os.environ, **server.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.stdout.strip() == expected, f"{' '.join(words)}: {said.stdout} {said.stderr}"


def fault_shows(server: Server, name: str, design: str) -> None:
    """The fault changes the account or says so in its attempts; every mode and shape can be built."""
    fault = FAULTS[name]
    before = baseline(server, design)
    account, built = generate.build(server, Plan(design, (name,), shape=fault.shapes[0]))
    after = dump(server, account)
    changed = [key for key in after if key not in CONFIGURATION and strip(after[key]) != strip(before.get(key))]
    if fault.static and fault.stage not in ("service", "capacity", "eni"):
        assert changed, "nothing but the symptom differs from the healthy account"
    assert built.notes or any(role == "root-cause" for _, role, _ in built.findings)
    service = after["services"]["services"][0]
    primary = service["deployments"][0]
    assert primary["rolloutState"] == "IN_PROGRESS"
    assert primary["runningCount"] < service["desiredCount"], "the fault does not show in the counts"
    shown = tasks(after, "STOPPED")
    assert len(shown) == (4 if fault.show == "stopped" else 0)
    if fault.show == "none":
        assert len(service["events"]) > 0
    else:
        assert all("{task}" not in str(task) for task in tasks(after, "STOPPED"))
    for shape in fault.shapes[-1:]:
        account, _ = generate.build(server, Plan(design, (name,), shape=shape))
        assert shape == "fresh" or service_of(server, account)["runningCount"] >= 2, f"{shape}: the old tasks stay"
    if fault.static:
        generate.build(server, Plan(design, (name,), mode="without", shape=fault.shapes[0]))
        assert not [t for t in backend("ecs").list_tasks() if t.last_status == "STOPPED"]


def strip(value: Any) -> str:
    """Dates differ between two builds of the same account; they are not what a fault changes."""
    if isinstance(value, dict):
        return str(
            {k: strip(v) for k, v in value.items() if "Date" not in k and not k.endswith("At") and "Time" not in k}
        )
    if isinstance(value, list):
        return str([strip(v) for v in value])
    return str(value)


def twin_is_steady(server: Server, name: str, design: str) -> None:
    """The twin is another account than the healthy one, and it runs."""
    before = baseline(server, design)
    account, built = generate.build(server, Plan(design, (name,), twin=True))
    after = dump(server, account)
    service = after["services"]["services"][0]
    assert (service["runningCount"], built.findings, built.status) == (2, [], "healthy")
    assert any(strip(after[key]) != strip(before.get(key)) for key in after), "the twin changes nothing"


def seeds_repeat(server: Server) -> None:
    """The same seed gives the same accounts, ids included; another seed gives others."""
    one, two = generate.generate(3, 40), generate.generate(3, 40)
    assert one == two != generate.generate(4, 40)
    for plan in one[:6]:
        first = generate.build(server, plan)[1]
        assert first == generate.build(server, plan)[1], plan.title()


def enough_faults(_: Server) -> None:
    """The number that the project promises, and a twin for a good part of them."""
    assert len(FAULTS) >= 40, len(FAULTS)
    assert sum(1 for fault in FAULTS.values() if fault.twin) >= 20
