"""The tasks that the code of a step has called, and their futures: threads in sync code, tasks in async code.

Whatever is called in a step has ended when the step has. A thread that waits for the result of a call that no
thread has begun yet does the work itself: so calls that wait for calls never wait for a free thread.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Any, final

from eventflow.errors import GraphInterrupt
from eventflow.graph.cache import BaseNodeCache
from eventflow.graph.execute import aperform, perform
from eventflow.graph.keeper import Keeper
from eventflow.graph.reuse import arecall, astore, recall, store
from eventflow.graph.task import Task
from eventflow.graph.telling import Telling
from eventflow.runnables.fanout import MAX_THREADS
from eventflow.runs import Run

__all__ = ("Calls", "ado", "do")


@final
class _Result(Future[Any]):
    """The future of a call in sync code; waiting for it may mean doing it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self._work = work
        self._context = copy_context()
        self._begun = threading.Lock()

    def do(self) -> None:
        """Do the work, unless another thread does."""
        if not self._begun.acquire(blocking=False) or not self.set_running_or_notify_cancel():
            return
        try:
            value = self._context.run(self._work)
        except BaseException as error:
            self.set_exception(error)
        else:
            self.set_result(value)

    def result(self, timeout: float | None = None) -> Any:
        if timeout is None:
            self.do()
        return super().result(timeout)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        if timeout is None:
            self.do()
        return super().exception(timeout)


class Calls:
    """The calls of one execution of a graph.

    Arguments:
        telling: who is told of them.
        keeper: where their results are kept; None if nowhere.
        cache: what may have them already.
        awaits: the event loop of the graph; None in sync code.
        run: the graph's run.
        saved: what was kept of calls by an earlier call of the graph.
    """

    def __init__(
        self,
        telling: Telling,
        keeper: Keeper | None,
        cache: BaseNodeCache | None,
        awaits: asyncio.AbstractEventLoop | None,
        run: Run,
        saved: Sequence[tuple[str, str, Any]],
    ) -> None:
        self._telling = telling
        self._keeper = keeper
        self._cache = cache
        self._awaits = awaits
        self._limit = run.inherited.max_concurrency
        self._pool: ThreadPoolExecutor | None = None
        self._gate: asyncio.Semaphore | None = None
        self._results: set[_Result] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._remote: set[Future[Any]] = set()
        self._saved: dict[str, list[tuple[str, Any]]] = {}
        for id, key, value in saved:
            self._saved.setdefault(id, []).append((key, value))

    def call(self, task: Task) -> Future[Any] | asyncio.Future[Any]:
        """Run the task; returns the future of what it gives."""
        if (kept := self._saved.get(task.id)) is not None:
            task.recover(kept)
        self._telling.begun((task,))
        loop = self._awaits
        if loop is None:
            return self._submit(task)
        if _running() is loop:
            return self._spawn(self._ado(task))
        remote = asyncio.run_coroutine_threadsafe(
            self._apart(task), loop
        )  # a sync function of an async graph
        self._remote.add(remote)
        remote.add_done_callback(self._remote.discard)
        return remote

    # ---- in sync code

    def _submit(self, task: Task) -> Future[Any]:
        result = _Result(lambda: self._do(task))
        self._results.add(result)
        result.add_done_callback(self._results.discard)
        if task.done:
            result.do()
            return result
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._limit or MAX_THREADS)
        self._pool.submit(result.do)
        return result

    def _do(self, task: Task) -> Any:
        task = do(task, self._cache, self._telling)
        if self._keeper is not None and not self._keeper.at_exit:
            self._keeper.keep()
        return _given(task)

    def finish(self) -> None:
        """Wait for all of them."""
        while self._results:
            wait([*self._results])

    def stop(self) -> None:
        """Let those that have not begun be, and wait for the others."""
        for result in [*self._results]:
            result.cancel()
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.shutdown()

    # ---- in async code

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # seen, even where nobody asks for the result: the tasks mode has told of it

    async def _apart(self, task: Task) -> Any:
        return await self._spawn(self._ado(task))

    async def _ado(self, task: Task) -> Any:
        if self._limit is None or (task.caller is not None and task.caller.caller is not None):
            return await self._adone(task)  # one that is called by a call never waits for that
        if self._gate is None:
            self._gate = asyncio.Semaphore(self._limit)
        async with self._gate:
            return await self._adone(task)

    async def _adone(self, task: Task) -> Any:
        task = await ado(task, self._cache, self._telling)
        if self._keeper is not None and not self._keeper.at_exit:
            await self._keeper.akeep()
        return _given(task)

    async def afinish(self) -> None:
        """Wait for all of them."""
        while waiting := [*self._tasks, *map(asyncio.wrap_future, self._remote)]:
            await asyncio.wait(waiting)
            await asyncio.sleep(0)  # their callbacks

    async def astop(self) -> None:
        """Cancel all of them, and wait for that."""
        for remote in [*self._remote]:
            remote.cancel()
        for task in [*self._tasks]:
            task.cancel()
        await self.afinish()


def do(task: Task, cache: BaseNodeCache | None, telling: Telling) -> Task:
    """Run the task, unless it has ended before, or the cache has it. Returns it, or what was run in its place."""
    if cache is not None and not task.done:
        recall(cache, (task,), telling)
    if task.done:
        return task
    task = perform(task)
    if cache is not None:
        store(cache, task)
    return task


async def ado(task: Task, cache: BaseNodeCache | None, telling: Telling) -> Task:
    """Run the task, unless it has ended before, or the cache has it. Returns it, or what was run in its place."""
    if cache is not None and not task.done:
        await arecall(cache, (task,), telling)
    if task.done:
        return task
    task = await aperform(task)
    if cache is not None:
        await astore(cache, task)
    return task


def _given(task: Task) -> Any:
    """What the call gives. Raises GraphInterrupt if it has asked something."""
    if task.stopped:
        raise GraphInterrupt(task.interrupts)
    ((_, value),) = task.writes
    return value


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
