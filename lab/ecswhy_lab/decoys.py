"""Broken things that nobody uses: a diagnosis that blames one of them is wrong."""

from __future__ import annotations

import dataclasses
import json

from ecswhy_lab import parts, tasks, vpc
from ecswhy_lab.account import Account, backend
from ecswhy_lab.server import REGION


def add(account: Account) -> None:
    """Adds all decoys to an account."""
    unused_network(account)
    unused_roles(account)
    unused_things(account)
    sibling(account)


def unused_network(account: Account) -> None:
    """Subnet without a way out, closed group, dead route table, endpoint in another VPC."""
    table = vpc.create_table(account, "decoy")
    subnet = vpc.create_subnet(account, "decoy", 50, 0, table)
    backend("ec2").get_subnet(subnet)._available_ip_addresses = 0
    closed = vpc.create_group(account, "decoy", "Nobody uses it")
    vpc.close_egress(account, closed)
    other = account.aws.ec2.create_vpc(CidrBlock="172.31.0.0/16")["Vpc"]["VpcId"]
    group = vpc.create_group(account, "decoy-of-another-vpc", "Nobody uses it", vpc=other)
    endpoint = account.aws.ec2.create_vpc_endpoint(
        VpcId=other,
        ServiceName=f"com.amazonaws.{REGION}.ecr.api",
        VpcEndpointType="Interface",
        SecurityGroupIds=[group],
        PrivateDnsEnabled=False,
    )["VpcEndpoint"]["VpcEndpointId"]
    backend("ec2").vpc_end_points[endpoint].state = "failed"


def unused_roles(account: Account) -> None:
    """A role that denies everything and one that no task may assume."""
    parts.create_role(account, "decoy-denied")
    account.aws.iam.put_role_policy(
        RoleName="decoy-denied",
        PolicyName="deny",
        PolicyDocument=parts.policy(parts.statement(["*"], ["*"], effect="Deny")),
    )
    account.aws.iam.create_role(
        RoleName="decoy-untrusted", AssumeRolePolicyDocument=json.dumps(parts.trust("ec2.amazonaws.com"))
    )


def unused_things(account: Account) -> None:
    """A secret on its way out, a disabled key, an empty repository, another family of task definitions."""
    name = "decoy/secret"
    account.aws.secretsmanager.create_secret(Name=name, SecretString="nothing")
    account.aws.secretsmanager.delete_secret(SecretId=name, RecoveryWindowInDays=7)
    key = account.aws.kms.create_key(Description="decoy")["KeyMetadata"]["KeyId"]
    account.aws.kms.disable_key(KeyId=key)
    account.aws.ecr.create_repository(repositoryName="decoy")


def sibling(account: Account) -> None:
    """Another service of the cluster, which fails for reasons of its own."""
    image = f"{account.registry}/decoy:gone"
    ecs = account.aws.ecs
    definition = ecs.register_task_definition(
        family="sibling",
        containerDefinitions=[{"name": "sibling", "image": image, "memory": 128}],
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        executionRoleArn=account.role_arn("decoy-denied"),
    )["taskDefinition"]["taskDefinitionArn"]
    ecs.create_service(
        cluster=account.cluster,
        serviceName="sibling",
        taskDefinition=definition,
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": account.subnets, "securityGroups": [account.task_group]}
        },
    )
    other = dataclasses.replace(account, service="sibling", family="sibling", target_group="", log_group="")
    service = other.ecs_service()
    service.deployments[0]["failedTasks"] = 3
    said = f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: {image}: not found"
    how = tasks.Stop(said, reached="pulling")
    made = backend("ecs").describe_task_definition(definition)
    for minutes in (7.0, 14.0, 21.0):
        tasks.stop(other, made, account.subnets[0], service.deployments[0]["id"], how, minutes)
