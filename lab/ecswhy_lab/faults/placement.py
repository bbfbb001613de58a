"""Before the task has a network interface: subnets, groups, capacity, quotas, and the service itself."""

from __future__ import annotations

from ecswhy_lab import texts, vpc
from ecswhy_lab.account import Account, backend
from ecswhy_lab.faults.network import delete_default_route
from ecswhy_lab.faults.registry import Key, bad_subnets, each_subnet, fault, one
from ecswhy_lab.tasks import Stop

NO_ADDRESS = (
    "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment {public} in subnet "
    "'{subnet}': InsufficientFreeAddressesInSubnet"
)


def service_arn(account: Account) -> str:
    """Subject: the service."""
    return account.service_arn


def unplaced(text: str) -> list[Stop]:
    """No task; only the words of the event."""
    return [Stop(text, reached="nothing")]


def placing(account: Account, reason: str) -> list[str]:
    """The event of a task that could not be placed."""
    return [f"(service {account.service}) was unable to place a task. Reason: {reason}"]


def mark_full(account: Account) -> None:
    """The fault shows once the attempts' interfaces are gone: see `fill`."""
    account.settings["bad_subnets"] = [account.subnets[0]]


def fill(account: Account, free: int = 0) -> None:
    """Leaves so many free addresses in the first subnet."""
    subnet = backend("ec2").get_subnet(account.subnets[0])
    subnet._available_ip_addresses -= subnet.available_ip_address_count - free


def full_stops(account: Account) -> list[Stop]:
    """EC2 had no address."""
    public = "enabled" if account.assign_public_ip == "ENABLED" else "disabled"
    said = NO_ADDRESS.replace("{public}", public)
    return [Stop(said, reached="nothing"), Stop("TaskFailedToStart: " + said, reached="nothing")]


@fault(
    "subnet-full",
    "One subnet has no free address",
    stage="eni",
    symptom="subnet-out-of-addresses",
    expects=each_subnet("eni/subnet-out-of-addresses"),
    stops=full_stops,
    subnets=bad_subnets,
    after=fill,
    misleading=("Task failed to start",),
    seed=("ENI limit reached in the subnet",),
)
def subnet_full(account: Account) -> None:
    mark_full(account)


@subnet_full.twin
def subnet_nearly_full(account: Account) -> None:
    fill(account, free=20)


@fault(
    "subnet-full-stuck",
    "One subnet has no free address, and its task hangs in PROVISIONING",
    stage="eni",
    symptom="stuck-provisioning",
    expects=each_subnet("eni/subnet-out-of-addresses"),
    stops=full_stops,
    subnets=bad_subnets,
    after=fill,
    show="provisioning",
    seed=("Task stuck in PENDING",),
)
def subnet_full_stuck(account: Account) -> None:
    mark_full(account)


@fault(
    "stuck-pending-no-egress",
    "Tasks hang in PENDING while they cannot reach anything",
    stage="network",
    symptom="stuck-pending",
    expects=each_subnet("network/no-egress"),
    stops=lambda a: texts.registry_timeout(),
    designs=frozenset({"nat"}),
    show="pending",
    seed=("Task stuck in PENDING",),
)
def stuck_pending_no_egress(account: Account) -> None:
    for subnet in account.subnets:
        delete_default_route(account, subnet)


def missing_group(account: Account) -> str:
    """A security group id that does not exist."""
    return "sg-0" + account.vpc[-16:]


@fault(
    "security-group-missing",
    "The service names a security group that was deleted",
    stage="eni",
    symptom="security-group-invalid",
    expects=one("eni/security-group-missing", missing_group),
    stops=lambda a: unplaced(f"The security group '{missing_group(a)}' does not exist"),
    events=lambda a: placing(a, f"The security group '{missing_group(a)}' does not exist."),
    show="none",
)
def security_group_missing(account: Account) -> None:
    account.network()["securityGroups"] = [missing_group(account)]


@fault(
    "security-group-other-vpc",
    "The service names a security group of another VPC",
    stage="eni",
    symptom="security-group-invalid",
    expects=one("eni/security-group-other-vpc", lambda a: a.settings["foreign_group"]),
    stops=lambda a: unplaced("security groups and subnets belong to different networks"),
    events=lambda a: placing(
        a,
        f"You have specified two resources that belong to different networks: the security group "
        f"'{a.settings['foreign_group']}' and the subnet '{a.subnets[0]}' belong to different networks.",
    ),
    show="none",
    # The group of the service is not its own any more.
    alone=True,
)
def security_group_other_vpc(account: Account) -> None:
    other = account.aws.ec2.create_vpc(CidrBlock="172.20.0.0/16")["Vpc"]["VpcId"]
    group = vpc.create_group(account, "foreign", "Of another VPC", vpc=other)
    account.settings["foreign_group"] = group
    account.network()["securityGroups"] = [group]


