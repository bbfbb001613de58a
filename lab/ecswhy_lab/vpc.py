"""Networks of the healthy designs: VPC, subnets, ways out, endpoints, security groups."""

from __future__ import annotations

import ipaddress
from typing import Any

from ecswhy_lab.account import Account, backend
from ecswhy_lab.server import REGION

INTERFACE_ENDPOINTS = ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm")


def tags(name: str) -> list[dict[str, str]]:
    """A Name tag."""
    return [{"Key": "Name", "Value": name}]


def specification(kind: str, name: str) -> list[dict[str, Any]]:
    """A TagSpecifications parameter with a Name tag."""
    return [{"ResourceType": kind, "Tags": tags(name)}]


def create_vpc(account: Account) -> None:
    """A VPC over two zones with two public subnets and an internet gateway."""
    ec2 = account.aws.ec2
    account.cidr = f"10.{account.rng.randrange(10, 200)}.0.0/16"
    account.azs = [f"{REGION}{zone}" for zone in sorted(account.rng.sample("abcdf", 2))]
    vpc = ec2.create_vpc(CidrBlock=account.cidr, TagSpecifications=specification("vpc", account.cluster))
    account.vpc = vpc["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=account.vpc, **{attribute: {"Value": True}})
    account.igw = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=account.igw, VpcId=account.vpc)
    table = create_table(account, "public")
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=account.igw)
    for index in range(2):
        account.public_subnets.append(create_subnet(account, f"public-{index}", index, index, table))


def create_table(account: Account, name: str) -> str:
    """A route table that holds only the local route."""
    table = account.aws.ec2.create_route_table(VpcId=account.vpc, TagSpecifications=specification("route-table", name))
    return str(table["RouteTable"]["RouteTableId"])


def create_subnet(account: Account, name: str, third_octet: int, zone: int, table: str) -> str:
    """A /24 subnet of the VPC, associated with a route table."""
    network = list(ipaddress.ip_network(account.cidr).subnets(new_prefix=24))[third_octet]
    subnet = account.aws.ec2.create_subnet(
        VpcId=account.vpc,
        CidrBlock=str(network),
        AvailabilityZone=account.azs[zone],
        TagSpecifications=specification("subnet", name),
    )["Subnet"]["SubnetId"]
    account.aws.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    account.route_tables[subnet] = table
    return str(subnet)


def create_private_subnets(account: Account) -> None:
    """Two private subnets, each with a route table of its own; the service runs in them."""
    for index in range(2):
        table = create_table(account, f"private-{index}")
        account.subnets.append(create_subnet(account, f"private-{index}", 10 + index, index, table))


def create_nats(account: Account) -> None:
    """A public NAT gateway per zone, and the default routes through them."""
    ec2 = account.aws.ec2
    for private, public in zip(account.subnets, account.public_subnets, strict=True):
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
        place_interface(backend("ec2").nat_gateways[nat]._eni, public)
        account.nats[private] = nat
        ec2.create_route(RouteTableId=account.route_table(private), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)


def create_groups(account: Account) -> None:
    """Security groups of the load balancer, the tasks, the endpoints and a database."""
    account.alb_group = create_group(account, "alb", "Load balancer")
    account.task_group = create_group(account, account.service, "Tasks of the service")
    account.database_group = create_group(account, "database", "Database")
    allow_in(account, account.alb_group, 80, cidr="0.0.0.0/0")
    allow_in(account, account.task_group, account.port, group=account.alb_group)
    allow_in(account, account.database_group, 5432, group=account.task_group)


def create_group(account: Account, name: str, description: str, vpc: str | None = None) -> str:
    """A security group with AWS's default: nothing in, everything out."""
    group = account.aws.ec2.create_security_group(GroupName=name, Description=description, VpcId=vpc or account.vpc)
    return str(group["GroupId"])


def permission(port: int | None, cidr: str = "", group: str = "", prefix_list: str = "") -> dict[str, Any]:
    """One IpPermissions element: a tcp port, or everything when there is no port."""
    rule: dict[str, Any] = {"IpProtocol": "-1"}
    if port is not None:
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
    if cidr:
        rule["IpRanges"] = [{"CidrIp": cidr}]
    if group:
        rule["UserIdGroupPairs"] = [{"GroupId": group}]
    if prefix_list:
        rule["PrefixListIds"] = [{"PrefixListId": prefix_list}]
    return rule


def allow_in(account: Account, owner: str, port: int | None, **peer: str) -> None:
    """Adds an ingress rule."""
    account.aws.ec2.authorize_security_group_ingress(GroupId=owner, IpPermissions=[permission(port, **peer)])


def allow_out(account: Account, owner: str, port: int | None, **peer: str) -> None:
    """Adds an egress rule."""
    account.aws.ec2.authorize_security_group_egress(GroupId=owner, IpPermissions=[permission(port, **peer)])


def close_egress(account: Account, group: str) -> None:
    """Takes the default rule away that lets everything out."""
    account.aws.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[permission(None, cidr="0.0.0.0/0")])


def create_endpoint(account: Account, service: str, groups: list[str] | None = None) -> str:
    """An interface endpoint with private DNS in the service's subnets."""
    endpoint = account.aws.ec2.create_vpc_endpoint(
        VpcId=account.vpc,
        ServiceName=f"com.amazonaws.{REGION}.{service}",
        VpcEndpointType="Interface",
        SubnetIds=account.subnets,
        SecurityGroupIds=groups or [account.endpoint_group],
        PrivateDnsEnabled=True,
    )["VpcEndpoint"]
    identifier = str(endpoint["VpcEndpointId"])
    ec2 = backend("ec2")
    for interface, subnet in zip(endpoint["NetworkInterfaceIds"], account.subnets, strict=True):
        eni = ec2.enis[interface]
        place_interface(eni, subnet)
        eni.description = f"VPC Endpoint Interface {identifier}"
        eni.interface_type = "vpc_endpoint"
        eni.status = "in-use"
        eni._group_set = [ec2.get_security_group_from_id(g) for g in groups or [account.endpoint_group]]
    return identifier


def create_s3_gateway(account: Account, subnets: list[str]) -> str:
    """The S3 gateway endpoint on the route tables of these subnets."""
    endpoint = account.aws.ec2.create_vpc_endpoint(
        VpcId=account.vpc,
        ServiceName=f"com.amazonaws.{REGION}.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=sorted({account.route_table(subnet) for subnet in subnets}),
    )["VpcEndpoint"]
    return str(endpoint["VpcEndpointId"])


def create_endpoints(account: Account) -> None:
    """Everything that a task needs without a way to the internet."""
    account.endpoint_group = create_group(account, "endpoints", "Interface endpoints")
    allow_in(account, account.endpoint_group, 443, group=account.task_group)
    for service in INTERFACE_ENDPOINTS:
        account.endpoints[service] = create_endpoint(account, service)
    account.endpoints["s3"] = create_s3_gateway(account, account.subnets)


def free_address(subnet: str) -> str:
    """The lowest address of the subnet that no interface holds; AWS keeps the first four."""
    ec2 = backend("ec2")
    taken = {eni.private_ip_address for eni in ec2.enis.values()}
    network = ipaddress.ip_network(ec2.get_subnet(subnet).cidr_block)
    return next(str(host) for host in list(network.hosts())[10:] if str(host) not in taken)


def place_interface(eni: Any, subnet: str) -> None:
    """moto gives some interfaces an address outside their subnet: gives it one inside."""
    eni.private_ip_address = free_address(subnet)
    eni.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": eni.private_ip_address}]
