"""Every kind of change, made by the commands that are printed for it: python lab/tests/changes.py --script PATH --binary PATH.

For each case a healthy account is built and saved as a snapshot, the change is written as commands (the example
`script` of the diagnose crate), the commands are run by bash with the AWS CLI, and boto3 says what came of them; then
the rollback is run, and boto3 must say what it said before. Commands that moto does not implement are held against
botocore's model instead (`--generate-cli-skeleton output` validates every parameter and calls nothing).
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

from ecswhy_lab import designs
from ecswhy_lab.account import Account
from ecswhy_lab.server import ACCOUNT, REGION, Server

HOSTILE = "it's $(touch /tmp/ecswhy-hostile) `id` \"x\" \\ ; & | > *"
"""A name that a shell would read, if it were not quoted."""
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "*", "Resource": "*"}],
}

LIMIT = f"arn:aws:iam::{ACCOUNT}:policy/limit"
DENY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Sid": "Most", "Effect": "Deny", "Action": "ecr:*", "NotResource": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/x"}
    ],
}


@dataclass
class Case:
    """One change, what boto3 says of its subject, and what it must say afterwards."""

    name: str
    changes: Callable[[Account], list[dict[str, Any]]]
    state: Callable[[Account], Any]
    changed: Callable[[Account, Any, Any], bool]
    design: str = "nat"
    prepare: Callable[[Account], None] = lambda _account: None
    undoes: bool = True


def change(name: str, **fields: Any) -> dict[str, Any]:
    """A change as JSON."""
    return {"change": name, **fields}


def endpoints(account: Account) -> Any:
    """Services with their subnets, groups, tables and private DNS."""
    found = account.aws.ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [account.vpc]}])
    return sorted(
        [
            each["ServiceName"],
            each["VpcEndpointType"],
            sorted(each.get("SubnetIds", [])),
            sorted(group["GroupId"] for group in each.get("Groups", [])),
            sorted(each.get("RouteTableIds", [])),
            each.get("PrivateDnsEnabled"),
        ]
        for each in found["VpcEndpoints"]
        if each["State"] != "deleted"
    )


def routes(account: Account) -> Any:
    """The default routes of every table of the VPC."""
    found = account.aws.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [account.vpc]}])
    return sorted(
        [table["RouteTableId"], route.get("NatGatewayId") or route.get("GatewayId")]
        for table in found["RouteTables"]
        for route in table["Routes"]
        if route.get("DestinationCidrBlock") == "0.0.0.0/0"
    )


def rules(direction: str) -> Callable[[Account], Any]:
    """The rules of the task's security group."""
    return lambda account: account.aws.ec2.describe_security_groups(GroupIds=[account.task_group])["SecurityGroups"][0][
        direction
    ]


def acl(account: Account) -> str:
    """The VPC's network ACL."""
    found = account.aws.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [account.vpc]}])
    return str(found["NetworkAcls"][0]["NetworkAclId"])


def acl_entries(account: Account) -> Any:
    """Its entries."""
    found = account.aws.ec2.describe_network_acls(NetworkAclIds=[acl(account)])["NetworkAcls"][0]["Entries"]
    return sorted([e["Egress"], e["RuleNumber"], e["RuleAction"], e["Protocol"]] for e in found)


