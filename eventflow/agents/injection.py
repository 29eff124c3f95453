"""What tools can be given of the graph that they are called in: its state, its store, its runtime.

The state is that of the call: what the `ToolNode` was given that makes it; where a node calls a tool itself,
what that node was given.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar, cast

from eventflow.errors import NoRunError
from eventflow.events import MISSING
from eventflow.graph import StreamWriter
from eventflow.runnables.annotations import signature_of
from eventflow.runs import Run, RunnableConfig
from eventflow.tools import BaseTool, InjectedToolArg, Injection, inject_argument

__all__ = (
    "CallSite",
    "Host",
    "InjectedState",
    "InjectedStore",
    "ToolRuntime",
    "call_site",
    "host_of",
    "runtime_of",
)

StateT = TypeVar("StateT")
ContextT = TypeVar("ContextT")


class InjectedState(InjectedToolArg):
    """Marks an argument of a tool that is given the state of the graph, or one key of it.

    Arguments:
        field: the key; the whole state unless given.

    >>> from typing import Annotated
    >>> from eventflow.tools import tool
    >>> @tool
    ... def count(what: str, messages: Annotated[list, InjectedState("messages")]) -> str:
    ...     '''Counts the messages.'''
    ...     return f"{len(messages)} {what}"
    >>> list(count.args), count.invoke({"what": "messages", "messages": [1, 2]})
    (['what'], '2 messages')
    """

    def __init__(self, field: str | None = None) -> None:
        self.field = field


class InjectedStore(InjectedToolArg):
    """Marks an argument of a tool that is given the store that the graph was compiled with."""


@dataclass(slots=True)
class ToolRuntime(Generic[ContextT, StateT]):
    """What a tool is told of the graph that it is called in, by an argument that is annotated with this class.

    Arguments:
        state: the state of the graph.
        context: what the graph was called with as `context=`.
        config: the config of the tool's run.
        stream_writer: shows what it is given in the `custom` mode.
        tool_call_id: the id of the tool call.
        store: what the graph was compiled with as `store=`.
        tools: the tools of the node that has called it.
    """

    state: StateT
    context: ContextT
    config: RunnableConfig
    stream_writer: StreamWriter
    tool_call_id: str | None
    store: Any
    tools: Sequence[BaseTool] = ()
    _run: Run | None = field(default=None, repr=False, compare=False)

    def emit_output_delta(self, delta: Any) -> None:
        """Tell of a part of the output as it comes: an `on_tool_stream` event of the tool's run."""
        if self._run is not None and self._run.hub.stream:
            self._run.chunk(delta)


class Host(Protocol):
    """What a node's task offers: its state, context, store, and writer, by name."""

    def offers(self, what: str) -> Any: ...


class CallSite(NamedTuple):
    """Where a tool node calls tools: in which run, with which state, and which tools there are."""

    run: Run
    state: Any
    tools: Sequence[BaseTool]


_site: Final[ContextVar[CallSite | None]] = ContextVar("call site of tools", default=None)


@contextmanager
def call_site(site: CallSite) -> Generator[None]:
    """Tools that are called inside are given the state of `site`."""
    token = _site.set(site)
    try:
        yield
    finally:
        _site.reset(token)


def host_of(run: Run | None) -> Host | None:
    """The task of a node that this run is part of; None outside a graph."""
    while run is not None:
        if hasattr(run.source, "offers"):
            return cast("Host", run.source)
        run = run.parent_run
    return None


def _site_of(run: Run) -> CallSite | None:
    """Where the tool of this run was called: by a tool node, else by a node; None outside both."""
    site, at = _site.get(), run.parent_run
    while at is not None:
        if site is not None and at is site.run:
            return site
        if hasattr(at.source, "offers"):
            return CallSite(at, cast("Host", at.source).offers("state"), ())
        at = at.parent_run
    return None


def runtime_of(site: CallSite, run: Run, tool_call_id: str | None) -> ToolRuntime[Any, Any] | None:
    """What a tool in that run is told; None outside a graph."""
    host = host_of(run)
    if host is None:
        return None
    told = host.offers("runtime")
    return ToolRuntime(
        state=site.state,
        context=told.context,
        config=run.child_config(),
        stream_writer=told.stream_writer,
        tool_call_id=tool_call_id,
        store=told.store,
        tools=site.tools,
        _run=run,
    )


# ---- what is given for each mark


def _state(injection: Injection) -> Any:
    site = _site_of(injection.run)
    if site is None:
        return MISSING
    name = injection.marker.field if isinstance(injection.marker, InjectedState) else None
    state = site.state
    if name is None or (name == "messages" and isinstance(state, list)):
        return cast("Any", state)
    if isinstance(state, Mapping):
        found = cast("Mapping[str, Any]", state).get(name, MISSING)
    else:
        found = getattr(state, name, MISSING)
    if found is MISSING:
        raise ValueError(f"{_argument(injection)} is the key {name!r} of the state, which has {_keys(state)}")
    return found


def _keys(state: Any) -> str:
    keys = cast("Mapping[str, Any]", state) if isinstance(state, Mapping) else getattr(state, "__dict__", ())
    return f"the keys {', '.join(map(repr, keys))}" if keys else "none"


def _store(injection: Injection) -> Any:
    host = host_of(injection.run)
    if host is None:
        return MISSING
    store = host.offers("store")
    if store is None:
        raise ValueError(
            f"{_argument(injection)} is the store of the graph, which has none: compile(store=InMemoryStore())"
        )
    return store


def _runtime(injection: Injection) -> Any:
    site = _site_of(injection.run)
    runtime = None if site is None else runtime_of(site, injection.run, injection.tool_call_id)
    return MISSING if runtime is None else runtime


def _writer(injection: Injection) -> Any:
    host = host_of(injection.run)
    return MISSING if host is None else host.offers("writer")


def _provide(kind: Any, give: Callable[[Injection], Any]) -> None:
    """Have arguments of this kind given by `give` inside a graph, and by whoever calls the tool outside."""

    def provider(injection: Injection) -> Any:
        value = give(injection)
        if value is MISSING and injection.given is MISSING and not _is_optional(injection):
            raise NoRunError(
                f"{_argument(injection)} comes from the graph that the tool is called in, and it was called outside "
                "one: call it from a ToolNode, or give it in injected_args="
            )
        return value

    inject_argument(kind, provider)


def _argument(injection: Injection) -> str:
    return f"argument {injection.name!r} of tool {injection.run.source.get_name()!r}"


def _is_optional(injection: Injection) -> bool:
    """Whether the function has a default for it."""
    tool: Any = injection.run.source
    function = getattr(tool, "func", None) or getattr(tool, "coroutine", None) or tool._run
    signature = signature_of(function)
    parameter = None if signature is None else signature.parameters.get(injection.name)
    return parameter is not None and parameter.default is not parameter.empty


_provide(InjectedState, _state)
_provide(InjectedStore, _store)
_provide(ToolRuntime, _runtime)
_provide(StreamWriter, _writer)
