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
import queue
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from itertools import chain
from typing import Any, Final, Generic, TypeVar

from eventflow.events import Fold

__all__ = (
    "END",
    "MAX_THREADS",
    "Snapshots",
    "aclose",
    "aclose_all",
    "agather",
    "ajoin",
    "amerge",
    "aone",
    "aprimed",
    "are_snapshots",
    "arecorded",
    "asleep",
    "bridge",
    "close",
    "close_all",
    "gather",
    "in_thread",
    "join",
    "merge",
    "one",
    "primed",
    "recorded",
    "sleep",
)

T = TypeVar("T")
K = TypeVar("K")

END: Final[Any] = object()
"""The end of an iterator, as a value."""

MAX_THREADS: Final = 32
"""How many threads one call starts at most, unless it is told `max_concurrency`."""

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
    if closing is not None:
        await closing()


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
        value, self._value = self._value, END
        if value is END:
            raise StopAsyncIteration
        found: T = value
        return found


class Snapshots(Generic[T]):
    """Marks a stream, sync or async, each of whose chunks replaces the one before: its whole is the last one."""

    __slots__ = ("_chunks",)

    def __init__(self, chunks: Any) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[T]:
        return iter(self._chunks)

    def __next__(self) -> T:
        return next(self._chunks)

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
        first: T = self._first
        self._first = END
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
    job = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        while not job.done():
            try:
                await asyncio.wait([job])
            except asyncio.CancelledError:  # asked again: the thread still has to end first
                continue
        raise


async def bridge(iterator: Iterator[T], *, blocking: bool) -> AsyncIterator[T]:
    """A sync iterator under a task: stepped inline, or each step in a worker thread if it may block."""
    try:
        while True:
            item = await in_thread(next, iterator, END) if blocking else next(iterator, END)
            if item is END:
                return
            yield item
    finally:
        if blocking:
            await in_thread(close, iterator)
        else:
            close(iterator)


# ---- several at once


def gather(calls: Sequence[Callable[[], T]], limit: int | None = None) -> list[T]:
    """Run all in threads, at most `limit` at once, and give their results in order.

    The first error in time is raised when all have ended; those that had not begun are left out.
    """
    if len(calls) <= 1:
        return [call() for call in calls]
    with ThreadPoolExecutor(min(len(calls), limit or MAX_THREADS)) as pool:
        jobs: list[Future[T]] = [pool.submit(copy_context().run, call) for call in calls]
        running = set(jobs)
        failed: list[Future[T]] = []
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            failed += [job for job in done if not job.cancelled() and job.exception() is not None]
            if failed:
                for job in running:
                    job.cancel()
    if failed:
        failed[0].result()
    return [job.result() for job in jobs]


async def agather(calls: Sequence[Callable[[], Awaitable[T]]], limit: int | None = None) -> list[T]:
    """Run all as tasks, at most `limit` at once, and give their results in order.

    The first error in time is raised; the others are cancelled, and have ended when it is.
    """
    if len(calls) <= 1:
        return [await call() for call in calls]
    gate = asyncio.Semaphore(limit) if limit else None

    async def limited(call: Callable[[], Awaitable[T]]) -> T:
        if gate is None:
            return await call()
        async with gate:
            return await call()

    tasks = [asyncio.ensure_future(limited(call)) for call in calls]
    try:
        running = set(tasks)
        while running:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in (t for t in tasks if t in done):
                task.result()
        return [task.result() for task in tasks]
    finally:
        await _end(tasks)


async def _end(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Cancel what still runs, and wait for it."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def merge(streams: dict[K, Iterator[T]]) -> Iterator[tuple[K, T]]:
    """The chunks of several streams in the order in which they come, each with its key; a thread a stream.

    The first error ends them all. Each thread closes the stream it steps; all have ended at the end.
    """
    if len(streams) == 1:
        ((key, stream),) = streams.items()
        try:
            for chunk in stream:
                yield key, chunk
        finally:
            close(stream)
        return
    arrived: queue.Queue[tuple[K, Any, BaseException | None]] = queue.Queue(2 * len(streams))
    stop = threading.Event()

    def put(item: tuple[K, Any, BaseException | None]) -> None:
        while not stop.is_set():
            try:
                return arrived.put(item, timeout=0.05)
            except queue.Full:
                continue

    def pump(key: K, stream: Iterator[T]) -> None:
        error: BaseException | None = None
        try:
            try:
                for chunk in stream:
                    put((key, chunk, None))
                    if stop.is_set():
                        break
            finally:
                close(stream)
        except BaseException as raised:
            error = raised
        put((key, END, error))

    threads = [
        threading.Thread(target=copy_context().run, args=(pump, key, stream), daemon=True)
        for key, stream in streams.items()
    ]
    for thread in threads:
        thread.start()
    try:
        left = len(threads)
        while left:
            key, chunk, error = arrived.get()
            if error is not None:
                raise error
            if chunk is END:
                left -= 1
            else:
                yield key, chunk
    finally:
        stop.set()
        for thread in threads:
            thread.join()


async def amerge(streams: dict[K, AsyncIterator[T]]) -> AsyncIterator[tuple[K, T]]:
    """The chunks of several streams in the order in which they come, each with its key; a task a stream.

    The first error ends them all. Each task closes the stream it steps; all have ended at the end.
    """
    if len(streams) == 1:
        ((key, stream),) = streams.items()
        try:
            async for chunk in stream:
                yield key, chunk
        finally:
            await aclose(stream)
        return
    arrived: asyncio.Queue[tuple[K, Any, BaseException | None]] = asyncio.Queue(2 * len(streams))

    async def pump(key: K, stream: AsyncIterator[T]) -> None:
        error: BaseException | None = None
        try:
            try:
                async for chunk in stream:
                    await arrived.put((key, chunk, None))
            finally:
                await aclose(stream)
        except asyncio.CancelledError:
            raise
        except BaseException as raised:
            error = raised
        await arrived.put((key, END, error))

    tasks = [asyncio.ensure_future(pump(key, stream)) for key, stream in streams.items()]
    try:
        left = len(tasks)
        while left:
            key, chunk, error = await arrived.get()
            if error is not None:
                raise error
            if chunk is END:
                left -= 1
            else:
                yield key, chunk
    finally:
        await _end(tasks)
