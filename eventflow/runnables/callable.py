"""A user's function, looked at once: what colour it has, and what it wants to be told."""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias

from eventflow.runs import Run

__all__ = ("Colour", "UserFunction")

Colour: TypeAlias = Literal["call", "coroutine", "generator", "async_generator"]

_NEVER_BLOCK: Final = (operator.itemgetter, operator.attrgetter, operator.methodcaller, type)
_TOLD: Final = ("config", "run_manager")


class UserFunction:
    """`call` is the function itself; `told` names those of `config` and `run_manager` that it takes.

    >>> async def answer(x, config): ...
    >>> f = UserFunction(answer)
    >>> f.colour, f.told
    ('coroutine', ('config',))
    """

    __slots__ = ("call", "colour", "may_block", "told")

    def __init__(self, function: Callable[..., Any]) -> None:
        self.call = function
        self.colour: Colour = _colour(function)
        self.may_block = not isinstance(function, _NEVER_BLOCK)
        self.told = _told(function)

    def extras(self, run: Run) -> dict[str, Any]:
        """The keyword arguments it wants, for one call inside `run`."""
        return {name: run.child_config() if name == "config" else run.handle() for name in self.told}

    @property
    def generates(self) -> bool:
        """Whether it is a generator function."""
        return self.colour in ("generator", "async_generator")

    @property
    def name(self) -> str | None:
        """Its name, unless it is a lambda or has none."""
        name = getattr(self.call, "__name__", None)
        return None if name == "<lambda>" or not isinstance(name, str) else name


def _colour(function: Callable[..., Any]) -> Colour:
    for candidate in (function, getattr(function, "__call__", None)):  # noqa: B004
        while isinstance(candidate, functools.partial):
            candidate = candidate.func
        if inspect.isasyncgenfunction(candidate):
            return "async_generator"
        if inspect.iscoroutinefunction(candidate):
            return "coroutine"
        if inspect.isgeneratorfunction(candidate):
            return "generator"
    return "call"


def _told(function: Callable[..., Any]) -> tuple[str, ...]:
    if isinstance(function, _NEVER_BLOCK):
        return ()
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return ()
    after_input = list(parameters)[1:]
    return tuple(name for name in _TOLD if name in after_input)
