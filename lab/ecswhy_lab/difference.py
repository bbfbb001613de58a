"""The difference of two JSON values as a JSON patch (RFC 6902), as short as its text can be."""

from __future__ import annotations

import json
from difflib import SequenceMatcher
from typing import Any

Operation = dict[str, Any]


def patch(old: Any, new: Any, path: str = "") -> list[Operation]:
    """The operations that make `new` of `old`: inside a part, or the whole part where that is shorter."""
    if old == new:
        return []
    whole = [{"op": "replace", "path": path, "value": new}]
    if isinstance(old, dict) and isinstance(new, dict):
        inside = of_objects(old, new, path)
    elif isinstance(old, list) and isinstance(new, list):
        inside = of_lists(old, new, path)
    else:
        return whole
    return inside if len(json.dumps(inside)) < len(json.dumps(whole)) else whole


def of_objects(old: dict[str, Any], new: dict[str, Any], path: str) -> list[Operation]:
    """Members removed, changed and added."""
    made: list[Operation] = [
        {"op": "remove", "path": f"{path}/{escaped(name)}"} for name in sorted(set(old) - set(new))
    ]
    for name in sorted(new):
        place = f"{path}/{escaped(name)}"
        if name in old:
            made += patch(old[name], new[name], place)
        else:
            made.append({"op": "add", "path": place, "value": new[name]})
    return made


def of_lists(old: list[Any], new: list[Any], path: str) -> list[Operation]:
    """Elements removed, changed and added, from the last to the first, so that earlier places stay true."""
    before, after = ([json.dumps(each, sort_keys=True) for each in side] for side in (old, new))
    made: list[Operation] = []
    for tag, i, j, k, m in reversed(SequenceMatcher(None, before, after, autojunk=False).get_opcodes()):
        if tag == "equal":
            continue
        shared = min(j - i, m - k)
        made += [{"op": "remove", "path": f"{path}/{at}"} for at in range(j - 1, i + shared - 1, -1)]
        made += [
            {"op": "add", "path": f"{path}/{i + shared + at}", "value": value}
            for at, value in enumerate(new[k + shared : m])
        ]
        for at in range(shared):
            made += patch(old[i + at], new[k + at], f"{path}/{i + at}")
    return made


def escaped(name: str) -> str:
    """A member's name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
