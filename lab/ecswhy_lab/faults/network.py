"""The way from the task to AWS and back: routes, gateways, security groups, NACLs, DNS."""

from __future__ import annotations

from ecswhy_lab import texts, vpc
from ecswhy_lab.account import Account, backend
from ecswhy_lab.faults.registry import INTERNET, bad_subnets, each_subnet, fault, one

NAT = frozenset({"nat"})
PUBLIC = frozenset({"public"})
TIMEOUT = {
    "stage": "network",
    "symptom": "registry-unreachable",
    "stops": lambda a: texts.registry_timeout(),
    "misleading": texts.BARE[:1],
}


def delete_default_route(account: Account, subnet: str) -> None:
    """Takes the route to everywhere from the subnet's table."""
    account.aws.ec2.delete_route(RouteTableId=account.route_table(subnet), DestinationCidrBlock="0.0.0.0/0")


@fault(
    "net-no-egress",
    "Private subnets without a NAT gateway and without endpoints",
    expects=each_subnet("network/no-egress"),
    designs=NAT,
    seed=("no NAT gateway and no VPC endpoint for ECR", "Step 3"),
    **TIMEOUT,
)
def net_no_egress(account: Account) -> None:
    for subnet in account.subnets:
        delete_default_route(account, subnet)


@fault(
    "net-no-egress-in-one-subnet",
    "One of two subnets lost its default route",
    expects=each_subnet("network/no-egress"),
    designs=NAT,
    subnets=bad_subnets,
    **TIMEOUT,
)
def net_no_egress_in_one_subnet(account: Account) -> None:
    account.settings["bad_subnets"] = [account.subnets[1]]
    delete_default_route(account, account.subnets[1])


@net_no_egress_in_one_subnet.twin
def other_zones_nat(account: Account) -> None:
    delete_default_route(account, account.subnets[1])
    account.aws.ec2.create_route(
        RouteTableId=account.route_table(account.subnets[1]),
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=account.nats[account.subnets[0]],
    )


@fault(
    "net-main-route-table",
    "The subnets are associated with no table, and the main table has no way out",
    expects=each_subnet("network/no-egress"),
    designs=NAT,
    **TIMEOUT,
)
def net_main_route_table(account: Account) -> None:
    tables = account.aws.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [account.vpc]}])
    for table in tables["RouteTables"]:
        for association in table["Associations"]:
            if association.get("SubnetId") in account.subnets:
                account.aws.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])


@net_main_route_table.twin
def main_route_table_with_nat(account: Account) -> None:
    net_main_route_table.change(account)
    for table in account.aws.ec2.describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [account.vpc]}, {"Name": "association.main", "Values": ["true"]}]
    )["RouteTables"]:
        account.aws.ec2.create_route(
            RouteTableId=table["RouteTableId"],
            DestinationCidrBlock="0.0.0.0/0",
            NatGatewayId=account.nats[account.subnets[0]],
        )


def set_nat_state(account: Account, state: str, subnets: list[str]) -> None:
    """What moto does not do when a NAT gateway goes: the state, and the routes that become blackholes."""
    for subnet in subnets:
        nat = backend("ec2").nat_gateways[account.nats[subnet]]
        nat.state = state
        if state == "failed":
            nat.failure_code = "Gateway.NotAttached"
            nat.failure_message = "Network vpc has no Internet gateway attached"
        blackhole(account, subnet)


def blackhole(account: Account, subnet: str) -> None:
    """The default route's target is gone; AWS keeps the route and marks it."""
    table = backend("ec2").route_tables[account.route_table(subnet)]
    for route in table.routes:
        if route.destination_cidr_block == "0.0.0.0/0":
            route.lab_state = "blackhole"


@fault(
    "net-nat-deleted",
    "The NAT gateways were deleted, the routes to them stayed",
    expects=each_subnet("network/nat-unusable"),
    designs=NAT,
    seed=("Without a NAT gateway",),
    **TIMEOUT,
)
def net_nat_deleted(account: Account) -> None:
    set_nat_state(account, "deleted", account.subnets)


