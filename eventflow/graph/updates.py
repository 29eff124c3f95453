"""What a task wrote, as it is shown: one dict, or one for each part."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from eventflow.graph.state import ROOT, Write

__all__ = ("folded", "update_of")

WHOLES: Final = (ROOT, "__return__", "__end__")
"""What is not a key of a state, but all of it, or all that a call or a workflow gave."""


def update_of(parts: Sequence[Sequence[Write]]) -> Any:
    """What a node wrote as one dict; as one for each write if a key was written twice; None if nothing was."""
    writes = parts[0] if len(parts) == 1 else [write for part in parts for write in part]
    if not writes:
        return None
    merged = dict(writes)
    if len(merged) < len(writes):
        return [{name: value} for name, value in writes]
    for name in WHOLES:
        if name in merged:
            return merged[name]
    return merged


def folded(writes: Iterable[Write]) -> dict[str, Any]:
    """What a task wrote as one dict; a key that was written several times has them all, as `{"$writes": [...]}`."""
    result: dict[str, Any] = {}
    several: set[str] = set()
    for key, value in writes:
        if key not in result:
            result[key] = value
        elif key in several:
            result[key]["$writes"].append(value)
        else:
            several.add(key)
            result[key] = {"$writes": [result[key], value]}
    return result
