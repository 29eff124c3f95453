"""A function as a runnable."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from typing import Any, cast, overload

from eventflow.drawing import Graph
from eventflow.runnables.annotations import element_type, keys_read, parameter_type, return_type, values_used
from eventflow.runnables.base import Runnable
from eventflow.runnables.callable import UserFunction
from eventflow.runnables.drive import acollect, collect
from eventflow.runnables.narrow import is_runnable
from eventflow.runnables.schema import Schema
from eventflow.runnables.seam import aclose, ajoin, bridge, close, in_thread, join
from eventflow.runnables.shapes import object_of, optional
from eventflow.runnables.structure import parallel_graph
from eventflow.runnables.verbs import Input, Output
from eventflow.runs import Run, RunnableConfig

__all__ = ("RunnableLambda", "chain")


class RunnableLambda(Runnable[Input, Output]):
    """A function of one argument, of any colour.

    A coroutine function can only be awaited. A generator function gives its chunks where a stream is asked
    for, and what they add up to elsewhere; its input is collected first (to work on the chunks of the input,
    use `RunnableGenerator`). In async code a sync function is called in a worker thread, for it may block;
    say `blocking=False` for one that does not, and it is called inline, which is a hundred times cheaper.

    A function that takes `config` or `run_manager` by that name is given them. If it returns a runnable, that
    is run on the same input, at most `recursion_limit` deep.

    Arguments:
        func: the function.
        afunc: a coroutine or async generator function to use in async code.
        name: the name in events; that of the function unless given.
        blocking: whether the sync function may block.

    Raises TypeError if `func` is not callable, or is async and `afunc` is given, too.

    >>> RunnableLambda(lambda x: x + 1).invoke(1)
    2
    """

    @overload
    def __init__(
        self,
        func: Callable[[Input], AsyncIterator[Output]] | Callable[[Input], Coroutine[Any, Any, Output]],
        afunc: None = None,
        name: str | None = None,
        *,
        blocking: bool | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        func: Callable[[Input], Iterator[Output]],
        afunc: Callable[..., Any] | None = None,
        name: str | None = None,
        *,
        blocking: bool | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        func: Callable[[Input], Output],
        afunc: Callable[..., Any] | None = None,
        name: str | None = None,
        *,
        blocking: bool | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: RunnableLambda[Any, Any],
        func: Callable[..., Any],
        afunc: Callable[..., Any] | None = None,
        name: str | None = None,
        *,
        blocking: bool | None = None,
    ) -> None: ...
    def __init__(
        self,
        func: Callable[..., Any],
        afunc: Callable[..., Any] | None = None,
        name: str | None = None,
        *,
        blocking: bool | None = None,
    ) -> None:
        for given in (func, *(() if afunc is None else (afunc,))):
            if not callable(given):
                raise TypeError(
                    f"RunnableLambda takes a function, and {given!r} is not callable: "
                    "wrap a value as lambda _: value"
                )
        first = UserFunction(func)
        is_async = first.colour in ("coroutine", "async_generator")
        if is_async and afunc is not None:
            raise TypeError(
                f"func {first.name or func!r} is async already, and afunc was given, too: give one of them"
            )
        self._sync = None if is_async else first
        self._async = first if is_async else (None if afunc is None else UserFunction(afunc))
        if self._async is not None and self._async.colour not in ("coroutine", "async_generator"):
            raise TypeError(f"afunc must be a coroutine function, and {afunc!r} is not: give it as func")
        self.name = name or first.name
        self.func = func
        self.afunc = afunc
        self._inline = not (first.may_block if blocking is None else blocking)

    @property
    def InputType(self) -> Any:
        return parameter_type(self.func)

    @property
    def OutputType(self) -> Any:
        said = return_type(self.func)
        return element_type(said) if cast(UserFunction, self._sync or self._async).generates else said

    def get_input_schema(self, config: RunnableConfig | None = None) -> Schema:
        """By the annotation, or by the keys that the function reads."""
        keys = keys_read(self.func) if self.InputType is Any else None
        if keys is None:
            return super().get_input_schema(config)
        fields = {key: (Any, ...) if needed else optional(Any) for key, needed in keys.items()}
        return object_of(self.get_name("input"), fields)

    def inner_runnables(self) -> Sequence[Runnable[Any, Any]]:
        """The runnables that its function uses by name, but for those that lead back to it."""
        return [runnable for runnable in self._used() if not self._is_in(runnable)]

    def _used(self) -> list[Runnable[Any, Any]]:
        return [value for value in values_used(self.func) if is_runnable(value)]

    def _is_in(self, other: Runnable[Any, Any]) -> bool:
        """Whether it is in `other`, however deep: functions may use each other in a circle."""
        seen: set[int] = set()
        left = [other]
        while left:
            runnable = left.pop()
            if runnable is self:
                return True
            if id(runnable) not in seen:
                seen.add(id(runnable))
                left += (
                    runnable._used() if isinstance(runnable, RunnableLambda) else runnable.inner_runnables()
                )
        return False

    def get_graph(self, config: RunnableConfig | None = None) -> Graph:
        inner = self.inner_runnables()
        return parallel_graph(self, inner, config) if inner else super().get_graph(config)

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        function = self._sync
        if function is None:
            raise self._async_only("invoke", "ainvoke")
        if function.told:
            kwargs = {**kwargs, **function.extras(run)}
        output = function.call(input, **kwargs)
        if function.colour == "generator":
            return collect(run, output)
        if is_runnable(output):
            return output.invoke(input, _deeper(run, output))
        return output

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        function = self._async
        if function is None:
            output = await self._call_sync(input, run, kwargs)
            if self._is_generator:
                return await acollect(run, bridge(output, blocking=not self._inline))
        else:
            if function.told:
                kwargs = {**kwargs, **function.extras(run)}
            output = function.call(input, **kwargs)
            if function.colour == "async_generator":
                return await acollect(run, output)
            output = await output
        if is_runnable(output):
            return await output.ainvoke(input, _deeper(run, output))
        return output

    def _do_transform(self, chunks: Iterator[Any], run: Run, **kwargs: Any) -> Iterator[Any]:
        input = join(chunks)
        function = self._sync
        if function is None:
            raise self._async_only("stream", "astream")
        if function.told:
            kwargs = {**kwargs, **function.extras(run)}
        output = function.call(input, **kwargs)
        if is_runnable(output):
            output = output.stream(input, _deeper(run, output))
        elif function.colour != "generator":
            yield output
            return
        try:
            yield from output
        finally:
            close(output)

    async def _do_atransform(self, chunks: AsyncIterator[Any], run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        input = await ajoin(chunks)
        function = self._async
        if function is None:
            output = await self._call_sync(input, run, kwargs)
            if self._is_generator:
                output = bridge(output, blocking=not self._inline)
        else:
            if function.told:
                kwargs = {**kwargs, **function.extras(run)}
            output = function.call(input, **kwargs)
            if function.colour == "coroutine":
                output = await output
        if is_runnable(output):
            output = output.astream(input, _deeper(run, output))
        elif not self._is_generator:
            yield output
            return
        try:
            async for chunk in output:
                yield chunk
        finally:
            await aclose(output)

    @property
    def _is_generator(self) -> bool:
        """Whether async verbs get chunks from the function."""
        function = self._async or self._sync
        return function is not None and function.colour in ("generator", "async_generator")

    async def _call_sync(self, input: Any, run: Run, kwargs: dict[str, Any]) -> Any:
        function = cast(UserFunction, self._sync)
        if function.told:
            kwargs = {**kwargs, **function.extras(run)}
        if self._inline or function.colour == "generator":  # making a generator runs nothing of it
            return function.call(input, **kwargs)
        return await in_thread(function.call, input, **kwargs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RunnableLambda) and (self.func, self.afunc) == (other.func, other.afunc)

    def __hash__(self) -> int:
        return hash((self.func, self.afunc))

    def __repr__(self) -> str:
        return f"RunnableLambda({self.name or '...'})"


def _deeper(run: Run, output: Runnable[Any, Any]) -> RunnableConfig:
    """The config for a runnable that a function returned. Raises RecursionError at the limit."""
    config = run.child_config()
    limit = run.inherited.recursion_limit
    if limit <= 0:
        raise RecursionError(
            f"a function returned a runnable too many times, the last one {output!r}: "
            "the recursion_limit of the config is reached"
        )
    config["recursion_limit"] = limit - 1
    return config


@overload
def chain(func: Callable[[Input], Awaitable[Output]]) -> Runnable[Input, Output]: ...
@overload
def chain(func: Callable[[Input], AsyncIterator[Output]]) -> Runnable[Input, Output]: ...
@overload
def chain(func: Callable[[Input], Iterator[Output]]) -> Runnable[Input, Output]: ...
@overload
def chain(func: Callable[[Input], Output]) -> Runnable[Input, Output]: ...
def chain(func: Callable[..., Any]) -> Runnable[Any, Any]:
    """A decorator that makes a runnable of a function; what it runs inside becomes its children in events.

    >>> @chain
    ... def shout(text: str) -> str:
    ...     return text.upper()
    >>> shout.invoke("hi")
    'HI'
    """
    return RunnableLambda(func)
