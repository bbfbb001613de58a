"""The healthy designs: a service of two tasks behind a load balancer, in three kinds of network."""

from __future__ import annotations

import random
from typing import Any

from moto.moto_api._internal import mock_random

from ecswhy_lab import parts, tasks, vpc
from ecswhy_lab.account import Account, backend
from ecswhy_lab.server import REGION, Server

DESIGNS = {
    "nat": "private subnets, a NAT gateway per zone",
    "endpoints": "private subnets, no way to the internet, VPC endpoints",
    "public": "public subnets, tasks with public addresses",
}

SERVICES = ("orders", "billing", "search", "accounts", "catalog", "mailer", "reports", "sessions")
CLUSTERS = ("shop", "prod", "platform", "core", "main-cluster")


def build(server: Server, design: str, seed: int = 0) -> Account:
    """An empty account becomes one with a healthy, steady service of this design."""
    if design not in DESIGNS:
        raise ValueError(f"unknown design {design!r}; known: {', '.join(DESIGNS)}")
    server.reset()
    mock_random.seed(f"{design}/{seed}")
    rng = random.Random(f"{design}/{seed}")
    account = Account(aws=server.aws, rng=rng, design=design)
    if seed:
        name(account)
    vpc.create_vpc(account)
    if design == "public":
        account.subnets = list(account.public_subnets)
        account.assign_public_ip = "ENABLED"
    else:
        vpc.create_private_subnets(account)
    vpc.create_groups(account)
    if design == "nat":
        vpc.create_nats(account)
    if design == "endpoints":
        vpc.create_endpoints(account)
    parts.create_secrets(account)
    parts.create_roles(account)
    parts.create_repository(account)
    parts.create_log_group(account)
    parts.create_load_balancer(account)
    create_service(account)
    return account


def name(account: Account) -> None:
    """Other names for every seed, so that nothing depends on one of them."""
    rng = account.rng
    account.service = account.family = rng.choice(SERVICES)
    account.cluster = rng.choice(CLUSTERS)
    account.repository = f"{account.cluster}/{account.service}" if rng.random() < 0.5 else account.service
    account.tag = f"{rng.randrange(1, 9)}.{rng.randrange(50)}.{rng.randrange(20)}"
    account.port = rng.choice((8080, 3000, 5000, 8000))


def container(account: Account, tag: str) -> dict[str, Any]:
    """The definition of the service's one container."""
    return {
        "name": account.service,
        "image": f"{account.registry}/{account.repository}:{tag}",
        "essential": True,
        "cpu": 0,
        "portMappings": [{"containerPort": account.port, "hostPort": account.port, "protocol": "tcp"}],
        "environment": [
            {"name": "NODE_ENV", "value": "production"},
            {"name": "PORT", "value": str(account.port)},
        ],
        "secrets": [
            {"name": "DATABASE_PASSWORD", "valueFrom": f"{account.secret}:password::"},
            {"name": "API_KEY", "valueFrom": account.parameter},
        ],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": account.log_group,
                "awslogs-region": REGION,
                "awslogs-stream-prefix": "ecs",
            },
        },
    }


def register(account: Account, containers: list[dict[str, Any]], **more: Any) -> str:
    """Registers a revision of the service's task definition; returns its ARN."""
    arguments: dict[str, Any] = {
        "family": account.family,
        "containerDefinitions": containers,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "executionRoleArn": account.role_arn(account.execution_role),
        "taskRoleArn": account.role_arn(account.task_role),
        "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
        **more,
    }
    registered = account.aws.ecs.register_task_definition(**arguments)
    arn = str(registered["taskDefinition"]["taskDefinitionArn"])
    definition = backend("ecs").describe_task_definition(arn)
    definition.registered_at = account.ago(60 * 24)
    definition.registered_by = account.role_arn("deployer")
    return arn


def create_service(account: Account) -> None:
    """Cluster, two revisions of the task definition, the service and its two running tasks."""
    ecs = account.aws.ecs
    ecs.create_cluster(clusterName=account.cluster, capacityProviders=["FARGATE", "FARGATE_SPOT"])
    account.previous = register(account, [container(account, "1.41.3")])
    account.current = register(account, [container(account, account.tag)])
    backend("ecs").describe_task_definition(account.previous).registered_at = account.ago(60 * 24 * 9)
    ecs.create_service(
        cluster=account.cluster,
        serviceName=account.service,
        taskDefinition=account.current,
        desiredCount=2,
        launchType="FARGATE",
        platformVersion="LATEST",
        networkConfiguration={
            "awsvpcConfiguration": {
                "subnets": account.subnets,
                "securityGroups": [account.task_group],
                "assignPublicIp": account.assign_public_ip,
            }
        },
        loadBalancers=[
            {
                "targetGroupArn": account.target_group,
                "containerName": account.service,
                "containerPort": account.port,
            }
        ],
    )
    settle(account)


def settle(account: Account) -> None:
    """Sets what ECS itself would have set once the service is steady, and starts its tasks."""
    service = account.ecs_service()
    account.deployment = f"ecs-svc/{account.rng.randrange(10**18, 10**19)}"
    service.created_at = account.ago(60 * 24 * 30)
    service.created_by = account.role_arn("deployer")
    service.role_arn = account.role_arn("aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS")
    service.deployment_configuration = {
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
    }
    service.health_check_grace_period_seconds = 60
    service.enable_execute_command = False
    service.enable_ecs_managed_tags = False
    service.availability_zone_rebalancing = "ENABLED"
    service.platform_version = "LATEST"
    service.platform_family = "Linux"
    service.running_count, service.pending_count = 2, 0
    service.deployments = [deployment(account, account.deployment, account.current, 60 * 23)]
    service.events = [
        event(account, 30, f"(service {account.service}) has reached a steady state."),
        event(account, 60 * 6 + 30, f"(service {account.service}) has reached a steady state."),
    ]
    definition = account.definition()
    for subnet in account.subnets:
        tasks.run(account, definition, subnet, account.deployment, age=60 * 23)


def forget_and_settle(account: Account) -> None:
    """The service runs the account's current revision instead, steadily."""
    for task in list(backend("ecs").tasks[account.cluster].values()):
        if task.group == f"service:{account.service}":
            tasks.drop(account, task)
    account.ecs_service().task_definition = account.current
    settle(account)


def deployment(account: Account, identifier: str, revision: str, age: float) -> dict[str, Any]:
    """A completed PRIMARY deployment that began `age` minutes ago."""
    return {
        "id": identifier,
        "status": "PRIMARY",
        "taskDefinition": revision,
        "desiredCount": 2,
        "pendingCount": 0,
        "runningCount": 2,
        "failedTasks": 0,
        "createdAt": account.ago(age),
        "updatedAt": account.ago(age - 3),
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "networkConfiguration": account.ecs_service().network_configuration,
        "rolloutState": "COMPLETED",
        "rolloutStateReason": f"ECS deployment {identifier} completed.",
    }


def event(account: Account, minutes_ago: float, message: str) -> dict[str, Any]:
    """A service event."""
    identifier = f"{account.hex(8)}-{account.hex(4)}-4{account.hex(3)}-9{account.hex(3)}-{account.hex(12)}"
    return {"id": identifier, "createdAt": account.ago(minutes_ago), "message": message}
