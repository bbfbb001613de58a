"""Egress through a gateway whose far side this account does not show: no fault of this account would be true."""

from __future__ import annotations

from ecswhy_lab import texts
from ecswhy_lab.account import Account, backend
from ecswhy_lab.faults.network import NAT, delete_default_route
from ecswhy_lab.faults.registry import fault, nothing

BEHIND = {
    "stage": "network",
    "symptom": "registry-unreachable",
    "expects": nothing,
    "notes": lambda a: [("network/path-out-of-sight", a.settings["gateway"])],
    "stops": lambda a: texts.registry_timeout(),
    "designs": NAT,
    "misleading": texts.BARE[:1],
    "alone": True,
}


def lead_to(account: Account, block: str, **target: str) -> None:
    """A route of each of the service's subnets."""
    for subnet in account.subnets:
        account.aws.ec2.create_route(
            RouteTableId=account.route_table(subnet), DestinationCidrBlock=block, **target
        )


def default_to(account: Account, **target: str) -> None:
    """The default route of the service's subnets."""
    for subnet in account.subnets:
        delete_default_route(account, subnet)
    lead_to(account, "0.0.0.0/0", **target)
    account.settings["gateway"] = next(iter(target.values()))




@fault("net-transit-gateway", "The default route leads to a transit gateway of another account", **BEHIND)
def net_transit_gateway(account: Account) -> None:
    transit = account.aws.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    default_to(account, TransitGatewayId=transit)
    backend("ec2").transit_gateways.pop(transit)


@net_transit_gateway.twin
def only_private_blocks_to_a_transit_gateway(account: Account) -> None:
    transit = account.aws.ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    lead_to(account, "172.16.0.0/12", TransitGatewayId=transit)


@fault("net-vpn-gateway", "The default route leads to a virtual private gateway", **BEHIND)
def net_vpn_gateway(account: Account) -> None:
    gateway = account.aws.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    account.aws.ec2.attach_vpn_gateway(VpcId=account.vpc, VpnGatewayId=gateway)
    default_to(account, GatewayId=gateway)


@fault("net-firewall-endpoint", "The default route leads to the endpoint of a firewall", **BEHIND)
def net_firewall_endpoint(account: Account) -> None:
    endpoint = account.aws.ec2.create_vpc_endpoint(
        VpcEndpointType="GatewayLoadBalancer",
        VpcId=account.vpc,
        ServiceName="com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
        SubnetIds=[account.public_subnets[0]],
    )["VpcEndpoint"]["VpcEndpointId"]
    default_to(account, VpcEndpointId=endpoint)


@fault("net-nat-instance", "The default route leads to a NAT instance", **BEHIND)
def net_nat_instance(account: Account) -> None:
    made = account.aws.ec2.create_network_interface(SubnetId=account.public_subnets[0])["NetworkInterface"]
    identifier = made["NetworkInterfaceId"]
    account.aws.ec2.modify_network_interface_attribute(
        NetworkInterfaceId=identifier, SourceDestCheck={"Value": False}
    )
    default_to(account, NetworkInterfaceId=identifier)


@net_nat_instance.twin
def nat_instance_for_other_blocks(account: Account) -> None:
    made = account.aws.ec2.create_network_interface(SubnetId=account.public_subnets[0])["NetworkInterface"]
    lead_to(account, "192.168.0.0/16", NetworkInterfaceId=made["NetworkInterfaceId"])