@security_group_other_vpc.twin
def second_group(account: Account) -> None:
    group = vpc.create_group(account, "second", "Of the same VPC")
    account.network()["securityGroups"].append(group)


CAPACITY = "Capacity is unavailable at this time. Please try again later or in a different availability zone"


@fault(
    "capacity-unavailable",
    "Fargate has no capacity",
    stage="capacity",
    symptom="capacity-unavailable",
    expects=one("capacity/fargate-unavailable", service_arn),
    stops=lambda a: unplaced(CAPACITY),
    events=lambda a: placing(a, f"{CAPACITY}. For more information, see the Troubleshooting section."),
    show="none",
    static=False,
)
def capacity_unavailable(_: Account) -> None:
    """Nothing in the account shows it."""


QUOTA = "You\u2019ve reached the limit on the number of vCPUs you can run concurrently"


@fault(
    "vcpu-quota",
    "The account's Fargate vCPU quota is reached",
    stage="capacity",
    symptom="quota-reached",
    expects=one("capacity/vcpu-quota-reached", service_arn),
    stops=lambda a: unplaced(QUOTA),
    events=lambda a: placing(a, f"{QUOTA}."),
    show="none",
    static=False,
)
def vcpu_quota(_: Account) -> None:
    """Nothing in the account shows it."""


@fault(
    "spot-interrupted",
    "Fargate Spot took the tasks back",
    stage="capacity",
    symptom="spot-interrupted",
    expects=one("capacity/spot-interrupted", service_arn),
    stops=lambda a: [
        Stop(
            "Your Spot Task was interrupted.",
            code=code,
            reached="started",
            lived=180,
            exits={a.service: (143, "")},
        )
        for code in ("SpotInterruption", "TerminationNotice")
    ],
    static=False,
)
def spot_interrupted(account: Account) -> None:
    service = account.ecs_service()
    service.launch_type = None
    service.capacity_provider_strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}]


@fault(
    "eni-timeout",
    "Fargate could not attach the network interface in time",
    stage="eni",
    symptom="eni-provisioning-failed",
    expects=one("eni/provisioning-timeout", service_arn),
    stops=lambda a: [
        Stop("Timeout waiting for network interface provisioning to complete.", reached="nothing", lived=180),
        Stop(
            "ResourceInitializationError: Timeout waiting for network interface provisioning to complete.",
            reached="nothing",
            lived=180,
        ),
    ],
    static=False,
)
def eni_timeout(_: Account) -> None:
    """Nothing in the account shows it."""


def definition_arn(account: Account) -> list[Key]:
    """Subject: the failing revision."""
    return [("service/task-definition-inactive", account.current)]


@fault(
    "task-definition-inactive",
    "The revision that the service runs was deregistered",
    stage="service",
    symptom="unknown",
    expects=definition_arn,
    stops=lambda a: unplaced("TaskDefinition is inactive"),
    events=lambda a: placing(a, "TaskDefinition is inactive."),
    show="none",
    shapes=("fresh",),
    alone=True,
)
def task_definition_inactive(account: Account) -> None:
    account.definition().status = "INACTIVE"


@task_definition_inactive.twin
def old_revision_inactive(account: Account) -> None:
    backend("ecs").describe_task_definition(account.previous).status = "INACTIVE"


def deadlocked(account: Account) -> list[str]:
    """ECS says that it may neither stop nor start a task."""
    return [
        f"(service {account.service}) was unable to stop or start tasks during a deployment because of the service "
        "deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
    ]


@fault(
    "deployment-deadlock",
    "Minimum and maximum percent are both 100: nothing may stop, nothing may start",
    stage="service",
    symptom="placement-failed",
    expects=one("service/deployment-deadlock", service_arn),
    stops=lambda a: unplaced(""),
    events=deadlocked,
    show="none",
    shapes=("rolling",),
    alone=True,
)
def deployment_deadlock(account: Account) -> None:
    account.ecs_service().deployment_configuration |= {"minimumHealthyPercent": 100, "maximumPercent": 100}


@deployment_deadlock.twin
def room_for_one(account: Account) -> None:
    account.ecs_service().deployment_configuration |= {"minimumHealthyPercent": 50, "maximumPercent": 100}
