"""Test cases of the checks from lab accounts: python lab/cases.py --binary PATH [NAME ...].

Without names: the three healthy accounts (`crates/diagnose/tests/bases/`) and every fault; with names, only those
faults (any part of a fault's name). A fault becomes a case only when the binary diagnoses it exactly as the lab
expects; the others are listed. Cases written by hand are left alone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ecswhy_lab import designs, generate
from ecswhy_lab.difference import patch
from ecswhy_lab.faults import FAULTS
from ecswhy_lab.freeze import freeze
from ecswhy_lab.generate import Built, Plan
from ecswhy_lab.server import Server

TESTS = Path(__file__).resolve().parent.parent / "crates/diagnose/tests"
COMPARED = ("root-cause", "next-blocker", "risk")
LATE = ("/ecs/services/", "/ecs/tasks/", "/logs/lines/")
"""What ECS shows of a fault comes after the fault itself."""


def main() -> int:
    """Writes bases and cases."""
    top = argparse.ArgumentParser()
    top.add_argument("--binary", required=True)
    top.add_argument("names", nargs="*", help="parts of names of faults; none: the bases and all faults")
    arguments = top.parse_args()
    server = Server()
    binary = Path(arguments.binary).resolve()
    bases = {}
    for design in designs.DESIGNS:
        _, bases[design], report = saved(server, binary, Plan(design))
        if not arguments.names:
            if report["reports"][0]["status"] != "healthy":
                print(f"base {design} is {report['reports'][0]['status']}")
            write(TESTS / "bases" / f"{design}.json", json.dumps(bases[design], indent=1) + "\n")
    refused = 0
    for name, fault in FAULTS.items():
        if arguments.names and not any(part in name for part in arguments.names):
            continue
        design = "nat" if "nat" in fault.designs else sorted(fault.designs)[0]
        plan = Plan(design, (name,), shape=fault.shapes[0])
        built, snapshot, report = saved(server, binary, plan)
        wrong = difference(built, report["reports"][0])
        place = where(name, built)
        if wrong:
            refused += 1
            print(f"{name}: {'; '.join(wrong)}")
            continue
        write(place, case(fault.title, bases[design], snapshot, built))
    server.stop()
    print(f"{refused} faults are not diagnosed as the lab expects and have no new case")
    return 0


def saved(server: Server, binary: Path, plan: Plan) -> tuple[Built, dict[str, Any], dict[str, Any]]:
    """The account of a plan, its frozen snapshot, and the report on it."""
    account, built = generate.build(server, plan)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "saved.json"
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": folder, **server.environment()}
        done = subprocess.run(
            [binary, "diagnose", built.target, "--format", "json", "--save", file],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if not file.exists():
            raise SystemExit(f"{plan.title()}: {done.stderr.strip()}")
        return built, freeze(json.loads(file.read_text()), account.now), json.loads(done.stdout)


def difference(built: Built, report: dict[str, Any]) -> list[str]:
    """Where the report is not what the lab expects."""
    found = {(f["id"], f["role"], f["subject"]) for f in report["findings"] if f["role"] in COMPARED}
    expected = {(identifier, role, subject) for identifier, role, subject in built.findings}
    wrong = [f"missing {' '.join(key)}" for key in sorted(expected - found)]
    wrong += [f"unexpected {' '.join(key)}" for key in sorted(found - expected)]
    if report["status"] != built.status:
        wrong.append(f"status {report['status']}, expected {built.status}")
    return wrong


def where(name: str, built: Built) -> Path:
    """The file of a case: by its root cause's id, then by the lab's fault."""
    causes = [identifier for identifier, role, _ in built.findings if role != "next-blocker"]
    first = (causes or [identifier for identifier, _ in built.notes])[0]
    return TESTS / "cases" / f"{first}.{name}.json"


def case(title: str, base: dict[str, Any], snapshot: dict[str, Any], built: Built) -> str:
    """The text of a case: one operation of the patch a line, the fault before what ECS shows of it."""
    operations = patch({**base, "calls": {}}, {**snapshot, "calls": {}})
    operations.sort(key=lambda operation: any(part in operation["path"] for part in LATE))
    listed = {
        "expect": [json.dumps(finding) for finding in built.findings],
        "patch": [json.dumps(operation, separators=(",", ":")) for operation in operations],
    }
    head = {"base": built.plan["design"], "what": title, "status": built.status}
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for key, values in listed.items():
        joined = ",\n".join(values)
        lines.append(f"{json.dumps(key)}: [\n{joined}\n]")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def write(place: Path, text: str) -> None:
    """Writes a file, its folder made where it is not there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


if __name__ == "__main__":
    sys.exit(main())
