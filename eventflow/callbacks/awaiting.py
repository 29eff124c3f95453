"""Calls that have to be awaited, made one after the other on the right event loop.

Rules for this file:
1. The loop is the one that runs where the first run starts; where none runs, a thread with a loop of its own.
2. At most one call is under way, and a task exists only while there are calls to make: nobody sleeps, and
   nothing has to be woken or cancelled when all is done.
3. Calls are made in the context in which the queue was made, which is outside of the run they tell of: what
   a handler runs itself is not told to it again.
4. The queue has no bound. Its calls are the user's own code, part of the run as in LangChain: none may be
   dropped, and a producer that waited for them would wait for ever where they need what it holds.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextvars import copy_context
from typing import Any, Final

from eventflow.events import Event

__all__ = ("CallQueue",)

_THREAD: Final = "eventflow-callbacks"


class CallQueue:
    """Makes calls in order and awaits what they return.

    `failed` is told what a call raises; what `failed` itself raises is raised when the queue is settled.
    """

    def __init__(self, failed: Callable[[Event, Exception], object]) -> None:
        self._failed = failed
        self._calls: deque[tuple[Event, Callable[[], object]]] = deque()
        self._context = copy_context()
        self._draining = threading.Lock()
        self._calling = False
        self._task: asyncio.Task[None] | None = None
        self._moved_in = False
        self._settled = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: _LoopThread | None = None
        self._raised: BaseException | None = None

    def move_in(self) -> None:
        """Take the loop that runs here for the one to await on, if this is the first time."""
        if not self._moved_in:
            self._moved_in = True
            self._loop = _running_loop()

    def put(self, event: Event, call: Callable[[], object]) -> None:
        """Make `call`, which tells of `event`, after those before it. May be used from any thread."""
        self.move_in()
        self._calls.append((event, call))
        self._wake()

    def settle(self) -> None:
        """Return when all calls have been made; called from sync code.

        Sync code that is called on the loop itself keeps that loop from awaiting anything: the calls are
        then made in a thread, as in LangChain. If one has begun on the loop, it and those after it are left
        to the loop, where they end as soon as they can.

        Raises what `failed` raised.
        """
        if not self._draining.locked():
            self._leave_thread()
        elif self._loop_in_use() is not _running_loop():
            self._wait()
        elif not self._calling:
            self._make_elsewhere()
        self._raise()

    async def asettle(self) -> None:
        """The same from a coroutine; cancelling it cancels the call that is under way and drops the others."""
        if not self._draining.locked():
            self._leave_thread()
        elif self._loop_in_use() is not _running_loop():
            await self._await()
        elif self._task is not asyncio.current_task():  # a call that settles cannot wait for itself
            await self._finish()
        self._raise()

    def _raise(self) -> None:
        raised, self._raised = self._raised, None
        if raised is not None:
            raise raised

    # ---- making the calls: one task at a time, made by whoever gets the lock

    def _wake(self) -> None:
        if self._draining.acquire(blocking=False):
            loop = self._loop_in_use()
            if loop is _running_loop():
                self._start()
            else:
                loop.call_soon_threadsafe(self._start)

    def _start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._make_calls(), context=self._context)
        self._task.add_done_callback(self._drained)

    def _drained(self, task: asyncio.Task[None]) -> None:
        self._task = None
        self._draining.release()
        if self._calls:  # what came after the last look, or was left when the task was cancelled
            self._wake()
        elif self._settled:  # that came late, from a thread that outlived the run
            self._leave_thread()

    async def _make_calls(self) -> None:
        while self._calls:
            event, call = self._calls.popleft()
            self._calling = True
            try:
                await self._make(event, call)
            finally:
                self._calling = False

    async def _make(self, event: Event, call: Callable[[], object]) -> None:
        try:
            try:
                result = call()
                if inspect.isawaitable(result):
                    await result
            except Exception as error:
                self._failed(event, error)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._raised = self._raised or error

    # ---- where they are made

    def _loop_in_use(self) -> asyncio.AbstractEventLoop:
        if self._loop is not None and not self._loop.is_closed():
            return self._loop
        if self._thread is None:
            self._thread = _LoopThread()
        return self._thread.loop

    def _make_elsewhere(self) -> None:
        thread = _LoopThread()
        try:
            thread.run(self._make_calls()).result()
        finally:
            thread.stop()

    def _leave_thread(self) -> None:
        self._settled = True
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()

    # ---- waiting for the end of them

    async def _finish(self) -> None:
        try:
            while self._draining.locked():
                if self._task is None:  # its start is on the way from another thread
                    await asyncio.sleep(0)
                else:
                    await asyncio.wait([self._task])
        except asyncio.CancelledError:
            self._calls.clear()
            if self._task is not None:
                self._task.cancel()
            raise

    def _wait(self) -> None:
        try:
            _run_on(self._loop_in_use(), self._finish()).result()
        finally:  # also when a signal ends the waiting
            self._leave_thread()

    async def _await(self) -> None:
        try:
            await asyncio.wrap_future(_run_on(self._loop_in_use(), self._finish()))
        finally:
            self._leave_thread()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _run_on(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, None]) -> Future[None]:
    return asyncio.run_coroutine_threadsafe(coroutine, loop)


class _LoopThread:
    """A thread that runs a loop of its own until it is stopped; tasks that are left then are cancelled."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.loop = self._runner.get_loop()
        self._stopped = asyncio.Event()
        self._thread = threading.Thread(target=self._work, name=_THREAD, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        with self._runner:
            self._runner.run(self._until_stopped())

    async def _until_stopped(self) -> None:
        await self._stopped.wait()

    def run(self, coroutine: Coroutine[Any, Any, None]) -> Future[None]:
        """Run `coroutine` there."""
        return _run_on(self.loop, coroutine)

    def stop(self) -> None:
        """End the loop and the thread, and wait for that unless this is the thread itself."""
        try:
            self.loop.call_soon_threadsafe(self._stopped.set)
        except RuntimeError:  # the loop is closed: it was stopped before
            pass
        if self._thread is not threading.current_thread():
            self._thread.join()
