"""The built binary against generated accounts: python lab/e2e.py --binary PATH [--seed N] [--count N] [--only TEXT].

Each account is diagnosed live; the exact set of (id, role, subject), the status and the exit code are compared. Every
tenth account is also saved and read back, and read from a folder of AWS CLI outputs: the report must be the same.
With --fixes the printed commands of the fixes are run with the AWS CLI instead: the finding must go, and come back
when they are undone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ecswhy_lab import generate
from ecswhy_lab.generate import Built, Plan
from ecswhy_lab.server import Server

COMPARED = ("root-cause", "next-blocker", "risk")
NOTES = {
    "service/changed-since-last-good",
    "service/deployment-rolled-back",
    "service/cause-cleared",
    "service/desired-count-zero",
}
"""The only notes that a generated account may bring."""


class Driver:
    """Runs the binary on one account after the other and counts."""

    def __init__(self, arguments: argparse.Namespace, server: Server) -> None:
        self.binary = Path(arguments.binary).resolve()
        self.server = server
        self.environment = {"PATH": os.environ.get("PATH", ""), "HOME": tempfile.gettempdir(), **server.environment()}
        self.slowest = 0.0
        self.unfixed: set[str] = set()
        self.proven = {"model": 0, "estimate": 0}

    def run(self, *words: str | Path, offline: bool = False) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of the binary."""
        environment = dict(self.environment)
        if offline:
            environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
        begun = time.monotonic()
        done = subprocess.run(
            [self.binary, *words], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        self.slowest = max(self.slowest, time.monotonic() - begun)
        return done.returncode, done.stdout, done.stderr

    def live(self, plan: Plan) -> list[str]:
        """What differs between the diagnosis of this account and what it must be."""
        _, built = generate.build(self.server, plan)
        code, out, err = self.run("diagnose", built.target, "--format", "json")
        return compare(built, code, out, err)

    def saved(self, plan: Plan) -> list[str]:
        """What differs between the live report and those of the saved snapshot and of the script's folder."""
        _, built = generate.build(self.server, plan)
        wrong = []
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "saved.json"
            diagnose = ("diagnose", built.target, "--format", "json")
            live = self.run(*diagnose, "--save", place)
            if not place.exists():
                return [f"--save wrote nothing: {live[2].strip()[:300]}"]
            wrong += same("--from FILE", live, self.run(*diagnose, "--from", place, offline=True))
            outputs = Path(folder) / "outputs"
            outputs.mkdir()
            code, script, err = self.run("snapshot", built.target, "--script")
            if code != 0 or not script.strip():
                return [*wrong, f"snapshot --script: exit {code}: {err.strip()[:300]}"]
            path = os.pathsep.join([str(Path(sys.executable).parent), self.environment["PATH"]])
            subprocess.run(
                ["bash", "-c", script],
                cwd=outputs,
                env={**self.environment, "PATH": path},
                capture_output=True,
                timeout=600,
                check=False,
            )
            wrong += same("--from DIR", live, self.run(*diagnose, "--from", outputs, offline=True))
        return wrong


    def fixed(self, plan: Plan) -> list[str]:
        """What goes wrong when the commands of each root cause's first fix are run, and then undone."""
        _, built = generate.build(self.server, plan)
        before = self.report(built.target)
        wrong = []
        fixes = {fix["id"]: fix for fix in before["fixes"]}
        causes = [f for f in before["findings"] if f["role"] == "root-cause"]
        for cause in causes:
            runnable = [fixes[each] for each in cause["fixes"] if not by_hand(fixes[each])]
            if not runnable:
                self.unfixed.add(cause["id"])
                continue
            fix = runnable[0]
            code, _, err = self.bash(fix["commands"])
            if code != 0 or err:
                wrong.append(f"{fix['id']}: exit {code}: {err.strip()[:400]}")
                continue
            self.proven[fix["proof"]] += 1
            if fix["proof"] == "model":
                after = {finding["key"] for finding in self.report(built.target)["findings"]}
                wrong += [f"{fix['id']} leaves {key}" for key in fix["clears"] if key in after]
            code, _, err = self.bash(fix["rollback"])
            if code != 0 or err:
                wrong.append(f"undoing {fix['id']}: exit {code}: {err.strip()[:400]}")
                continue
            if fix["proof"] == "model" and fix["rollback"]:
                again = {finding["key"] for finding in self.report(built.target)["findings"]}
                wrong += [f"undoing {fix['id']} does not bring back {key}" for key in fix["clears"] if key not in again]
        return wrong

    def report(self, target: str) -> dict[str, Any]:
        """The live report on the only target."""
        code, out, err = self.run("diagnose", target, "--format", "json")
        try:
            return dict(json.loads(out)["reports"][0])
        except (ValueError, KeyError, IndexError) as error:
            raise RuntimeError(f"no report: exit {code}: {(err or out).strip()[:300]}") from error

    def bash(self, commands: list[str]) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of commands pasted into a shell of an engineer who has the AWS CLI."""
        path = os.pathsep.join([str(Path(sys.executable).parent), self.environment["PATH"]])
        script = "\n".join(["set -e", *commands])
        done = subprocess.run(
            ["bash", "-c", script],
            env={**self.environment, "PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr


def by_hand(fix: dict[str, Any]) -> bool:
    """Whether a part of the fix is left to a person."""
    return any(change["change"] == "manual" for change in fix["changes"])


def compare(built: Built, code: int, out: str, err: str) -> list[str]:
    """The differences between a JSON report and what the account must be diagnosed as."""
    try:
        report = json.loads(out)["reports"][0]
    except (ValueError, KeyError, IndexError, TypeError):
        return [f"no report: exit {code}: {(err or out).strip()[:400]}"]
    found = {(f["id"], f["role"], f["subject"]) for f in report["findings"] if f["role"] in COMPARED}
    expected = {(identifier, role, subject) for identifier, role, subject in built.findings}
    wrong = [f"missing {' '.join(key)}" for key in sorted(expected - found)]
    wrong += [f"unexpected {' '.join(key)}" for key in sorted(found - expected)]
    wrong += notes(built, report)
    if report["status"] != built.status:
        wrong.append(f"status {report['status']}, expected {built.status}")
    if code != built.exit:
        wrong.append(f"exit {code}, expected {built.exit}")
    told = {symptom["symptom"] for symptom in report["symptoms"]}
    wrong += [f"symptom {symptom} not read; read {sorted(told)}" for symptom in built.symptoms if symptom not in told]
    return wrong


def notes(built: Built, report: dict[str, Any]) -> list[str]:
    """The differences in what is told beside the faults."""
    found = {(f["id"], f["subject"]) for f in report["findings"] if f["role"] == "note"}
    expected = {(identifier, subject) for identifier, subject in built.notes}
    wrong = [f"missing note {' '.join(key)}" for key in sorted(expected - found)]
    unexpected = sorted(key for key in found - expected if key[0] not in NOTES)
    return wrong + [f"unexpected note {' '.join(key)}" for key in unexpected]


def same(how: str, live: tuple[int, str, str], replay: tuple[int, str, str]) -> list[str]:
    """Two runs must give the same report and exit code; how it was collected may differ."""
    try:
        one, two = (plain(json.loads(run[1])) for run in (live, replay))
    except ValueError:
        return [f"{how}: no report: exit {replay[0]}: {replay[2].strip()[:300]}"]
    wrong = [] if live[0] == replay[0] else [f"{how}: exit {replay[0]}, live {live[0]}"]
    return wrong + [f"{how}: {difference}" for difference in differences(one, two)[:5]]


def plain(report: dict[str, Any]) -> dict[str, Any]:
    """The report without what says how and when the facts were collected."""
    return {key: value for key, value in report.items() if key not in ("calls", "taken_at")}


def differences(one: Any, two: Any, place: str = "") -> list[str]:
    """Where two JSON values differ."""
    if isinstance(one, dict) and isinstance(two, dict):
        keys = sorted({*one, *two})
        return [d for key in keys for d in differences(one.get(key), two.get(key), f"{place}.{key}")]
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        return [d for i, pair in enumerate(zip(one, two, strict=True)) for d in differences(*pair, f"{place}[{i}]")]
    return [] if one == two else [f"{place.lstrip('.')}: {json.dumps(one)[:120]} became {json.dumps(two)[:120]}"]


def main() -> int:
    """Runs all accounts; the last line counts."""
    top = argparse.ArgumentParser()
    top.add_argument("--binary", required=True)
    top.add_argument("--seed", type=int, default=1)
    top.add_argument("--count", type=int, default=150, help="0: every plan of the seed once")
    top.add_argument("--only", default="", help="only accounts whose title contains this")
    top.add_argument("--replay", type=int, default=10, help="replay every so many accounts; 0: none")
    top.add_argument("--fixes", action="store_true", help="run the commands of the fixes instead, and undo them")
    arguments = top.parse_args()
    plans = generate.generate(arguments.seed, arguments.count) if arguments.count else generate.plans(arguments.seed)
    plans = [plan for plan in plans if arguments.only in plan.title()]
    driver = Driver(arguments, Server())
    passed = failed = 0

    def check(title: str, run: Callable[[Plan], list[str]], plan: Plan) -> None:
        nonlocal passed, failed
        try:
            wrong = run(plan)
        except subprocess.TimeoutExpired:
            wrong = ["no end after a minute"]
        except RuntimeError as error:
            wrong = [str(error)]
        if wrong:
            failed += 1
            print(f"FAILED {title}", *wrong, sep="\n    ", flush=True)
        else:
            passed += 1

    print(f"seed {arguments.seed}, {len(plans)} accounts")
    for number, plan in enumerate(plans):
        check(plan.title(), driver.fixed if arguments.fixes else driver.live, plan)
        if arguments.replay and not arguments.fixes and number % arguments.replay == 0:
            check(f"replay of {plan.title()}", driver.saved, plan)
    driver.server.stop()
    if arguments.fixes:
        counts = ", ".join(f"{count} by {proof}" for proof, count in driver.proven.items())
        print(f"fixes run: {counts}; without a fix: {', '.join(sorted(driver.unfixed)) or 'none'}")
    print(f"slowest run of the binary {driver.slowest:.2f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
