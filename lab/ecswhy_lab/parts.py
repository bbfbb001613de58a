"""Everything of an account that is neither network nor ECS: images, roles, secrets, keys, logs, load balancer."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ecswhy_lab.account import Account, backend
from ecswhy_lab.server import ACCOUNT, REGION

MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def sha(text: str) -> str:
    """The digest of a text, as registries write it."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def put_image(account: Account, repository: str, tag: str, architectures: tuple[str, ...] = ("amd64",)) -> str:
    """Pushes an image index with one manifest per architecture; returns the digest of the index."""
    manifests = []
    for architecture in architectures:
        layer = sha(f"{repository}:{tag}:{architecture}")
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {
                    "mediaType": "application/vnd.oci.image.config.v1+json",
                    "size": 7023,
                    "digest": sha(layer),
                },
                "layers": [
                    {
                        "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                        "size": 32654848,
                        "digest": layer,
                    }
                ],
            }
        )
        manifests.append(
            {
                "mediaType": MANIFEST,
                "size": len(manifest),
                "digest": sha(manifest),
                "platform": {"architecture": architecture, "os": "linux"},
            }
        )
        account.aws.ecr.put_image(
            repositoryName=repository,
            imageManifest=manifest,
            imageManifestMediaType=MANIFEST,
            imageTag=f"{tag}-{architecture}",
        )
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
    image = account.aws.ecr.put_image(
        repositoryName=repository, imageManifest=index, imageManifestMediaType=INDEX, imageTag=tag
    )
    return str(image["image"]["imageId"]["imageDigest"])


def create_repository(account: Account) -> None:
    """The ECR repository with the image that runs and the one before it."""
    account.aws.ecr.create_repository(repositoryName=account.repository)
    account.old_digest = put_image(account, account.repository, "1.41.3")
    account.digest = put_image(account, account.repository, account.tag, ("amd64", "arm64"))


def trust(service: str = "ecs-tasks.amazonaws.com") -> dict[str, Any]:
    """A trust policy for one service."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"},
        ],
    }


def statement(actions: list[str], resources: list[str], effect: str = "Allow") -> dict[str, Any]:
    """One policy statement."""
    return {"Effect": effect, "Action": actions, "Resource": resources}


def policy(*statements: dict[str, Any]) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def create_role(account: Account, name: str, service: str = "ecs-tasks.amazonaws.com") -> str:
    """A role that this service may assume."""
    account.aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust(service)))
    return name


def create_roles(account: Account) -> None:
    """Execution role: the managed policy and one inline policy for what the task definition refers to."""
    account.execution_role = create_role(account, f"{account.service}-execution")
    account.task_role = create_role(account, f"{account.service}-task")
    account.aws.iam.attach_role_policy(RoleName=account.execution_role, PolicyArn=MANAGED)
    put_inline(account, secret_statements(account))
    account.aws.iam.put_role_policy(
        RoleName=account.task_role,
        PolicyName="queue",
        PolicyDocument=policy(statement(["sqs:SendMessage"], [account.arn("sqs", "orders")])),
    )
    account.aws.iam.create_service_linked_role(AWSServiceName="ecs.amazonaws.com")


def secret_statements(account: Account) -> list[dict[str, Any]]:
    """What the execution role needs beyond the managed policy."""
    return [
        statement(["secretsmanager:GetSecretValue"], [account.secret]),
        statement(["ssm:GetParameters"], [account.arn("ssm", f"parameter{account.parameter}")]),
        statement(["kms:Decrypt"], [account.arn("kms", f"key/{account.key}")]),
    ]


def put_inline(account: Account, statements: list[dict[str, Any]], name: str = "start") -> None:
    """Writes an inline policy of the execution role."""
    account.aws.iam.put_role_policy(
        RoleName=account.execution_role, PolicyName=name, PolicyDocument=policy(*statements)
    )


def key_policy(*statements: dict[str, Any], root: bool = True) -> str:
    """A key policy; by default the one that leaves the decision to IAM."""
    delegation = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return json.dumps(
        {"Version": "2012-10-17", "Id": "key", "Statement": [*([delegation] if root else []), *statements]}
    )


def create_secrets(account: Account) -> None:
    """A secret under a customer managed key, and a parameter under the default one."""
    key = account.aws.kms.create_key(Description="Secrets of the shop", Policy=key_policy())
    account.key = key["KeyMetadata"]["KeyId"]
    secret = account.aws.secretsmanager.create_secret(
        Name=f"{account.service}/database",
        KmsKeyId=account.arn("kms", f"key/{account.key}"),
        SecretString=json.dumps({"username": account.service, "password": "not-a-real-password"}),
    )
    account.secret = secret["ARN"]
    account.parameter = f"/{account.service}/api-key"
    account.aws.ssm.put_parameter(Name=account.parameter, Value="not-a-real-key", Type="SecureString")


def create_log_group(account: Account) -> None:
    """The log group of the container; streams come with the tasks."""
    account.log_group = f"/ecs/{account.service}"
    account.aws.logs.create_log_group(logGroupName=account.log_group)


def write_log(account: Account, stream: str, lines: list[str], end: Any) -> None:
    """Log lines of one container, a second apart, the last one at `end`."""
    logs = account.aws.logs
    logs.create_log_stream(logGroupName=account.log_group, logStreamName=stream)
    if not lines:
        return
    last = int(end.timestamp() * 1000)
    events = [
        {"timestamp": last - 1000 * (len(lines) - 1 - index), "message": line} for index, line in enumerate(lines)
    ]
    logs.put_log_events(logGroupName=account.log_group, logStreamName=stream, logEvents=events)


def create_load_balancer(account: Account) -> None:
    """An application load balancer with one listener that forwards to one ip target group."""
    elb = account.aws.elbv2
    internal = account.design == "endpoints"
    balancer = elb.create_load_balancer(
        Name=account.cluster,
        Subnets=account.subnets if internal else account.public_subnets,
        SecurityGroups=[account.alb_group],
        Scheme="internal" if internal else "internet-facing",
    )
    account.alb = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(
        Name=account.service,
        Protocol="HTTP",
        Port=account.port,
        VpcId=account.vpc,
        TargetType="ip",
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=15,
        HealthCheckTimeoutSeconds=5,
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=3,
        Matcher={"HttpCode": "200"},
    )
    account.target_group = group["TargetGroups"][0]["TargetGroupArn"]
    listener = elb.create_listener(
        LoadBalancerArn=account.alb,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": account.target_group}],
    )
    account.listener = listener["Listeners"][0]["ListenerArn"]


def target_group(account: Account) -> Any:
    """moto's target group object."""
    return backend("elbv2").target_groups[account.target_group]


def starport_host() -> str:
    """The bucket from which ECR serves layers."""
    return f"prod-{REGION}-starport-layer-bucket.s3.{REGION}.amazonaws.com"


def put_memory(account: Account, percent: float) -> None:
    """The service's memory utilisation over the last hour."""
    dimensions = [
        {"Name": "ClusterName", "Value": account.cluster},
        {"Name": "ServiceName", "Value": account.service},
    ]
    data = [
        {
            "MetricName": "MemoryUtilization",
            "Dimensions": dimensions,
            "Timestamp": account.ago(minutes),
            "Value": percent,
            "Unit": "Percent",
        }
        for minutes in range(5, 60, 5)
    ]
    account.aws.cloudwatch.put_metric_data(Namespace="AWS/ECS", MetricData=data)
