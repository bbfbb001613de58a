"""The built binary and the calls that it makes: python lab/tests/collection.py BINARY [PART OF A NAME].

How many calls must wait for each other; what becomes of a run when any one call is denied, broken or cut; and whether
the printed IAM policy is enough. Ends with `N passed, N failed`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import many
from ecswhy_lab import generate
from ecswhy_lab.account import Account
from ecswhy_lab.generate import Plan
from ecswhy_lab.proxy import Proxy, Reply
from ecswhy_lab.server import ENVIRONMENT, Server

from moto import settings  # noqa: E402, I001  (the lab sets moto's environment first)
from moto.core.responses import ActionAuthenticatorMixin  # noqa: E402

ROUND_TRIPS = 5
"""The most that may have to wait for each other (DESIGN section 8)."""
WORKERS = 4
SERVICES = 120
"""Of the region with many services."""
OPTIONAL = {
    "ec2:DescribeVpcBlockPublicAccessOptions",
    "ec2:DescribeVpcBlockPublicAccessExclusions",
    "ecr:DescribePullThroughCacheRules",
    "ecr:ListTagsForResource",
    "elasticloadbalancing:DescribeTags",
    "kms:ListResourceTags",
}
"""Calls that a healthy report does without."""
COUNTED_ONLY = {"sts:GetCallerIdentity"}
"""Calls that give no facts."""
NEEDED_BY = {
    "ecs:DescribeTaskDefinition": ("image/tag-missing", "role/execution-role-not-found", "secret/not-found"),
    "ecr:DescribeRepositories": ("image/repository-missing",),
    "ecr:DescribeImages": ("image/tag-missing",),
    "iam:GetRole": ("role/execution-role-not-found", "role/execution-role-trust", "role/ecr-denied"),
    "iam:ListAttachedRolePolicies": ("role/ecr-denied", "role/log-denied"),
    "iam:ListRolePolicies": ("role/secret-denied",),
    "iam:GetRolePolicy": ("role/secret-denied",),
    "iam:GetPolicyVersion": ("role/ecr-denied", "role/log-denied"),
    "secretsmanager:DescribeSecret": ("secret/not-found", "secret/pending-deletion"),
    "ssm:DescribeParameters": ("secret/parameter-not-found",),
    "kms:DescribeKey": ("secret/key-unusable",),
    "logs:DescribeLogGroups": ("log/group-missing",),
    "ec2:DescribeSubnets": ("network/no-egress",),
    "ec2:DescribeRouteTables": ("network/no-egress",),
    "ec2:DescribeSecurityGroups": ("network/security-group-egress",),
    "ec2:DescribeNetworkAcls": ("network/nacl",),
    "ec2:DescribeNatGateways": ("network/nat-unusable",),
    "ec2:DescribeVpcAttribute": ("network/dns-disabled",),
}
"""Checks that must not pass when the call gives nothing."""

Fault = Callable[[str], Callable[[str, bytes, Callable[[], Reply]], Reply | None]]


def denied(wanted: str) -> Any:
    """As AWS says it: a JSON error in the JSON protocols, XML in the others."""

    def fault(name: str, _: bytes, __: Callable[[], Reply]) -> Reply | None:
        if name != wanted:
            return None
        text = f"User: arn:aws:iam::123456789012:user/x is not authorized to perform: {wanted}"
        if name.split(":")[0] in ("ec2", "iam", "elasticloadbalancing", "sts", "s3"):
            xml = f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>{text}</Message></Error></ErrorResponse>"
            return Reply(403, xml.encode(), "text/xml")
        error = {"__type": "AccessDeniedException", "message": text}
        return Reply(400, json.dumps(error).encode(), "application/x-amz-json-1.1")

    return fault


def forbidden(wanted: str) -> Any:
    """A 403 whose body nobody can read, as from a proxy on the way."""
    return lambda name, _, __: Reply(403, b"<html><p>Forbidden", "text/html") if name == wanted else None


def broken(wanted: str) -> Any:
    """A server error without a word of AWS."""
    return lambda name, _, __: Reply(500, b"Internal Server Error") if name == wanted else None


def throttled(wanted: str) -> Any:
    """AWS limits the rate."""
    body = b'{"__type":"ThrottlingException","message":"Rate exceeded"}'
    return lambda name, _, __: Reply(400, body, "application/x-amz-json-1.1") if name == wanted else None


def truncated(wanted: str) -> Any:
    """The first half of the true answer, told to be all of it."""

    def fault(name: str, _: bytes, answer: Callable[[], Reply]) -> Reply | None:
        if name != wanted:
            return None
        whole = answer()
        return Reply(whole.status, whole.body[: len(whole.body) // 2], whole.kind)

    return fault


FAULTS: tuple[tuple[Fault, str], ...] = (
    (denied, "denied"),
    (forbidden, "denied"),
    (broken, "failed"),
    (throttled, "failed"),
    (truncated, "failed"),
)


class Runner:
    """Runs the binary against a proxy."""

    def __init__(self, binary: Path) -> None:
        self.binary = binary

    def run(self, endpoint: str, *words: str, **more: str) -> tuple[int, str, str, float]:
        """Exit code, stdout, stderr and seconds."""
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": tempfile.gettempdir(),
            **ENVIRONMENT,
            "AWS_ENDPOINT_URL": endpoint,
            **more,
        }
        begun = time.monotonic()
        done = subprocess.run(
            [self.binary, *words], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        return done.returncode, done.stdout, done.stderr, time.monotonic() - begun

    def report(self, endpoint: str, target: str, **more: str) -> dict[str, Any]:
        """The report about a target; the run must end as runs do."""
        code, out, err, _ = self.run(endpoint, "diagnose", target, "--format", "json", **more)
        assert code in (0, 1, 3), f"exit {code}: {err[:500]}"
        whole: dict[str, Any] = json.loads(out)
        return whole


def round_trips(runner: Runner, server: Server, plan: Plan) -> None:
    """No more than five calls wait for each other, and what is asked is asked once."""
    _, built = generate.build(server, plan)
    proxy = Proxy(server.endpoint)
    proxy.latency = 0.5
    runner.report(proxy.endpoint, built.target)
    proxy.stop()
    assert proxy.round_trips() <= ROUND_TRIPS, [call.name for call in proxy.calls]
    asked = [(call.name, call.body) for call in proxy.calls if call.body]
    twice = sorted({name for name, body in asked if asked.count((name, body)) > 1})
    assert not twice, f"asked more than once: {twice}"
    print(f"  {plan.title()}: {len(proxy.calls)} calls in {proxy.round_trips()} round trips")


def slow_optional_calls(runner: Runner, server: Server) -> None:
    """An optional call that hangs is given up."""
    _, built = generate.build(server, Plan("nat"))
    proxy = Proxy(server.endpoint)
    proxy.fault = lambda name, _, __: Reply(200, b"", delay=20) if name in OPTIONAL else None
    begun = time.monotonic()
    whole = runner.report(proxy.endpoint, built.target)
    took = time.monotonic() - begun
    proxy.stop()
    assert whole["reports"][0]["status"] == "healthy", whole["reports"][0]["status"]
    assert took < 10, f"{took:.1f} s"


def verdicts(whole: dict[str, Any]) -> dict[str, str]:
    """The verdict of each check."""
    checks = [check for stage in whole["reports"][0]["stages"] for check in stage["checks"]]
    return {check["id"]: check["verdict"] for check in checks}


def any_call_may_fail(runner: Runner, server: Server) -> None:
    """Each call of a healthy account's run in turn gives nothing: the run goes on, says so, and claims nothing."""
    _, built = generate.build(server, Plan("nat"))
    remembered: dict[tuple[str, ...], Reply] = {}
    first = Proxy(server.endpoint, remembered)
    sound = verdicts(runner.report(first.endpoint, built.target))
    names = sorted({call.name for call in first.calls} - COUNTED_ONLY)
    first.stop()
    cases = [(name, fault, kind) for name in names for fault, kind in FAULTS]
    wrong: list[str] = []

    def some(mine: list[tuple[str, Fault, str]]) -> None:
        proxy = Proxy(server.endpoint, remembered)
        for name, fault, kind in mine:
            proxy.fault = fault(name)
            wrong.extend(
                f"{name} {fault.__name__}: {what}"
                for what in differences(runner, proxy.endpoint, built.target, name, kind, sound)
            )
        proxy.stop()

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(some, [cases[start::WORKERS] for start in range(WORKERS)]))
    print(f"  {len(cases)} faults of {len(names)} calls")
    assert not wrong, "\n    " + "\n    ".join(sorted(wrong))