@fault(
    "net-nat-failed",
    "A NAT gateway of one zone failed to be created",
    expects=each_subnet("network/nat-unusable"),
    designs=NAT,
    subnets=bad_subnets,
    **TIMEOUT,
)
def net_nat_failed(account: Account) -> None:
    account.settings["bad_subnets"] = [account.subnets[0]]
    set_nat_state(account, "failed", [account.subnets[0]])


@fault(
    "net-nat-in-private-subnet",
    "The NAT gateways stand in private subnets: they have no way out themselves",
    expects=each_subnet("network/nat-unusable"),
    designs=NAT,
    **TIMEOUT,
)
def net_nat_in_private_subnet(account: Account) -> None:
    for subnet, identifier in account.nats.items():
        nat = backend("ec2").nat_gateways[identifier]
        nat.subnet_id = subnet
        nat._eni.subnet = backend("ec2").get_subnet(subnet)
        vpc.place_interface(nat._eni, subnet)


@fault(
    "net-nat-private",
    "The NAT gateways are private ones, without a public address",
    expects=each_subnet("network/nat-unusable"),
    designs=NAT,
    **TIMEOUT,
)
def net_nat_private(account: Account) -> None:
    for identifier in account.nats.values():
        nat = backend("ec2").nat_gateways[identifier]
        nat.connectivity_type = "private"
        nat._eni.public_ip = None


@fault(
    "net-igw-detached",
    "The internet gateway was detached: the default route is a blackhole",
    expects=each_subnet("network/blackhole-route"),
    designs=PUBLIC,
    **TIMEOUT,
)
def net_igw_detached(account: Account) -> None:
    account.aws.ec2.detach_internet_gateway(InternetGatewayId=account.igw, VpcId=account.vpc)
    blackhole(account, account.subnets[0])


@fault(
    "net-blackhole-instance",
    "The default route points to the interface of a NAT instance that is gone",
    expects=each_subnet("network/blackhole-route"),
    designs=NAT,
    subnets=bad_subnets,
    **TIMEOUT,
)
def net_blackhole_instance(account: Account) -> None:
    subnet = account.subnets[0]
    account.settings["bad_subnets"] = [subnet]
    eni = account.aws.ec2.create_network_interface(SubnetId=account.public_subnets[0])
    interface = eni["NetworkInterface"]["NetworkInterfaceId"]
    delete_default_route(account, subnet)
    account.aws.ec2.create_route(
        RouteTableId=account.route_table(subnet), DestinationCidrBlock="0.0.0.0/0", NetworkInterfaceId=interface
    )
    backend("ec2").enis.pop(interface)
    blackhole(account, subnet)


@fault(
    "net-public-ip-missing",
    "Tasks in public subnets without public addresses",
    expects=each_subnet("network/public-ip-missing"),
    designs=PUBLIC,
    **TIMEOUT,
)
def net_public_ip_missing(account: Account) -> None:
    account.assign_public_ip = "DISABLED"
    account.network()["assignPublicIp"] = "DISABLED"
    for subnet in account.subnets:
        account.aws.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})


@net_public_ip_missing.twin
def subnets_do_not_map(account: Account) -> None:
    for subnet in account.subnets:
        account.aws.ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": False})


@fault(
    "net-group-no-egress",
    "The tasks' security group lets nothing out",
    expects=one("network/security-group-egress", lambda a: a.task_group),
    seed=("Security group blocking outbound traffic",),
    **TIMEOUT,
)
def net_group_no_egress(account: Account) -> None:
    vpc.close_egress(account, account.task_group)


@net_group_no_egress.twin
def only_443_out(account: Account) -> None:
    vpc.close_egress(account, account.task_group)
    vpc.allow_out(account, account.task_group, 443, cidr="0.0.0.0/0")


@fault(
    "net-group-only-http",
    "The tasks' security group lets out port 80, not 443",
    expects=one("network/security-group-egress", lambda a: a.task_group),
    seed=("must allow outbound HTTPS (port 443)",),
    **TIMEOUT,
)
def net_group_only_http(account: Account) -> None:
    vpc.close_egress(account, account.task_group)
    vpc.allow_out(account, account.task_group, 80, cidr="0.0.0.0/0")


