"""Several at once: calls whose results are gathered, streams whose chunks are merged. Pairs `x` and `ax`.

Whatever is started here has ended when the function that started it returns or raises. Only the thread or
task that steps a stream closes it; the others ask it to stop, and wait.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Any, Final, TypeVar

from eventflow.runnables.seam import END, aclose, close, ended

__all__ = ("MAX_THREADS", "agather", "amerge", "gather", "merge")

T = TypeVar("T")
K = TypeVar("K")

MAX_THREADS: Final = 32
"""How many threads one call starts at most, unless it is told `max_concurrency`."""


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
            ended = (job for job in jobs if job in done and not job.cancelled())
            failed += [job for job in ended if job.exception() is not None]
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
        await ended(*tasks)


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
                arrived.put(item, timeout=0.05)
            except queue.Full:
                continue
            return

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
    stopped = False

    async def pump(key: K, stream: AsyncIterator[T]) -> None:
        error: BaseException | None = None
        try:
            try:
                async for chunk in stream:
                    await arrived.put((key, chunk, None))
            finally:
                await aclose(stream)
        except BaseException as raised:
            if stopped:
                raise
            error = raised  # a cancellation, too: the stream may have awaited something that was cancelled
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
        stopped = True
        await ended(*tasks)
