"""A bounded buffer between those who emit and one who reads at a pace of its own.

Rules for this file:
1. `put` never waits and never awaits: emitting is not the place for it. A full buffer under `block` leaves
   its gate where the producers look between two chunks or calls, and there they wait.
2. The reader is woken only when it sleeps, in its own thread directly, from another through its loop.
3. The box is looked at once more after the sleeper is announced: no wake is lost between the two.
4. What is dropped is counted. Nothing is dropped in silence.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from threading import get_ident
from typing import Final, Literal, TypeAlias, get_args

from eventflow.bus.receiver import Emitter, Gated
from eventflow.errors import BufferOverflowError, SubscriptionError
from eventflow.events import Event, Fold

__all__ = ("DEFAULT_BUFFER", "Mailbox", "Policy")

Policy: TypeAlias = Literal["block", "drop_oldest", "drop_newest", "coalesce", "error"]
"""What a full buffer does: make producers wait, drop, merge chunks of one run, or close with an error."""

DEFAULT_BUFFER: Final = 128
"""Events a buffer holds unless told otherwise; producers are let go again when it is empty."""


class Mailbox:
    """The buffer. One reader (a task or a thread), any number of writers in any threads.

    Arguments:
        limit: events it holds before the policy applies; at least 1.
        policy: see `Policy`. `block` never loses anything; it may hold a few events more than `limit`,
            because what is being told when it fills up (the end of a run, say) is taken in. `coalesce` adds
            chunks of one run together and blocks where there is nothing to add.

    Raises SubscriptionError if the limit or the policy make no sense.
    """

    __slots__ = (
        "_folds",
        "_gated",
        "_home",
        "_merging",
        "_policy",
        "_room",
        "_stepping",
        "_wake",
        "closed",
        "dropped",
        "items",
        "limit",
        "lost",
    )

    def __init__(self, limit: int = DEFAULT_BUFFER, policy: Policy = "block") -> None:
        if limit < 1:
            raise SubscriptionError(f"buffer={limit}: a buffer holds at least one event")
        if policy not in get_args(Policy):
            raise SubscriptionError(f"policy={policy!r}: choose one of {', '.join(get_args(Policy))}")
        self.items: deque[Event] = deque()
        self.limit = limit
        self.dropped = 0
        self.lost: BufferOverflowError | None = None
        self.closed = False
        self._policy: Policy = policy
        self._home: int | None = None
        self._wake: Callable[[], None] | None = None
        self._stepping = False
        self._room: list[Callable[[], None]] = []
        self._gated: list[Gated] = []
        self._folds: dict[str, Fold] = {}
        self._merging = threading.Lock()

    def put(self, sender: Emitter, event: Event) -> None:
        """Take in one event, as the policy says."""
        items = self.items
        if len(items) >= self.limit and not self._make_room(sender, event):
            return
        if not self.closed:
            items.append(event)
            if self._wake is not None:
                self._wake()

    def _make_room(self, sender: Emitter, event: Event) -> bool:
        """Apply the policy of a full box; whether `event` is still to be put in."""
        policy = self._policy
        if policy == "drop_newest":
            self.dropped += 1
            return False
        if policy == "drop_oldest":
            self.items.popleft()
            self.dropped += 1
            return True
        if policy == "error":
            self.dropped += 1
            self.lost = self.lost or BufferOverflowError(
                f"a subscriber is {self.limit} events behind and its policy is 'error': it has been closed at "
                f"{event.event} of {event.name!r}; read faster, give a larger buffer, or choose another policy",
                lost=1,
            )
            self.close()
            return False
        if policy == "coalesce" and event.phase == "stream" and self._merge(event):
            return False
        self._close_gate(sender.gated)
        return True

    def _merge(self, event: Event) -> bool:
        """Add a chunk to the one of its run that waits in the box; whether there was one."""
        with self._merging:
            fold = self._folds.get(event.info.run_id)
            if fold is None:
                waiting = next((e for e in reversed(self.items) if e.info is event.info), None)
                if waiting is None or waiting.phase != "stream":
                    return False
                fold = self._folds[event.info.run_id] = Fold(snapshots=event.info.snapshots)
                fold.add(waiting.data)
                waiting.data = fold
            fold.add(event.data)
            return True

    def take(self) -> Event:
        """The oldest event. Raises IndexError if there is none."""
        event = self.items.popleft()
        if self._folds:
            with self._merging:
                fold = event.data
                if type(fold) is Fold and self._folds.get(event.info.run_id) is fold:
                    del self._folds[event.info.run_id]
                    event.data = fold.value()
        return event

    # ---- producers: waiting for room

    def _close_gate(self, gated: Gated) -> None:
        if gated.gate is None and not self.closed and not self._stepping:
            gated.gate = self
            self._gated.append(gated)

    def drained(self) -> None:
        """The reader has emptied the box: let producers go on."""
        while self._gated:
            self._gated.pop().gate = None
        while self._room:
            self._room.pop()()

    def wait(self) -> None:
        """Block this thread until there is room; at once in the reader's own thread, which could never make any."""
        if self.closed or self._home == get_ident():
            return
        ready = threading.Event()
        self._room.append(ready.set)
        if self.items and not self.closed and not self._stepping:
            ready.wait()

    async def await_room(self) -> None:
        """Let this task wait until there is room."""
        loop, home = asyncio.get_running_loop(), get_ident()
        ready: asyncio.Future[None] = loop.create_future()
        self._room.append(lambda: _resolve(loop, home, ready))
        if self.items and not self.closed and not self._stepping:
            await ready

    # ---- the reader: waiting for events

    def stepping(self, steps: bool) -> None:
        """Whether the reader itself steps the run now: meanwhile nobody waits for room, which it cannot make.

        What it waits for may be done in other threads, so these must not be held up, either.
        """
        self._stepping = steps
        if steps:
            self.drained()

    def close(self) -> None:
        """Take in nothing more and let everybody go on; what is in the box can still be read."""
        self.closed = True
        self.drained()
        if self._wake is not None:
            self._wake()

    async def arrival(self) -> None:
        """Return when there is an event to read or the box is closed."""
        loop = asyncio.get_running_loop()
        self._home = home = get_ident()
        ready: asyncio.Future[None] = loop.create_future()
        self._wake = lambda: _resolve(loop, home, ready)
        try:
            if not self.items and not self.closed:
                await ready
        finally:
            self._wake = None

    def wait_arrival(self, timeout: float | None = None) -> None:
        """The same for a thread; also returns after `timeout` seconds."""
        self._home = get_ident()
        ready = threading.Event()
        self._wake = ready.set
        try:
            if not self.items and not self.closed:
                ready.wait(timeout)
        finally:
            self._wake = None


def _resolve(loop: asyncio.AbstractEventLoop, home: int, future: asyncio.Future[None]) -> None:
    """Wake a task of `loop`, which runs in the thread `home`, from whichever thread this is."""

    def settle() -> None:
        if not future.done():
            future.set_result(None)

    if get_ident() == home:
        settle()
    else:
        try:
            loop.call_soon_threadsafe(settle)
        except RuntimeError:  # the loop is closed: nobody is waiting any more
            return