def differences(
    runner: Runner, endpoint: str, target: str, name: str, kind: str, sound: dict[str, str]
) -> Iterator[str]:
    """What a run with one faulty call does wrong."""
    try:
        whole = runner.report(endpoint, target, AWS_MAX_ATTEMPTS="1")
    except (AssertionError, ValueError) as error:
        yield str(error)
        return
    if not any(entry.startswith(name) for entry in whole["calls"][kind]):
        yield f"calls.{kind} does not name it"
    report = whole["reports"][0]
    blamed = [f["key"] for f in report["findings"] if f["role"] in ("root-cause", "next-blocker", "risk")]
    if blamed:
        yield f"blames {', '.join(blamed)}"
    if report["status"] not in ("incomplete", "healthy", "deploying"):
        yield f"status {report['status']}"
    now = verdicts(whole)
    believed = [check for check in NEEDED_BY.get(name, ()) if now.get(check) == "pass" and sound.get(check) == "pass"]
    if believed:
        yield f"{', '.join(believed)} passes without it"


def policy_is_enough(runner: Runner, server: Server, plan: Plan) -> None:
    """Under moto's IAM enforcement nothing that the tool asks is denied to a user with exactly its policy."""
    account, built = generate.build(server, plan)
    code, policy, err, _ = runner.run(server.endpoint, "iam-policy")
    assert code == 0, err
    keys = user_with(account, policy)
    enforce(True)
    try:
        whole = runner.report(server.endpoint, built.target, **keys)
        listed = runner.run(server.endpoint, "diagnose", "--format", "json", **keys)
        nothing = user_with_nothing(account)
        without = runner.run(server.endpoint, "diagnose", built.target, "--format", "json", **nothing)
    finally:
        enforce(False)
    assert whole["calls"]["denied"] == [], whole["calls"]["denied"]
    assert listed[0] in (0, 1, 3), listed[2]
    # Where the enforcement itself would not work, the test would say nothing.
    assert without[0] in (2, 3) and ("denied" in without[2] or json.loads(without[1])["calls"]["denied"]), without[2]