def dns(account: Account) -> Any:
    """Both DNS attributes of the VPC."""
    ask = account.aws.ec2.describe_vpc_attribute
    return [
        ask(VpcId=account.vpc, Attribute="enableDnsSupport")["EnableDnsSupport"]["Value"],
        ask(VpcId=account.vpc, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"],
    ]


def dns_off(account: Account) -> None:
    """Turns the VPC's host names off."""
    account.aws.ec2.modify_vpc_attribute(VpcId=account.vpc, EnableDnsHostnames={"Value": False})


def service(account: Account) -> dict[str, Any]:
    """The service as AWS describes it."""
    return dict(account.aws.ecs.describe_services(cluster=account.cluster, services=[account.service])["services"][0])


def definition(account: Account) -> dict[str, Any]:
    """The revision that the service is told to run, without what AWS numbers."""
    found = account.aws.ecs.describe_task_definition(taskDefinition=service(account)["taskDefinition"], include=["TAGS"])
    numbered = ("taskDefinitionArn", "revision", "registeredAt", "registeredBy")
    return {**{k: v for k, v in found["taskDefinition"].items() if k not in numbered}, "tags": found.get("tags", [])}


def container(account: Account) -> dict[str, Any]:
    """The first container of that revision."""
    return dict(definition(account)["containerDefinitions"][0])


def edited(name: str, edit: Callable[[Account], dict[str, Any]], expected: Callable[[Account, dict[str, Any]], Any]) -> Case:
    """A task definition edit: nothing but what `expected` changes may differ."""

    def changes(account: Account) -> list[dict[str, Any]]:
        return [
            change("register-task-definition", task_definition=account.current, edits=[edit(account)]),
            change(
                "deploy-task-definition", cluster=account.cluster, service=account.service, family=account.family
            ),
        ]

    def changed(account: Account, before: Any, after: Any) -> bool:
        wanted = json.loads(json.dumps(before))
        expected(account, wanted)
        return bool(after == wanted != before)

    return Case(f"edit {name}", changes, definition, changed, prepare=with_everything)


def with_everything(account: Account) -> None:
    """A revision with fields that the tool does not know, two containers, and values that it masks."""
    found = account.aws.ecs.describe_task_definition(taskDefinition=account.current)["taskDefinition"]
    first = found["containerDefinitions"][0]
    first["environment"] = [{"name": "API_TOKEN", "value": "sk-live-0123456789abcdef"}, {"name": "NAME", "value": HOSTILE}]
    first["linuxParameters"] = {"initProcessEnabled": True}
    first["ulimits"] = [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}]
    first["healthCheck"] = {"command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"], "interval": 30, "timeout": 5, "retries": 3}
    sidecar = {"name": "sidecar `x` it's", "image": "busybox", "essential": False, "environment": [], "mountPoints": []}
    made = account.aws.ecs.register_task_definition(
        family=account.family,
        containerDefinitions=[first, sidecar],
        **{
            key: found[key]
            for key in ("executionRoleArn", "taskRoleArn", "networkMode", "requiresCompatibilities", "cpu", "memory")
            if key in found
        },
        volumes=found.get("volumes", []),
        tags=[{"key": "team", "value": "it's us"}],
    )
    account.current = made["taskDefinition"]["taskDefinitionArn"]
    account.aws.ecs.update_service(cluster=account.cluster, service=account.service, taskDefinition=account.current)


def first_name(account: Account) -> str:
    """The name of the first container."""
    return str(account.container()["name"])


def role_name(account: Account) -> str:
    """The execution role's name, without path."""
    return account.execution_role.rsplit("/", 1)[-1]


def inline(account: Account) -> Any:
    """The execution role's inline policies."""
    names = account.aws.iam.list_role_policies(RoleName=role_name(account))["PolicyNames"]
    return {
        name: account.aws.iam.get_role_policy(RoleName=role_name(account), PolicyName=name)["PolicyDocument"]
        for name in names
    }


