"""Every demo's JSON report against docs/report.schema.json: python lab/schema.py --binary PATH."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Validates every report; the last line counts."""
    top = argparse.ArgumentParser()
    top.add_argument("--binary", required=True)
    binary = Path(top.parse_args().binary).resolve()
    validator = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/report.schema.json").read_text()))
    listed = subprocess.run([binary, "demo"], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"^    ([a-z-]+)  ", listed.split("The first of them")[0], re.MULTILINE)
    wrong = 0
    for name in names:
        words = [binary, "demo", name, "--format", "json"]
        report = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
        for error in validator.iter_errors(report):
            wrong += 1
            print(f"FAILED {name}: {error.json_path}: {error.message[:200]}")
    print(f"{len(names)} reports, {wrong} errors")
    return 1 if wrong or not names else 0


if __name__ == "__main__":
    sys.exit(main())
