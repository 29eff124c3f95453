"""A graph that is watched by the one who runs it: its run, with the chosen modes as the subscriber around it.

In async code the graph runs in a task of its own. In sync code it is pulled step by step in the caller's
thread; if a mode shows what happens inside nodes, it runs in a thread of its own, so that this can be shown
at once. Either way the graph is never further ahead than the buffer.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextvars import Context, copy_context
from typing import Any

from eventflow.bus import Emitter, Mailbox, report_failure
from eventflow.events import Event, Phase
from eventflow.events.notices import Internal
from eventflow.graph.places import told_of
from eventflow.graph.shape import Shape
from eventflow.runnables.seam import END, aclose, close
from eventflow.runs import RunHandle, RunnableConfig, Scope, current

__all__ = ("astream_parts", "stream_parts")


class _Tap:
    """The subscriber: keeps what a mode wants until the consumer comes for it."""

    def __init__(self, shape: Shape, buffer: int) -> None:
        self.box = Mailbox(buffer, "block")
        self.direct = self.box.put
        self.phases: frozenset[Phase] = frozenset().union(*(m.phases for m in shape.modes))
        self._shape = shape

    def wants(self, run: Emitter, phase: Phase, name: str | None) -> bool:
        if not any(phase in mode.phases and mode.wants(run.kind, phase, name) for mode in self._shape.modes):
            return False
        view = self._shape.view
        return view.subgraphs or not isinstance(name, Internal) or view.shows(told_of(run))

    def __call__(self, sender: Emitter, *, event: Event) -> None:
        self.box.put(sender, event)

    def failed(self, event: Event, error: Exception) -> None:
        report_failure(self, event, error)

    def settle(self) -> None:
        """Nothing to wait for: the consumer reads at its own pace."""

    async def asettle(self) -> None:
        """Nothing to wait for."""

    def enter(self, config: RunnableConfig | None) -> tuple[Context, RunnableConfig | None]:
        """The context to drive the run in, and the config to give it, with the tap around it."""
        handle = config.get("callbacks") if config else None
        outer = handle.node if isinstance(handle, RunHandle) and handle.node is not None else current.get()
        scope = Scope((self,), outer)
        if config and isinstance(handle, RunHandle):
            config = {**config, "callbacks": RunHandle(scope, handle.tag, handle.handlers)}
        context = copy_context()
        context.run(current.set, scope)
        return context, config

    def shown(self) -> Iterator[Any]:
        """What has come, as the consumer gets it."""
        items = self.box.items
        while items:
            event = items.popleft()
            if not items:
                self.box.drained()
            yield from self._shape.parts(event)


def stream_parts(
    drive: Callable[[RunnableConfig | None], Iterator[Any]],
    config: RunnableConfig | None,
    shape: Shape,
    buffer: int,
) -> Generator[Any, None, None]:
    """Yield what the modes show of the run that `drive(config)` steps."""
    tap = _Tap(shape, buffer)
    context, config = tap.enter(config)
    if shape.eager:
        yield from _threaded(drive, config, tap, context)
    else:
        yield from _pulled(drive, config, tap, context)


def _pulled(drive: Any, config: Any, tap: _Tap, context: Context) -> Generator[Any, None, None]:
    chunks = context.run(drive, config)
    error: BaseException | None = None
    chunk: Any = None
    try:
        while True:
            tap.box.stepping(True)
            try:
                chunk = context.run(next, chunks, END)
            except BaseException as raised:
                error = raised
            tap.box.stepping(False)
            yield from tap.shown()
            if error is not None:
                raise error
            if chunk is END:
                return
    finally:
        tap.box.close()
        context.run(close, chunks)


def _threaded(drive: Any, config: Any, tap: _Tap, context: Context) -> Generator[Any, None, None]:
    box = tap.box
    left = threading.Event()
    raised: list[BaseException] = []

    def work() -> None:
        try:
            chunks = drive(config)
            try:
                for _ in chunks:
                    if left.is_set():
                        break
            finally:
                close(chunks)
        except BaseException as error:
            raised.append(error)
        finally:
            box.close()

    box.read_here()
    thread = threading.Thread(target=context.run, args=(work,), daemon=True)
    thread.start()
    try:
        while True:
            yield from tap.shown()
            if box.ended:
                break
            box.wait_arrival()
        if raised:
            raise raised[0]
    finally:
        left.set()
        box.close()
        thread.join()


async def astream_parts(
    drive: Callable[[RunnableConfig | None], Any],
    config: RunnableConfig | None,
    shape: Shape,
    buffer: int,
) -> AsyncGenerator[Any, None]:
    """Yield what the modes show of the run that `drive(config)` steps, in a task of its own."""
    tap = _Tap(shape, buffer)
    box = tap.box
    context, config = tap.enter(config)

    async def work() -> None:
        try:
            chunks = drive(config)
            try:
                async for _ in chunks:
                    pass
            finally:
                await aclose(chunks)
        finally:
            box.close()

    task = asyncio.get_running_loop().create_task(work(), context=context)
    try:
        while True:
            for part in tap.shown():
                yield part
            if box.ended:
                break
            await box.arrival()
        await task
    finally:
        box.close()
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # seen, even where the consumer has left before it could be raised
