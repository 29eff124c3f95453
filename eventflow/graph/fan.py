"""The tasks of one step, run at the same time and given back as each is done. The pair `each` and `aeach`.

Whatever is started here has ended when the iterator ends or is closed. A task that is done costs the same
however many others are under way: nobody looks through those that are not. In async code all are under way after
a few turns of the event loop, not in the first: ten thousand that end at once are never there all at once.
"""

from __future__ import annotations

import asyncio
import queue
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Final, TypeVar

from eventflow.runnables.fanout import MAX_THREADS
from eventflow.runnables.seam import ended

__all__ = ("aeach", "each")

T = TypeVar("T")

TOGETHER: Final = 64
"""How many tasks begin in one turn of the event loop: the memory of those that end at once is used again."""


def each(items: Sequence[T], work: Callable[[T], T], limit: int | None) -> Iterator[T]:
    """Do `work` for each item in threads, at most `limit` at once; yield what it gives, in the order of their ends.

    When one fails the others go on to their ends; then the first error in time is raised. With a limit of one
    there is no thread, and they begin when the one before has been looked at.
    """
    if len(items) <= 1:
        return map(work, items)
    return _one_by_one(items, work) if limit == 1 else _each(items, work, limit)


def _one_by_one(items: Sequence[T], work: Callable[[T], T]) -> Iterator[T]:
    failed: Exception | None = None
    for item in items:
        try:
            done = copy_context().run(work, item)
        except Exception as error:
            failed = failed or error
        else:
            yield done
    if failed is not None:
        raise failed


def _each(items: Sequence[T], work: Callable[[T], T], limit: int | None) -> Iterator[T]:
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


def aeach(
    items: Sequence[T], work: Callable[[T], Coroutine[Any, Any, T]], limit: int | None
) -> AsyncIterator[T]:
    """Do `work` for each item in a task, at most `limit` at once; yield what it gives, in the order of their ends.

    The first error in time is raised; the others are cancelled, and have ended when it is.
    """
    return _amap(work, items) if len(items) <= 1 else _aeach(items, work, limit)


class _amap(AsyncIterator[T]):  # the pair of `map`
    """What `work` gives for each item, one after the other."""

    __slots__ = ("_items", "_work")

    def __init__(self, work: Callable[[T], Coroutine[Any, Any, T]], items: Sequence[T]) -> None:
        self._work = work
        self._items = iter(items)

    async def __anext__(self) -> T:
        for item in self._items:
            return await self._work(item)
        raise StopAsyncIteration


async def _aeach(
    items: Sequence[T], work: Callable[[T], Coroutine[Any, Any, T]], limit: int | None
) -> AsyncIterator[T]:
    left = deque(items)
    done: deque[asyncio.Task[T]] = deque()
    running: set[asyncio.Task[T]] = set()
    waiter: asyncio.Future[None] | None = None
    loop = asyncio.get_running_loop()
    most = limit or len(items)

    def note(task: asyncio.Task[T]) -> None:
        running.discard(task)
        done.append(task)
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def start() -> None:
        for _ in range(min(len(left), most - len(running), TOGETHER)):
            task = loop.create_task(work(left.popleft()))
            running.add(task)
            task.add_done_callback(note)

    try:
        while left or running or done:
            start()
            if left and len(running) < most:
                await asyncio.sleep(0)  # those that end at once make room before the next begin
            elif not done:
                waiter = loop.create_future()
                await waiter
                waiter = None
            while done:
                item = done.popleft().result()
                if limit is not None:
                    start()
                yield item
    finally:
        await ended(*running, *done)  # the first error in time is the one that is raised
