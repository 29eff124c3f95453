"""What a run has told so far, kept in order for any number of readers: each reads from the beginning on.

In sync code nothing goes on unless a reader has read all there is and asks for more: then it drives the run
(`eventflow/runnables/recording.py`). In async code the run is a task. Either way the run is never further ahead
of its fastest reader than the buffer.

Rules for this file:
1. One reader at a time drives; the others wait for it, and then look again.
2. No lock is held while a reader's own code runs. The turn to drive is held while the run's code does.
3. What drives the run does not know the log: one that nobody holds any more is collected, and the run ends. It
   is held by no table either, since an error that was read holds who has read it.
"""

from __future__ import annotations

import asyncio
import threading
from typing import final

from eventflow.events import Event
from eventflow.runnables.recording import Recorder, Source
from eventflow.runnables.seam import ended
from eventflow.runnables.tapping import AsyncBegin

__all__ = ("AsyncLog", "AsyncTold", "Log", "Told")


class _Ended:
    """What a run has told that has ended, in either colour."""

    aborted = False

    def __init__(self, *events: Event) -> None:
        self.events = [*events]

    @property
    def ended(self) -> bool:
        """Whether the run has ended; then all that it told is in `events`."""
        return True

    @property
    def error(self) -> BaseException | None:
        """What the run has raised of its own accord."""
        return None


class Told(_Ended):
    """What a run has told that has ended."""

    def more(self, at: int) -> bool:
        """Whether there is an event at this place; drives the run until there is, or it has ended.

        Raises RuntimeError inside the run, which would wait for itself.
        """
        return len(self.events) > at

    def stop(self) -> None:
        """Leave the run, and return when it has been left; at once inside the run, which then ends."""

    def only(self, *events: Event) -> Told:
        """A log of these alone."""
        return Told(*events)


class AsyncTold(_Ended):
    """The same in async code."""

    def start(self) -> None:
        """Let the run begin, if it has not. Raises RuntimeError if no loop is running."""

    async def more(self, at: int) -> bool:
        """Whether there is an event at this place; waits until there is, or the run has ended.

        Raises RuntimeError inside the run, which would wait for itself.
        """
        return len(self.events) > at

    async def stop(self) -> None:
        """Cancel the run, and return when it has ended."""

    def only(self, *events: Event) -> AsyncTold:
        """A log of these alone."""
        return AsyncTold(*events)


@final
class Log(Told):
    """What a run has told, for readers in any threads."""

    def __init__(self, recorder: Recorder, source: Source) -> None:
        super().__init__()
        self._recorder = recorder
        self._source = source
        self._turn = threading.Lock()
        self._taking = threading.Lock()

    @property
    def ended(self) -> bool:
        if self._source.ended:
            while self._take(len(self.events)):
                pass
        return self._source.ended

    @property
    def error(self) -> BaseException | None:
        return None if self.aborted else self._source.error

    def _take(self, at: int) -> bool:
        """Whether there is an event at this place by now."""
        items, events = self._recorder.box.items, self.events
        with self._taking:
            if len(events) == at and items:
                try:
                    events.append(self._recorder.box.take())
                except IndexError:  # the run was aborted just now
                    return False
            return len(events) > at

    def more(self, at: int) -> bool:
        while not self._take(at):
            if self.ended:
                return len(self.events) > at
            if self._recorder.is_inside():
                raise _waits_for_itself()
            with self._turn:
                if len(self.events) <= at and not self._recorder.box.items and not self._source.ended:
                    self._source.drive()
        return True

    def stop(self) -> None:
        if self._source.ended:
            return
        self.aborted = True
        self._recorder.stop()
        if not self._recorder.is_inside():
            with self._turn:
                if not self._source.ended:
                    self._source.stop()

    def __del__(self) -> None:
        if not self._source.ended:
            self._source.drop()


@final
class AsyncLog(AsyncTold):
    """What a run has told, for readers on its loop."""

    def __init__(self, recorder: Recorder, begin: AsyncBegin) -> None:
        super().__init__()
        self._recorder = recorder
        self._begin = begin
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()

    @property
    def ended(self) -> bool:
        ended = self.aborted if self._task is None else self._task.done()
        items = self._recorder.box.items
        while ended and items:
            self.events.append(items.popleft())
        return ended

    @property
    def error(self) -> BaseException | None:
        task = self._task
        if task is None or self.aborted or not task.done():
            return None
        return asyncio.CancelledError() if task.cancelled() else task.exception()

    def start(self) -> None:
        if self._task is None and not self.aborted:
            loop = asyncio.get_running_loop()
            self._recorder.box.read_here()
            recorder = self._recorder
            work = recorder.arun(self._begin, recorder.config)
            self._task = loop.create_task(work, context=recorder.context)
            self._task.add_done_callback(lambda task: _done(recorder, task))

    async def more(self, at: int) -> bool:
        events, box = self.events, self._recorder.box
        items = box.items
        while len(events) <= at:
            if items:
                events.append(box.take())
            elif self.ended:
                return len(events) > at
            elif self._recorder.is_inside():
                raise _waits_for_itself()
            else:
                self.start()
                async with self._turn:
                    if not items and len(events) <= at and not box.closed:
                        await box.arrival()
                if box.closed and not items and self._task is not None and not self._task.done():
                    await asyncio.wait([self._task])
        return True

    async def stop(self) -> None:
        if self.ended:
            return
        self.aborted = True
        self._recorder.stop()
        if self._task is not None:
            await ended(self._task)

    def __del__(self) -> None:
        task = self._task
        if task is None:
            self._recorder.leave()
        elif not task.done():
            self._recorder.stop()
            try:
                task.get_loop().call_soon_threadsafe(task.cancel)
            except RuntimeError:  # the loop is closed: its tasks are gone, too
                return


def _done(recorder: Recorder, task: asyncio.Task[None]) -> None:
    """The run has ended, even where it was cancelled before it began; its error is for the readers, if any."""
    recorder.leave()
    if not task.cancelled():
        task.exception()


def _waits_for_itself() -> RuntimeError:
    return RuntimeError("a run was asked, inside itself, for what it has yet to tell: read it outside")
