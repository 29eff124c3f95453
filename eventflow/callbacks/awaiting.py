"""Calls that have to be awaited, made one after the other on the right event loop.

Rules for this file:
1. A run that starts on a loop has its calls made there, by a task that exists only while there are calls to
   make. A run that starts where no loop runs has each made at once, on a loop of its own, which is closed
   when the run ends; LangChain makes a new one for each call.
2. At most one call is under way, and each is made after those before it.
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
from collections.abc import Callable
from contextvars import copy_context

from eventflow.events import Event

__all__ = ("CallQueue",)


class CallQueue:
    """Makes calls in order and awaits what they return.

    `failed` is told what a call raises; what `failed` itself raises is raised to whoever waits for the calls.
    """

    def __init__(self, failed: Callable[[Event, Exception], object]) -> None:
        self._failed = failed
        self._calls: deque[tuple[Event, Callable[[], object]]] = deque()
        self._context = copy_context()
        self._at_work = threading.Lock()
        self._calling = False
        self._task: asyncio.Task[None] | None = None
        self._moved_in = False
        self._settled = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._own: asyncio.Runner | None = None
        self._raised: BaseException | None = None

    def move_in(self) -> None:
        """Take the loop that runs here, if there is one, for the one to await on; the first time counts."""
        if not self._moved_in:
            self._moved_in = True
            self._loop = _running_loop()

    def put(self, event: Event, call: Callable[[], object]) -> None:
        """Make `call`, which tells of `event`, after those before it. May be used from any thread.

        Raises what `failed` raised, if the call is made at once.
        """
        self.move_in()
        self._calls.append((event, call))
        if (loop := self._living_loop()) is not None:
            self._wake(loop)
        elif _running_loop() is None:
            self._make_here()
            if self._settled:  # told by a thread that outlived the run
                self._leave_own_loop()
            self._raise()
        # else: a loop that is only a part of the run; the call waits for the next one, or for the end

    def settle(self) -> None:
        """Return when all calls have been made; called from sync code.

        Sync code that is called on the loop itself keeps that loop from awaiting anything: the calls are
        then made in a thread, as in LangChain. If one has begun on the loop, it and those after it are left
        to the loop, where they end as soon as they can.

        Raises what `failed` raised.
        """
        loop, here = self._living_loop(), _running_loop()
        if loop is None:
            self._end_without_loop(here)
        elif loop is not here:
            asyncio.run_coroutine_threadsafe(self._finish(), loop).result()
        elif self._calls and not self._calling:
            _in_thread(self._make_the_rest)
        self._raise()

    async def asettle(self) -> None:
        """The same from a coroutine; cancelling it cancels the call that is under way and drops the others."""
        loop, here = self._living_loop(), _running_loop()
        if loop is None:
            self._end_without_loop(here)
        elif loop is not here:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._finish(), loop))
        elif self._task is not asyncio.current_task():  # a call that settles cannot wait for itself
            await self._finish()
        self._raise()

    def _raise(self) -> None:
        raised, self._raised = self._raised, None
        if raised is not None:
            raise raised

    # ---- making the calls: only who has the lock does, and looks again after letting go

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
                await _outcome(call)
            except Exception as error:
                self._failed(event, error)
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            self._raised = self._raised or error

    # ---- on the loop of the run

    def _living_loop(self) -> asyncio.AbstractEventLoop | None:
        return None if self._loop is None or self._loop.is_closed() else self._loop

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._at_work.acquire(blocking=False):
            if loop is _running_loop():
                self._start(loop)
            else:
                loop.call_soon_threadsafe(self._start, loop)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._task = loop.create_task(self._make_calls(), context=self._context)
        self._task.add_done_callback(self._drained)

    def _drained(self, task: asyncio.Task[None]) -> None:
        self._task = None
        self._at_work.release()
        if self._calls:  # what came after the last look, or was left when the task was cancelled
            self._wake(task.get_loop())

    async def _finish(self) -> None:
        try:
            while self._at_work.locked():
                if self._task is None:  # its start is on the way from another thread
                    await asyncio.sleep(0)
                else:
                    await asyncio.wait([self._task])
        except asyncio.CancelledError:
            self._calls.clear()
            if self._task is not None:
                self._task.cancel()
            raise

    # ---- on a loop of our own

    def _make_here(self) -> None:
        while self._calls and self._at_work.acquire(blocking=False):
            try:
                self._run_own_loop()
            finally:
                self._at_work.release()

    def _run_own_loop(self) -> None:
        if self._own is None:
            self._own = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        loop = self._own.get_loop()
        loop.run_until_complete(loop.create_task(self._make_calls(), context=self._context))

    def _end_without_loop(self, here: asyncio.AbstractEventLoop | None) -> None:
        if here is None:
            self._end()
        elif self._own is None or self._own.get_loop() is not here:  # else one of the calls settles
            _in_thread(self._end)

    def _end(self) -> None:
        self._settled = True
        if self._loop is None:
            with self._at_work:
                self._make_the_rest()
        else:  # the loop was closed, and whoever had the lock may have died with it
            self._make_the_rest()

    def _make_the_rest(self) -> None:
        try:
            if self._calls:
                self._run_own_loop()
        finally:
            self._leave_own_loop()

    def _leave_own_loop(self) -> None:
        own, self._own = self._own, None
        if own is not None:
            own.close()


async def _outcome(call: Callable[[], object]) -> None:
    try:
        result = call()
        if inspect.isawaitable(result):
            await result
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise RuntimeError("what it awaited has been cancelled") from error


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _in_thread(function: Callable[[], None]) -> None:
    thread = threading.Thread(target=function, name="eventflow-callbacks", daemon=True)
    thread.start()
    thread.join()
