"""Graphs without steps: a node starts as soon as those before it have ended, whatever else is under way.

Asked for with `compile(barrier=False)`. What a task writes is applied when it ends; so reducers, and joins,
see tasks in the order of their ends, and a key without a reducer has what was written last. There is no point
at which nothing is under way, so there is nothing to make a checkpoint of.
"""

from __future__ import annotations

import asyncio
import queue
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, ClassVar, TypeVar

from eventflow.graph.calls import ado, do
from eventflow.graph.compiled import CompiledStateGraph
from eventflow.graph.loop import Loop
from eventflow.graph.state import combine
from eventflow.graph.steps import aplan_first, plan_first
from eventflow.graph.task import Task
from eventflow.runnables.fanout import MAX_THREADS
from eventflow.runnables.seam import aclose, close, ended

__all__ = ("FlowGraph",)

StateT = TypeVar("StateT")
T = TypeVar("T")


class FlowLoop(Loop):
    """The execution of a graph without steps. The step of a task is how many came before it, one after the other."""

    __slots__ = ()

    def start(self) -> list[Task]:
        """The tasks that begin now. Raises GraphRecursionError if they are one too many in a row."""
        if self.tasks and self.step > self.limit:
            raise self.too_long()
        self.telling.begun(self.tasks)
        return self.tasks

    def follow(self, ended: Task, idle: bool) -> list[Task]:
        """Apply what the task has written; returns what follows it. `idle` tells that nothing is under way."""
        written = combine(self.keys, self.values, (ended.writes,))
        following = self.blueprint.plan.after((ended,), self.progress, idle=idle)
        if written:
            self.telling.values(ended.step, self.values, written)
        self.step = ended.step + 1
        self.tasks = [Task(self, planned) for planned in following]
        return self.start()

    def replace(self, task: Task, by: Task) -> None:
        """`by` takes the place of `task`: it is given back by what has run it."""


def flow(loop: Loop, input: Any) -> Iterator[Task]:
    """Run to the end, and yield each task when it has ended."""
    assert isinstance(loop, FlowLoop)  # noqa: S101  # of a FlowGraph
    entry = loop.begin(input, None)
    assert entry is not None  # noqa: S101  # it never goes on from anywhere
    plan_first(loop, entry)
    cache, telling = loop.given.cache, loop.telling
    limit = loop.run.inherited.max_concurrency
    done = spread(loop.start(), lambda task: do(task, cache, telling), loop.follow, limit)
    try:
        yield from done
        if loop.calls is not None:
            loop.calls.finish()
    finally:
        close(done)
        if loop.calls is not None:
            loop.calls.stop()


async def aflow(loop: Loop, input: Any) -> AsyncIterator[Task]:
    """Run to the end, and yield each task when it has ended."""
    assert isinstance(loop, FlowLoop)  # noqa: S101  # of a FlowGraph
    loop.awaits = asyncio.get_running_loop()
    entry = loop.begin(input, None)
    assert entry is not None  # noqa: S101  # it never goes on from anywhere
    await aplan_first(loop, entry)
    cache, telling = loop.given.cache, loop.telling
    limit = loop.run.inherited.max_concurrency
    done = aspread(loop.start(), lambda task: ado(task, cache, telling), loop.follow, limit)
    try:
        async for task in done:
            yield task
        if loop.calls is not None:
            await loop.calls.afinish()
    finally:
        await aclose(done)
        if loop.calls is not None:
            await loop.calls.astop()


class FlowGraph(CompiledStateGraph[StateT]):
    """A compiled graph whose nodes start as soon as those before them have ended."""

    keeps: ClassVar[bool] = False
    _loops: ClassVar[type[Loop]] = FlowLoop

    def _steps(self, loop: Loop, input: Any) -> Iterator[Task]:
        return flow(loop, input)

    def _asteps(self, loop: Loop, input: Any) -> AsyncIterator[Task]:
        return aflow(loop, input)


def spread(
    items: Iterable[T],
    work: Callable[[T], T],
    follow: Callable[[T, bool], Iterable[T]],
    limit: int | None,
) -> Iterator[T]:
    """Do `work` for each item, and for what follows it, in threads; yield what it gives, in the order of the ends.

    `follow(item, idle)` says what follows; `idle` that nothing else is under way. When one fails nothing more is
    begun, and the others go on to their ends; then the first error in time is raised.
    """
    todo = deque(items)
    done: queue.SimpleQueue[Future[T]] = queue.SimpleQueue()
    running = 0
    with ThreadPoolExecutor(limit or MAX_THREADS) as pool:
        jobs: set[Future[T]] = set()
        try:
            while todo or running:
                if len(todo) == 1 and not running:
                    item = work(todo.popleft())
                else:
                    while todo:
                        job = pool.submit(copy_context().run, work, todo.popleft())
                        jobs.add(job)
                        running += 1
                        job.add_done_callback(done.put)
                    job = done.get()
                    jobs.discard(job)
                    running -= 1
                    item = job.result()
                todo.extend(follow(item, not running and not todo))
                yield item
        finally:
            for job in jobs:
                job.cancel()


async def aspread(
    items: Iterable[T],
    work: Callable[[T], Awaitable[T]],
    follow: Callable[[T, bool], Iterable[T]],
    limit: int | None,
) -> AsyncIterator[T]:
    """Do `work` for each item, and for what follows it, in tasks; yield what it gives, in the order of the ends.

    `follow(item, idle)` says what follows; `idle` that nothing else is under way. The first error in time is
    raised; the others are cancelled, and have ended when it is.
    """
    todo = deque(items)
    done: deque[asyncio.Task[T]] = deque()
    running: set[asyncio.Task[T]] = set()
    waiter: asyncio.Future[None] | None = None
    loop = asyncio.get_running_loop()

    async def one(item: T) -> T:
        return await work(item)

    def note(task: asyncio.Task[T]) -> None:
        running.discard(task)
        done.append(task)
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    try:
        while todo or running or done:
            if len(todo) == 1 and not running and not done:
                item = await work(todo.popleft())
            else:
                while todo and (limit is None or len(running) < limit):
                    task = loop.create_task(one(todo.popleft()))
                    running.add(task)
                    task.add_done_callback(note)
                if not done:
                    waiter = loop.create_future()
                    await waiter
                    waiter = None
                item = done.popleft().result()
            todo.extend(follow(item, not running and not done and not todo))
            yield item
    finally:
        await ended(*running, *done)  # the first error in time is the one that is raised
