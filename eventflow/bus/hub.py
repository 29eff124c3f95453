"""Who is to be told: the receivers of a part of the application, resolved ahead of time.

`APPLICATION` holds those that blinker's signals hold: they hear every run. A `Hub` of its own belongs to a
scope (one `astream_events`, the `callbacks` of one call) and hears what runs inside it; it contains its own
receivers after those of the hub around it. Runs take the hub of their parent, so that a subscription to one
run costs the others nothing, and "does anybody listen?" is one attribute.

blinker's senders could do the scoping, but its `disconnect` walks the table of all live senders, and it
keeps the receiver when a sender is named: with n scopes open, closing them all costs n². See
docs/decisions/0003-blinker-at-the-door.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast
from weakref import WeakSet

from eventflow.bus.receiver import PlainReceiver, Receiver, Receivers
from eventflow.bus.report import report_failure
from eventflow.bus.signals import REGISTRY_LOCK, signals
from eventflow.events import Phase

__all__ = ("APPLICATION", "Hub")


class Hub:
    """The receivers by phase, as tuples that are replaced, never changed: safe to read from any thread."""

    __slots__ = (
        "__weakref__",
        "_inner",
        "_outer",
        "_own",
        "active",
        "custom",
        "end",
        "error",
        "start",
        "stream",
    )

    def __init__(self, outer: Hub | None = None, receivers: Receivers = ()) -> None:
        self._outer = outer
        self._own = receivers
        self._inner: WeakSet[Hub] = WeakSet()
        with REGISTRY_LOCK:
            if outer is not None:
                outer._inner.add(self)
            self._resolve()

    def attach(self, receiver: Receiver) -> None:
        """Add `receiver` after the others; runs that are under way tell it from their next event on."""
        with REGISTRY_LOCK:
            self._own = (*self._own, receiver)
            self._resolve()

    def detach(self, receiver: Receiver) -> None:
        """Remove `receiver`; one that is not there is ignored."""
        with REGISTRY_LOCK:
            self._own = tuple(r for r in self._own if r is not receiver)
            self._resolve()

    def _receivers(self, phase: Phase) -> Receivers:
        outer: Receivers = getattr(self._outer, phase) if self._outer is not None else ()
        return outer + tuple(r for r in self._own if phase in r.phases)

    def _resolve(self) -> None:
        self.start = self._receivers("start")
        self.stream = self._receivers("stream")
        self.end = self._receivers("end")
        self.error = self._receivers("error")
        self.custom = self._receivers("custom")
        self.active = bool(self.start or self.stream or self.end or self.error)
        """Whether anybody is told of the life of runs, and not only of what they say in between."""
        for hub in tuple(self._inner):
            hub._resolve()


class _ApplicationHub(Hub):
    """The outermost hub; its receivers are the ones that are connected to the signals."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__()
        for signal in signals.values():
            signal.receiver_connected.connect(self._changed)
            signal.receiver_disconnected.connect(self._changed)

    def _changed(self, signal: object, /, **_: Any) -> None:
        with REGISTRY_LOCK:
            self._resolve()

    def _receivers(self, phase: Phase) -> Receivers:
        return tuple(_receiver(connected) for connected in signals[phase].receivers_for(None))


def _receiver(connected: Callable[..., object]) -> Receiver:
    """What a signal holds, as a receiver: our own subscriptions are ones, other functions are wrapped."""
    kind = type(connected)  # not the object itself, which may claim to have every attribute, as a mock does
    if hasattr(kind, "wants") and hasattr(kind, "failed"):
        return cast(Receiver, connected)
    return PlainReceiver(connected, report_failure)


APPLICATION: Final[Hub] = _ApplicationHub()
"""What everything reports to unless a scope says otherwise."""
