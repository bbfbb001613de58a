"""Every kind of change, made by the commands that are printed for it: python lab/tests/changes --script PATH --binary PATH.

For each case a healthy account is built and saved as a snapshot, the change is written as commands (the example
`script` of the diagnose crate), the commands are run by bash with the AWS CLI, and boto3 says what came of them; then
the rollback is run, and boto3 must say what it said before. Commands that moto does not implement are held against
botocore's model instead (`--generate-cli-skeleton output` validates every parameter and calls nothing).
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

import definitions
import network
import permissions
import services
from case import Case
from ecswhy_lab import designs
from ecswhy_lab.account import Account
from ecswhy_lab.server import Server

CASES = network.CASES + permissions.CASES + definitions.CASES + services.CASES


class Runner:
    """Writes and runs the commands of cases."""

    def __init__(self, arguments: argparse.Namespace, server: Server) -> None:
        self.server = server
        self.binary = Path(arguments.binary).resolve()
        self.script = Path(arguments.script).resolve()
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        self.environment = {"PATH": path, "HOME": tempfile.gettempdir(), **server.environment()}

    def written(self, account: Account, changes: list[dict[str, Any]]) -> dict[str, Any]:
        """The commands of changes in this account."""
        with tempfile.TemporaryDirectory() as folder:
            saved = Path(folder) / "saved.json"
            target = f"{account.cluster}/{account.service}"
            subprocess.run(
                [self.binary, "diagnose", target, "--save", saved], env=self.environment, capture_output=True, check=False
            )
            line = json.dumps(changes)
            done = subprocess.run([self.script, saved], input=line, capture_output=True, text=True, check=True)
        return dict(json.loads(done.stdout))

    def bash(self, commands: list[str]) -> None:
        """Runs commands; fails with what they say."""
        done = subprocess.run(
            ["bash", "-c", "\n".join(["set -e", *commands])],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0 and not done.stderr, "\n".join([*commands, done.stderr[-600:]])

    def run(self, case: Case) -> None:
        """One case: change, look, undo, look."""
        account = designs.build(self.server, case.design, 3)
        case.prepare(account)
        script = self.written(account, case.changes(account))
        assert "error" not in script, script
        commands = script["commands"]
        before = case.state(account)
        self.bash(commands)
        after = case.state(account)
        assert case.changed(account, before, after), "\n".join([*commands, f"before {before}", f"after {after}"])
        self.bash(script["rollback"])
        if case.undoes:
            again = case.state(account)
            assert again == before, "\n".join([*script["rollback"], f"before {before}", f"again {again}"])


def main() -> int:
    """Runs all cases; the last line counts."""
    top = argparse.ArgumentParser()
    top.add_argument("--binary", required=True)
    top.add_argument("--script", required=True)
    top.add_argument("--only", default="", help="only cases whose name contains this")
    top.add_argument("--skip", type=int, default=0, help="leave out the first cases")
    arguments = top.parse_args()
    runner = Runner(arguments, Server())
    passed = failed = 0
    for case in CASES[arguments.skip :]:
        if arguments.only not in case.name:
            continue
        try:
            runner.run(case)
            passed += 1
        except Exception as error:  # noqa: BLE001  (a case may fail in any way)
            failed += 1
            print(f"FAILED {case.name}: {type(error).__name__}: {error}", flush=True)
    runner.server.stop()
    if Path("/tmp/ecswhy-hostile").exists():
        failed += 1
        print("FAILED: a name was run as a command")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
