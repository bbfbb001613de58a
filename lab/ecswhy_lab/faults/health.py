"""Health: the container's own check, the target group's, and the time that the app takes to start."""

from __future__ import annotations

from typing import Any

from ecswhy_lab import parts
from ecswhy_lab.account import Account, backend
from ecswhy_lab.faults.container import name
from ecswhy_lab.faults.network import nacl
from ecswhy_lab.faults.registry import bad_subnets, fault, one
from ecswhy_lab.revise import revise
from ecswhy_lab.tasks import Stop

SEED = ("Health check failures causing a restart loop", "Step 6")
CHECK = {"command": ["CMD-SHELL", "curl -f http://localhost:8080/health || exit 1"], "interval": 10, "timeout": 5}


def target_group(account: Account) -> str:
    """Subject: the target group."""
    return account.target_group


def killed(account: Account, lived: int = 95, lines: list[str] | None = None) -> list[Stop]:
    """ECS stopped the task because its target was unhealthy."""
    return [
        Stop(
            f"Task failed ELB health checks in (target-group {account.target_group})",
            code="ServiceSchedulerInitiated",
            reached="started",
            lived=lived,
            exits={account.service: (code, "")},
            logs={account.service: lines or ["starting", f"listening on 0.0.0.0:{account.port}"]},
        )
        for code in (143, 137)
    ]


def said(reason: str) -> Any:
    """The event of an unhealthy target."""

    def events(account: Account) -> list[str]:
        return [
            f"(service {account.service}) (port {account.port}) is unhealthy in (target-group {account.target_group}) due "
            f"to (reason {reason})."
        ]

    return events


TIMED_OUT = ("unhealthy", "Target.Timeout", "Request timed out")
TARGET = {"stage": "health", "symptom": "target-unhealthy", "seed": SEED}


@fault(
    "target-wrong-code",
    "The health check's path answers 404",
    expects=one("health/target-response-code", target_group),
    stops=killed,
    target=("unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]"),
    events=said("Health checks failed with these codes: [404]"),
    static=False,
    **TARGET,
)
def target_wrong_code(account: Account) -> None:
    parts.target_group(account).health_check_path = "/healthz"


@target_wrong_code.twin
def matcher_takes_more(account: Account) -> None:
    parts.target_group(account).matcher = {"HttpCode": "200-399"}


@fault(
    "target-times-out",
    "The app is reached and answers too late",
    expects=one("health/target-timeout", target_group),
    stops=killed,
    target=TIMED_OUT,
    events=said("Request timed out"),
    static=False,
    **TARGET,
)
def target_times_out(_: Account) -> None:
    """Nothing in the account shows it."""


@fault(
    "target-group-closed",
    "The tasks' security group does not admit the load balancer",
    expects=one("health/target-security-group", target_group),
    stops=killed,
    target=TIMED_OUT,
    events=said("Request timed out"),
    **TARGET,
)
def target_group_closed(account: Account) -> None:
    close_to_balancer(account)


@target_group_closed.twin
def admits_the_vpc(account: Account) -> None:
    close_to_balancer(account)
    rule = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": account.cidr}]}
    account.aws.ec2.authorize_security_group_ingress(GroupId=account.task_group, IpPermissions=[rule])


def close_to_balancer(account: Account) -> None:
    """Takes the rule away that admits the load balancer."""
    rule = {
        "IpProtocol": "tcp",
        "FromPort": account.port,
        "ToPort": account.port,
        "UserIdGroupPairs": [{"GroupId": account.alb_group}],
    }
    account.aws.ec2.revoke_security_group_ingress(GroupId=account.task_group, IpPermissions=[rule])


@fault(
    "target-acl-closed",
    "The tasks' network ACL drops what the load balancer sends",
    expects=one("health/target-network-acl", target_group),
    stops=killed,
    target=TIMED_OUT,
    events=said("Request timed out"),
    designs=frozenset({"nat", "endpoints"}),
    static=False,
    **TARGET,
)
def target_acl_closed(account: Account) -> None:
    drop_in(account, account.port)


