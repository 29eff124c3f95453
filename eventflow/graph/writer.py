"""What code inside a node can ask for: the stream writer, and the config of its run."""

from __future__ import annotations

import asyncio
from typing import Any, final

from eventflow.bus import Receivers
from eventflow.errors import NoRunError
from eventflow.graph.records import CUSTOM, Namespace, WrittenRecord
from eventflow.graph.types import StreamWriter
from eventflow.runs import Run, RunnableConfig, current_run

__all__ = ("Writer", "get_config", "get_stream_writer", "pause")


@final
class Writer:
    """Shows what it is called with in the `custom` mode. Bound to its task: it works from any thread.

    In a thread it waits while the reader is behind; a coroutine awaits `drain` for that.
    """

    __slots__ = ("_listening", "_ns", "_run")

    def __init__(self, run: Run, ns: Namespace) -> None:
        self._run = run
        self._ns = ns
        self._listening: tuple[Receivers, Receivers] = ((), ())
        """Who was told of custom events when it was last called, and those of them who want what it is given."""

    def __call__(self, value: Any, /) -> None:
        run = self._run
        receivers, wanted = self._listening
        if run.hub.custom is not receivers:
            receivers = run.hub.custom
            wanted = run.wanted(receivers, "custom", CUSTOM)
            self._listening = receivers, wanted
        if wanted:
            run.custom_to(wanted, CUSTOM, WrittenRecord(self._ns, value))
            pause(run)

    async def drain(self) -> None:
        """Wait while the reader is behind."""
        await self._run.apause()


def pause(run: Run) -> None:
    """Wait while a reader is behind, unless that would hold up a loop: there, who tells awaits `Run.apause`."""
    if run.delivery is not None and run.delivery.gate is not None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            run.pause()


def get_stream_writer() -> StreamWriter:
    """The writer of the node that this code runs in, also inside tools, models and subgraphs of it.

    What it is given shows at once in `stream(stream_mode="custom")`; nothing happens if nobody asked for that.

    Raises NoRunError (a RuntimeError) outside a node.
    """
    run = current_run()
    while run is not None:
        writer = getattr(run.source, "writer", None)
        if writer is not None:
            made: StreamWriter = writer(run)
            return made
        run = run.parent_run
    raise NoRunError(
        "get_stream_writer() was called outside a node of a graph: call it inside one, or let the node take a "
        "parameter `writer` and hand that on (a thread started by hand needs that, or the context: "
        "eventflow.run_in_context)"
    )


def get_config() -> RunnableConfig:
    """The config of the run that this code is part of.

    Raises NoRunError (a RuntimeError) outside a run.
    """
    run = current_run()
    if run is None:
        raise NoRunError("Called get_config outside of a runnable context")
    offers = getattr(run.source, "offers", None)
    config: RunnableConfig = run.child_config() if offers is None else offers("config")
    return config
