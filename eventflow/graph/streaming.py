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

from eventflow.bus import DEFAULT_BUFFER, Emitter, Mailbox, report_failure
from eventflow.events import Event, Phase
from eventflow.graph.modes import Mode
from eventflow.graph.records import Namespace
from eventflow.runnables.seam import END, aclose, close
from eventflow.runs import RunHandle, RunnableConfig, Scope, current

__all__ = ("Shape", "astream_parts", "stream_parts")


class Shape:
    """How parts are handed out: bare, with their mode, with their namespace, or as dicts.

    Arguments:
        modes: by name.
        tagged: whether parts are given with the name of their mode.
        subgraphs: whether parts of graphs inside are given, too, and all with their namespace.
        version: "v2" for dicts with `type`, `ns` and `data`.
        ns: the namespace of the graph itself.
        build: what makes the state as its schema says of a dict of its keys.
    """

    __slots__ = ("_known", "build", "modes", "ns", "subgraphs", "tagged", "version")

    def __init__(
        self,
        modes: dict[str, Mode],
        *,
        tagged: bool,
        subgraphs: bool,
        version: str,
        ns: Namespace,
        build: Callable[[dict[str, Any]], Any],
    ) -> None:
        self.modes = modes
        self.tagged = tagged
        self.subgraphs = subgraphs
        self.version = version
        self.ns = ns
        self.build = build
        self._known: dict[Any, tuple[Mode, ...]] = {}
        for mode in modes.values():
            mode.within = None if subgraphs else ns

    def parts(self, event: Event) -> Iterator[Any]:
        """What the consumer gets of one event."""
        own, subgraphs, depth = self.ns, self.subgraphs, len(self.ns)
        for mode in self.modes_for(event):
            for ns, data in mode.parts(event):
                if ns != own and not subgraphs:
                    continue
                if self.version == "v2":
                    yield self._as_dict(mode, ns[depth:], data)
                elif subgraphs:
                    yield (ns[depth:], mode.name, data) if self.tagged else (ns[depth:], data)
                else:
                    yield (mode.name, data) if self.tagged else data

    def _as_dict(self, mode: Mode, ns: Namespace, data: Any) -> dict[str, Any]:
        """A part of version "v2": a state is of the type that the graph's schema says."""
        if mode.name != "values":
            return {"type": mode.name, "ns": ns, "data": data}
        interrupts: Any = ()
        if isinstance(data, dict):
            values: dict[str, Any] = {**data}
            interrupts = values.pop("__interrupt__", ())
            data = self.build(values)
        return {"type": "values", "ns": ns, "data": data, "interrupts": interrupts}

    def modes_for(self, event: Event) -> tuple[Mode, ...]:
        """The modes that want an event; the same for all events of a phase and a name, or a kind."""
        phase, kind = event.phase, event.info.kind
        name = event.more[1] if phase == "custom" and event.more else None
        known = self._known.get((phase, name or kind))
        if known is None:
            modes = [m for m in self.modes.values() if phase in m.phases and m.wants(kind, phase, name)]
            known = self._known[phase, name or kind] = tuple(modes)
        return known


class _Tap:
    """The subscriber: keeps what a mode wants until the consumer comes for it."""

    def __init__(self, shape: Shape, buffer: int) -> None:
        self.box = Mailbox(buffer, "block")
        self.direct = self.box.put
        self.phases: frozenset[Phase] = frozenset().union(*(m.phases for m in shape.modes.values()))
        self._modes = tuple(shape.modes.values())
        self._shape = shape

    def wants(self, run: Emitter, phase: Phase, name: str | None) -> bool:
        return any(phase in mode.phases and mode.wants(run.kind, phase, name) for mode in self._modes)

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
    buffer: int = DEFAULT_BUFFER,
) -> Generator[Any, None, None]:
    """Yield what the modes show of the run that `drive(config)` steps."""
    tap = _Tap(shape, buffer)
    context, config = tap.enter(config)
    if any(mode.eager for mode in shape.modes.values()) or shape.subgraphs:
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
    buffer: int = DEFAULT_BUFFER,
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
