"""In which order receivers are told: for one root run, all of them see one and the same order.

Rules for this file:
1. Nothing is called while a lock is held that somebody else waits for: whoever emits while another thread
   (or the same one, from inside a callback) is delivering leaves the event in the queue and goes on.
2. Who delivers goes on until the queue is empty, and looks again after letting go: nothing is left behind.
3. A receiver that raises keeps nobody else from being told. What it raises is raised on only when the
   receiver says so (its `failed` raises) or when it is no `Exception` (KeyboardInterrupt, cancellation).
"""

from __future__ import annotations

import threading
from collections import deque
from threading import get_ident
from typing import Final

from eventflow.bus.receiver import Emitter, Gate, Receivers
from eventflow.errors import SubscriptionError
from eventflow.events import Event

__all__ = ("Delivery",)

_MAX_NESTING: Final = 64
"""How deep events may cause events through subscribers before it is taken for an endless loop."""


class Delivery:
    """The queue of one root run, and the gate through which a full buffer slows its producers down."""

    __slots__ = ("_busy", "_depth", "_thread", "busy", "gate", "queue")

    def __init__(self) -> None:
        self.gate: Gate | None = None
        self.queue: deque[tuple[Emitter, Receivers, Event, int]] = deque()
        self._busy = threading.Lock()
        self.busy = self._busy.locked
        self._thread = 0
        self._depth = 0

    def send(self, sender: Emitter, receivers: Receivers, event: Event) -> None:
        """Tell `receivers` of `event`, after all that was sent before.

        Raises what a receiver's `failed` raises. Raises SubscriptionError if subscribers that emit events of
        their own answer each other more than 64 levels deep.
        """
        direct = receivers[0].direct if len(receivers) == 1 else None
        if direct is not None and not self.queue and not self.busy():
            direct(sender, event)
            return
        nested = self.busy() and self._thread == get_ident()
        depth = self._depth + 1 if nested else 0
        if depth > _MAX_NESTING:
            raise SubscriptionError(
                f"{event.event} of {event.name!r} was emitted {depth} subscribers deep: a subscriber that emits an "
                "event for each event must not listen to its own; filter them out"
            )
        self.queue.append((sender, receivers, event, depth))
        raised: BaseException | None = None
        while self.queue and self._busy.acquire(blocking=False):
            try:
                error = self._drain()
            finally:
                self._thread = 0
                self._busy.release()
            raised = raised or error
        if raised is not None:
            raise raised

    def _drain(self) -> BaseException | None:
        """Tell until the queue is empty; the first error that is to be raised."""
        self._thread = get_ident()
        raised: BaseException | None = None
        while self.queue:
            sender, receivers, event, self._depth = self.queue.popleft()
            for receiver in receivers:
                try:
                    try:
                        receiver(sender, event=event)
                    except Exception as error:
                        receiver.failed(event, error)
                except BaseException as error:
                    raised = raised or error
        return raised
