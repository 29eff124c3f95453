"""The functional API: `entrypoint` makes a workflow of a function, `task` a step of one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass
from typing import (
    Any,
    Final,
    Generic,
    ParamSpec,
    Protocol,
    TypeVar,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from eventflow.checkpoints import BaseCheckpointSaver
from eventflow.errors import NoRunError
from eventflow.graph.builder import StateGraph
from eventflow.graph.cache import BaseNodeCache, CachePolicy
from eventflow.graph.defaults import policies
from eventflow.graph.nodes import Node, sync_timeout, told_by
from eventflow.graph.retries import RetryPolicy
from eventflow.graph.state import ROOT, StateSchema
from eventflow.graph.task import Task
from eventflow.graph.timeouts import Timeout, timeout_policy
from eventflow.graph.workflow import PREVIOUS, Workflow, blueprint_of
from eventflow.runs import current_run

__all__ = ("TaskFunction", "TaskFuture", "entrypoint", "task")

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
R = TypeVar("R")
S = TypeVar("S")

RETURN: Final = "__return__"
RESULT: Final = "__end__"
_ANY: Final = StateSchema(Any)


class TaskFuture(Protocol[T_co]):
    """What calling a task gives: wait for it with `.result()` in sync code, with `await` in async code."""

    def result(self, timeout: float | None = None) -> T_co: ...

    def done(self) -> bool: ...

    def cancel(self) -> bool: ...

    def __await__(self) -> Generator[Any, Any, T_co]: ...


class TaskFunction(Generic[P, T]):
    """A function whose calls are tasks of the workflow, or of the graph's node, that calls it. Made by `task`."""

    def __init__(self, function: Callable[..., Any], node: Node) -> None:
        functools.update_wrapper(self, function)
        self.func = function
        self._node = node

    @property
    def name(self) -> str:
        """What its tasks are called."""
        return self._node.name

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> TaskFuture[T]:
        """Begin it; returns the future of what it gives. Raises NoRunError outside a workflow and a graph."""
        run = current_run()
        while run is not None:
            if isinstance(run.source, Task):
                future: TaskFuture[T] = run.source.call(self._node, (args, kwargs))
                return future
            run = run.parent_run
        raise NoRunError(
            f"the task {self.name!r} was called outside a workflow: call it in a function with @entrypoint, or in a "
            f"node of a graph; {self.name}.func is the plain function"
        )

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self) -> str:
        return f"<task {self.name!r}>"


@overload
def task(function: Callable[P, Awaitable[T]], /) -> TaskFunction[P, T]: ...
@overload
def task(function: Callable[P, T], /) -> TaskFunction[P, T]: ...
@overload
def task(
    *,
    name: str | None = None,
    retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
    cache_policy: CachePolicy | None = None,
    timeout: Timeout | None = None,
) -> Callable[[Callable[P, Awaitable[T]] | Callable[P, T]], TaskFunction[P, T]]: ...
def task(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
    cache_policy: CachePolicy | None = None,
    timeout: Timeout | None = None,
) -> Any:
    """Make a task of a function: what a workflow need not do again when it goes on after a stop.

    Calling it begins it, in a thread or, in async code, as an asyncio task, and gives a future. What it gave is
    kept with the thread of the workflow.

    Arguments:
        name: what it is called; by the function's name unless given.
        retry_policy: when and how often it is run again when it fails.
        cache_policy: lets it not run again on arguments that it was run on before, in any run.
        timeout: how long one attempt may take; of an async function only.

    Raises ValueError if a sync function has a timeout, TypeError if it is a generator function.

    >>> @task
    ... def double(x: int) -> int:
    ...     return x * 2
    >>> @entrypoint()
    ... def workflow(xs: list[int]) -> list[int]:
    ...     futures = [double(x) for x in xs]
    ...     return [future.result() for future in futures]
    >>> workflow.invoke([1, 2])
    [2, 4]
    """

    def make(function: Callable[..., Any]) -> TaskFunction[Any, Any]:
        node = _node(_of_arguments(function), _name(function) if name is None else name)
        node.takes_arguments = True
        node.told = tuple(told_by(function, 0))
        node.gives = _returned
        node.cache = cache_policy
        return TaskFunction(function, _limited(node, retry_policy, timeout))

    return make if function is None else make(function)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Final(Generic[R, S]):
    """What a workflow gives, and what it saves for its next run as `previous`.

    Arguments:
        value: what its caller gets.
        save: what the next run of the thread is given as `previous`.
    """

    value: R
    save: S


