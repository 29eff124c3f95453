"""A subscriber that is the consumer of one run: it stands around the run, keeps what that tells, and runs it.

A consumer in sync code may also step the run itself. Leaving a stream, or a handle, stops the run
(docs/decisions/0018-who-leaves-stops-the-run.md).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import Context, copy_context
from threading import get_ident
from typing import Any, Final, TypeAlias

from eventflow.bus import Emitter, Mailbox, report_failure
from eventflow.events import Event, Phase
from eventflow.runnables.seam import aclose, close
from eventflow.runs import RunHandle, RunnableConfig, Scope, current

__all__ = ("AsyncBegin", "Begin", "Tapping")

Begin: TypeAlias = Callable[[RunnableConfig | None], Iterator[Any]]
"""What begins a run, given the config to give it; stepping that drives it."""

AsyncBegin: TypeAlias = Callable[[RunnableConfig | None], AsyncIterator[Any]]

_GOES_ON: Final = ("start", "stream", "custom")


class Tapping(ABC):
    """The part of such a subscriber that does not depend on what it wants.

    Arguments:
        buffer: how many events the run may be ahead of the consumer; then it waits.
    """

    phases: frozenset[Phase]

    def __init__(self, buffer: int) -> None:
        self.box = Mailbox(buffer, "block")
        self.direct: Callable[[Emitter, Event], None] = self.box.put
        """What keeps an event; it cannot call back into the bus."""
        self.scope: Scope | None = None
        self.stopped = False
        self._told: set[int] = set()

    @abstractmethod
    def wants(self, run: Emitter, phase: Phase, name: str | None) -> bool: ...

    def __call__(self, sender: Emitter, *, event: Event) -> None:
        self.box.put(sender, event)

    def failed(self, event: Event, error: Exception) -> None:
        report_failure(self, event, error)

    def settle(self) -> None:  # noqa: B027  # nothing to do is what it does
        """Nothing to wait for: the consumer reads at its own pace."""

    async def asettle(self) -> None:  # noqa: B027
        """Nothing to wait for."""

    # ---- around the run

    def enter(self, config: RunnableConfig | None) -> tuple[Context, RunnableConfig | None]:
        """The context to drive the run in, and the config to give it, with the tap around it."""
        handle = config.get("callbacks") if config else None
        outer = handle.node if isinstance(handle, RunHandle) and handle.node is not None else current.get()
        scope = self.scope = Scope((self,), outer)
        if config and isinstance(handle, RunHandle):
            config = {**config, "callbacks": RunHandle(scope, handle.tag, handle.handlers)}
        context = copy_context()
        context.run(current.set, scope)
        return context, config

    def run(
        self, begin: Callable[[RunnableConfig | None], Iterator[Any]], config: RunnableConfig | None
    ) -> None:
        """Run it to the end, or until nobody reads any more; for a thread, in the context that `enter` gave."""
        try:
            chunks = begin(config)
            try:
                for _ in chunks:
                    if self.stopped:
                        break
            finally:
                close(chunks)
        finally:
            self.all_told()

    async def arun(
        self, begin: Callable[[RunnableConfig | None], AsyncIterator[Any]], config: RunnableConfig | None
    ) -> None:
        """Run it to the end, or until nobody reads any more; for a task, in the context that `enter` gave."""
        try:
            chunks = begin(config)
            try:
                async for _ in chunks:
                    if self.stopped:
                        break
            finally:
                await aclose(chunks)
        finally:
            self.all_told()

    def all_told(self) -> None:
        """The run has ended: what it has told can still be read, and nobody waits for more."""
        self.box.close()

    def is_inside(self) -> bool:
        """Whether this code is part of the run."""
        node = None if self.scope is None else current.get()
        while node is not None and node is not self.scope:
            node = node.parent
        return node is not None

    def leave(self) -> None:
        """The run has ended: nobody is to wait, and nothing is to be kept until a collector comes."""
        if self.stopped:
            self.box.refuse(None)
        self.box.close()
        self.scope = None

    def stop(self) -> None:
        """Nobody reads any more, and who goes on to tell is stopped.

        In any thread but the reader's, the next start, chunk or custom event of the run raises GeneratorExit,
        as leaving a stream does: once in a thread, so that cleaning up there may tell of itself in vain.
        """
        self.stopped = True
        self.box.refuse(self._refuse)

    def _refuse(self, event: Event) -> None:
        thread = get_ident()
        if event.phase in _GOES_ON and thread not in self._told and self.is_inside():
            self._told.add(thread)
            raise GeneratorExit("nobody reads what this run tells: it was left")
