"""The lab's command line: list, serve, batch."""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict
from typing import Any

from ecswhy_lab import designs
from ecswhy_lab.faults import FAULTS
from ecswhy_lab.generate import Plan, build, generate
from ecswhy_lab.server import Server
from ecswhy_lab.symptoms import MODES, SHAPES


def main() -> int:
    """Runs one command."""
    arguments = parser().parse_args()
    try:
        return int(arguments.run(arguments))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    """The arguments of all commands."""
    top = argparse.ArgumentParser(prog="ecswhy_lab", description="Broken and healthy AWS accounts on moto")
    commands = top.add_subparsers(required=True)
    listing = commands.add_parser("list", help="designs and faults")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=show_list)
    serve = commands.add_parser("serve", help="keep one account running")
    serve.add_argument("name", help="`healthy`, a fault, or faults joined by +")
    serve.add_argument("--design", choices=sorted(designs.DESIGNS))
    serve.add_argument("--port", type=int, default=5055)
    serve.add_argument("--mode", choices=MODES, default="symptom")
    serve.add_argument("--shape", choices=SHAPES, default="fresh")
    serve.add_argument("--wording", type=int, default=0)
    serve.add_argument("--seed", type=int, default=0)
    serve.add_argument("--twin", action="store_true", help="the harmless variation of the fault")
    serve.add_argument("--decoys", action="store_true")
    serve.set_defaults(run=run_serve)
    batch = commands.add_parser("batch", help="build accounts on request: JSON lines in, JSON lines out")
    batch.add_argument("--seed", type=int, default=1)
    batch.add_argument("--count", type=int, default=0, help='plans to offer for {"next": true}; 0: without end')
    batch.add_argument("--listen", type=int, default=0, metavar="PORT")
    batch.set_defaults(run=run_batch)
    return top


def show_list(arguments: argparse.Namespace) -> int:
    """Prints designs and faults."""
    if arguments.json:
        listed = [
            {
                "name": fault.name,
                "title": fault.title,
                "stage": fault.stage,
                "symptom": fault.symptom,
                "designs": sorted(fault.designs),
                "twin": fault.twin is not None,
                "seed": list(fault.seed),
            }
            for fault in FAULTS.values()
        ]
        print(json.dumps({"designs": designs.DESIGNS, "faults": listed}, indent=1))
        return 0
    for name, title in designs.DESIGNS.items():
        print(f"design {name:12} {title}")
    for fault in FAULTS.values():
        print(f"{fault.name:34} {fault.title} [{', '.join(sorted(fault.designs))}]")
    return 0


def run_serve(arguments: argparse.Namespace) -> int:
    """Builds one account and keeps it until interrupted."""
    faults = () if arguments.name == "healthy" else tuple(arguments.name.split("+"))
    unknown = [name for name in faults if name not in FAULTS]
    if unknown:
        near = [name for name in FAULTS if any(part in name for part in unknown[0].split("-"))]
        raise ValueError(f"unknown fault {unknown[0]!r}; near: {', '.join(near[:5]) or 'none'}; `list` names them all")
    fitting = set(designs.DESIGNS)
    for name in faults:
        fitting &= FAULTS[name].designs
    if not fitting or (arguments.design and arguments.design not in fitting):
        raise ValueError(f"{arguments.name} exists in: {', '.join(sorted(fitting)) or 'no common design'}")
    plan = Plan(
        arguments.design or ("nat" if "nat" in fitting else sorted(fitting)[0]),
        faults,
        arguments.mode,
        arguments.shape,
        arguments.wording,
        arguments.twin,
        arguments.decoys,
        arguments.seed,
    )
    server = Server(arguments.port)
    _, built = build(server, plan)
    print(f"# {plan.title()}")
    for identifier, role, subject in built.findings:
        print(f"# expected: {role} {identifier}#{subject}")
    for name, value in server.environment().items():
        print(f"export {name}={value}")
    print(f"# ecswhy diagnose {built.target}", flush=True)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        server.stop()
    return 0


def run_batch(arguments: argparse.Namespace) -> int:
    """Answers requests: {"build": {...plan}}, {"next": true}, {"list": true}, {"stop": true}."""
    server = Server(arguments.listen)
    offered = iter(generate(arguments.seed, arguments.count or 100_000)) if arguments.count else endless(arguments.seed)
    say({"ready": True, "seed": arguments.seed, "environment": server.environment()})
    for line in sys.stdin:
        try:
            request = json.loads(line)
            if request.get("stop"):
                break
            say(respond(server, request, offered))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            say({"error": f"{type(error).__name__}: {error}"})
    server.stop()
    return 0


def endless(seed: int) -> Any:
    """Plans without end."""
    while True:
        yield from generate(seed, 500)
        seed += 500


def respond(server: Server, request: dict[str, Any], offered: Any) -> dict[str, Any]:
    """One answer to one request."""
    if "build" in request:
        wanted = dict(request["build"])
        wanted["faults"] = tuple(wanted.get("faults", ()))
        return asdict(build(server, Plan(**wanted))[1])
    if request.get("next"):
        plan = next(offered, None)
        return {"done": True} if plan is None else asdict(build(server, plan)[1])
    if request.get("list"):
        return {"faults": sorted(FAULTS), "designs": sorted(designs.DESIGNS)}
    raise ValueError("a request is one of build, next, list, stop")


def say(answer: dict[str, Any]) -> None:
    """One line of JSON."""
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    sys.exit(main())
