"""Event streams: the one place where runnables meet a subscriber that is their consumer.

A scope with a buffer as its only subscriber is put around the run; the run is driven inside it, and what
arrives in the buffer is handed out as dictionaries. A filter decides which events arrive, never what is in
them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping
from typing import Any, Final, Literal, TypeAlias, get_args

from eventflow.bus import Emitter, Filter
from eventflow.events import Event, Phase, StreamEvent
from eventflow.events.notices import Notice
from eventflow.runnables.seam import END, close, ended
from eventflow.runnables.shown import shown
from eventflow.runnables.tapping import Tapping
from eventflow.runnables.verbs import Verbs
from eventflow.runs import RunnableConfig

__all__ = ("Version", "astream_events", "stream_events")

Version: TypeAlias = Literal["v2"] | None
"""`"v2"` is LangChain's contract to the letter; None adds the errors of every kind and more chunks."""

_MODELS: Final = frozenset({"chat_model", "llm"})


class _Tap(Tapping):
    """The subscriber: puts what passes the filter in its mailbox, and makes dictionaries of it."""

    def __init__(self, input: Any, version: Version, wanted: Filter, buffer: int) -> None:
        if version not in (None, *get_args(Literal["v2"])):
            raise ValueError(
                f"version={version!r}: give 'v2' for LangChain's contract, 'v3' for the handle of the run, or leave "
                "it out"
            )
        super().__init__(buffer)
        self.phases = wanted.phases
        self._input = input
        self._filter = wanted
        self._strict = version == "v2"

    def wants(self, run: Emitter, phase: Phase, name: str | None) -> bool:
        if self._strict:
            if phase == "error" and run.kind != "tool":
                return False
            if isinstance(name, Notice):
                return False
            if phase == "stream" and run.kind not in _MODELS:
                return run.kind != "tool" and run.info.streamed and self._filter.wants(run, phase, name)
        return self._filter.wants(run, phase, name)

    def shown(self, event: Event) -> StreamEvent:
        """An event as its consumer sees it."""
        root = None if self.scope is None else self.scope.first
        return shown(event, root, self._input, strict=self._strict)


async def astream_events(
    runnable: Verbs[Any, Any],
    input: Any,
    config: RunnableConfig | None,
    *,
    version: Version,
    wanted: Filter,
    buffer: int,
    kwargs: Mapping[str, Any],
) -> AsyncGenerator[StreamEvent, None]:
    """Drive `runnable.astream` in a task of its own and yield what it tells; see `Runnable.astream_events`."""
    tap = _Tap(input, version, wanted, buffer)
    box = tap.box
    items = box.items
    context, config = tap.enter(config)

    work = tap.arun(lambda config: runnable.astream(input, config, **kwargs), config)
    task = asyncio.get_running_loop().create_task(work, context=context)
    try:
        while True:
            while items:
                event = items.popleft()
                if not items:
                    box.drained()
                yield (
                    event.as_dict()
                    if event.phase == "stream" and event.info.kind != "llm"
                    else tap.shown(event)
                )
            if box.closed:
                break
            await box.arrival()
        await task
    finally:
        tap.stop()
        await ended(task)
        tap.leave()


def stream_events(
    runnable: Verbs[Any, Any],
    input: Any,
    config: RunnableConfig | None,
    *,
    version: Version,
    wanted: Filter,
    buffer: int,
    kwargs: Mapping[str, Any],
) -> Generator[StreamEvent, None, None]:
    """Pull `runnable.stream` chunk by chunk and yield what it tells; see `Runnable.stream_events`."""
    tap = _Tap(input, version, wanted, buffer)
    box = tap.box
    items = box.items
    context, config = tap.enter(config)
    chunks = context.run(runnable.stream, input, config, **kwargs)
    error: BaseException | None = None
    chunk: Any = None
    try:
        while True:
            box.stepping(True)
            try:
                chunk = context.run(next, chunks, END)
            except BaseException as raised:
                error = raised
            box.stepping(False)
            while items:
                event = items.popleft()
                yield (
                    event.as_dict()
                    if event.phase == "stream" and event.info.kind != "llm"
                    else tap.shown(event)
                )
            if error is not None:
                raise error
            if chunk is END:
                return
    finally:
        tap.leave()
        context.run(close, chunks)
