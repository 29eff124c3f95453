"""What a graph tells of itself on the bus, beside the runs of its nodes: the source of the stream modes.

These travel as custom events of the graph's or the node's run, under names that are kept for them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from eventflow.events.notices import Internal

__all__ = (
    "CHECKPOINT",
    "CUSTOM",
    "STOPPED",
    "TASK",
    "TASK_RESULT",
    "TOKEN",
    "VALUES",
    "CheckpointRecord",
    "Namespace",
    "Planned",
    "StoppedRecord",
    "TaskRecord",
    "TaskResultRecord",
    "TokenRecord",
    "Told",
    "ValuesRecord",
    "WrittenRecord",
)

Namespace = tuple[str, ...]
"""Which graph: () for the outermost, then `"<node>:<task id>"` for each level."""

VALUES: Final = Internal("graph:values")
TASK: Final = Internal("graph:task")
STOPPED: Final = Internal("graph:stopped")
CHECKPOINT: Final = Internal("graph:checkpoint")
TASK_RESULT: Final = Internal("graph:task_result")
CUSTOM: Final = Internal("graph:custom")
TOKEN: Final = Internal("graph:token")


class ValuesRecord(NamedTuple):
    """The state after a step; `step` -1 is the input. `written` are the keys that it wrote, `build` makes the
    state as its schema says of it."""

    ns: Namespace
    step: int
    values: Any
    written: Collection[str]
    build: Callable[[Any], Any]


class Told(Protocol):
    """A task, as far as its records tell of it. Its id is made when somebody asks for it."""

    @property
    def id(self) -> str: ...

    @property
    def node(self) -> str: ...

    @property
    def step(self) -> int: ...

    @property
    def input(self) -> Any: ...

    @property
    def output(self) -> Any: ...

    @property
    def triggers(self) -> tuple[str, ...]: ...

    @property
    def path(self) -> tuple[Any, ...]: ...

    @property
    def interrupts(self) -> tuple[Any, ...]: ...

    @property
    def tags(self) -> Collection[str]: ...

    @property
    def metadata(self) -> Mapping[str, Any]: ...

    @property
    def parts(self) -> Sequence[Sequence[tuple[str, Any]]]: ...


class Planned(Protocol):
    """A task of a checkpoint, as far as its record tells of it."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def error(self) -> str | None: ...

    @property
    def interrupts(self) -> tuple[Any, ...]: ...

    @property
    def state(self) -> Any: ...

    @property
    def result(self) -> Any: ...


class TaskRecord(NamedTuple):
    """A task that begins."""

    ns: Namespace
    task: Told


class TaskResultRecord(NamedTuple):
    """A task that has ended: what it wrote, part by part, or its error; `again` if it had ended before."""

    ns: Namespace
    task: Told
    error: BaseException | None
    again: bool = False


class CheckpointRecord(NamedTuple):
    """A checkpoint that is kept: what names it and the one before, the state, and what comes next."""

    ns: Namespace
    step: int
    config: Any
    parent_config: Any
    values: Any
    metadata: Any
    tasks: Sequence[Planned]
    build: Callable[[Any], Any]


class StoppedRecord(NamedTuple):
    """The graph has stopped before its end: at a node, or because nodes have asked something."""

    ns: Namespace
    step: int
    values: Any
    interrupts: tuple[Any, ...]
    build: Callable[[Any], Any]


class WrittenRecord(NamedTuple):
    """What a stream writer was given."""

    ns: Namespace
    value: Any


class TokenRecord(NamedTuple):
    """A piece of a message, or a whole one, that code inside a node shows."""

    message: Any
