"""Changes of the service and of what it uses: keys, secrets, log groups, load balancers, file systems."""

from __future__ import annotations

from typing import Any

from case import Case, change, key_id, of_service, service
from ecswhy_lab.account import Account
from ecswhy_lab.server import REGION


def zones(account: Account) -> Any:
    """The load balancer's subnets."""
    found = account.aws.elbv2.describe_load_balancers(LoadBalancerArns=[account.alb])["LoadBalancers"][0]
    return sorted(zone["SubnetId"] for zone in found["AvailabilityZones"])


def third_zone(account: Account) -> None:
    """A subnet in a zone that the load balancer does not have."""
    zone = next(f"{REGION}{letter}" for letter in "abcdf" if f"{REGION}{letter}" not in account.azs)
    block = account.cidr.replace(".0.0/16", ".200.0/24")
    made = account.aws.ec2.create_subnet(VpcId=account.vpc, CidrBlock=block, AvailabilityZone=zone)
    account.settings["zone"] = made["Subnet"]["SubnetId"]


def mount_targets(account: Account) -> Any:
    """The subnets in which the file system is mounted."""
    found = account.aws.efs.describe_mount_targets(FileSystemId=account.file_system)["MountTargets"]
    return sorted(each["SubnetId"] for each in found)


def file_system(account: Account) -> None:
    """A file system without mount targets."""
    account.file_system = account.aws.efs.create_file_system(CreationToken="changes")["FileSystemId"]


def health_check(account: Account) -> Any:
    """The target group's health check."""
    found = account.aws.elbv2.describe_target_groups(TargetGroupArns=[account.target_group])["TargetGroups"][0]
    keys = ("HealthCheckPath", "HealthCheckIntervalSeconds", "HealthCheckTimeoutSeconds", "UnhealthyThresholdCount", "Matcher")
    return {key: found.get(key) for key in keys}


CASES = [
    Case(
        "assign-public-ip",
        lambda a: [change("assign-public-ip", **of_service(a))],
        lambda a: service(a)["networkConfiguration"]["awsvpcConfiguration"],
        lambda a, b, n: n == {**b, "assignPublicIp": "ENABLED"} != b,
    ),
    Case(
        "set-service-network",
        lambda a: [
            change("set-service-network", **of_service(a), subnets=a.public_subnets, security_groups=[a.alb_group])
        ],
        lambda a: service(a)["networkConfiguration"]["awsvpcConfiguration"],
        lambda a, b, n: n == {**b, "subnets": a.public_subnets, "securityGroups": [a.alb_group]} != b,
    ),
    Case(
        "enable-key",
        lambda a: [change("enable-key", key=a.key, cancel_deletion=False)],
        lambda a: a.aws.kms.describe_key(KeyId=key_id(a))["KeyMetadata"]["KeyState"],
        lambda a, b, n: (b, n) == ("Disabled", "Enabled"),
        prepare=lambda a: a.aws.kms.disable_key(KeyId=key_id(a)),
    ),
    Case(
        "enable-key, deletion cancelled",
        lambda a: [change("enable-key", key=a.key, cancel_deletion=True)],
        lambda a: a.aws.kms.describe_key(KeyId=key_id(a))["KeyMetadata"]["KeyState"],
        lambda a, b, n: (b, n) == ("PendingDeletion", "Enabled"),
        prepare=lambda a: a.aws.kms.schedule_key_deletion(KeyId=key_id(a)),
        undoes=False,
    ),
    Case(
        "restore-secret",
        lambda a: [change("restore-secret", secret=a.secret)],
        lambda a: "DeletedDate" in a.aws.secretsmanager.describe_secret(SecretId=a.secret),
        lambda a, b, n: b and not n,
        prepare=lambda a: a.aws.secretsmanager.delete_secret(SecretId=a.secret),
    ),
    Case(
        "create-log-group",
        lambda _a: [
            change("create-log-group", log_group="/ecs/it-is-new", region=None),
            change("create-log-group", log_group="-leading/dash", region="eu-west-1"),
        ],
        lambda a: sorted(g["logGroupName"] for g in a.aws.logs.describe_log_groups()["logGroups"]),
        lambda a, b, n: n == sorted([*b, "/ecs/it-is-new"]),
    ),
    Case(
        "set-grace-period",
        lambda a: [change("set-grace-period", **of_service(a), seconds=90, was=60)],
        lambda a: service(a).get("healthCheckGracePeriodSeconds"),
        lambda a, b, n: n == 90 and b == 60,
        prepare=lambda a: a.aws.ecs.update_service(
            cluster=a.cluster, service=a.service, healthCheckGracePeriodSeconds=60
        ),
    ),
    Case(
        "set-deployment-percent",
        lambda a: [
            change(
                "set-deployment-percent", **of_service(a), minimum=50, maximum=200, was_minimum=100, was_maximum=100
            )
        ],
        lambda a: service(a).get("deploymentConfiguration"),
        lambda a, b, n: n == {**b, "minimumHealthyPercent": 50, "maximumPercent": 200} != b,
        prepare=lambda a: a.aws.ecs.update_service(
            cluster=a.cluster,
            service=a.service,
            deploymentConfiguration={
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                "minimumHealthyPercent": 100,
                "maximumPercent": 100,
            },
        ),
    ),
    Case(
        "force-new-deployment",
        lambda a: [change("force-new-deployment", **of_service(a))],
        lambda a: service(a)["deployments"][0]["id"],
        lambda a, b, n: n != b,
        undoes=False,
    ),
    Case(
        "set-health-check",
        lambda a: [
            change(
                "set-health-check",
                target_group=a.target_group,
                settings={
                    "health-check-path": "/it's?a=1&b=$HOME",
                    "health-check-interval-seconds": "45",
                    "health-check-timeout-seconds": "20",
                    "unhealthy-threshold-count": "5",
                    "matcher": "200,301-399",
                },
            )
        ],
        health_check,
        lambda a, b, n: n["Matcher"] == {"HttpCode": "200,301-399"}
        and n["HealthCheckPath"] == "/it's?a=1&b=$HOME"
        and n["HealthCheckIntervalSeconds"] == 45,
    ),
    Case(
        "enable-load-balancer-zone",
        lambda a: [change("enable-load-balancer-zone", load_balancer=a.alb, subnets=[a.settings["zone"]])],
        zones,
        lambda a, b, n: n == sorted([*b, a.settings["zone"]]),
        prepare=third_zone,
    ),
    Case(
        "create-mount-target",
        lambda a: [
            change(
                "create-mount-target", file_system=a.file_system, subnet=a.subnets[0], security_groups=[a.task_group]
            )
        ],
        mount_targets,
        lambda a, b, n: n == [a.subnets[0]] and not b,
        prepare=file_system,
    ),
]
