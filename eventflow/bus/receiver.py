"""What the bus needs to know of those who tell (`Emitter`) and of those who are told (`Receiver`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from eventflow.bus.signals import refuse_coroutine
from eventflow.events import PHASES, Event, Kind, Phase, RunInfo

__all__ = ("Emitter", "Gate", "Gated", "PlainReceiver", "Receiver", "Receivers", "ScopedReceiver")


class Gate(Protocol):
    """A full buffer that asks producers to wait; they do so where they can: between two chunks or calls."""

    def wait(self) -> None:
        """Block this thread until there is room (at once where that could never happen)."""
        ...

    async def await_room(self) -> None:
        """The same for a task."""
        ...


class Gated(Protocol):
    """Where a full buffer leaves its gate for the producers of one root run."""

    gate: Gate | None


class Emitter(Protocol):
    """A run, as far as the bus is concerned: who it is, and what it is part of."""

    @property
    def info(self) -> RunInfo: ...

    @property
    def kind(self) -> Kind: ...

    @property
    def parent_run(self) -> Emitter | None: ...

    @property
    def gated(self) -> Gated: ...


class Receiver(Protocol):
    """Something that is told of events. `wants` is asked once a run and phase, not once an event.

    `direct`, where there is one, tells it in a way that cannot call back into the bus (an append to a buffer):
    it may be used without going through the queue that keeps the order, when it alone is to be told.
    """

    @property
    def phases(self) -> frozenset[Phase]: ...

    @property
    def direct(self) -> Callable[[Emitter, Event], None] | None: ...

    def wants(self, run: Emitter, phase: Phase, name: str | None) -> bool: ...

    def __call__(self, sender: Emitter, *, event: Event) -> None: ...

    def failed(self, event: Event, error: Exception) -> None: ...


Receivers = tuple[Receiver, ...]


class PlainReceiver:
    """A function that somebody connected to a blinker signal directly."""

    phases: frozenset[Phase] = frozenset(PHASES)
    direct: None = None

    def __init__(
        self, function: Callable[..., Any], report: Callable[[object, Event, Exception], None]
    ) -> None:
        refuse_coroutine(function)
        self._function = function
        self._report = report

    def wants(self, run: Emitter, phase: Phase, name: str | None) -> bool:
        return True

    def __call__(self, sender: Emitter, *, event: Event) -> None:
        self._function(sender, event=event)

    def failed(self, event: Event, error: Exception) -> None:
        self._report(self._function, event, error)


class ScopedReceiver(Receiver, Protocol):
    """A receiver that belongs to one scope and is told when that scope ends, to finish what it has begun."""

    def settle(self) -> None:
        """Return when everything that was told has been handled; called from sync code."""
        ...

    async def asettle(self) -> None:
        """The same, called from a coroutine."""
        ...
