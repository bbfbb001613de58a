"""What an account says when read with boto3, as plain values that can be compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ecswhy_lab.account import Account
from ecswhy_lab.server import Server

VPC = ("subnets", "route_tables", "security_groups", "network_acls", "vpc_endpoints", "internet_gateways", "vpcs")


def attempt(call: Callable[..., Any], **arguments: Any) -> Any:
    """The answer without its metadata, or the error's code."""
    try:
        answer = call(**arguments)
    except Exception as error:  # noqa: BLE001  (the error is the answer)
        return getattr(error, "response", {"Error": {"Code": type(error).__name__}})["Error"]["Code"]
    answer.pop("ResponseMetadata", None)
    return json.loads(json.dumps(answer, default=str))


def service_of(server: Server, account: Account) -> Any:
    """The service as DescribeServices shows it."""
    answer = server.aws.ecs.describe_services(cluster=account.cluster, services=[account.service])
    return answer["services"][0]


def dump(server: Server, account: Account) -> dict[str, Any]:
    """Everything that a diagnosis could look at."""

    aws = server.aws
    ecs, ec2, iam, elb = aws.ecs, aws.ec2, aws.iam, aws.elbv2
    said: dict[str, Any] = {}
    said["services"] = attempt(ecs.describe_services, cluster=account.cluster, services=[account.service])
    said["clusters"] = attempt(ecs.describe_clusters, clusters=[account.cluster])
    said["definition"] = attempt(ecs.describe_task_definition, taskDefinition=account.current)
    for status in ("RUNNING", "STOPPED"):
        listed = attempt(ecs.list_tasks, cluster=account.cluster, serviceName=account.service, desiredStatus=status)[
            "taskArns"
        ]
        said[status] = attempt(ecs.describe_tasks, cluster=account.cluster, tasks=listed) if listed else []
    for kind in VPC:
        said[kind] = attempt(getattr(ec2, f"describe_{kind}"))
    said["nat"] = attempt(ec2.describe_nat_gateways)
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        said[attribute] = attempt(ec2.describe_vpc_attribute, VpcId=account.vpc, Attribute=attribute)
    for role in (account.execution_role, account.task_role):
        said[role] = attempt(iam.get_role, RoleName=role)
        said[f"{role} attached"] = attempt(iam.list_attached_role_policies, RoleName=role)
        inline = attempt(iam.list_role_policies, RoleName=role)
        names = inline["PolicyNames"] if isinstance(inline, dict) else []
        said[f"{role} inline"] = [attempt(iam.get_role_policy, RoleName=role, PolicyName=n) for n in names]
    ecr = aws.ecr
    said["images"] = attempt(ecr.describe_images, repositoryName=account.repository)
    said["repository policy"] = attempt(ecr.get_repository_policy, repositoryName=account.repository)
    said["secret"] = attempt(aws.secretsmanager.describe_secret, SecretId=account.secret)
    said["secret policy"] = attempt(aws.secretsmanager.get_resource_policy, SecretId=account.secret)
    said["parameters"] = attempt(aws.ssm.describe_parameters)
    said["key"] = attempt(aws.kms.describe_key, KeyId=account.key)
    said["key policy"] = attempt(aws.kms.get_key_policy, KeyId=account.key, PolicyName="default")
    said["logs"] = attempt(aws.logs.describe_log_groups)
    said["target group"] = attempt(elb.describe_target_groups)
    said["targets"] = attempt(elb.describe_target_health, TargetGroupArn=account.target_group)
    said["balancer"] = attempt(elb.describe_load_balancers)
    said["listeners"] = attempt(elb.describe_listeners, LoadBalancerArn=account.alb)
    efs = aws.efs
    said["efs"] = attempt(efs.describe_file_systems)
    if account.file_system:
        said["mounts"] = attempt(efs.describe_mount_targets, FileSystemId=account.file_system)
        said["access points"] = attempt(efs.describe_access_points, FileSystemId=account.file_system)
    said["buckets"] = attempt(aws.s3.list_buckets)
    return said
