"""What a run of a graph is given beside its state: its context, its store, and its writer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from eventflow.errors import NoRunError
from eventflow.graph.types import StreamWriter
from eventflow.runs import Run, current_run

__all__ = ("Runtime", "get_runtime", "get_store")

ContextT = TypeVar("ContextT")


def nothing() -> None:
    """The heartbeat of a node that has no timeout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime(Generic[ContextT]):
    """What a node is told of the run that it is part of, by a parameter called `runtime`.

    Arguments:
        context: what the graph was called with as `context=`, as its `context_schema`.
        store: what the graph was compiled with as `store=`.
        stream_writer: shows what it is given in the `custom` mode.
        previous: what the last run of the thread gave, in the functional API.
        heartbeat: tells that the node makes progress, for its `idle_timeout`.
    """

    context: ContextT
    store: Any = None
    stream_writer: StreamWriter
    previous: Any = None
    heartbeat: Callable[[], None] = nothing


def get_runtime(context_schema: type[ContextT] | None = None) -> Runtime[ContextT]:
    """The runtime of the node that this code runs in. Raises NoRunError (a RuntimeError) outside a node."""
    runtime: Runtime[ContextT] = _of_task("runtime", "get_runtime")
    return runtime


def get_store() -> Any:
    """The store of the graph that this code runs in. Raises NoRunError (a RuntimeError) outside a node."""
    return _of_task("store", "get_store")


def _of_task(what: str, asked: str) -> Any:
    run: Run | None = current_run()
    while run is not None:
        offers = getattr(run.source, "offers", None)
        if offers is not None:
            return offers(what)
        run = run.parent_run
    raise NoRunError(f"{asked}() was called outside a node of a graph")
