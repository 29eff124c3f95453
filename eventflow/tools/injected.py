"""Arguments that the model neither sees nor gives: how they are marked, and where their values come from.

An argument is injected if its annotation is, or is marked with, something that this table knows
(`inject_argument`), if it is marked with `InjectedToolArg`, or if it is called `run_manager` or `callbacks`.
Whoever owns a new kind of value, such as the state of a graph, adds a row; nothing else here has to change.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, NamedTuple, TypeAlias, Union, cast, get_args, get_origin

from eventflow.events import MISSING
from eventflow.runs import Run, RunHandle, RunnableConfig

__all__ = (
    "InjectedToolArg",
    "InjectedToolCallId",
    "Injection",
    "Provider",
    "has_provider",
    "inject_argument",
    "injected_value",
    "marker_of",
)


class InjectedToolArg:
    """Marks an argument that the host gives: `user: Annotated[str, InjectedToolArg]`.

    It is in no schema that a model sees and in no event. The host gives its value as `injected_args` of the
    call, or in a plain dictionary of arguments; what a tool call, which a model has written, says of it counts
    for nothing.

    >>> from eventflow.tools import tool
    >>> @tool
    ... def orders(year: int, user: Annotated[str, InjectedToolArg]) -> str:
    ...     '''The orders of a year.'''
    ...     return f"{user}: {year}"
    >>> call = {"type": "tool_call", "name": "orders", "args": {"year": 2024, "user": "eve"}, "id": "call_1"}
    >>> list(orders.args), orders.invoke(call, injected_args={"user": "ann"}).content
    (['year'], 'ann: 2024')
    """


class InjectedToolCallId(InjectedToolArg):
    """Marks an argument that is given the id of the tool call: `id: Annotated[str, InjectedToolCallId]`.

    Such a tool can only be called with a tool call that has an id.
    """


class Injection(NamedTuple):
    """What a provider knows of the call.

    Arguments:
        marker: what stands in the annotation.
        run: the run of the tool.
        tool_call_id: the id of the tool call, if it is one.
        name: the name of the argument.
        given: what the host has given for it; MISSING if that is nothing.
    """

    marker: Any
    run: Run
    tool_call_id: str | None
    name: str = ""
    given: Any = MISSING


Provider: TypeAlias = Callable[[Injection], Any]
"""Gives the value of an injected argument; `MISSING` if there is none, then the host's value counts."""

_providers: Final[dict[Any, Provider]] = {}

_BY_NAME: Final = ("callbacks", "run_manager")


def inject_argument(kind: Any, provider: Provider) -> None:
    """Have all arguments that are annotated as `kind`, or marked with it, given by `provider`.

    Arguments:
        kind: the annotation; a class, whose instances as marks and whose subclasses count, too; or a generic.
        provider: called at each call of such a tool, see `Injection`.

    >>> class Clock: ...
    >>> inject_argument(Clock, lambda injection: Clock())
    >>> from eventflow.tools import tool
    >>> @tool
    ... def now(clock: Clock) -> str:
    ...     '''The time.'''
    ...     return type(clock).__name__
    >>> now.args, now.invoke({})
    ({}, 'Clock')
    """
    _providers[kind] = provider


def marker_of(name: str, annotation: Any) -> Any:
    """What makes an argument an injected one; None if it is part of a call.

    An annotation that could not be resolved is read as text, so that what is marked stays hidden.

    Raises TypeError if such a text does not tell what it is marked with.
    """
    if name in _BY_NAME:
        return RunHandle
    if isinstance(annotation, str):
        return _marker_in(annotation, name)
    is_union = get_origin(annotation) in (Union, types.UnionType)
    for option in get_args(annotation) if is_union else (annotation,):
        type_, *notes = get_args(option) if get_origin(option) is Annotated else (option,)
        for note in notes:
            kind = note if isinstance(note, type) else type(note)
            if issubclass(kind, InjectedToolArg) or _provider_of(note) is not None:
                return note
        if _provider_of(type_) is not None:
            return type_
    return None


def has_provider(marker: Any) -> bool:
    """Whether eventflow has the value, and not the host."""
    return _provider_of(marker) is not None


def injected_value(injection: Injection) -> Any:
    """The value from the table; MISSING if only the host can give it."""
    provider = _provider_of(injection.marker)
    return MISSING if provider is None else provider(injection)


def _marker_in(text: str, name: str) -> Any:
    kinds: list[Any] = [kind for kind in _providers if isinstance(kind, type) and kind.__name__ in text]
    if kinds or "Injected" in text:
        return kinds[0] if kinds else InjectedToolArg
    if "Annotated" in text:
        raise TypeError(
            f"cannot tell whether argument {name!r} of a tool is injected: its annotation {text!r} names something "
            "that is not found at the top of its module; import or define it there"
        )
    return None


def _provider_of(marker: Any) -> Provider | None:
    kind = get_origin(marker) or marker
    classes = cast("type[Any]", kind if isinstance(kind, type) else type(kind)).__mro__
    found = next((kind for kind in classes if kind in _providers), None)
    return _exact(_providers, marker) or (None if found is None else _providers[found])


def _exact(providers: Mapping[Any, Provider], marker: Any) -> Provider | None:
    try:
        return providers.get(marker)
    except TypeError:  # a mark without a hash
        return None


def _config(injection: Injection) -> RunnableConfig:
    return injection.run.child_config()


def _handle(injection: Injection) -> RunHandle:
    return injection.run.handle()


def _tool_call_id(injection: Injection) -> str:
    if injection.tool_call_id is None:
        raise ValueError(
            "When tool includes an InjectedToolCallId argument, tool must always be invoked with a full model "
            "ToolCall of the form: {'args': {...}, 'name': '...', 'type': 'tool_call', 'id': '...'}: "
            f"{injection.run.source.get_name()} was not"
        )
    return injection.tool_call_id


inject_argument(RunnableConfig, _config)
inject_argument(RunHandle, _handle)
inject_argument(InjectedToolCallId, _tool_call_id)
