"""The step that a task is in, as far as the task needs it; and what a run of a graph was given."""

from __future__ import annotations

from asyncio import Future as AsyncFuture
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol, TypeVar

from eventflow.checkpoints import BaseCheckpointSaver
from eventflow.graph.cache import BaseNodeCache
from eventflow.graph.keeper import Keeper
from eventflow.graph.nodes import Branch, Node
from eventflow.graph.records import Namespace
from eventflow.graph.state import Key, Writes
from eventflow.runs import Run

__all__ = ("Given", "Place")

TaskT = TypeVar("TaskT", contravariant=True)


class Place(Protocol[TaskT]):
    """The step that a task is in."""

    @property
    def run(self) -> Run: ...

    @property
    def ns(self) -> Namespace: ...

    @property
    def step(self) -> int: ...

    @property
    def keeper(self) -> Keeper | None: ...

    @property
    def saver(self) -> BaseCheckpointSaver | None: ...

    @property
    def resumed(self) -> bool: ...

    @property
    def given(self) -> Given: ...

    @property
    def keys(self) -> Mapping[str, Key]: ...

    @property
    def nodes(self) -> Mapping[str, Node]: ...

    def seen(self, node: Node) -> Any: ...

    def fresh(self, branch: Branch, writes: Writes) -> Any: ...

    def task_ended(self, task: TaskT, error: BaseException | None = None) -> None: ...

    def asks(self, task: TaskT, error: BaseException) -> None: ...

    def replace(self, task: TaskT, by: TaskT) -> None: ...

    def call(self, task: TaskT) -> Future[Any] | AsyncFuture[Any]: ...


class Given(NamedTuple):
    """What a run of the graph was given beside its input."""

    context: Any = None
    store: Any = None
    previous: Any = None
    cache: BaseNodeCache | None = None
