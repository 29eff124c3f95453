"""What a graph tells of itself on the bus, beside the runs of its nodes: the source of the stream modes.

These travel as custom events of the graph's or the node's run, under names that are kept for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

__all__ = (
    "CUSTOM",
    "TASK",
    "TASK_RESULT",
    "VALUES",
    "Namespace",
    "TaskRecord",
    "TaskResultRecord",
    "ValuesRecord",
    "WrittenRecord",
)

Namespace = tuple[str, ...]
"""Which graph: () for the outermost, then `"<node>:<task id>"` for each level."""

VALUES: Final = "graph:values"
TASK: Final = "graph:task"
TASK_RESULT: Final = "graph:task_result"
CUSTOM: Final = "graph:custom"


@dataclass(frozen=True, slots=True)
class ValuesRecord:
    """The state after a step; `step` -1 is the input."""

    ns: Namespace
    step: int
    values: Any


@dataclass(frozen=True, slots=True)
class TaskRecord:
    """A task that begins."""

    ns: Namespace
    step: int
    id: str
    name: str
    input: Any
    triggers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaskResultRecord:
    """A task that has ended: what it wrote, part by part, or its error."""

    ns: Namespace
    step: int
    id: str
    name: str
    parts: Sequence[Sequence[tuple[str, Any]]]
    output: Any
    error: BaseException | None


@dataclass(frozen=True, slots=True)
class WrittenRecord:
    """What a stream writer was given."""

    ns: Namespace
    value: Any
