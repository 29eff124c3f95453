"""A function from chunks to chunks as a runnable."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, cast

from eventflow.runnables.annotations import element_type, parameter_type, return_type
from eventflow.runnables.base import Runnable
from eventflow.runnables.callable import UserFunction
from eventflow.runnables.seam import aclose, ajoin, bridge, close, join, one
from eventflow.runnables.verbs import Input, Output
from eventflow.runs import Run, RunnableConfig

__all__ = ("RunnableGenerator",)


class RunnableGenerator(Runnable[Input, Output]):
    """A generator function over the chunks of its input: the way to write a step that streams.

    With a sync function alone it works in async code, too, in a worker thread for each chunk, but its input
    is collected first, since a sync function cannot await it; give `atransform` to stream there as well. With
    an async function alone it can only be awaited.

    Arguments:
        transform: a generator function, sync or async, of an iterator.
        atransform: an async one to use in async code.
        name: the name in events; that of the function unless given.

    Raises TypeError if a function is not a generator function.

    >>> def shout(chunks):
    ...     for chunk in chunks:
    ...         yield chunk.upper()
    >>> list(RunnableGenerator(shout).transform(iter(["a", "b"])))
    ['A', 'B']
    """

    def __init__(
        self,
        transform: Callable[..., Iterator[Any]] | Callable[..., AsyncIterator[Any]],
        atransform: Callable[..., AsyncIterator[Any]] | None = None,
        *,
        name: str | None = None,
    ) -> None:
        first = UserFunction(transform)
        second = None if atransform is None else UserFunction(atransform)
        is_async = first.colour == "async_generator"
        if is_async and second is not None:
            raise TypeError("transform is async already, and atransform was given, too: give one of them")
        if not is_async and first.colour != "generator":
            raise TypeError(
                f"RunnableGenerator takes a generator function (one that yields), and {transform!r} is none"
            )
        if second is not None and second.colour != "async_generator":
            raise TypeError(f"atransform must be an async generator function, and {atransform!r} is none")
        self._sync = None if is_async else first
        self._async = first if is_async else second
        self.name = name or first.name

    @property
    def InputType(self) -> Any:
        return element_type(parameter_type(self._any.call))

    @property
    def OutputType(self) -> Any:
        return element_type(return_type(self._any.call))

    @property
    def _any(self) -> UserFunction:
        return cast(UserFunction, self._sync or self._async)

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """What its chunks add up to; they are told as those of a stream, as in LangChain."""
        chunks = self.stream(input, config, **kwargs)
        try:
            return cast(Output, join(chunks))
        finally:
            close(chunks)

    async def ainvoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """What its chunks add up to; they are told as those of a stream, as in LangChain."""
        chunks = self.astream(input, config, **kwargs)
        try:
            return cast(Output, await ajoin(chunks))
        finally:
            await aclose(chunks)

    def _do_transform(self, chunks: Iterator[Any], run: Run, **kwargs: Any) -> Iterator[Any]:
        function = self._sync
        if function is None:
            raise self._async_only("stream", "astream")
        stream: Iterator[Any] = function.call(chunks, **kwargs, **function.extras(run))
        return stream

    def _do_atransform(self, chunks: AsyncIterator[Any], run: Run, **kwargs: Any) -> AsyncIterator[Any]:
        function = self._async
        if function is None:
            return self._collected(chunks, run, kwargs)
        stream: AsyncIterator[Any] = function.call(chunks, **kwargs, **function.extras(run))
        return stream

    async def _collected(
        self, chunks: AsyncIterator[Any], run: Run, kwargs: dict[str, Any]
    ) -> AsyncIterator[Any]:
        """The sync function, which cannot await its input, over the whole of it."""
        stream = bridge(self._do_transform(one(await ajoin(chunks)), run, **kwargs), blocking=True)
        try:
            async for chunk in stream:
                yield chunk
        finally:
            await aclose(stream)

    def __repr__(self) -> str:
        return f"RunnableGenerator({self.name or '...'})"
