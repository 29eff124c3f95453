"""The tasks of one step, run at the same time and given back as each is done. The pair `each` and `aeach`.

Whatever is started here has ended when the iterator ends or is closed. A task that is done costs the same
however many others are under way: nobody looks through those that are not.
"""

from __future__ import annotations

import asyncio
import queue
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from eventflow.runnables.fanout import MAX_THREADS

__all__ = ("aeach", "each")

T = TypeVar("T")


def each(items: Sequence[T], work: Callable[[T], T], limit: int | None) -> Iterator[T]:
    """Do `work` for each item in threads, at most `limit` at once; yield what it gives, in the order of their ends.

    When one fails the others go on to their ends; then the first error in time is raised.
    """
    if len(items) <= 1:
        yield from map(work, items)
        return
    done: queue.SimpleQueue[Future[T]] = queue.SimpleQueue()
    failed: BaseException | None = None

    with ThreadPoolExecutor(min(len(items), limit or MAX_THREADS)) as pool:
        jobs = [pool.submit(copy_context().run, work, item) for item in items]
        try:
            for job in jobs:
                job.add_done_callback(done.put)
            for _ in jobs:
                job = done.get()
                if (error := job.exception()) is None:
                    yield job.result()
                else:
                    failed = failed or error
        finally:
            for job in jobs:
                job.cancel()
    if failed is not None:
        raise failed


async def aeach(items: Sequence[T], work: Callable[[T], Awaitable[T]], limit: int | None) -> AsyncIterator[T]:
    """Do `work` for each item in a task, at most `limit` at once; yield what it gives, in the order of their ends.

    The first error in time is raised; the others are cancelled, and have ended when it is.
    """
    if len(items) == 1:
        yield await work(items[0])
        return
    left = deque(items)
    done: deque[asyncio.Task[T]] = deque()
    running: set[asyncio.Task[T]] = set()
    waiter: asyncio.Future[None] | None = None
    loop = asyncio.get_running_loop()

    async def one(item: T) -> T:
        return await work(item)

    def ended(task: asyncio.Task[T]) -> None:
        running.discard(task)
        done.append(task)
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def start() -> None:
        task = loop.create_task(one(left.popleft()))
        running.add(task)
        task.add_done_callback(ended)

    try:
        for _ in range(min(len(left), limit or len(left))):
            start()
        while running or done:
            if not done:
                waiter = loop.create_future()
                await waiter
                waiter = None
            item = done.popleft().result()
            if left:
                start()
            yield item
    finally:
        for task in tuple(running):
            task.cancel()
        if running:
            await asyncio.wait(running)
        for task in done:
            if not task.cancelled():
                task.exception()  # seen: the first error in time is the one that is raised
