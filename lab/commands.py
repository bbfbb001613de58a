"""The commands of the seed article, run with the AWS CLI on lab accounts: python lab/commands.py --binary PATH.

What a person would read there must be the value that the report shows as evidence. `get-secret-value` is not among
them: it proves nothing about the role, and ecswhy never reads a secret.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecswhy_lab import generate
from ecswhy_lab.generate import Built, Plan
from ecswhy_lab.server import Server

AWS = Path(sys.executable).parent / "aws"


@dataclass
class Account:
    """One account: what was built, how to ask it, and what ecswhy reports on it."""

    built: Built
    environment: dict[str, str]
    report: dict[str, Any]

    @property
    def names(self) -> dict[str, Any]:
        """Names and ids of the account."""
        return self.built.names

    def aws(self, *words: str) -> Any:
        """The answer of the AWS CLI; of a refusal, its text."""
        done = subprocess.run(
            [AWS, *words, "--output", "json"],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return json.loads(done.stdout) if done.returncode == 0 else done.stderr

    def finding(self) -> dict[str, Any]:
        """The first root cause."""
        return next(f for f in self.report["findings"] if f["role"] == "root-cause")

    def shown(self) -> str:
        """The evidence of every finding, as text."""
        return json.dumps([f["evidence"] for f in self.report["findings"]], ensure_ascii=False)

    def value(self, field: str) -> str:
        """The value of one field in the evidence of the first root cause."""
        return next(e["value"] for e in self.finding()["evidence"] if e.get("field") == field)

    def stopped(self) -> dict[str, Any]:
        """The article's first step: a stopped task of the service."""
        names = self.names
        place = ("--cluster", names["cluster"])
        arns = self.aws("ecs", "list-tasks", *place, "--service-name", names["service"], "--desired-status", "STOPPED")
        answer = self.aws("ecs", "describe-tasks", *place, "--tasks", *arns["taskArns"])
        return max(answer["tasks"], key=lambda task: str(task["stoppedAt"]))

    def service(self) -> dict[str, Any]:
        """The service, as describe-services shows it."""
        names = self.names
        answer = self.aws("ecs", "describe-services", "--cluster", names["cluster"], "--services", names["service"])
        return answer["services"][0]

    def definition(self) -> dict[str, Any]:
        """The task definition of the service."""
        answer = self.aws("ecs", "describe-task-definition", "--task-definition", self.names["current"])
        return answer["taskDefinition"]


def stopped_reason(account: Account) -> None:
    """describe-tasks: the reason why a task stopped."""
    told = {symptom["message"] for symptom in account.report["symptoms"]}
    equal(account.stopped()["stoppedReason"] in told, True)


def image(account: Account) -> None:
    """describe-images: the tag is not there."""
    reference = account.definition()["containerDefinitions"][0]["image"]
    repository, tag = reference.split("/", 1)[1].split(":")
    refusal = account.aws("ecr", "describe-images", "--repository-name", repository, "--image-ids", f"imageTag={tag}")
    equal("ImageNotFoundException" in refusal, True)
    equal(account.value(f"imageTag={tag}"), "ImageNotFoundException")


def role(account: Account) -> None:
    """describe-task-definition and list-attached-role-policies: the execution role and its policies."""
    arn = account.definition()["executionRoleArn"]
    equal(account.finding()["message"].count(arn.rsplit("/", 1)[-1]) > 0, True)
    attached = account.aws("iam", "list-attached-role-policies", "--role-name", arn.rsplit("/", 1)[-1])
    for policy in attached["AttachedPolicies"]:
        equal(policy["PolicyName"] in account.shown(), True)


