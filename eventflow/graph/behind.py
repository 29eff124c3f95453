"""Writing to a checkpointer while a graph goes on: one write under way at a time, in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from eventflow.checkpoints import BaseCheckpointSaver
from eventflow.checkpoints.base import Todo
from eventflow.runnables.seam import settled

__all__ = ("WriteBehind",)


class WriteBehind:
    """What is to be written to a saver, and the task that writes it. Graphs inside one another share it.

    Whatever comes while a write is under way is the next write, as a whole. Behind one that has failed nothing is
    written any more: no checkpoint is there without the one before it.

    Arguments:
        saver: where to write.
        loop: the event loop in which all of this happens.
    """

    __slots__ = ("_error", "_job", "_todo", "added", "done", "loop", "saver")

    def __init__(self, saver: BaseCheckpointSaver, loop: asyncio.AbstractEventLoop) -> None:
        self.saver = saver
        self.loop = loop
        self.added = self.done = 0
        self._todo: list[Todo] = []
        self._job: asyncio.Task[None] | None = None
        self._error: BaseException | None = None

    def add(self, todo: Sequence[Todo]) -> None:
        """Have this written, behind all that came before."""
        if self._error is None:
            self._todo += todo
            self.added += len(todo)
            self._start()

    async def reached(self, count: int) -> None:
        """Wait until so many of those that were added are written. Raises what the saver has raised.

        Whoever is cancelled meanwhile waits nevertheless, for the write that is under way.
        """
        while self.done < count and self._job is not None:
            await settled(self._job)
        if self._error is not None:
            raise self._error

    def _start(self) -> None:
        if self._todo and (self._job is None or self._job.done()):
            self._job = self.loop.create_task(self._write())

    async def _write(self) -> None:
        batch, self._todo = self._todo, []
        try:
            await self.saver.aput_all(batch)
        except asyncio.CancelledError:  # the loop ends: the run, which ends too, has it written again
            self._todo = [*batch, *self._todo]
            raise
        except BaseException as error:
            self._error = error
            self._todo, self.done = [], self.added
        else:
            self.done += len(batch)
        self._job = None
        self._start()
