"""The container: exit codes, last log lines, memory, sidecars."""

from __future__ import annotations

from typing import Any

from ecswhy_lab import parts, texts, vpc
from ecswhy_lab.account import Account, backend
from ecswhy_lab.designs import container as first_container
from ecswhy_lab.faults.registry import fault, one
from ecswhy_lab.revise import revise
from ecswhy_lab.tasks import Stop


def name(account: Account) -> str:
    """Subject: the container's name; containers have no other id before they run."""
    return account.service


def crash(
    title: str,
    identifier: str,
    finding: str,
    symptom: str,
    code: int,
    *logs: list[str],
    reason: str = "",
    seed: tuple[str, ...] = ("Container crashes on startup", "Step 5"),
) -> None:
    """Registers a container that ends by itself; nothing in the account differs."""
    fault(
        identifier,
        title,
        stage="container",
        symptom=symptom,
        expects=one(finding, name),
        stops=lambda a: [texts.exited(a, code, reason, lines) for lines in logs or ([],)],
        static=False,
        seed=seed,
    )(lambda account: None)


PYTHON = [
    "starting",
    "Traceback (most recent call last):",
    '  File "/app/main.py", line 12, in <module>',
    '    url = os.environ["DATABASE_URL"]',
    '  File "<frozen os>", line 685, in __getitem__',
    "KeyError: 'DATABASE_URL'",
]
NODE = [
    "> app@1.0.0 start",
    "Error: Missing required environment variable: DATABASE_URL",
    "    at load (/app/config.js:8:11)",
]
GO = [
    "2026/03/11 10:00:01 starting",
    "panic: required environment variable DATABASE_URL is not set",
    "goroutine 1 [running]:",
]
JAVA = [
    "Error starting ApplicationContext.",
    "Caused by: java.lang.IllegalArgumentException: Could not resolve placeholder 'DATABASE_URL' in value \"${DATABASE_URL}\"",
]

crash("The app misses an environment variable", "exit-missing-environment", "container/missing-environment",
      "app-error", 1, PYTHON, NODE, GO, JAVA)  # fmt: skip
crash("The app's port is taken in the task", "exit-port-in-use", "container/port-in-use", "app-error", 1,
      ["Error: listen EADDRINUSE: address already in use :::8080", "    at Server.setupListenHandle (node:net:1855:16)"],
      ["OSError: [Errno 98] Address already in use"],
      ["listen tcp :8080: bind: address already in use"])  # fmt: skip
crash("The app fails for a reason of its own", "exit-app-error", "container/app-error", "app-error", 1,
      ["Error: Cannot find module '/app/dist/server.js'", "    at Module._resolveFilename (node:internal/modules:1145:15)"],
      ["ModuleNotFoundError: No module named 'fastapi'"])  # fmt: skip
crash("A job that ends well runs as a service", "exit-zero", "container/exited-zero", "container-exited", 0,
      ["migrations done", "bye"])  # fmt: skip
crash("The kernel killed the container: it took more than its memory", "exit-out-of-memory", "container/out-of-memory",
      "out-of-memory", 137, ["starting", "loading the model"],
      reason="OutOfMemoryError: Container killed due to memory usage",
      seed=("exit code 137", "increase the memory"))  # fmt: skip
crash("137 without an out-of-memory reason", "exit-killed", "container/killed", "killed", 137, ["starting"],
      seed=("exit code 137",))  # fmt: skip
crash("The binary crashes with a segmentation fault", "exit-segfault", "container/segfault", "segfault", 139,
      ["starting"], seed=("exit code 139",))  # fmt: skip
crash("The app ends when it gets SIGTERM from itself", "exit-terminated", "container/terminated", "terminated", 143,
      ["starting", "received SIGTERM, shutting down"])  # fmt: skip
crash("The shell cannot execute the file", "exit-not-executable", "container/command-not-executable",
      "command-not-startable", 126, ["/bin/sh: 1: /app/start.sh: Permission denied"])  # fmt: skip
crash("The shell does not find the command", "exit-command-not-found", "container/command-not-found",
      "command-not-startable", 127, ["/bin/sh: 1: gunicorn: not found"])  # fmt: skip
crash("The image is built for another processor", "exit-exec-format", "container/exec-format", "app-error", 255,
      ["exec /usr/local/bin/docker-entrypoint.sh: exec format error"],
      ["standard_init_linux.go:228: exec user process caused: exec format error"])  # fmt: skip


def unstartable(account: Account, said: str) -> list[Stop]:
    """The runtime could not start the command."""
    reason = f"CannotStartContainerError: Error response from daemon: {said}"
    new = (
        f"CannotStartContainerError: failed to create shim task: OCI runtime create failed: runc create failed: {said}"
    )
    return [
        Stop("Task failed to start", reached="pulled", exits={account.service: (None, text)}) for text in (new, reason)
    ]


@fault(
    "command-not-found",
    "The task definition's command names a program that the image does not have",
    stage="container",
    symptom="command-not-startable",
    expects=one("container/command-not-found", name),
    stops=lambda a: unstartable(
        a, 'unable to start container process: exec: "gunicorn": executable file not found in $PATH: unknown'
    ),
    static=False,
)
def command_not_found(account: Account) -> None:
    revise(account, lambda c: c.update(command=["gunicorn", "app:app"]))


