"""Changes of the network."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from case import HOSTILE, POLICY, Case, change
from ecswhy_lab.account import Account
from ecswhy_lab.server import REGION


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
]