class entrypoint:  # a decorator
    """Make a workflow of a function: a runnable, whose tasks are kept by thread so that it can go on after a stop.

    The function takes one input, and may take `config`, `writer`, `store`, `runtime`, and `previous`: what the
    last run of the thread gave, or saved with `entrypoint.final(value=…, save=…)`.

    Arguments:
        checkpointer: keeps what its tasks gave, and what it saves, by thread.
        store: what the function is given as `store`.
        cache: keeps what tasks with a `cache_policy` gave.
        context_schema: what `context` of a call has to be.
        cache_policy: lets the workflow not run again on an input that it was run on before.
        retry_policy: when and how often it is run again when it fails.
        timeout: how long one attempt may take; of an async function only.

    Raises ValueError if the function takes nothing, or a sync one has a timeout, TypeError if it is a generator
    function.

    >>> from eventflow.checkpoints import InMemorySaver
    >>> @entrypoint(checkpointer=InMemorySaver())
    ... def count(step: int, *, previous: int | None = None) -> int:
    ...     return (previous or 0) + step
    >>> config = {"configurable": {"thread_id": "1"}}
    >>> count.invoke(1, config), count.invoke(2, config)
    (1, 3)
    """

    final = _Final

    def __init__(
        self,
        checkpointer: BaseCheckpointSaver | None = None,
        store: Any = None,
        cache: BaseNodeCache | None = None,
        context_schema: Any = None,
        cache_policy: CachePolicy | None = None,
        retry_policy: RetryPolicy | Sequence[RetryPolicy] | None = None,
        timeout: Timeout | None = None,
    ) -> None:
        self._checkpointer = checkpointer
        self._store = store
        self._cache = cache
        self._context_schema = context_schema
        self._cache_policy = cache_policy
        self._retry_policy = retry_policy
        self._timeout = timeout

    def __call__(self, function: Callable[..., Any]) -> Workflow:
        parameters = inspect.signature(function).parameters
        if not parameters:
            raise ValueError(
                f"Entrypoint function must have at least one parameter: {_name(function)!r} takes nothing, and is "
                "to be called with an input"
            )
        node = _node(function, _name(function))
        node.gives = _ended
        node.cache = self._cache_policy
        input, output = _types(function, next(iter(parameters)))
        blueprint = blueprint_of(_limited(node, self._retry_policy, self._timeout), input, output)
        return Workflow(
            StateGraph(output, self._context_schema, input_schema=input),
            blueprint,
            checkpointer=self._checkpointer,
            store=self._store,
            cache=self._cache,
        )


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _node(function: Callable[..., Any], name: str) -> Node:
    node = Node(name, function, _ANY)
    if node.generates:
        raise TypeError(
            f"{name!r} is a generator function, which cannot be a task or an entrypoint: return a value, and show "
            "what comes before it with the stream writer"
        )
    return node


def _limited(
    node: Node, retry_policy: RetryPolicy | Sequence[RetryPolicy] | None, timeout: Timeout | None
) -> Node:
    node.retries = policies(retry_policy)
    node.timeout = timeout_policy(timeout)
    if node.timeout is not None and not node.is_async:
        raise ValueError(sync_timeout(node.name))
    return node


def _of_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, called with one value: its arguments."""
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return function
    places = {name: place for place, name in enumerate(inspect.signature(function).parameters)}

    def bound(input: Any, told: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments of one call: what it is told is what the caller has not given."""
        args, kwargs = input
        return args, {**{name: one for name, one in told.items() if places[name] >= len(args)}, **kwargs}

    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004
    ):

        async def acall(input: Any, **told: Any) -> Any:
            args, kwargs = bound(input, told)
            return await function(*args, **kwargs)

        return functools.update_wrapper(acall, function)

    def call(input: Any, **told: Any) -> Any:
        args, kwargs = bound(input, told)
        return function(*args, **kwargs)

    return functools.update_wrapper(call, function)


def _returned(output: Any) -> Any:
    return output, [[(RETURN, output)]], None


def _ended(output: Any) -> Any:
    is_final = isinstance(output, _Final)
    made: _Final[Any, Any] = cast("Any", output) if is_final else _Final(value=output, save=output)
    return made.value, [[(RESULT, made.value)]], [(ROOT, made.value), (PREVIOUS, made.save)]


def _types(function: Callable[..., Any], first: str) -> tuple[Any, Any]:
    """What it takes, and what its caller gets."""
    try:
        hints = get_type_hints(function if inspect.isroutine(function) else cast("Any", function).__call__)
    except (NameError, TypeError):
        return Any, Any
    output = hints.get("return", Any)
    if get_origin(output) is _Final:
        output = get_args(output)[0]
    return hints.get(first, Any), output