def user_with(account: Account, policy: str, name: str = "ecswhy") -> dict[str, str]:
    """A user with this policy, as environment."""
    iam = account.aws.iam
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def user_with_nothing(account: Account) -> dict[str, str]:
    """A user that may do nothing that matters."""
    enforce(False)
    statement = {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}
    keys = user_with(account, json.dumps({"Version": "2012-10-17", "Statement": [statement]}), "nobody")
    enforce(True)
    return keys


def enforce(on: bool) -> None:
    """Moto asks IAM before each call, or before none."""
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0.0 if on else float("inf")
    ActionAuthenticatorMixin.request_count = 0


def script_asks_the_same(runner: Runner, server: Server, plan: Plan) -> None:
    """The script makes the calls of a live run, and its folder is diagnosed alike."""
    _, built = generate.build(server, plan)
    proxy = Proxy(server.endpoint)
    live = runner.report(proxy.endpoint, built.target)
    proxy.stop()
    code, script, err, _ = runner.run(server.endpoint, "snapshot", built.target, "--script")
    assert code == 0, err
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**ENVIRONMENT, "PATH": path, "HOME": tempfile.gettempdir(), "AWS_ENDPOINT_URL": server.endpoint}
    with tempfile.TemporaryDirectory() as folder:
        words = ["bash", "-c", script, "ecswhy", folder]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stderr[-500:]
        asked = {call_of(file.name) for file in Path(folder).glob("*@*.json")}
        _, out, err, _ = runner.run("http://127.0.0.1:9", "diagnose", "--from", folder, "--format", "json")
    made = {call.name for call in proxy.calls} - COUNTED_ONLY
    assert asked == made, f"only the script: {asked - made}; only the live run: {made - asked}"
    offline = json.loads(out)
    for member in ("reports", "account", "region"):
        assert offline[member] == live[member], f"{member} differs: {err}"


def call_of(file: str) -> str:
    """`ecs.describe-services@...` -> `ecs:DescribeServices`."""
    service, operation = file.split("@")[0].split(".")
    return f"{service}:{''.join(word.capitalize() for word in operation.split('-'))}"


def paths_from_every_place(runner: Runner, server: Server) -> None:
    """A path is judged from a service, a subnet, an interface, an instance and a task, with the tool's own policy."""
    account, built = generate.build(server, Plan("nat"))
    ec2 = account.aws.ec2
    image = ec2.describe_images()["Images"][0]["ImageId"]
    made = ec2.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, SubnetId=account.subnets[0], SecurityGroupIds=[account.task_group]
    )["Instances"][0]
    task = account.aws.ecs.list_tasks(cluster=account.cluster)["taskArns"][0]
    _, policy, _, _ = runner.run(server.endpoint, "iam-policy")
    keys = user_with(account, policy)
    private, public = account.subnets[0], account.public_subnets[0]
    groups = ("--security-groups", account.task_group)
    expected = {
        (built.target, "s3"): "reachable",
        (task, "s3"): "reachable",
        (made["InstanceId"], "s3"): "reachable",
        (made["NetworkInterfaces"][0]["NetworkInterfaceId"], "ecr.api"): "reachable",
        (private, "ecr.api", *groups): "reachable",
        (public, "ecr.api", *groups): "blocked",
        (public, "ecr.api", *groups, "--public-ip"): "reachable",
        (private, f"{made['InstanceId']}:8080", *groups): "blocked",
    }
    enforce(True)
    try:
        for words, answer in expected.items():
            code, out, err, _ = runner.run(server.endpoint, "reach", *words, "--format", "json", **keys)
            assert code == 0, f"{words}: {err}"
            told = {json.loads(line)["answer"] for line in out.splitlines()}
            assert told == {answer}, f"{words}: {told}"
        gone = runner.run(server.endpoint, "reach", "eni-0123456789abcdef0", "s3", **keys)
        assert gone[0] == 2 and "does not exist" in gone[2], gone
    finally:
        enforce(False)


