"""What a built account is called: the names and ids that faults change and tests expect.

An `Account` holds no AWS state of its own; the state is in moto's backends, reached by `aws` and `backend`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.backends import get_backend

from ecswhy_lab.server import ACCOUNT, REGION, Aws


def backend(service: str) -> Any:
    """moto's backend object of the lab's account and region."""
    region = "aws" if service == "iam" else REGION
    return get_backend(service)[ACCOUNT][region]


@dataclass
class Account:
    """One AWS account with the service under test."""

    aws: Aws
    rng: random.Random
    design: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    cluster: str = "shop"
    service: str = "orders"
    family: str = "orders"
    repository: str = "shop/orders"
    tag: str = "1.42.0"
    port: int = 8080

    vpc: str = ""
    cidr: str = ""
    azs: list[str] = field(default_factory=list)
    subnets: list[str] = field(default_factory=list)
    public_subnets: list[str] = field(default_factory=list)
    route_tables: dict[str, str] = field(default_factory=dict)
    igw: str = ""
    nats: dict[str, str] = field(default_factory=dict)
    endpoints: dict[str, str] = field(default_factory=dict)
    task_group: str = ""
    alb_group: str = ""
    endpoint_group: str = ""
    database_group: str = ""
    alb: str = ""
    target_group: str = ""
    listener: str = ""

    digest: str = ""
    old_digest: str = ""
    execution_role: str = ""
    task_role: str = ""
    secret: str = ""
    parameter: str = ""
    key: str = ""
    log_group: str = ""
    bucket: str = ""
    file_system: str = ""
    access_point: str = ""

    previous: str = ""
    current: str = ""
    assign_public_ip: str = "DISABLED"
    deployment: str = ""
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def service_arn(self) -> str:
        """ARN of the service under test."""
        return f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{self.cluster}/{self.service}"

    @property
    def cluster_arn(self) -> str:
        """ARN of its cluster."""
        return f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{self.cluster}"

    @property
    def registry(self) -> str:
        """Host name of the account's ECR registry."""
        return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"

    @property
    def image(self) -> str:
        """The image reference of the container under test, as the current revision gives it."""
        return str(self.container()["image"])

    @property
    def repository_arn(self) -> str:
        """ARN of the ECR repository."""
        return f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{self.repository}"

    def arn(self, service: str, resource: str) -> str:
        """An ARN in this account and region."""
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"

    def role_arn(self, name: str) -> str:
        """The ARN of a role by its name."""
        return f"arn:aws:iam::{ACCOUNT}:role/{name}"

    def ago(self, minutes: float = 0, seconds: float = 0) -> datetime:
        """A moment before the account's present."""
        return self.now - timedelta(minutes=minutes, seconds=seconds)

    def hex(self, length: int) -> str:
        """A fresh hexadecimal id."""
        return "".join(self.rng.choice("0123456789abcdef") for _ in range(length))

    def definition(self) -> Any:
        """The task definition that the service's newest deployment uses (moto's object: change it in place)."""
        return backend("ecs").describe_task_definition(self.current)

    def container(self, name: str | None = None) -> dict[str, Any]:
        """A container definition of the current revision: by name, else the first."""
        definitions = self.definition().container_definitions
        return next((c for c in definitions if c["name"] == name), definitions[0])

    def ecs_service(self) -> Any:
        """moto's service object."""
        return backend("ecs")._get_service(self.cluster, self.service)

    def network(self) -> dict[str, Any]:
        """The service's awsvpcConfiguration (moto's object: change it in place)."""
        return self.ecs_service().network_configuration["awsvpcConfiguration"]

    def route_table(self, subnet: str) -> str:
        """The route table of a subnet."""
        return self.route_tables[subnet]
