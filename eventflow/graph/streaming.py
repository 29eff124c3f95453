"""A graph that is watched by the one who runs it: its run, with the chosen modes as the subscriber around it.

In async code the graph runs in a task of its own. In sync code it is pulled step by step in the caller's
thread; if a mode shows what happens inside nodes, it runs in a thread of its own, so that this can be shown
at once. Either way the graph is never further ahead than the buffer, and leaving the stream stops it: tasks are
cancelled, and what is busy in a thread ends at the next thing that it tells.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator, Iterator
from functools import partial
from typing import Any

from eventflow.bus import Emitter
from eventflow.events import Phase
from eventflow.events.notices import Internal
from eventflow.graph.places import told_of
from eventflow.graph.shape import Shape
from eventflow.runnables.seam import END, close, ended
from eventflow.runnables.tapping import AsyncBegin, Begin, Tapping
from eventflow.runs import RunnableConfig

__all__ = ("astream_parts", "stream_parts")


class _Tap(Tapping):
    """The subscriber: keeps what a mode wants until the consumer comes for it."""

    def __init__(self, shape: Shape, buffer: int) -> None:
        super().__init__(buffer)
        self.phases = frozenset[Phase]().union(*(mode.phases for mode in shape.modes))
        self._shape = shape

    def wants(self, run: Emitter, phase: Phase, name: str | None) -> bool:
        shape = self._shape
        if not shape.wanting(run.kind, phase, name):
            return False
        return shape.view.subgraphs or not isinstance(name, Internal) or shape.view.shows(told_of(run))

    def shown(self) -> Iterator[Any]:
        """What has come, as the consumer gets it."""
        items, parts = self.box.items, self._shape.parts
        while items:
            event = items.popleft()
            if not items:
                self.box.drained()
            yield from parts(event)


def stream_parts(
    drive: Begin,
    config: RunnableConfig | None,
    shape: Shape,
    buffer: int,
) -> Generator[Any, None, None]:
    """Yield what the modes show of the run that `drive(config)` steps."""
    return (_threaded if shape.eager else _pulled)(drive, config, shape, buffer)


def _pulled(
    drive: Begin, config: RunnableConfig | None, shape: Shape, buffer: int
) -> Generator[Any, None, None]:
    tap = _Tap(shape, buffer)
    box, parts = tap.box, shape.parts
    items = box.items
    context, config = tap.enter(config)
    chunks = context.run(drive, config)
    step = partial(context.run, next, chunks, END)
    error: BaseException | None = None
    chunk: Any = None
    try:
        while chunk is not END and error is None:
            box.stepping(True)
            try:
                chunk = step()
                while chunk is not END and not items:
                    chunk = step()
            except BaseException as raised:
                error = raised
            box.stepping(False)
            while items:
                yield from parts(items.popleft())
        if error is not None:
            raise error
    finally:
        tap.leave()
        context.run(close, chunks)


def _threaded(
    drive: Begin, config: RunnableConfig | None, shape: Shape, buffer: int
) -> Generator[Any, None, None]:
    tap = _Tap(shape, buffer)
    box = tap.box
    context, config = tap.enter(config)
    raised: list[BaseException] = []

    def work() -> None:
        try:
            tap.run(drive, config)
        except BaseException as error:
            raised.append(error)

    box.read_here()
    thread = threading.Thread(target=context.run, args=(work,), daemon=True)
    thread.start()
    try:
        while True:
            yield from tap.shown()
            if box.ended:
                break
            box.wait_arrival()
        thread.join()
        if raised:
            raise raised[0]
    finally:
        tap.stop()
        thread.join()
        tap.leave()


async def astream_parts(
    drive: AsyncBegin,
    config: RunnableConfig | None,
    shape: Shape,
    buffer: int,
) -> AsyncGenerator[Any, None]:
    """Yield what the modes show of the run that `drive(config)` steps, in a task of its own."""
    tap = _Tap(shape, buffer)
    box = tap.box
    context, config = tap.enter(config)

    task = asyncio.get_running_loop().create_task(tap.arun(drive, config), context=context)
    try:
        while True:
            for part in tap.shown():
                yield part
            if box.ended:
                break
            await box.arrival()
        await task
    finally:
        tap.stop()
        await ended(task)
        tap.leave()
