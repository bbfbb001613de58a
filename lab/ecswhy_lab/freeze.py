"""Saved snapshots made comparable: the same account gives the same text, whenever it is built.

Times are moved to a fixed present; what moto draws from the system's randomness gets a name of its own.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

PRESENT = datetime(2026, 3, 11, 12, 0, 0, tzinfo=UTC)
"""The moment at which every frozen snapshot was taken."""

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
MILLISECONDS = range(10**12, 4 * 10**12)
"""Numbers of this size are milliseconds since 1970 in the shapes of CloudWatch Logs."""

FAILED = re.compile(r"(HTTP \d+): .*", re.DOTALL)


def freeze(snapshot: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The snapshot of an account whose present is `now`, as if it had been taken at `PRESENT`."""
    frozen = moved(snapshot, PRESENT - now)
    frozen["calls"] = calls(frozen["calls"])
    return frozen


def calls(made: dict[str, Any]) -> dict[str, Any]:
    """The calls, without retries and texts that differ from run to run."""
    return {**made, "failed": [FAILED.sub(r"\1", call) for call in made["failed"]]}


def moved(value: Any, by: timedelta, key: str = "") -> Any:
    """The value with every time in it moved, none past the present."""
    if isinstance(value, dict):
        if key == "VersionIdsToStages":
            value = {name_of(stages): stages for stages in value.values()}
        if set(value) == {"failed"}:
            return {"failed": {"why": FAILED.sub(r"\1", value["failed"]["why"])}}
        return {name: moved(part, by, name) for name, part in value.items()}
    if isinstance(value, list):
        return [moved(part, by) for part in value]
    if isinstance(value, str) and TIME.fullmatch(value):
        return in_text(min(datetime.fromisoformat(value) + by, PRESENT))
    if isinstance(value, int) and not isinstance(value, bool) and value in MILLISECONDS:
        return min(value + round(by.total_seconds() * 1000), round(PRESENT.timestamp() * 1000))
    return value


def name_of(stages: list[str]) -> str:
    """A version id of a secret: moto takes it from the system's randomness."""
    digest = hashlib.sha256(json.dumps(stages).encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[12:15]}-8{digest[15:18]}-{digest[18:30]}"


def in_text(moment: datetime) -> str:
    """As the snapshot writes it."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")
