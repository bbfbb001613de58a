"""VPC endpoints: missing, closed, unresolvable, on other route tables."""

from __future__ import annotations

import json

from ecswhy_lab import texts, vpc
from ecswhy_lab.account import Account, backend
from ecswhy_lab.faults.registry import bad_subnets, each_subnet, fault, one
from ecswhy_lab.faults.roles import log_said
from ecswhy_lab.faults.secrets import secret_refused
from ecswhy_lab.server import REGION

ENDPOINTS = frozenset({"endpoints"})
NAT = frozenset({"nat"})

UNREACHED = {
    "ecr.api": ("registry-unreachable", lambda a: texts.registry_timeout()),
    "ecr.dkr": ("registry-unreachable", lambda a: texts.manifest_timeout(a)),
    "logs": ("log-unreachable", lambda a: texts.logs_timeout()),
    "secretsmanager": ("secret-unreachable", lambda a: texts.secret_timeout(a)),
    "ssm": ("secret-unreachable", lambda a: texts.parameter_timeout()),
    "s3": ("layer-download-unreachable", lambda a: texts.layers_timeout(a)),
}


def delete_endpoint(account: Account, service: str) -> None:
    """Deletes an endpoint; moto keeps it as `deleted`, AWS soon forgets it."""
    identifier = account.endpoints.pop(service)
    account.aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[identifier])
    backend("ec2").vpc_end_points.pop(identifier, None)


for _service, (_symptom, _stops) in UNREACHED.items():
    fault(
        f"endpoint-missing-{_service.replace('.', '-')}",
        f"There is no endpoint for {_service}, and no way to the internet",
        stage="network",
        symptom=_symptom,
        expects=lambda a, service=_service: [("network/endpoint-missing", service)],
        stops=_stops,
        designs=ENDPOINTS,
        misleading=texts.BARE[:1],
        seed=("Missing VPC endpoints", "Step 3: describe-vpc-endpoints"),
    )(lambda account, service=_service: delete_endpoint(account, service))


@fault(
    "endpoint-all-missing",
    "Only the S3 gateway endpoint exists",
    stage="network",
    symptom="registry-unreachable",
    expects=each_subnet("network/no-egress"),
    stops=lambda a: texts.registry_timeout(),
    designs=ENDPOINTS,
    misleading=texts.BARE[:1],
)
def endpoint_all_missing(account: Account) -> None:
    for service in vpc.INTERFACE_ENDPOINTS:
        delete_endpoint(account, service)


def private_address(account: Account, service: str) -> str:
    """The address to which the endpoint's name resolves in the VPC."""
    ec2 = backend("ec2")
    interface = ec2.vpc_end_points[account.endpoints[service]].network_interface_ids[0]
    return str(ec2.enis[interface].private_ip_address)


def set_endpoint_group(account: Account, service: str, group: str) -> None:
    """Gives an endpoint another security group."""
    ec2 = backend("ec2")
    endpoint = ec2.vpc_end_points[account.endpoints[service]]
    endpoint.security_group_ids = [group]
    for interface in endpoint.network_interface_ids:
        ec2.enis[interface]._group_set = [ec2.get_security_group_from_id(group)]


@fault(
    "endpoint-group-closed",
    "The security group of the ecr.api endpoint does not admit the tasks",
    stage="network",
    symptom="registry-unreachable",
    expects=one("network/endpoint-security-group", lambda a: a.endpoints["ecr.api"]),
    stops=lambda a: texts.registry_timeout(private_address(a, "ecr.api")),
    designs=ENDPOINTS,
    misleading=texts.BARE[:1],
)
def endpoint_group_closed(account: Account) -> None:
    group = vpc.create_group(account, "endpoint-of-others", "Admits a bastion")
    vpc.allow_in(account, group, 443, cidr="192.168.0.0/16")
    set_endpoint_group(account, "ecr.api", group)


@endpoint_group_closed.twin
def endpoint_group_admits_the_vpc(account: Account) -> None:
    group = vpc.create_group(account, "endpoint-of-others", "Admits the VPC")
    vpc.allow_in(account, group, 443, cidr=account.cidr)
    set_endpoint_group(account, "ecr.api", group)


@fault(
    "endpoint-hides-nat",
    "A new secretsmanager endpoint with private DNS hides the NAT, and its group is closed",
    stage="network",
    symptom="secret-unreachable",
    expects=one("network/endpoint-security-group", lambda a: a.endpoints["secretsmanager"]),
    stops=lambda a: texts.secret_timeout(a),
    designs=NAT,
    seed=("Creating VPC endpoints adds new resources but does not affect existing traffic",),
)
def endpoint_hides_nat(account: Account) -> None:
    closed = vpc.create_group(account, "closed", "Admits nobody")
    account.endpoints["secretsmanager"] = vpc.create_endpoint(account, "secretsmanager", [closed])


@endpoint_hides_nat.twin
def endpoint_without_private_dns_beside_nat(account: Account) -> None:
    endpoint_hides_nat.change(account)
    endpoint = backend("ec2").vpc_end_points[account.endpoints["secretsmanager"]]
    endpoint.private_dns_enabled = False


