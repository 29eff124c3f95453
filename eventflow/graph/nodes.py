"""A node: what it runs, what that wants to be told, and how it is called in sync and in async code."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol, TypeAlias, TypeGuard, cast, runtime_checkable

from eventflow.errors import InvalidUpdateError
from eventflow.graph.cache import CachePolicy
from eventflow.graph.retries import RetryPolicy
from eventflow.graph.state import StateSchema
from eventflow.graph.timeouts import TimeoutPolicy
from eventflow.graph.types import Send
from eventflow.runnables import Runnable
from eventflow.runnables.callable import UserFunction
from eventflow.runnables.narrow import is_runnable
from eventflow.runnables.seam import aclose, bridge, close, in_thread
from eventflow.runs import Run, RunnableConfig

__all__ = ("Branch", "InnerGraph", "Node", "NodeFunction", "Teller", "sync_timeout", "told_by")


class Teller(Protocol):
    """What a task gives its node's function, for whichever of it the function wants."""

    @property
    def run(self) -> Run: ...

    def told(self, names: tuple[str, ...]) -> dict[str, Any]: ...


TOLD: Final = ("config", "writer", "store", "previous", "runtime", "error")
"""The names of parameters that a node's function may have beside its input."""


Gives: TypeAlias = Callable[[Any], tuple[Any, list[list[tuple[str, Any]]], list[tuple[str, Any]] | None]]
"""What a node gives that does not write updates: what is shown as its output, as its writes, and what it writes."""


class NodeFunction:
    """A node's function in two colours: `func` for sync code, `afunc` for async code; and the tags of its runs."""

    __slots__ = ("afunc", "func", "tags")

    def __init__(
        self, func: Callable[..., Any], afunc: Callable[..., Any], tags: tuple[str, ...] = ()
    ) -> None:
        self.func = func
        self.afunc = afunc
        self.tags = tags

    def __call__(self, input: Any) -> Any:
        return self.func(input)


class OffersFunction(Protocol):
    """A runnable that is a node without a run of its own: it does its work in the run of the task."""

    def as_node(self) -> NodeFunction: ...


def offers_function(action: object) -> TypeGuard[OffersFunction]:
    """Whether it is a runnable that offers the function that does its work."""
    return hasattr(type(action), "as_node")


@runtime_checkable
class InnerGraph(Protocol):
    """A graph that is a node of another."""

    checkpointer: Any

    def get_state(self, config: RunnableConfig, *, subgraphs: bool = False) -> Any: ...

    async def aget_state(self, config: RunnableConfig, *, subgraphs: bool = False) -> Any: ...


class Branch(NamedTuple):
    """A conditional edge: what says where to go on, and what its answers stand for."""

    name: str
    path: Runnable[Any, Any]
    ends: Mapping[Any, str] | None
    schema: StateSchema | None = None

    def targets(self, answer: Any) -> tuple[Any, ...]:
        """Where an answer leads. Raises InvalidUpdateError if that is not in its `path_map`."""
        answers = cast("Sequence[Any]", answer) if isinstance(answer, (list, tuple)) else (answer,)
        return tuple(
            a if isinstance(a, Send) or self.ends is None else self._end(self.ends, a) for a in answers
        )

    def _end(self, ends: Mapping[Any, str], answer: Any) -> str:
        try:
            return ends[answer]
        except (KeyError, TypeError):
            raise InvalidUpdateError(
                f"the conditional edge {self.name!r} answered {answer!r}, which is not in its path_map: it has "
                f"{', '.join(map(repr, ends))}"
            ) from None


