"""`FunctionTool`: what all tools have whose work is done by a function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Self, cast

from pydantic import Field, model_validator

from eventflow.runnables.seam import in_thread
from eventflow.tools.arguments import parameters_of
from eventflow.tools.base import BaseTool
from eventflow.tools.generators import yields_of

__all__ = ("FunctionTool", "is_async", "name_of")


class FunctionTool(BaseTool):
    """Base of tools whose work is done by a function: `func`, and in async code `coroutine` if there is one.

    A coroutine function that is given as `func` is taken as `coroutine`. Raises ValueError if there is neither.
    """

    func: Callable[..., Any] | None = Field(default=None, exclude=True, repr=False)
    coroutine: Callable[..., Any] | None = Field(default=None, exclude=True, repr=False)

    @model_validator(mode="after")
    def _has_function(self) -> Self:
        if self.coroutine is None and self.func is not None and is_async(self.func):
            self.func, self.coroutine = None, self.func
        if self.func is None and self.coroutine is None:
            raise ValueError(f"tool {self.name!r} has no function: give func=, coroutine=, or both")
        return self

    def __get__(self, instance: object, owner: type | None = None) -> Self:
        """The tool of an object, where it is made of a method of its class; else itself."""
        functions = {"func": self.func, "coroutine": self.coroutine}
        given: dict[str, Any] = {key: function for key, function in functions.items() if function is not None}
        if instance is None or not all(parameters_of(function).is_method for function in given.values()):
            return self
        return self.model_copy(update={key: function.__get__(instance) for key, function in given.items()})

    @property
    def _function(self) -> Callable[..., Any]:
        return cast("Callable[..., Any]", self.func or self.coroutine)

    @property
    def _afunction(self) -> Callable[..., Any]:
        return self.coroutine or self._function

    def _run(self, /, *args: Any, **kwargs: Any) -> Any:
        if self.func is None:
            raise self._async_only("invoke", "ainvoke")
        return self._called(self.func, *args, **kwargs)

    async def _arun(self, /, *args: Any, **kwargs: Any) -> Any:
        if self.coroutine is None:
            return await in_thread(self._run, *args, **kwargs)
        return await self._called(self.coroutine, *args, **kwargs)


def is_async(function: Any) -> bool:
    """Whether calling it gives something to await, or an async generator."""
    call = getattr(function, "__call__", None)  # noqa: B004
    return any(map(inspect.iscoroutinefunction, (function, call))) or yields_of(function).async_


def name_of(function: Any) -> str:
    """What a tool of it is called. Raises ValueError if it has no name."""
    while not hasattr(function, "__name__") and hasattr(function, "func"):  # functools.partial
        function = function.func
    name = getattr(function, "__name__", None)
    if not isinstance(name, str):
        raise ValueError(f"{function!r} has no __name__: give the tool a name=")
    return name