def policy_only_reads(runner: Runner, server: Server) -> None:
    """The printed policy allows reads, and no reading of secret values."""
    _, text, _, _ = runner.run(server.endpoint, "iam-policy")
    statements = json.loads(text)["Statement"]
    actions = [action for statement in statements for action in statement["Action"]]
    assert len(actions) > 40 and len(set(actions)) == len(actions)
    for action in actions:
        assert re.fullmatch(r"[a-z0-9-]+:(Describe|List|Get|BatchGet|Search)[A-Za-z0-9]+", action), action
        assert action not in ("secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters"), action
        assert action not in ("s3:GetObject", "ecr:GetAuthorizationToken", "kms:Decrypt"), action
    assert all(statement["Effect"] == "Allow" for statement in statements)


def few_calls_per_service(runner: Runner, server: Server) -> None:
    """A region of many unsteady services is read in batches and listings (DESIGN section 8)."""
    for own, most in ((False, 3), (True, 6)):
        made = many.calls(server, runner.binary, SERVICES, own=own)
        total = sum(made.values())
        print(f"  {SERVICES} services, {'own' if own else 'shared'} parts: {total / SERVICES:.2f} calls each")
        assert total <= most * SERVICES, made.most_common(8)


def listings_change_no_report(runner: Runner, server: Server) -> None:
    """A service is judged alike whether it is asked about alone, or many at once are read through listings."""
    region = many.Region(server, own=True)
    for number in range(25):
        region.service(number)
    aws = server.aws
    denied = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ecr:*", "Resource": "*"}]}
    )
    aws.iam.put_role_policy(RoleName="service-001", PolicyName="inline", PolicyDocument=denied)
    own = aws.iam.create_policy(PolicyName="own", PolicyDocument=denied)["Policy"]["Arn"]
    aws.iam.attach_role_policy(RoleName="service-002", PolicyArn=own)
    aws.iam.detach_role_policy(RoleName="service-003", PolicyArn=many.EXECUTION)
    aws.iam.delete_role(RoleName="service-003")
    aws.ecr.delete_repository(repositoryName="service-004", force=True)
    aws.logs.delete_log_group(logGroupName="/ecs/service-005")
    _, out, err, _ = runner.run(server.endpoint, "diagnose", "--format", "json")
    together = {report["target"]["service"]: report for report in json.loads(out)["reports"]}
    assert len(together) == 25, err
    for number in range(7):
        name = f"service-{number:03}"
        cluster = together[name]["target"]["cluster"]
        alone = runner.report(server.endpoint, f"{cluster}/{name}")["reports"][0]
        assert alone == together[name], name


def all_tests() -> Iterator[tuple[str, Callable[[Runner, Server], None]]]:
    """Every test with its name."""
    for plan in (
        Plan("nat"),
        Plan("endpoints", ("image-tag-missing",), shape="rolled-back"),
        Plan("public", ("exit-app-error",), shape="rolled-back"),
        Plan("nat", ("efs-access-point-missing",)),
    ):
        if any(fault not in generate.FAULTS for fault in plan.faults):
            continue
        yield f"round trips {plan.title()}", lambda runner, server, plan=plan: round_trips(runner, server, plan)
        yield f"policy {plan.title()}", lambda runner, server, plan=plan: policy_is_enough(runner, server, plan)
    crashed = Plan("nat", ("exit-memory-metric",), shape="rolled-back")
    yield "script asks the same", lambda runner, server: script_asks_the_same(runner, server, crashed)
    yield "policy only reads", policy_only_reads
    yield "paths from every place", paths_from_every_place
    yield "slow optional calls", slow_optional_calls
    yield "few calls per service", few_calls_per_service
    yield "listings change no report", listings_change_no_report
    yield "any call may fail", any_call_may_fail


def main() -> int:
    """Runs every test whose name contains the second argument."""
    runner = Runner(Path(sys.argv[1]).resolve())
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    server = Server()
    passed = failed = 0
    for name, test in all_tests():
        if wanted not in name:
            continue
        try:
            test(runner, server)
        except Exception:  # noqa: BLE001  (a test may fail in any way)
            failed += 1
            print(f"FAILED {name}")
            traceback.print_exc(limit=-2, file=sys.stdout)
        else:
            passed += 1
    server.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