@target_acl_closed.twin
def another_port_is_dropped(account: Account) -> None:
    drop_in(account, account.port + 1)


def drop_in(account: Account, port: int) -> None:
    """A network ACL that lets one port of the tasks out of reach."""
    nacl(
        account,
        [(90, False, "deny", port, port), (100, False, "allow", 0, 65535), (100, True, "allow", 0, 65535)],
    )


@fault(
    "target-wrong-port",
    "The health check asks a port on which no container listens",
    expects=one("health/target-port-mismatch", target_group),
    stops=killed,
    target=("unhealthy", "Target.FailedHealthChecks", "Health checks failed"),
    events=said("Health checks failed"),
    alone=True,
    **TARGET,
)
def target_wrong_port(account: Account) -> None:
    parts.target_group(account).health_check_port = "9090"
    rule = {"IpProtocol": "tcp", "FromPort": 9090, "ToPort": 9090, "UserIdGroupPairs": [{"GroupId": account.alb_group}]}
    account.aws.ec2.authorize_security_group_ingress(GroupId=account.task_group, IpPermissions=[rule])


@target_wrong_port.twin
def port_by_number(account: Account) -> None:
    parts.target_group(account).health_check_port = str(account.port)


@fault(
    "target-zone-disabled",
    "The load balancer is not enabled in the zone of one subnet",
    stage="health",
    symptom="target-unhealthy",
    expects=one("health/target-az-disabled", target_group),
    stops=killed,
    target=(
        "unused",
        "Target.NotInUse",
        "Target is in an Availability Zone that is not enabled for the load balancer",
    ),
    events=said("Target is in an Availability Zone that is not enabled for the load balancer"),
    subnets=bad_subnets,
)
def target_zone_disabled(account: Account) -> None:
    account.settings["bad_subnets"] = [account.subnets[1]]
    balancer = backend("elbv2").load_balancers[account.alb]
    zone = backend("ec2").get_subnet(account.subnets[0]).availability_zone
    balancer.subnets = [subnet for subnet in balancer.subnets if subnet.availability_zone == zone]


@fault(
    "target-group-unused",
    "No listener forwards to the target group",
    stage="health",
    symptom="target-registration-failed",
    expects=one("health/target-group-unused", target_group),
    stops=lambda a: [Stop("", reached="nothing")],
    events=lambda a: [
        f"(service {a.service}) was unable to place a task. Reason: The target group with targetGroupArn "
        f"{a.target_group} does not have an associated load balancer."
    ],
    show="none",
)
def target_group_unused(account: Account) -> None:
    account.aws.elbv2.delete_listener(ListenerArn=account.listener)
    parts.target_group(account).load_balancer_arns.clear()


@target_group_unused.twin
def forwarded_by_a_rule(account: Account) -> None:
    elb = account.aws.elbv2
    answer = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404", "ContentType": "text/plain"}}
    elb.modify_listener(ListenerArn=account.listener, DefaultActions=[answer])
    elb.create_rule(
        ListenerArn=account.listener,
        Priority=10,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": account.target_group}],
    )


@fault(
    "target-type-instance",
    "The target group takes instances, tasks register addresses",
    stage="health",
    symptom="target-registration-failed",
    expects=one("health/target-type", target_group),
    stops=lambda a: [Stop("", reached="nothing")],
    events=lambda a: [
        f"(service {a.service}) failed to register targets in (target-group {a.target_group}) with (error "
        "InvalidTarget The following targets are not in the target group: the target type instance is incompatible with "
        "the awsvpc network mode)"
    ],
    show="none",
)
def target_type_instance(account: Account) -> None:
    parts.target_group(account).target_type = "instance"


SLOW = ["starting", "loading caches (this takes a while)"]


