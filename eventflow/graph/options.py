"""What one call of a graph may say beside its input and its config."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

__all__ = ("Durability", "RunOptions", "run_options")

Durability: TypeAlias = Literal["sync", "async", "exit"]
"""When checkpoints are written: before the next step, or only when the run ends."""


class RunOptions(NamedTuple):
    """How one call is run.

    Arguments:
        context: what nodes are told as `runtime.context`.
        before, after: before and after which nodes to stop; None for those that the graph was compiled with.
        durability: when checkpoints are written.
    """

    context: Any = None
    before: Collection[str] | None = None
    after: Collection[str] | None = None
    durability: Durability = "async"


def run_options(given: Mapping[str, Any], nodes: Collection[str]) -> RunOptions:
    """Read the keyword arguments of a call. Raises TypeError if one is unknown, ValueError if one is wrong."""
    left = dict(given)
    durability: Any = left.pop("durability", None) or "async"
    if durability not in get_args(Durability):
        raise ValueError(f"durability={durability!r}: choose one of {', '.join(get_args(Durability))}")
    options = RunOptions(
        left.pop("context", None),
        _names("interrupt_before", left.pop("interrupt_before", None), nodes),
        _names("interrupt_after", left.pop("interrupt_after", None), nodes),
        durability,
    )
    if left:
        known = "context, interrupt_before, interrupt_after, durability"
        raise TypeError(
            f"a graph was called with {', '.join(left)}, which it does not know: there are {known}"
        )
    return options


def _names(keyword: str, names: str | Sequence[str] | None, nodes: Collection[str]) -> Collection[str] | None:
    if names is None:
        return None
    found = (names,) if isinstance(names, str) else tuple(names)
    for name in found:
        if name != "*" and name not in nodes:
            raise ValueError(f"{keyword} has {name!r}, which is no node: there are {', '.join(nodes)}")
    return found
