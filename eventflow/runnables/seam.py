"""Where sync and async differ: closing, joining, waiting, threads and tasks. Pairs `x` and `ax`.

Everything above this file is written so that the async half is the sync half with `await` in it, and a test
proves that; the pairs here are equal in what they do, and are tested for it.

Rules for this file:
1. Who makes an iterator closes it, last to first, whatever is raised; never left to the collector.
2. Only the thread or task that steps an iterator closes it; the others ask it to stop, and wait.
3. No `next(it)` across a thread or a coroutine: a StopIteration does not survive either. `next(it, END)`.
4. A cancelled task waits for the thread that works for it: closing a running generator fails.
5. Whatever is started here has ended when the function that started it returns or raises.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextvars import copy_context
from itertools import chain
from typing import Any, Final, Generic, TypeVar

from eventflow.events import Fold

__all__ = (
    "END",
    "Snapshots",
    "aclose",
    "aclose_all",
    "ajoin",
    "aone",
    "aprimed",
    "are_snapshots",
    "arecorded",
    "asleep",
    "bridge",
    "close",
    "close_all",
    "ended",
    "in_thread",
    "join",
    "one",
    "primed",
    "recorded",
    "settled",
    "sleep",
)

T = TypeVar("T")

END: Final[Any] = object()
"""The end of an iterator, as a value."""

sleep = time.sleep
asleep = asyncio.sleep


# ---- closing


def close(iterator: object) -> None:
    """Close an iterator that can be closed."""
    closing = getattr(iterator, "close", None)
    if closing is not None:
        closing()


async def aclose(iterator: object) -> None:
    """Close an async iterator that can be closed."""
    closing = getattr(iterator, "aclose", None)
    if closing is None:
        return
    try:
        await closing()
    except RuntimeError:
        # A loop that shuts down closes all its generators at once, this one and the one that it is read by.
        if not getattr(iterator, "ag_running", False):
            raise


def close_all(iterators: list[Any]) -> None:
    """Close last to first; each is closed even when closing another raises."""
    while iterators:
        try:
            close(iterators.pop())
        except BaseException:
            close_all(iterators)
            raise


async def aclose_all(iterators: list[Any]) -> None:
    """Close last to first; each is closed even when closing another raises."""
    while iterators:
        try:
            await aclose(iterators.pop())
        except BaseException:
            await aclose_all(iterators)
            raise


# ---- single values and whole streams


def one(value: T) -> Iterator[T]:
    """A stream of one value."""
    yield value


class aone(AsyncIterator[T]):  # the pair of `one`
    """A stream of one value; not a generator, so that nothing is left to be closed when it is not read."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value: Any = value

    async def __anext__(self) -> T:
        value: T
        value, self._value = self._value, END
        if value is END:
            raise StopAsyncIteration
        return value


class Snapshots(Generic[T]):
    """Marks a stream, sync or async, each of whose chunks replaces the one before: its whole is the last one."""

    __slots__ = ("_chunks",)

    def __init__(self, chunks: Any) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[T]:
        return iter(self._chunks)

    def __next__(self) -> T:
        chunk: T = next(self._chunks)
        return chunk

    def __aiter__(self) -> AsyncIterator[T]:
        return aiter(self._chunks)

    async def __anext__(self) -> T:
        return await anext(self._chunks)


def are_snapshots(chunks: object) -> bool:
    """Whether the stream was marked by `Snapshots`."""
    return type(chunks) is Snapshots


def join(chunks: Iterable[Any]) -> Any:
    """What a stream adds up to."""
    whole = Fold(snapshots=are_snapshots(chunks))
    for chunk in chunks:
        whole.add(chunk)
    return whole.value()


async def ajoin(chunks: AsyncIterator[Any]) -> Any:
    """What a stream adds up to."""
    whole = Fold(snapshots=are_snapshots(chunks))
    async for chunk in chunks:
        whole.add(chunk)
    return whole.value()


def primed(chunks: Iterator[T]) -> Iterator[T]:
    """The same stream, whose first chunk has been waited for."""
    first = next(chunks, END)
    return iter(()) if first is END else chain((first,), chunks)


class _Primed(AsyncIterator[T]):
    __slots__ = ("_first", "_step")

    def __init__(self, first: T, chunks: AsyncIterator[T]) -> None:
        self._first: Any = first
        self._step = chunks.__anext__

    def __anext__(self) -> Awaitable[T]:
        if self._first is END:
            return self._step()
        return self._begin()

    async def _begin(self) -> T:
        first: T
        first, self._first = self._first, END
        return first


async def aprimed(chunks: AsyncIterator[T]) -> AsyncIterator[T]:
    """The same stream, whose first chunk has been waited for."""
    first = await anext(chunks, END)
    return _Empty() if first is END else _Primed(first, chunks)


class _Empty(AsyncIterator[Any]):
    async def __anext__(self) -> Any:
        raise StopAsyncIteration


def recorded(chunks: Iterator[T], whole: Fold) -> Iterator[T]:
    """The same stream, added up in `whole` as it passes."""
    for chunk in chunks:
        whole.add(chunk)
        yield chunk


async def arecorded(chunks: AsyncIterator[T], whole: Fold) -> AsyncIterator[T]:
    """The same stream, added up in `whole` as it passes."""
    async for chunk in chunks:
        whole.add(chunk)
        yield chunk


# ---- sync code under a task


async def in_thread(function: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """Call `function` in a worker thread, in this context; a caller that is cancelled waits until it is done."""
    # A future, not a task: a loop that ends cancels all its tasks, and then nobody would wait for the thread.
    context = copy_context()
    loop = asyncio.get_running_loop()
    return await settled(loop.run_in_executor(None, lambda: context.run(_called, function, args, kwargs)))


async def settled(job: asyncio.Future[T]) -> T:
    """What the work of a thread gives; a caller that is cancelled waits until it is done."""
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        while not job.done():
            try:
                await asyncio.wait([job])
            except asyncio.CancelledError:  # asked again: the thread still has to end first
                continue
        if not job.cancelled():
            job.exception()  # seen; the cancellation is the news
        raise


async def ended(*tasks: asyncio.Future[Any]) -> None:
    """Cancel those tasks that are not done, and return when they are; what they have raised is dropped."""
    left = [task for task in tasks if not task.done()]
    for task in left:
        task.cancel()
    if left:
        await asyncio.wait(left)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # seen


def _called(function: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    """Call it; a StopIteration, which no future can hold, becomes what it becomes in a coroutine."""
    try:
        return function(*args, **kwargs)
    except StopIteration as error:
        raise RuntimeError(f"{function!r} raised StopIteration") from error


async def bridge(iterator: Iterator[T], *, blocking: bool) -> AsyncIterator[T]:
    """A sync iterator under a task: stepped inline, or each step in a worker thread if it may block."""
    try:
        while True:
            item: Any = await in_thread(next, iterator, END) if blocking else next(iterator, END)
            if item is END:
                return
            yield item
    finally:
        if blocking:
            await in_thread(close, iterator)
        else:
            close(iterator)