@fault(
    "grace-period-too-short",
    "The app listens after 75 seconds, ECS waits for none",
    expects=one("health/grace-period-too-short", lambda a: a.service_arn),
    stops=lambda a: killed(a, 48, SLOW),
    target=("unhealthy", "Target.FailedHealthChecks", "Health checks failed"),
    events=said("Health checks failed"),
    static=False,
    shapes=("rolling",),
    **TARGET,
)
def grace_period_too_short(account: Account) -> None:
    account.ecs_service().health_check_grace_period_seconds = 0
    slow_start(account)


@grace_period_too_short.twin
def grace_period_long_enough(account: Account) -> None:
    account.ecs_service().health_check_grace_period_seconds = 180
    slow_start(account)


def slow_start(account: Account) -> None:
    """The logs of the tasks that run say that they listened 75 seconds after their start."""
    logs = backend("logs").groups[account.log_group].streams
    for task in backend("ecs").tasks[account.cluster].values():
        if task.group != f"service:{account.service}":
            continue
        stream = logs[f"ecs/{account.service}/{task.id}"]
        started = int(task.started_at.timestamp() * 1000)
        for event, after in zip(stream.events, (1, 75, 80), strict=False):
            event.timestamp = started + after * 1000


def unhealthy(account: Account, lived: int = 50, lines: list[str] | None = None) -> list[Stop]:
    """ECS stopped the task because its container's own check failed."""
    return [
        Stop(
            text,
            code="ServiceSchedulerInitiated",
            reached="started",
            lived=lived,
            exits={account.service: (137, "")},
            logs={account.service: lines or ["starting", f"listening on 0.0.0.0:{account.port}"]},
            health="UNHEALTHY",
        )
        for text in (
            "Task failed container health checks",
            f"(service {account.service}) (task {{task}}) failed container health checks.",
        )
    ]


CONTAINER = {"stage": "health", "symptom": "container-unhealthy", "static": False, "seed": SEED}


def with_check(account: Account, **changes: Any) -> None:
    """A revision whose container checks itself."""
    check = {**CHECK, "retries": 3, "startPeriod": 120, **changes}
    revise(account, lambda c: c.update(healthCheck=check))


@fault(
    "container-check-fails",
    "The container's health check fails although the app listens",
    expects=one("health/container-check-fails", name),
    stops=lambda a: unhealthy(a, 200),
    **CONTAINER,
)
def container_check_fails(account: Account) -> None:
    with_check(account)


@container_check_fails.twin
def container_check_passes(account: Account) -> None:
    with_check(account, command=["CMD-SHELL", "wget -q -O - http://localhost/health || exit 1"])


@fault(
    "container-check-too-early",
    "The container is checked while it still starts",
    expects=one("health/container-check-too-early", name),
    stops=lambda a: unhealthy(a, 62, SLOW),
    **CONTAINER,
)
def container_check_too_early(account: Account) -> None:
    account.ecs_service().health_check_grace_period_seconds = 0
    slow_start(account)
    with_check(account, startPeriod=0, interval=10, retries=3)


@fault(
    "container-check-command",
    "The health check's command is a shell line given as one program",
    expects=one("health/container-check-command-missing", name),
    stops=lambda a: unhealthy(a, 200),
    **{**CONTAINER, "static": True},
)
def container_check_command(account: Account) -> None:
    with_check(account, command=["CMD", "curl -f http://localhost:8080/health || exit 1"])


@fault(
    "listens-on-loopback",
    "The app listens on 127.0.0.1, so the load balancer is refused",
    expects=one("health/listens-on-loopback", name),
    stops=lambda a: killed(a, lines=["starting", f"Listening on http://127.0.0.1:{a.port}"]),
    target=("unhealthy", "Target.FailedHealthChecks", "Health checks failed"),
    events=said("Health checks failed"),
    static=False,
    **TARGET,
)
def listens_on_loopback(account: Account) -> None:
    revise(account, lambda c: c["environment"].append({"name": "HOST", "value": "127.0.0.1"}))
