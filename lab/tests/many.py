"""A region with many services, none of which is steady: what a run without a target has to read.

    PYTHONPATH=lab python lab/tests/many.py BINARY [SERVICES]

prints the calls of the binary, by operation; `collection.py` holds it to their number.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from ecswhy_lab.proxy import Proxy
from ecswhy_lab.server import ACCOUNT, ENVIRONMENT, REGION, Server

CLUSTERS = ("one", "two")
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


class Region:
    """Builds services in one VPC; `own`: each with roles, repository, log group and target group of its own."""

    def __init__(self, server: Server, own: bool) -> None:
        server.reset()
        self.aws = server.aws
        self.own = own
        self.vpc = self.aws.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.aws.ec2.create_subnet(
                VpcId=self.vpc, CidrBlock=f"10.0.{place}.0/24", AvailabilityZone=f"{REGION}{zone}"
            )["Subnet"]["SubnetId"]
            for place, zone in enumerate("ab")
        ]
        group = self.aws.ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=self.vpc)
        self.group = group["GroupId"]
        for cluster in CLUSTERS:
            self.aws.ecs.create_cluster(clusterName=cluster)
        if not own:
            self.shared = self.parts("shared")

    def parts(self, name: str) -> tuple[str, str, str]:
        """Role, repository and log group."""
        role = self.aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        self.aws.iam.attach_role_policy(RoleName=name, PolicyArn=EXECUTION)
        self.aws.ecr.create_repository(repositoryName=name)
        self.aws.logs.create_log_group(logGroupName=f"/ecs/{name}")
        return role, name, f"/ecs/{name}"

    def service(self, number: int) -> None:
        """One service, with a revision of its own; moto starts no tasks."""
        name = f"service-{number:03}"
        role, repository, group = self.parts(name) if self.own else self.shared
        options = {"awslogs-group": group, "awslogs-region": REGION, "awslogs-stream-prefix": "app"}
        container = {
            "name": "app",
            "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{repository}:v1",
            "essential": True,
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }
        definition = self.aws.ecs.register_task_definition(
            family=name,
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            requiresCompatibilities=["FARGATE"],
            executionRoleArn=role,
            taskRoleArn=role,
            containerDefinitions=[container],
        )
        balanced = {}
        if self.own:
            target = self.aws.elbv2.create_target_group(
                Name=name, Protocol="HTTP", Port=80, VpcId=self.vpc, TargetType="ip"
            )["TargetGroups"][0]["TargetGroupArn"]
            balanced["loadBalancers"] = [{"targetGroupArn": target, "containerName": "app", "containerPort": 80}]
        network = {"subnets": self.subnets, "securityGroups": [self.group]}
        self.aws.ecs.create_service(
            cluster=CLUSTERS[number % 2],
            serviceName=name,
            taskDefinition=definition["taskDefinition"]["taskDefinitionArn"],
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
            **balanced,
        )


def calls(server: Server, binary: Path, services: int, *, own: bool) -> Counter[str]:
    """The calls of a run without a target, by operation."""
    region = Region(server, own)
    for number in range(services):
        region.service(number)
    proxy = Proxy(server.endpoint)
    environment = {
        **ENVIRONMENT, "PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent", "AWS_ENDPOINT_URL": proxy.endpoint
    }  # fmt: skip
    words = [str(binary), "diagnose", "--format", "json"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=600, check=False)
    proxy.stop()
    assert done.returncode == 1, done.stderr[:500]
    whole = json.loads(done.stdout)
    assert len(whole["reports"]) == services, len(whole["reports"])
    made = Counter(call.name for call in proxy.calls)
    told = whole["calls"]["by_operation"]
    # The search for unsteady services, and who the caller is, belong to no report.
    for name, number in told.items():
        assert number <= made[name], f"{name}: {number} told, {made[name]} made"
    return made


def main() -> int:
    """Prints the calls for both kinds of regions."""
    server = Server()
    services = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    for own in (False, True):
        made = calls(server, Path(sys.argv[1]).resolve(), services, own=own)
        total = sum(made.values())
        print(f"{services} services, {'own' if own else 'shared'} parts: {total} calls, {total / services:.2f} each")
        for name, number in made.most_common(12):
            print(f"  {number:5} {name}")
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