@fault(
    "net-group-without-s3",
    "Egress only to the VPC: the S3 prefix list is shut out",
    stage="network",
    symptom="layer-download-unreachable",
    expects=one("network/security-group-egress", lambda a: a.task_group),
    stops=texts.layers_timeout,
    designs=frozenset({"endpoints"}),
    misleading=texts.BARE[1:2],
)
def net_group_without_s3(account: Account) -> None:
    vpc.close_egress(account, account.task_group)
    vpc.allow_out(account, account.task_group, 443, cidr=account.cidr)


@net_group_without_s3.twin
def egress_names_the_prefix_list(account: Account) -> None:
    net_group_without_s3.change(account)
    lists = account.aws.ec2.describe_managed_prefix_lists()["PrefixLists"]
    s3 = next(p["PrefixListId"] for p in lists if p["PrefixListName"].endswith(".s3"))
    vpc.allow_out(account, account.task_group, 443, prefix_list=s3)


def nacl(account: Account, entries: list[tuple[int, bool, str, int, int]]) -> None:
    """A NACL of its own for the service's subnets: (number, egress, allow or deny, from, to)."""
    ec2 = account.aws.ec2
    made = ec2.create_network_acl(VpcId=account.vpc)["NetworkAcl"]["NetworkAclId"]
    account.settings["nacl"] = made
    for number, egress, action, low, high in entries:
        ports = {} if low == 0 and high == 65535 else {"PortRange": {"From": low, "To": high}}
        ec2.create_network_acl_entry(
            NetworkAclId=made,
            RuleNumber=number,
            Protocol="6" if ports else "-1",
            RuleAction=action,
            Egress=egress,
            CidrBlock="0.0.0.0/0",
            **ports,
        )
    for acl in ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [account.vpc]}])["NetworkAcls"]:
        for association in acl["Associations"]:
            if association["SubnetId"] in account.subnets:
                ec2.replace_network_acl_association(
                    AssociationId=association["NetworkAclAssociationId"], NetworkAclId=made
                )


@fault(
    "net-nacl-no-return",
    "The subnets' NACL lets no reply in: ephemeral ports are closed",
    expects=each_subnet("network/nacl"),
    designs=INTERNET,
    **TIMEOUT,
)
def net_nacl_no_return(account: Account) -> None:
    nacl(account, [(100, True, "allow", 0, 65535), (100, False, "allow", 443, 443)])


@net_nacl_no_return.twin
def nacl_with_ephemeral_ports(account: Account) -> None:
    entries = [(100, True, "allow", 0, 65535), (110, False, "allow", 1024, 65535)]
    nacl(account, entries)


@fault(
    "net-nacl-no-https-out",
    "The subnets' NACL denies 443 out before it allows everything",
    expects=each_subnet("network/nacl"),
    designs=INTERNET,
    **TIMEOUT,
)
def net_nacl_no_https_out(account: Account) -> None:
    allow_all = [(100, True, "allow", 0, 65535), (100, False, "allow", 0, 65535)]
    nacl(account, [(90, True, "deny", 443, 443), *allow_all])


@net_nacl_no_https_out.twin
def nacl_denies_too_late(account: Account) -> None:
    allow_all = [(100, True, "allow", 0, 65535), (100, False, "allow", 0, 65535)]
    nacl(account, [(110, True, "deny", 443, 443), *allow_all])


@fault(
    "net-dns-support-off",
    "The VPC does not resolve names",
    expects=one("network/dns-disabled", lambda a: a.vpc),
    stage="network",
    symptom="registry-unreachable",
    stops=lambda a: texts.registry_unresolved(),
    designs=INTERNET,
)
def net_dns_support_off(account: Account) -> None:
    account.aws.ec2.modify_vpc_attribute(VpcId=account.vpc, EnableDnsSupport={"Value": False})


@net_dns_support_off.twin
def hostnames_off_without_endpoints(account: Account) -> None:
    account.aws.ec2.modify_vpc_attribute(VpcId=account.vpc, EnableDnsHostnames={"Value": False})