class Node:
    """A node of a graph.

    Arguments:
        name: the name in the graph.
        action: a function of any colour, or a runnable.
        schema: what it sees of the state.
    """

    __slots__ = (
        "action",
        "afunction",
        "branches",
        "cache",
        "function",
        "gives",
        "handler",
        "metadata",
        "name",
        "retries",
        "schema",
        "tags",
        "takes_arguments",
        "timeout",
        "told",
        "triggers",
    )

    def __init__(self, name: str, action: Any, schema: StateSchema) -> None:
        self.name = name
        self.action = action
        self.schema = schema
        self.branches: tuple[Branch, ...] = ()
        self.function: UserFunction | None = None
        self.afunction: UserFunction | None = None
        self.told: tuple[str, ...] = ()
        self.tags: tuple[str, ...] = ()
        self.retries: tuple[RetryPolicy, ...] = ()
        self.cache: CachePolicy | None = None
        self.timeout: TimeoutPolicy | None = None
        self.handler: Node | None = None
        self.metadata: Mapping[str, Any] = {}
        self.gives: Gives | None = None
        self.takes_arguments = False
        """Whether its input is the arguments of a call: a tuple of the positional ones and a dict of the others."""
        self.triggers: tuple[str, ...] = (f"branch:to:{name}",)
        if offers_function(action):
            action = action.as_node()
        if isinstance(action, NodeFunction):
            self.function, self.afunction = UserFunction(action.func), UserFunction(action.afunc)
            self.told = told_by(action.func)
            self.tags = action.tags
        elif not is_runnable(action):
            self.function = UserFunction(action)
            self.told = told_by(action)

    @property
    def generates(self) -> bool:
        """Whether its function is a generator, which tells of its chunks itself."""
        return self.function is not None and self.function.generates

    @property
    def graph(self) -> InnerGraph | None:
        """The graph that it is; None if it is none. One that a function calls is not known before it is called."""
        action = getattr(self.action, "bound", self.action)
        return action if isinstance(action, InnerGraph) else None

    @property
    def keeps(self) -> bool:
        """Whether it is a graph that keeps its states, if the one around it does."""
        return self.graph is not None and self.graph.checkpointer is not False

    @property
    def is_async(self) -> bool:
        """Whether it can be stopped where it awaits; a runnable is taken at its word."""
        function = self.function if self.afunction is None else self.afunction
        return function is None or function.colour in ("coroutine", "async_generator")

    def cache_key(self, policy: CachePolicy, input: Any) -> str:
        """What an input is known by in the cache. Raises CodecError if no key can be made of it."""
        where = f"node {self.name!r}"
        if self.takes_arguments:
            arguments, keywords = input
            return policy.key(where, *arguments, **keywords)
        return policy.key(where, input)

    def invoke(self, input: Any, task: Teller) -> Any:
        """Run it on `input` inside the task's run."""
        function = self.function
        if self.timeout is not None:
            raise ValueError(sync_timeout(self.name))
        if function is None:
            return self.action.invoke(input)
        if function.colour in ("coroutine", "async_generator"):
            raise TypeError(
                f'No synchronous function provided to "{self.name}": it can only be awaited. Either provide a '
                "sync function, or call the graph with ainvoke() or astream()"
            )
        output = function.call(input, **task.told(self.told)) if self.told else function.call(input)
        return _last(output, task.run) if function.colour == "generator" else output

    def ainvoke(self, input: Any, task: Teller) -> Awaitable[Any]:
        """The same, to be awaited; a sync function in a worker thread, for it may block."""
        function = self.afunction or self.function
        if function is None:
            awaited: Awaitable[Any] = self.action.ainvoke(input)
            return awaited
        told = task.told(self.told) if self.told else {}
        if function.colour == "call":
            return in_thread(function.call, input, **told)
        output: Any = function.call(input, **told)
        if function.colour == "coroutine":
            return cast("Awaitable[Any]", output)
        if function.colour == "generator":
            output = bridge(cast("Iterator[Any]", output), blocking=True)
        return _alast(output, task.run)


def sync_timeout(name: str) -> str:
    """What is said where a timeout would have to stop a sync function."""
    return (
        "Node timeouts are only supported for async nodes because sync Python execution cannot be safely cancelled "
        f"in-process. Node '{name}' is sync, or the graph was called with invoke() or stream(): use ainvoke() or "
        "astream()"
    )


def _last(chunks: Iterator[Any], run: Run) -> Any:
    """Tell of all chunks; the last one counts."""
    last: Any = None
    try:
        for last in chunks:
            run.chunk(last)
            run.pause()
    finally:
        close(chunks)
    return last


async def _alast(chunks: AsyncIterator[Any], run: Run) -> Any:
    """Tell of all chunks; the last one counts."""
    last: Any = None
    try:
        async for last in chunks:
            run.chunk(last)
            await run.apause()
    finally:
        await aclose(chunks)
    return last


def told_by(function: Callable[..., Any], after: int = 1) -> tuple[str, ...]:
    """Which of `TOLD` it takes, after so many parameters: by name, and only if its annotation allows it."""
    try:
        parameters = list(inspect.signature(function).parameters.values())[after:]
    except (TypeError, ValueError):
        return ()
    return tuple(p.name for p in parameters if p.name in TOLD and _fits(p))


def _fits(parameter: inspect.Parameter) -> bool:
    said = parameter.annotation
    if said is parameter.empty or isinstance(said, str) or parameter.name != "config":
        return True
    return said is RunnableConfig or RunnableConfig in getattr(said, "__args__", ())