@fault(
    "endpoint-private-dns-off",
    "The ecr.dkr endpoint has no private DNS: the name leads to the internet",
    stage="network",
    symptom="registry-unreachable",
    expects=one("network/endpoint-private-dns", lambda a: a.endpoints["ecr.dkr"]),
    stops=lambda a: texts.manifest_timeout(a),
    designs=ENDPOINTS,
)
def endpoint_private_dns_off(account: Account) -> None:
    backend("ec2").vpc_end_points[account.endpoints["ecr.dkr"]].private_dns_enabled = False


@fault(
    "endpoint-not-available",
    "The logs endpoint has failed",
    stage="network",
    symptom="log-unreachable",
    expects=one("network/endpoint-unavailable", lambda a: a.endpoints["logs"]),
    stops=lambda a: texts.logs_timeout(),
    designs=ENDPOINTS,
)
def endpoint_not_available(account: Account) -> None:
    backend("ec2").vpc_end_points[account.endpoints["logs"]].state = "failed"


@fault(
    "s3-gateway-on-other-table",
    "The S3 gateway endpoint is on the route table of one subnet only",
    stage="network",
    symptom="layer-download-unreachable",
    expects=each_subnet("network/s3-endpoint-route-table"),
    stops=texts.layers_timeout,
    designs=ENDPOINTS,
    subnets=bad_subnets,
    misleading=texts.BARE[1:2],
    seed=("you also need an S3 gateway endpoint",),
)
def s3_gateway_on_other_table(account: Account) -> None:
    account.settings["bad_subnets"] = [account.subnets[1]]
    delete_endpoint(account, "s3")
    account.endpoints["s3"] = vpc.create_s3_gateway(account, account.subnets[:1])


@s3_gateway_on_other_table.twin
def s3_gateway_on_one_more_table(account: Account) -> None:
    delete_endpoint(account, "s3")
    account.endpoints["s3"] = vpc.create_s3_gateway(account, [*account.subnets, account.public_subnets[0]])


@fault(
    "s3-gateway-policy",
    "The S3 endpoint's policy does not allow the bucket of the layers",
    stage="network",
    symptom="image-access-denied",
    expects=one("network/endpoint-policy", lambda a: a.endpoints["s3"]),
    stops=lambda a: [
        texts.Stop(
            texts.PULL
            + f"ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: unexpected "
            f"status code {a.image}: 403 Forbidden",
            reached="pulling",
        )
    ],
    designs=ENDPOINTS,
)
def s3_gateway_policy(account: Account) -> None:
    allow(account, "s3", "arn:aws:s3:::shop-invoices/*")


@s3_gateway_policy.twin
def s3_gateway_policy_with_the_bucket(account: Account) -> None:
    allow(account, "s3", f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*")


def refused_by(service: str, account: Account) -> list[texts.Stop]:
    """What AWS says when the policy of an endpoint does not allow a call."""
    return REFUSED[service](account)


REFUSED = {
    "ecr.api": lambda a: texts.registry_refused(a, "endpoint"),
    "ecr.dkr": lambda a: texts.pull_refused(a, "ecr:BatchGetImage", "endpoint"),
    "secretsmanager": lambda a: secret_refused(a, "endpoint"),
    "logs": lambda a: log_said(a, "logs:CreateLogStream", "endpoint"),
}

for _service, _symptom, _needed in (
    ("ecr.api", "image-access-denied", ["ecr:GetAuthorizationToken"]),
    ("ecr.dkr", "image-access-denied", ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheck*"]),
    ("secretsmanager", "secret-access-denied", ["secretsmanager:GetSecretValue"]),
    ("logs", "log-access-denied", ["logs:CreateLogStream", "logs:PutLogEvents"]),
):
    fault(
        f"endpoint-policy-{_service.replace('.', '-')}",
        f"The policy of the {_service} endpoint lets another role in only",
        stage="network",
        symptom=_symptom,
        expects=lambda a, service=_service: [("network/endpoint-policy", a.endpoints[service])],
        stops=lambda a, service=_service: refused_by(service, a),
        designs=ENDPOINTS,
        twin=lambda a, service=_service, needed=_needed: let_in(a, service, needed, a.execution_role),
    )(lambda account, service=_service: let_in(account, service, ["*"], "another-role"))


def let_in(account: Account, service: str, actions: list[str], role: str) -> None:
    """An endpoint policy for one role."""
    said = {"Effect": "Allow", "Principal": {"AWS": account.role_arn(role)}, "Action": actions, "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [said]})
    backend("ec2").vpc_end_points[account.endpoints[service]].policy_document = text


def allow(account: Account, service: str, resource: str) -> None:
    """An endpoint policy that allows reading one resource."""
    said = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": resource}
    text = json.dumps({"Version": "2012-10-17", "Statement": [said]})
    backend("ec2").vpc_end_points[account.endpoints[service]].policy_document = text


@fault(
    "dns-hostnames-off",
    "enableDnsHostnames is off, so that endpoint names are not private any more",
    stage="network",
    symptom="registry-unreachable",
    expects=lambda a: [("network/endpoint-private-dns", a.endpoints[service]) for service in vpc.INTERFACE_ENDPOINTS],
    stops=lambda a: texts.registry_timeout(),
    designs=ENDPOINTS,
    first_is_root=True,
    alone=True,
)
def dns_hostnames_off(account: Account) -> None:
    account.aws.ec2.modify_vpc_attribute(VpcId=account.vpc, EnableDnsHostnames={"Value": False})
