"""A function as a runnable."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, cast, overload

from eventflow.runnables.base import Runnable
from eventflow.runnables.callable import UserFunction
from eventflow.runnables.drive import acollect, collect
from eventflow.runnables.seam import aclose, ajoin, bridge, close, in_thread, join
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

    def _do_invoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        function = self._sync
        if function is None:
            raise self._async_only("invoke", "ainvoke")
        if function.told:
            kwargs = {**kwargs, **function.extras(run)}
        output = function.call(input, **kwargs)
        if function.colour == "generator":
            return collect(run, output)
        if isinstance(output, Runnable):
            return output.invoke(input, _deeper(run, output))
        return output

    async def _do_ainvoke(self, input: Any, run: Run, **kwargs: Any) -> Any:
        function = self._async
        if function is None:
            output = await self._call_sync(input, run, kwargs)
            if isinstance(output, Iterator) and self._is_generator:
                return await acollect(run, bridge(output, blocking=not self._inline))
        else:
            if function.told:
                kwargs = {**kwargs, **function.extras(run)}
            output = function.call(input, **kwargs)
            if function.colour == "async_generator":
                return await acollect(run, output)
            output = await output
        if isinstance(output, Runnable):
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
        if isinstance(output, Runnable):
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
            if isinstance(output, Iterator) and self._is_generator:
                output = bridge(output, blocking=not self._inline)
        else:
            if function.told:
                kwargs = {**kwargs, **function.extras(run)}
            output = function.call(input, **kwargs)
            if function.colour == "coroutine":
                output = await output
        if isinstance(output, Runnable):
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

    __hash__ = Runnable.__hash__

    def __repr__(self) -> str:
        return f"RunnableLambda({self.name or '...'})"


def _deeper(run: Run, output: Runnable[Any, Any]) -> RunnableConfig:
    """The config for a runnable that a function returned. Raises RecursionError at the limit."""
    config = run.child_config()
    limit = config["recursion_limit"]
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
