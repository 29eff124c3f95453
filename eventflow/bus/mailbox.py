"""A bounded buffer between those who emit and one who reads at a pace of its own.

Rules for this file:
1. `put` never waits and never awaits: emitting is not the place for it. A full buffer under `block` leaves
   its gate where the producers look between two chunks or calls, and there they wait.
2. The reader is woken only when it sleeps, in its own thread directly, from another through its loop.
3. The box is looked at once more after the sleeper is announced: no wake is lost between the two.
4. What is dropped is counted. Nothing is dropped in silence.
5. Events belong to all who are told; what is added up is an event of the box's own.
6. Between any two lines another thread may have put in, taken out, or closed: who looks and then acts
   either acts on what it holds in its hand, or looks again.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator
from threading import get_ident
from typing import Final, Literal, TypeAlias, TypeVar, final, get_args

from eventflow.bus.receiver import Emitter, Gated
from eventflow.errors import BufferOverflowError, SubscriptionError
from eventflow.events import Event, Fold

__all__ = ("DEFAULT_BUFFER", "Mailbox", "Policy")

Policy: TypeAlias = Literal["block", "drop_oldest", "drop_newest", "coalesce", "error"]
"""What a full buffer does: make producers wait, drop, merge chunks of one run, or close with an error."""

DEFAULT_BUFFER: Final = 128
"""Events a buffer holds unless told otherwise; producers are let go again when it is empty."""

T = TypeVar("T")


@final
class _Sum(Fold):
    """What stands in the box for the chunks that were added up."""

    __slots__ = ()


class Mailbox:
    """The buffer. One reader (a task or a thread), any number of writers in any threads.

    Arguments:
        limit: events it holds before the policy applies; at least 1.
        policy: see `Policy`. `block` never loses anything; it may hold a few events more than `limit`,
            because what is being told when it fills up (the end of a run, say) is taken in, and so is all
            that is told before reading begins. `coalesce` adds chunks of one run together and blocks where
            there is nothing to add.

    Raises SubscriptionError if the limit or the policy make no sense.
    """

    __slots__ = (
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
        self._merging = threading.Lock()

    def put(self, sender: Emitter, event: Event) -> None:
        """Take in one event, as the policy says."""
        items = self.items
        if len(items) >= self.limit and not self._make_room(sender, event):
            return
        if not self.closed:
            items.append(event)
            wake = self._wake
            if wake is not None:
                wake()

    def _make_room(self, sender: Emitter, event: Event) -> bool:
        """Apply the policy of a full box; whether `event` is still to be put in."""
        policy = self._policy
        if self.closed:
            return False
        if policy == "drop_newest":
            self.dropped += 1
            return False
        if policy == "drop_oldest":
            try:
                self.items.popleft()
            except IndexError:  # the reader has just emptied it
                return True
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
        items, info = self.items, event.info
        with self._merging:  # nothing is taken out meanwhile, and what is put in comes after all of these
            last = next((at for at in reversed(range(len(items))) if items[at].info is info), None)
            if last is None or items[last].phase != "stream":
                return False
            whole = items[last].data
            if type(whole) is not _Sum:
                chunk, whole = whole, _Sum(snapshots=info.snapshots)
                whole.add(chunk)
                items[last] = Event("stream", info, whole)
            whole.add(event.data)
            return True

    def take(self) -> Event:
        """The oldest event. Raises IndexError if there is none."""
        if self._policy == "coalesce":
            with self._merging:
                event = self.items.popleft()
            if type(event.data) is _Sum:
                event.data = event.data.value()
        else:
            event = self.items.popleft()
        if not self.items:
            self.drained()
        return event

    # ---- producers: waiting for room

    def _close_gate(self, gated: Gated) -> None:
        if gated.gate is None and self._home is not None and not self.closed and not self._stepping:
            gated.gate = self
            self._gated.append(gated)
            if self.closed or self._stepping:  # by now: then nobody else would open it
                self.drained()

    def drained(self) -> None:
        """The reader has taken the last event out: let producers go on."""
        if self._gated or self._room:
            for gated in _emptied(self._gated):
                gated.gate = None
            for let_go in _emptied(self._room):
                let_go()

    def wait(self) -> None:
        """Block this thread until there is room; at once in the reader's own thread, which could never make any."""
        if self._home == get_ident():
            return
        ready = threading.Event()
        self._room.append(ready.set)
        if self._gated:  # looked at after having queued up: who opens the gates wakes the queue afterwards
            ready.wait()

    async def await_room(self) -> None:
        """Let this task wait until there is room."""
        ready, let_go = _bed()
        self._room.append(let_go)
        if self._gated:
            await ready

    # ---- the reader: waiting for events

    def read_here(self) -> None:
        """Reading begins, in this thread. Until then nobody waits for room: who would may be the reader to come."""
        self._home = get_ident()

    @property
    def ended(self) -> bool:
        """Whether nothing is in the box and nothing will be; asked in this order, since closing comes last."""
        return self.closed and not self.items

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
        wake = self._wake
        if wake is not None:
            wake()

    def begin_again(self) -> None:
        """In a child process: who reads, who waits, and what there is to read have stayed with the parent."""
        self.items.clear()
        self._home = self._wake = None
        self._room.clear()
        self._merging = threading.Lock()
        for gated in _emptied(self._gated):
            gated.gate = None

    async def arrival(self) -> None:
        """Return when there is an event to read or the box is closed."""
        self.read_here()
        if self.items or self.closed:
            return
        if self._wake is not None:
            raise _two_readers()
        ready, self._wake = _bed()
        try:
            if not self.items and not self.closed:
                await ready
        finally:
            self._wake = None

    def wait_arrival(self, timeout: float | None = None) -> None:
        """The same for a thread; also returns after `timeout` seconds."""
        self.read_here()
        if self.items or self.closed:
            return
        if self._wake is not None:
            raise _two_readers()
        ready = threading.Event()
        self._wake = ready.set
        try:
            if not self.items and not self.closed:
                ready.wait(timeout)
        finally:
            self._wake = None


def _bed() -> tuple[asyncio.Future[None], Callable[[], None]]:
    """A future for this task to wait for, and what settles it, once, from whichever thread."""
    loop, home = asyncio.get_running_loop(), get_ident()
    ready: asyncio.Future[None] = loop.create_future()
    woken = False

    def settle() -> None:
        if not ready.done():
            ready.set_result(None)

    def wake() -> None:
        nonlocal woken
        if woken:
            return
        woken = True
        try:
            if get_ident() == home:
                settle()
            else:
                loop.call_soon_threadsafe(settle)
        except RuntimeError:  # the loop is closed: nobody is waiting any more
            return

    return ready, wake


def _two_readers() -> SubscriptionError:
    return SubscriptionError("two readers wait for the same events: let each have a listen() of its own")


def _emptied(pile: list[T]) -> Iterator[T]:
    """Take all out, also while another thread does the same."""
    while True:
        try:
            item = pile.pop()
        except IndexError:
            return
        yield item
