"""What one call of a graph may say beside its input and its config."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple, Required, TypeAlias, get_args

from typing_extensions import TypedDict

from eventflow.runs import RunnableConfig

__all__ = (
    "Bare",
    "CallOptions",
    "Deep",
    "Dicts",
    "Durability",
    "Other",
    "RunOptions",
    "StreamOptions",
    "Version",
    "output_keys_of",
    "run_options",
)

Durability: TypeAlias = Literal["sync", "async", "exit"]
"""When checkpoints are written.

- "sync": before the next step begins. A program that is killed does again only what was under way.
- "async": while the next step runs, if the graph is awaited and its saver has to wait for a disk or a network; at
  most one step is still to be written when the next has ended. A program that is killed then may do one step more
  again. An error of the saver is raised at the end of the step in which it is found. Graphs inside use the same.
- "exit": when the run ends, however it ends. A program that is killed begins anew.

In any case all that has ended is written before the result is given, an interrupt is shown (but with "exit"), an
error is raised, or the run is left; and no checkpoint is there without the one before it.

In sync code "async" does what "sync" does: a thread that writes costs more than it saves, as SQLite writes a step in
less time than it takes to hand it to another thread.
"""

Version: TypeAlias = Literal["v1", "v2"]
"""How parts are handed out: bare or in tuples, or as dicts with `type`, `ns` and `data`."""

_CONFIGURED: Final = ("thread_id", "checkpoint_id", "checkpoint_ns")
"""What names a state in the `configurable` of a config."""

_STREAM_ONLY: Final = ("stream_mode", "print_mode", "subgraphs", "output_keys", "version", "debug", "buffer")


class CallOptions(TypedDict, total=False):
    """What changes nothing in what a call gives, but in how it is run.

    `context` is what nodes are told as `runtime.context`; before and after the nodes in `interrupt_before` and
    `interrupt_after` ("*": all) the graph stops; parts of the modes in `print_mode` are printed, and with
    `debug` those of updates and values.
    """

    context: Any
    print_mode: str | Sequence[str]
    interrupt_before: Literal["*"] | Sequence[str] | None
    interrupt_after: Literal["*"] | Sequence[str] | None
    durability: Durability | None
    debug: bool | None


class StreamOptions(CallOptions, total=False):
    """The same for a stream; `buffer` is how many events the graph may be ahead of you."""

    buffer: int


class Bare(StreamOptions, total=False):
    """Parts of one graph, as they are or with their mode."""

    subgraphs: Literal[False]
    version: Literal["v1"]
    output_keys: None


class Deep(StreamOptions, total=False):
    """Parts of a graph and of those inside it, with their namespace."""

    subgraphs: Required[Literal[True]]
    version: Literal["v1"]
    output_keys: None


class Dicts(StreamOptions, total=False):
    """Parts as dicts."""

    subgraphs: bool
    version: Required[Literal["v2"]]


class Other(StreamOptions, total=False):
    """Whatever else may be said."""

    subgraphs: bool
    version: Version
    output_keys: str | Sequence[str] | None


class RunOptions(NamedTuple):
    """How one call is run.

    Arguments:
        context: what nodes are told as `runtime.context`.
        before, after: before and after which nodes to stop; None for those that the graph was compiled with.
        durability: when checkpoints are written; None for what the graph around it does, or "async".
        keys: which keys of the state it gives; None for those of the output schema.
    """

    context: Any = None
    before: Collection[str] | None = None
    after: Collection[str] | None = None
    durability: Durability | None = None
    keys: str | Sequence[str] | None = None


def run_options(given: Mapping[str, Any], nodes: Collection[str], keys: Collection[str]) -> RunOptions:
    """Read the keyword arguments of a call. Raises TypeError if one is unknown, ValueError if one is wrong."""
    left = dict(given)
    durability: Any = left.pop("durability", None)
    if durability is not None and durability not in get_args(Durability):
        raise ValueError(f"durability={durability!r}: choose one of {', '.join(get_args(Durability))}")
    options = RunOptions(
        left.pop("context", None),
        _names("interrupt_before", left.pop("interrupt_before", None), nodes),
        _names("interrupt_after", left.pop("interrupt_after", None), nodes),
        durability,
        output_keys_of(left.pop("output_keys", None), keys),
    )
    for key in left:
        if key in RunnableConfig.__annotations__ or key in _CONFIGURED:
            place = f"{{{key!r}: ...}}"
            place = f"{{'configurable': {place}}}" if key in _CONFIGURED else place
            raise TypeError(f"a graph was called with {key}: give it in the config: config={place}")
    if left:
        known = ("context", "interrupt_before", "interrupt_after", "durability", *_STREAM_ONLY)
        raise TypeError(
            f"a graph was called with {', '.join(left)}, which it does not know: there are {', '.join(known)}"
        )
    return options


def output_keys_of(asked: str | Sequence[str] | None, keys: Collection[str]) -> str | Sequence[str] | None:
    """The keys as they were asked for. Raises ValueError if the state has no such key."""
    for key in () if asked is None else (asked,) if isinstance(asked, str) else asked:
        if key not in keys:
            raise ValueError(
                f"output_keys has {key!r}, and the state has no such key: there are {', '.join(keys)}"
            )
    return asked


def _names(keyword: str, names: str | Sequence[str] | None, nodes: Collection[str]) -> Collection[str] | None:
    if names is None:
        return None
    found = (names,) if isinstance(names, str) else tuple(names)
    for name in found:
        if name != "*" and name not in nodes:
            raise ValueError(f"{keyword} has {name!r}, which is no node: there are {', '.join(nodes)}")
    return found
