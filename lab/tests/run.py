"""Tests of the lab itself: python lab/tests/run.py [PART OF A NAME]. Ends with `N passed, N failed`."""

from __future__ import annotations

import sys
import traceback

import cases

from ecswhy_lab.server import Server


def main() -> int:
    """Runs every test whose name contains the argument."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    server = Server()
    passed = failed = 0
    for name, test in cases.all_tests():
        if wanted not in name:
            continue
        try:
            test(server)
        except Exception:  # noqa: BLE001  (a test may fail in any way)
            failed += 1
            print(f"FAILED {name}")
            traceback.print_exc(limit=-3, file=sys.stdout)
        else:
            passed += 1
    server.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
