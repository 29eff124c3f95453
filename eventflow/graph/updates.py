"""What a task wrote, as it is shown: one dict, or one for each part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from eventflow.graph.state import ROOT, Write

__all__ = ("update_of",)

WHOLES: Final = (ROOT, "__return__", "__end__")
"""What is not a key of a state, but all of it, or all that a call or a workflow gave."""


def update_of(parts: Sequence[Sequence[Write]]) -> Any:
    """What a node wrote as one dict; as one for each write if a key was written twice; None if nothing was."""
    writes = [write for part in parts for write in part]
    if not writes:
        return None
    merged = dict(writes)
    if len(merged) < len(writes):
        return [{name: value} for name, value in writes]
    return next((merged[name] for name in WHOLES if name in merged), merged)
