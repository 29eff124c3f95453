"""Event streams: the one place where runnables meet a subscriber that is their consumer.

A scope with a buffer as its only subscriber is put around the run; the run is driven inside it, and what
arrives in the buffer is handed out as dictionaries. A filter decides which events arrive, never what is in
them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping
from contextvars import Context, copy_context
from typing import Any, Final, Literal, TypeAlias, cast, get_args

from eventflow.bus import Emitter, Filter, Mailbox, report_failure
from eventflow.events import MISSING, Event, Phase, RunInfo, StreamEvent
from eventflow.events.notices import Notice
from eventflow.runnables.seam import END, aclose, close
from eventflow.runnables.verbs import Verbs
from eventflow.runs import RunHandle, RunnableConfig, Scope, current

__all__ = ("Version", "astream_events", "stream_events")

Version: TypeAlias = Literal["v2"] | None
"""`"v2"` is LangChain's contract to the letter; None adds the errors of every kind and more chunks."""

_MODELS: Final = frozenset({"chat_model", "llm"})


class _Tap:
    """The subscriber: puts what passes the filter in its mailbox, and makes dictionaries of it."""

    def __init__(self, input: Any, version: Version, wanted: Filter, buffer: int) -> None:
        if version not in (None, *get_args(Literal["v2"])):
            raise ValueError(f"version={version!r}: give 'v2' for LangChain's contract, or leave it out")
        self.phases: frozenset[Phase] = wanted.phases
        self.box = Mailbox(buffer, "block")
        self.direct = self.box.put
        self.scope: Scope | None = None
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

    def __call__(self, sender: Emitter, *, event: Event) -> None:
        self.box.put(sender, event)

    def failed(self, event: Event, error: Exception) -> None:
        report_failure(self, event, error)

    def settle(self) -> None:
        """Nothing to wait for: the consumer reads at its own pace."""

    async def asettle(self) -> None:
        """Nothing to wait for."""

    def shown(self, event: Event) -> StreamEvent:
        """An event as its consumer sees it: at the root, the start has the input, and the end has not."""
        public = event.as_dict()
        if event.phase != "custom":
            data = cast("dict[str, Any]", public["data"])
            if self._strict and event.phase != "error":
                data.pop("tool_call_id", None)
            if event.info is self._root():
                if event.phase == "start":
                    data["input"] = self._given(event)
                elif event.phase == "end":
                    data.pop("input", None)
                elif event.phase == "stream":  # of a text model, whose chunks LangChain shows as text here
                    data["chunk"] = getattr(event.data, "text", event.data)
            elif self._strict and event.phase == "start" and event.data is MISSING:
                data.pop("input", None)
        return public

    def _given(self, event: Event) -> Any:
        """What the root was given; of a tool its arguments, without those that are injected.

        LangChain shows a whole tool call there, and text as text.
        """
        if event.info.kind != "tool":
            return self._input
        if not self._strict:
            return event.input
        given = _as_dict(self._input)
        if given is None:
            return self._input
        return {**given, "args": event.input} if given.get("type") == "tool_call" else event.input

    def _root(self) -> RunInfo | None:
        return None if self.scope is None else self.scope.first

    def enter(self, config: RunnableConfig | None) -> tuple[Context, RunnableConfig | None]:
        """The context to drive the run in, and the config to give it, with the tap around it."""
        handle = config.get("callbacks") if config else None
        outer = handle.node if isinstance(handle, RunHandle) and handle.node is not None else current.get()
        self.scope = Scope((self,), outer)
        if config and isinstance(handle, RunHandle):
            config = {**config, "callbacks": RunHandle(self.scope, handle.tag, handle.handlers)}
        context = copy_context()
        context.run(current.set, self.scope)
        return context, config

    def leave(self) -> None:
        """Nobody reads any more: nobody is to wait, and nothing is to be kept until a collector comes."""
        self.box.close()
        self.scope = None


def _as_dict(given: object) -> dict[str, Any] | None:
    return cast("dict[str, Any]", given) if isinstance(given, dict) else None


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

    async def drive() -> None:
        try:
            chunks = runnable.astream(input, config, **kwargs)
            try:
                async for _ in chunks:
                    pass
            finally:
                await aclose(chunks)
        finally:
            box.close()

    task = asyncio.get_running_loop().create_task(drive(), context=context)
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
        tap.leave()
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # seen, even where the consumer has left before it could be raised


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