def routes(account: Account) -> None:
    """describe-services and describe-route-tables: the subnets' tables have no default route."""
    subnets = account.service()["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    equal(sorted(f["subject"] for f in account.report["findings"] if f["role"] == "root-cause"), sorted(subnets))
    for subnet in subnets:
        answer = account.aws("ec2", "describe-route-tables", "--filters", f"Name=association.subnet-id,Values={subnet}")
        [table] = answer["RouteTables"]
        equal("0.0.0.0/0" in [route.get("DestinationCidrBlock") for route in table["Routes"]], False)
        equal(table["RouteTableId"] in account.shown(), True)


def endpoints(account: Account) -> None:
    """describe-vpc-endpoints: one service has none."""
    answer = account.aws("ec2", "describe-vpc-endpoints", "--filters", f"Name=vpc-id,Values={account.names['vpc']}")
    services = {endpoint["ServiceName"].rsplit(".", 1)[-1] for endpoint in answer["VpcEndpoints"]}
    equal("secretsmanager" in services, False)
    equal("secretsmanager" in account.finding()["subject"], True)


def endpoint_state(account: Account) -> None:
    """describe-vpc-endpoints: the state of an endpoint that does not serve."""
    answer = account.aws("ec2", "describe-vpc-endpoints", "--vpc-endpoint-ids", account.finding()["subject"])
    equal(f" is {answer['VpcEndpoints'][0]['State']}," in account.finding()["message"], True)


def exit_code(account: Account) -> None:
    """describe-tasks: the exit code of the container."""
    [container] = account.stopped()["containers"]
    equal(str(account.value(f"containers[{container['name']}].exitCode")), str(container["exitCode"]))


def log_events(account: Account) -> None:
    """describe-task-definition and get-log-events: the last lines of the container."""
    container = account.definition()["containerDefinitions"][0]
    options = container["logConfiguration"]["options"]
    task = account.stopped()["taskArn"].rsplit("/", 1)[-1]
    stream = f"{options['awslogs-stream-prefix']}/{container['name']}/{task}"
    place = ("--log-group-name", options["awslogs-group"], "--log-stream-name", stream, "--limit", "50")
    events = account.aws("logs", "get-log-events", *place)["events"]
    equal(account.value("events[].message").splitlines()[-1], events[-1]["message"].strip())


def addresses(account: Account) -> None:
    """describe-subnets: free addresses of a full subnet."""
    answer = account.aws("ec2", "describe-subnets", "--subnet-ids", account.finding()["subject"])
    equal(str(account.value("AvailableIpAddressCount")), str(answer["Subnets"][0]["AvailableIpAddressCount"]))


def target_group(account: Account) -> None:
    """describe-services and describe-target-groups: the target group of the service."""
    arn = account.service()["loadBalancers"][0]["targetGroupArn"]
    answer = account.aws("elbv2", "describe-target-groups", "--target-group-arns", arn)
    equal(account.finding()["subject"], arn)
    equal(account.value("TargetType"), answer["TargetGroups"][0]["TargetType"])


COMPARISONS: list[tuple[str, str, list[Callable[[Account], None]]]] = [
    ("nat", "image-tag-missing", [stopped_reason, image]),
    ("nat", "ecr-no-batchgetimage", [stopped_reason, role]),
    ("nat", "net-no-egress", [stopped_reason, routes]),
    ("endpoints", "endpoint-missing-secretsmanager", [stopped_reason, endpoints]),
    ("endpoints", "endpoint-not-available", [endpoint_state]),
    ("public", "exit-segfault", [stopped_reason, exit_code]),
    ("nat", "exit-app-error", [exit_code, log_events]),
    ("nat", "subnet-full", [addresses]),
    ("nat", "target-type-instance", [target_group]),
]


def equal(one: Any, other: Any) -> None:
    """Fails where ecswhy shows something else than the AWS CLI."""
    if one != other:
        raise AssertionError(f"{one!r} is not {other!r}")


def main() -> int:
    """Runs every comparison; the last line counts."""
    top = argparse.ArgumentParser()
    top.add_argument("--binary", required=True)
    binary = Path(top.parse_args().binary).resolve()
    server = Server()
    passed = failed = 0
    for design, fault, checks in COMPARISONS:
        _, built = generate.build(server, Plan(design, (fault,)))
        path = os.environ.get("PATH", "")
        environment = {"PATH": path, "HOME": tempfile.gettempdir(), "AWS_PAGER": "", **server.environment()}
        words = [binary, "diagnose", built.target, "--format", "json"]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)
        account = Account(built, environment, json.loads(done.stdout)["reports"][0])
        for check in checks:
            try:
                check(account)
            except (AssertionError, KeyError, StopIteration, TypeError, ValueError) as error:
                failed += 1
                print(f"FAILED {fault}, {check.__doc__}: {type(error).__name__} {error}")
            else:
                passed += 1
    server.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