def limited(account: Account) -> None:
    """A boundary for the execution role."""
    account.aws.iam.create_policy(PolicyName="limit", PolicyDocument=json.dumps({**POLICY, "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}))
    account.aws.iam.put_role_permissions_boundary(RoleName=role_name(account), PermissionsBoundary=LIMIT)


def managed(account: Account) -> Any:
    """The document of the boundary that counts."""
    version = account.aws.iam.get_policy(PolicyArn=LIMIT)["Policy"]["DefaultVersionId"]
    return account.aws.iam.get_policy_version(PolicyArn=LIMIT, VersionId=version)["PolicyVersion"]["Document"]


def key_id(account: Account) -> str:
    """The key's id."""
    return account.key.rsplit("/", 1)[-1]


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


def repository_policy(account: Account) -> Any:
    """The repository's policy."""
    try:
        return json.loads(account.aws.ecr.get_repository_policy(repositoryName=account.repository)["policyText"])
    except account.aws.ecr.exceptions.RepositoryPolicyNotFoundException:
        return None


def secret_policy(account: Account) -> Any:
    """The secret's policy."""
    return account.aws.secretsmanager.get_resource_policy(SecretId=account.secret).get("ResourcePolicy")


def of_service(account: Account) -> dict[str, str]:
    """Cluster and service, as changes name them."""
    return {"cluster": account.cluster, "service": account.service}


def cidr_rule(cidr: str) -> dict[str, Any]:
    """A rule for HTTPS."""
    return {"protocol": "tcp", "from_port": 443, "to_port": 443, "peer": {"cidr": cidr}}


def table_of_task(account: Account) -> str:
    """The route table of the first subnet."""
    return account.route_tables[account.subnets[0]]


def s3_endpoint(account: Account) -> str:
    """The gateway endpoint."""
    return account.endpoints["s3"]


def off_tables(account: Account) -> None:
    """Takes the gateway endpoint off the route table."""
    account.aws.ec2.modify_vpc_endpoint(
        VpcEndpointId=s3_endpoint(account), RemoveRouteTableIds=[table_of_task(account)]
    )


CASES = [
    Case(
        "create-interface-endpoint",
        lambda a: [
            change(
                "create-interface-endpoint",
                vpc=a.vpc,
                service_name=f"com.amazonaws.{REGION}.logs",
                subnets=a.subnets,
                security_groups=[a.task_group],
            )
        ],
        endpoints,
        lambda a, b, n: n == sorted([*b, [f"com.amazonaws.{REGION}.logs", "Interface", sorted(a.subnets), [a.task_group], [], True]]),
    ),
    Case(
        "create-gateway-endpoint",
        lambda a: [
            change(
                "create-gateway-endpoint",
                vpc=a.vpc,
                service_name=f"com.amazonaws.{REGION}.s3",
                route_tables=[table_of_task(a)],
            )
        ],
        endpoints,
        lambda a, b, n: len(n) == len(b) + 1 and any(each[4] == [table_of_task(a)] for each in n),
    ),
    Case(
        "associate-route-table",
        lambda a: [change("associate-route-table", endpoint=s3_endpoint(a), route_tables=[table_of_task(a)])],
        endpoints,
        lambda a, b, n: n != b,
        design="endpoints",
        prepare=off_tables,
    ),
    Case(
        "enable-private-dns",
        lambda a: [change("enable-private-dns", endpoint=a.endpoints["logs"])],
        endpoints,
        lambda a, b, n: [e for e in n if e not in b] == [[*e[:5], True] for e in b if e[5] is False and e[1] == "Interface"],
        design="endpoints",
        prepare=lambda a: a.aws.ec2.modify_vpc_endpoint(VpcEndpointId=a.endpoints["logs"], PrivateDnsEnabled=False),
    ),
    Case(
        "set-endpoint-policy",
        lambda a: [change("set-endpoint-policy", endpoint=a.endpoints["logs"], policy={**POLICY, "Id": HOSTILE})],
        lambda a: a.aws.ec2.describe_vpc_endpoints(VpcEndpointIds=[a.endpoints["logs"]])["VpcEndpoints"][0]["PolicyDocument"],
        lambda a, b, n: json.loads(n)["Id"] == HOSTILE,
        design="endpoints",
        undoes=False,
    ),
    Case(
        "add-route",
        lambda a: [
            change(
                "add-route",
                route_table=table_of_task(a),
                destination="0.0.0.0/0",
                target={"internet-gateway": a.igw},
                replaces=True,
            )
        ],
        routes,
        lambda a, b, n: [table_of_task(a), a.igw] in n and [table_of_task(a), a.igw] not in b,
    ),
    Case(
        "add-route, none there",
        lambda a: [
            change(
                "add-route",
                route_table=table_of_task(a),
                destination="0.0.0.0/0",
                target={"internet-gateway": a.igw},
                replaces=False,
            )
        ],
        routes,
        lambda a, b, n: [table_of_task(a), a.igw] in n,
        design="endpoints",
    ),
    Case(
        "create-nat-gateway",
        lambda a: [
            change(
                "create-nat-gateway",
                public_subnet=a.public_subnets[0],
                route_table=table_of_task(a),
                replaces_route=False,
            )
        ],
        lambda a: (routes(a), len(a.aws.ec2.describe_addresses()["Addresses"])),
        lambda a, b, n: n[1] == b[1] + 1 and len(n[0]) == len(b[0]) + 1,
        design="endpoints",
    ),
    Case(
        "attach-internet-gateway, new, with a route",
        lambda a: [
            change("attach-internet-gateway", internet_gateway="new", vpc=a.vpc),
            change(
                "add-route",
                route_table=table_of_task(a),
                destination="0.0.0.0/0",
                target={"internet-gateway": "new"},
                replaces=False,
            ),
        ],
        lambda a: (len(a.aws.ec2.describe_internet_gateways()["InternetGateways"]), [each[0] for each in routes(a)]),
        lambda a, b, n: n[0] == b[0] + 1 and len(n[1]) == len(b[1]) + 1,
        design="endpoints",
        prepare=lambda a: a.aws.ec2.detach_internet_gateway(InternetGatewayId=a.igw, VpcId=a.vpc),
    ),
    *(
        Case(
            f"authorize-{direction} {kind}",
            lambda a, d=direction, p=peer: [
                change(f"authorize-{d}", security_group=a.task_group, rule={**cidr_rule(""), "peer": p(a)})
            ],
            rules(key),
            lambda a, b, n: n != b,
            # moto does not revoke what leaves to an IPv6 block.
            undoes=(direction, kind) != ("egress", "ipv6"),
        )
        for direction, key in (("egress", "IpPermissionsEgress"), ("ingress", "IpPermissions"))
        for kind, peer in (
            ("cidr", lambda _a: {"cidr": "10.9.0.0/16"}),
            ("ipv6", lambda _a: {"cidr": "2001:db8::/32"}),
            ("group", lambda a: {"security-group": a.alb_group}),
            (
                "prefix list",
                lambda a: {"prefix-list": a.aws.ec2.describe_managed_prefix_lists()["PrefixLists"][0]["PrefixListId"]},
            ),
        )
    ),
    Case(
        "add-nacl-entry",
        lambda a: [
            change(
                "add-nacl-entry",
                network_acl=acl(a),
                number=7,
                egress=egress,
                cidr="0.0.0.0/0",
                protocol="tcp",
                from_port=1024,
                to_port=65535,
            )
            for egress in (True, False)
        ],
        acl_entries,
        lambda a, b, n: n == sorted([*b, [True, 7, "allow", "6"], [False, 7, "allow", "6"]]),
    ),
    Case(
        "enable-vpc-dns",
        lambda a: [change("enable-vpc-dns", vpc=a.vpc, support=False, hostnames=True)],
        dns,
        lambda a, b, n: n == [True, True] != b,
        prepare=dns_off,
    ),
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
        "attach-managed-policy",
        lambda a: [
            change("attach-managed-policy", role=role_name(a), policy_arn="arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess")
        ],
        lambda a: sorted(
            p["PolicyName"] for p in a.aws.iam.list_attached_role_policies(RoleName=role_name(a))["AttachedPolicies"]
        ),
        lambda a, b, n: n == sorted([*b, "AmazonSSMReadOnlyAccess"]),
    ),
    Case(
        "put-role-policy-statement",
        lambda a: [
            change(
                "put-role-policy-statement",
                role=role_name(a),
                policy_name="ecswhy-secrets",
                statements=[{"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": a.secret}],
            )
        ],
        inline,
        lambda a, b, n: n["ecswhy-secrets"]["Statement"][0]["Resource"] == a.secret and len(n) == len(b) + 1,
    ),
    Case(
        "set-role-policy",
        lambda a: [change("set-role-policy", role=role_name(a), policy_name="start", policy=DENY)],
        inline,
        lambda a, b, n: n == {**b, "start": DENY} != b,
    ),
    Case(
        "delete-role-policy",
        lambda a: [change("delete-role-policy", role=role_name(a), policy_name="start")],
        inline,
        lambda a, b, n: n == {name: policy for name, policy in b.items() if name != "start"} != b,
    ),
    Case(
        "set-managed-policy",
        lambda a: [change("set-managed-policy", policy_arn=LIMIT, policy=DENY)],
        managed,
        lambda a, b, n: n == DENY != b,
        prepare=limited,
    ),
    Case(
        "set-trust-policy",
        lambda a: [
            change(
                "set-trust-policy",
                role=role_name(a),
                policy={
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"},
                        {"Sid": "two", "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
                    ],
                },
            )
        ],
        lambda a: a.aws.iam.get_role(RoleName=role_name(a))["Role"]["AssumeRolePolicyDocument"],
        lambda a, b, n: len(n["Statement"]) == 2 and n != b,
    ),
    Case(
        "set-repository-policy",
        lambda a: [change("set-repository-policy", repository=a.repository_arn, policy={**POLICY, "Id": HOSTILE})],
        repository_policy,
        lambda a, b, n: n["Id"] == HOSTILE,
    ),
    Case(
        "set-secret-policy",
        lambda a: [change("set-secret-policy", secret=a.secret, policy=POLICY)],
        secret_policy,
        lambda a, b, n: json.loads(n) == POLICY != b,
    ),
    Case(
        "set-key-policy-statement",
        lambda a: [
            change("set-key-policy-statement", key=a.key, statement={**POLICY["Statement"][0], "Sid": "ecswhy"}),
            change("set-key-policy-statement", key=a.key, statement={**POLICY["Statement"][0], "Sid": "two"}),
        ],
        lambda a: json.loads(a.aws.kms.get_key_policy(KeyId=key_id(a), PolicyName="default")["Policy"]),
        lambda a, b, n: [s.get("Sid") for s in n["Statement"]][-2:] == ["ecswhy", "two"]
        and n["Statement"][:-2] == b["Statement"],
    ),
    Case(
        "set-key-policy",
        lambda a: [change("set-key-policy", key=a.key, policy={**POLICY, "Id": "narrower"})],
        lambda a: json.loads(a.aws.kms.get_key_policy(KeyId=key_id(a), PolicyName="default")["Policy"]),
        lambda a, b, n: n == {**POLICY, "Id": "narrower"} != b,
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
    edited("size", lambda _a: {"field": "size", "cpu": 1024, "mib": 4096}, lambda _a, d: d.update(cpu="1024", memory="4096")),
    edited("memory", lambda _a: {"field": "memory", "mib": 2048, "cpu": None}, lambda _a, d: d.update(memory="2048")),
    edited(
        "container memory",
        lambda a: {"field": "container-memory", "container": first_name(a), "mib": 300},
        lambda _a, d: d["containerDefinitions"][0].update(memory=300),
    ),
    edited(
        "image of a hostile name",
        lambda _a: {"field": "image", "container": "sidecar `x` it's", "image": f"busybox:{HOSTILE}"},
        lambda _a, d: d["containerDefinitions"][1].update(image=f"busybox:{HOSTILE}"),
    ),
    edited(
        "platform",
        lambda _a: {"field": "platform", "architecture": "ARM64"},
        lambda _a, d: d.update(runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}),
    ),
    edited(
        "execution role",
        lambda a: {"field": "execution-role", "arn": a.role_arn("other")},
        lambda a, d: d.update(executionRoleArn=a.role_arn("other")),
    ),
    edited(
        "task role", lambda a: {"field": "task-role", "arn": a.role_arn("other")}, lambda a, d: d.update(taskRoleArn=a.role_arn("other"))
    ),
    edited(
        "log option",
        lambda a: {"field": "log-option", "container": first_name(a), "option": "awslogs-create-group", "value": "true"},
        lambda _a, d: d["containerDefinitions"][0]["logConfiguration"]["options"].update({"awslogs-create-group": "true"}),
    ),
    edited(
        "log option removed",
        lambda a: {"field": "log-option", "container": first_name(a), "option": "awslogs-stream-prefix", "value": None},
        lambda _a, d: d["containerDefinitions"][0]["logConfiguration"]["options"].pop("awslogs-stream-prefix"),
    ),
    edited(
        "health check",
        lambda a: {
            "field": "health-check",
            "container": first_name(a),
            "start_period": 60,
            "command": ["CMD-SHELL", HOSTILE],
            "retries": None,
        },
        lambda _a, d: d["containerDefinitions"][0]["healthCheck"].update(startPeriod=60, command=["CMD-SHELL", HOSTILE]),
    ),
    edited(
        "secret",
        lambda a: {
            "field": "secret-value-from",
            "container": first_name(a),
            "name": a.container()["secrets"][0]["name"],
            "value_from": a.secret + ":key::",
        },
        lambda a, d: d["containerDefinitions"][0]["secrets"][0].update(valueFrom=a.secret + ":key::"),
    ),
    edited(
        "ephemeral storage",
        lambda _a: {"field": "ephemeral-storage", "gib": 50},
        lambda _a, d: d.update(ephemeralStorage={"sizeInGiB": 50}),
    ),
    edited(
        "essential",
        lambda _a: {"field": "essential", "container": "sidecar `x` it's", "essential": True},
        lambda _a, d: d["containerDefinitions"][1].update(essential=True),
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


class Runner:
    """Writes and runs the commands of cases."""

    def __init__(self, arguments: argparse.Namespace, server: Server) -> None:
        self.server = server
        self.binary = Path(arguments.binary).resolve()
        self.script = Path(arguments.script).resolve()
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        self.environment = {"PATH": path, "HOME": tempfile.gettempdir(), **server.environment()}

    def written(self, account: Account, changes: list[dict[str, Any]]) -> dict[str, Any]:
        """The commands of changes in this account."""
        with tempfile.TemporaryDirectory() as folder:
            saved = Path(folder) / "saved.json"
            target = f"{account.cluster}/{account.service}"
            subprocess.run(
                [self.binary, "diagnose", target, "--save", saved], env=self.environment, capture_output=True, check=False
            )
            line = json.dumps(changes)
            done = subprocess.run([self.script, saved], input=line, capture_output=True, text=True, check=True)
        return dict(json.loads(done.stdout))

    def bash(self, commands: list[str]) -> None:
        """Runs commands; fails with what they say."""
        done = subprocess.run(
            ["bash", "-c", "\n".join(["set -e", *commands])],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0 and not done.stderr, "\n".join([*commands, done.stderr[-600:]])

    def run(self, case: Case) -> None:
        """One case: change, look, undo, look."""
        account = designs.build(self.server, case.design, 3)
        case.prepare(account)
        script = self.written(account, case.changes(account))
        assert "error" not in script, script
        commands = script["commands"]
        before = case.state(account)
        self.bash(commands)
        after = case.state(account)
        assert case.changed(account, before, after), "\n".join([*commands, f"before {before}", f"after {after}"])
        self.bash(script["rollback"])
        if case.undoes:
            again = case.state(account)
            assert again == before, "\n".join([*script["rollback"], f"before {before}", f"again {again}"])


def main() -> int:
    """Runs all cases; the last line counts."""
    top = argparse.ArgumentParser()
    top.add_argument("--binary", required=True)
    top.add_argument("--script", required=True)
    top.add_argument("--only", default="", help="only cases whose name contains this")
    top.add_argument("--skip", type=int, default=0, help="leave out the first cases")
    arguments = top.parse_args()
    runner = Runner(arguments, Server())
    passed = failed = 0
    for case in CASES[arguments.skip :]:
        if arguments.only not in case.name:
            continue
        try:
            runner.run(case)
            passed += 1
        except Exception as error:  # noqa: BLE001  (a case may fail in any way)
            failed += 1
            print(f"FAILED {case.name}: {type(error).__name__}: {error}", flush=True)
    runner.server.stop()
    if Path("/tmp/ecswhy-hostile").exists():
        failed += 1
        print("FAILED: a name was run as a command")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
