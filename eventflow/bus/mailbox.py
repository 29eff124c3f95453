"""A bounded buffer between those who emit and one who reads at a pace of its own.

Rules for this file:
1. `put` never waits and never awaits: emitting is not the place for it. A full buffer under `block` leaves
   its gate where the producers look between two chunks or calls, and there they wait.
2. The reader is woken only when it sleeps, by one writer, in its own thread directly, from another through its
   loop. What is put in until it has got up costs no further wake.
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
from functools import partial
from threading import get_ident
from typing import Final, Literal, TypeAlias, TypeVar, final, get_args

from eventflow.bus.receiver import Emitter, Gated
from eventflow.errors import BufferOverflowError, SubscriptionError
from eventflow.events import Event, Fold
from eventflow.events.snapshots import Snapshot

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
            that is told before reading begins. `coalesce` adds chunks of one run together, keeps the
            newest of its snapshots (see `Snapshot`), and blocks where there is nothing to add.

    Raises SubscriptionError if the limit or the policy make no sense.
    """

    __slots__ = (
        "_asleep",
        "_gated",
        "_home",
        "_merging",
        "_policy",
        "_refused",
        "_room",
        "_stepping",
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
        self._asleep: list[Callable[[], None]] = []
        self._stepping = False
        self._room: list[Callable[[], None]] = []
        self._gated: list[Gated] = []
        self._merging = threading.Lock()
        self._refused: Callable[[Event], None] | None = None

    def put(self, sender: Emitter, event: Event) -> None:
        """Take in one event, as the policy says."""
        items = self.items
        if len(items) >= self.limit and not self._make_room(sender, event):
            return
        if not self.closed:
            items.append(event)
            if self._asleep:
                self._rouse()
        elif self._refused is not None and self._home != get_ident():
            self._refused(event)

    def _make_room(self, sender: Emitter, event: Event) -> bool:
        """Apply the policy of a full box; whether `event` is still to be put in."""
        policy = self._policy
        if self.closed:
            return True  # and is refused there
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
        if policy == "coalesce" and (self._merge(event) if event.phase == "stream" else self._replace(event)):
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

    def _replace(self, event: Event) -> bool:
        """Put in a snapshot in place of the one before it that waits in the box; whether there was one."""
        items, new = self.items, event.data
        if not isinstance(new, Snapshot):
            return False
        with self._merging:
            for at in reversed(range(len(items))):
                old, data = items[at], items[at].data
                if old.info is event.info and isinstance(data, Snapshot) and data.key == new.key:
                    del items[at]
                    items.append(Event("custom", event.info, new.after(data), event.more))
                    return True
        return False

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
        ready = _locked()
        self._room.append(ready.release)
        if self._gated:  # looked at after having queued up: who opens the gates wakes the queue afterwards
            ready.acquire()

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
        self._rouse()

    def refuse(self, refused: Callable[[Event], None] | None) -> None:
        """Close, and let go of what nobody has read.

        `refused` is called with what others than the reader put in from now on; with None, nothing is.
        """
        self._refused = refused
        self.items.clear()
        self.close()

    def begin_again(self) -> None:
        """In a child process: who reads, who waits, and what there is to read have stayed with the parent."""
        self.items.clear()
        self._home = None
        self._asleep.clear()
        self._room.clear()
        self._merging = threading.Lock()
        for gated in _emptied(self._gated):
            gated.gate = None

    async def arrival(self) -> None:
        """Return when there is an event to read or the box is closed."""
        self._home = get_ident()
        if self.items or self.closed:
            return
        ready, wake = _bed()
        self._lie_down(wake)
        try:
            if not self.items and not self.closed:
                await ready
        finally:
            if self._asleep:
                self._get_up(wake)

    def wait_arrival(self, timeout: float | None = None) -> None:
        """The same for a thread; also returns after `timeout` seconds."""
        self._home = get_ident()
        if self.items or self.closed:
            return
        ready = _locked()
        wake = ready.release
        self._lie_down(wake)
        try:
            if not self.items and not self.closed:
                ready.acquire(timeout=-1 if timeout is None else timeout)
        finally:
            if self._asleep:
                self._get_up(wake)

    def _lie_down(self, wake: Callable[[], None]) -> None:
        """The reader is about to sleep. Raises SubscriptionError if another one does."""
        if self._asleep:
            raise SubscriptionError(
                "two readers wait for the same events: let each have a listen() of its own"
            )
        self._asleep.append(wake)

    def _rouse(self) -> None:
        """Wake the reader if it sleeps: of several writers the first one does."""
        try:
            wake = self._asleep.pop()
        except IndexError:
            return
        wake()

    def _get_up(self, wake: Callable[[], None]) -> None:
        """The reader has not been woken, and is up: it found something, or was told not to wait any more."""
        try:
            self._asleep.remove(wake)
        except ValueError:  # by now it has been, or the next one sleeps
            return


def _locked() -> threading.Lock:
    """What a thread waits for by locking it once more, until another one releases it; lighter than an Event."""
    lock = threading.Lock()
    lock.acquire()
    return lock


def _bed() -> tuple[asyncio.Future[None], Callable[[], None]]:
    """A future for this task to wait for, and what settles it, called once, from whichever thread."""
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    return ready, partial(_wake, ready, get_ident())


def _wake(ready: asyncio.Future[None], home: int) -> None:
    try:
        if get_ident() == home:
            _settle(ready)
        else:
            ready.get_loop().call_soon_threadsafe(_settle, ready)
    except RuntimeError:  # the loop is closed: nobody is waiting any more
        return


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _emptied(pile: list[T]) -> Iterator[T]:
    """Take all out, also while another thread does the same."""
    while True:
        try:
            item = pile.pop()
        except IndexError:
            return
        yield item