@fault(
    "command-not-executable",
    "The command's file may not be executed",
    stage="container",
    symptom="command-not-startable",
    expects=one("container/command-not-executable", name),
    stops=lambda a: unstartable(
        a, 'unable to start container process: exec: "/app/start.sh": permission denied: unknown'
    ),
    static=False,
)
def command_not_executable(account: Account) -> None:
    revise(account, lambda c: c.update(command=["/app/start.sh"]))


def database(account: Account, *, open_to_tasks: bool) -> str:
    """A database's interface in the VPC; its group admits the tasks or does not."""
    group = account.database_group
    if not open_to_tasks:
        group = vpc.create_group(account, "closed-database", "Admits nobody")
    subnet = account.subnets[1]
    address = vpc.free_address(subnet)
    eni = backend("ec2").create_network_interface(
        subnet=subnet, private_ip_address=address, group_ids=[group], description="RDSNetworkInterface"
    )
    eni.status = "in-use"
    eni.requester_id = "amazon-rds"
    account.settings["database"] = address
    return address


DEPENDENCY = {
    "stage": "container",
    "symptom": "app-error",
    "expects": one("container/dependency-unreachable", name),
    "static": False,
    "seed": ("a dependency that isn\u2019t reachable from the VPC",),
}


@fault(
    "dependency-times-out",
    "The database's security group does not admit the tasks",
    stops=lambda a: [
        texts.exited(a, 1, lines=lines, lived=70)
        for lines in (
            [
                "starting",
                f"Error: connect ETIMEDOUT {a.settings['database']}:5432",
                "    at TCPConnectWrap.afterConnect",
            ],
            [
                f'psycopg2.OperationalError: connection to server at "{a.settings["database"]}", port 5432 failed: timed out'
            ],
            [f"dial tcp {a.settings['database']}:5432: i/o timeout"],
        )
    ],
    **DEPENDENCY,
)
def dependency_times_out(account: Account) -> None:
    database(account, open_to_tasks=False)


@dependency_times_out.twin
def database_admits_the_tasks(account: Account) -> None:
    database(account, open_to_tasks=True)


@fault(
    "dependency-refuses",
    "The database is reached and refuses: nothing listens",
    stops=lambda a: [
        texts.exited(a, 1, lines=lines)
        for lines in (
            ["starting", f"Error: connect ECONNREFUSED {a.settings['database']}:5432"],
            [f'could not connect to server: Connection refused. Is the server running on host "{a.settings["database"]}" '
             "and accepting TCP/IP connections on port 5432?"],
        )
    ],
    **DEPENDENCY,
)  # fmt: skip
def dependency_refuses(account: Account) -> None:
    database(account, open_to_tasks=True)


def sidecar(account: Account, **more: Any) -> dict[str, Any]:
    """A second container of the task definition."""
    made = first_container(account, account.tag)
    made |= {"name": "proxy", "portMappings": [], "secrets": [], "environment": []}
    return {**made, **more}


@fault(
    "sidecar-exits-first",
    "An essential sidecar ends, and ECS stops the app with it",
    stage="container",
    symptom="app-error",
    expects=one("container/sidecar-exited-first", lambda a: "proxy"),
    stops=lambda a: [
        Stop(
            "Essential container in task exited",
            code="EssentialContainerExited",
            reached="started",
            lived=12,
            exits={a.service: (143, ""), "proxy": (1, "")},
            logs={"proxy": ["cannot load /etc/proxy/proxy.yaml: no such file"], a.service: ["starting", "SIGTERM"]},
        )
    ],
    static=False,
    alone=True,
)
def sidecar_exits_first(account: Account) -> None:
    revise(account, extra=[sidecar(account)])


@sidecar_exits_first.twin
def second_container_runs(account: Account) -> None:
    revise(account, extra=[sidecar(account, essential=False)])


@fault(
    "depends-on-fails",
    "The app waits for a container that never becomes healthy",
    stage="container",
    symptom="dependency-failed",
    expects=one("container/dependency-failed", name),
    stops=lambda a: [
        Stop(
            "TaskFailedToStart: dependency graph: failed to resolve container ordering dependency "
            f"[proxy] for target [{a.service}] with condition: HEALTHY has timed out",
            reached="pulled",
            lived=180,
        )
    ],
    static=False,
    alone=True,
)
def depends_on_fails(account: Account) -> None:
    check = {"command": ["CMD-SHELL", "exit 1"], "interval": 10, "retries": 3, "timeout": 5}
    needs = [{"containerName": "proxy", "condition": "HEALTHY"}]
    revise(account, lambda c: c.update(dependsOn=needs), [sidecar(account, healthCheck=check)])


@fault(
    "exit-memory-metric",
    "Out of memory, and the memory metric shows it",
    stage="container",
    symptom="out-of-memory",
    expects=one("container/out-of-memory", name),
    stops=lambda a: [
        texts.exited(a, 137, "OutOfMemoryError: Container killed due to memory usage", ["starting"], lived=400)
    ],
    static=False,
    seed=("aws cloudwatch get-metric-statistics",),
)
def exit_with_memory_metric(account: Account) -> None:
    parts.put_memory(account, 100.0)


@exit_with_memory_metric.twin
def memory_half_used(account: Account) -> None:
    parts.put_memory(account, 48.0)
