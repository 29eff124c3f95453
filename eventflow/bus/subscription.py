"""`subscribe` and `listen`: being told of events, inline, through a buffer, or in a loop of one's own."""

from __future__ import annotations

import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from types import TracebackType
from typing import Final, Literal, NamedTuple, Self, TypeAlias, TypeGuard, TypeVar, Unpack, overload
from weakref import WeakSet

from eventflow.bus.filters import Filter, FilterOptions
from eventflow.bus.mailbox import DEFAULT_BUFFER, Mailbox, Policy
from eventflow.bus.receiver import Emitter
from eventflow.bus.report import logger, report_failure
from eventflow.bus.signals import refuse_coroutine, signals
from eventflow.errors import SubscriptionError
from eventflow.events import Event, Phase, StreamEvent

__all__ = ("Listener", "OnError", "Statistics", "Subscription", "active_subscriptions", "listen", "subscribe")

OnError: TypeAlias = Literal["log", "raise"] | Callable[[StreamEvent, Exception], object]
"""What becomes of an exception of a subscriber: logged, raised into the run, or handed to a function."""

E = TypeVar("E", bound=StreamEvent)

_live: Final[WeakSet[Subscription]] = WeakSet()


class Statistics(NamedTuple):
    """What a subscription has seen: events told, events dropped by its policy, and errors of its own."""

    delivered: int
    dropped: int
    errors: int


class Subscription:
    """The handle of a subscription: close it, or use it as a context manager.

    It is a receiver of the bus; make one with `subscribe`.
    """

    @property
    def direct(self) -> Callable[[Emitter, Event], None] | None:
        """There is none: the function may do anything."""
        return None

    def __init__(
        self,
        function: Callable[[StreamEvent], object],
        wanted: Filter,
        where: Callable[[StreamEvent], bool] | None,
        on_error: OnError,
    ) -> None:
        refuse_coroutine(function)
        if on_error not in ("log", "raise") and not callable(on_error):
            raise SubscriptionError(f"on_error={on_error!r}: give 'log', 'raise' or a function")
        self.phases: frozenset[Phase] = wanted.phases
        self._filter = wanted
        self._function = function
        self._where = where
        self._on_error: OnError = on_error
        self._delivered = 0
        self._errors = 0
        self._closed = False
        _live.add(self)

    def wants(self, run: Emitter, phase: Phase, name: str | None) -> bool:
        return not self._closed and self._filter.wants(run, phase, name)

    def __call__(self, sender: Emitter, *, event: Event) -> None:
        if not self._closed:
            self._tell(event)

    def _tell(self, event: Event) -> None:
        public = event.as_dict()
        if self._where is None or self._where(public):
            self._delivered += 1
            self._function(public)

    def failed(self, event: Event, error: Exception) -> None:
        """Count an exception of the subscriber, and do with it what `on_error` says."""
        self._errors += 1
        if self._on_error == "raise":
            raise error
        if self._on_error == "log":
            report_failure(self._function, event, error)
            return
        try:
            self._on_error(event.as_dict(), error)
        except Exception as second:
            report_failure(self._on_error, event, second)

    @property
    def statistics(self) -> Statistics:
        """How many events were delivered and dropped, and how often the subscriber failed."""
        return Statistics(self._delivered, 0, self._errors)

    @property
    def closed(self) -> bool:
        """Whether it has been closed; it is told of nothing any more."""
        return self._closed

    def close(self) -> None:
        """Stop being told; more than once is as good as once. Safe inside a callback and from any thread."""
        self._closed = True
        for phase in self.phases:
            signals[phase].disconnect(self)
        _live.discard(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class _Buffered(Subscription):
    """A subscription whose events wait in a mailbox of their own."""

    @property
    def direct(self) -> Callable[[Emitter, Event], None] | None:
        """Into the mailbox, which does nothing more while the subscription is open."""
        return self._box.put

    def __init__(
        self,
        function: Callable[[StreamEvent], object],
        wanted: Filter,
        where: Callable[[StreamEvent], bool] | None,
        on_error: OnError,
        mailbox: Mailbox,
    ) -> None:
        super().__init__(function, wanted, where, on_error)
        self._box = mailbox

    def __call__(self, sender: Emitter, *, event: Event) -> None:
        if not self._closed:
            self._box.put(sender, event)

    @property
    def statistics(self) -> Statistics:
        """How many events were delivered and dropped, and how often the subscriber failed."""
        return Statistics(self._delivered, self._box.dropped, self._errors)

    def close(self) -> None:
        """Stop being told; what is in the buffer is still delivered."""
        super().close()
        self._box.close()

    def begin_again(self) -> None:
        """In a child process: with an empty buffer, for what was in it is delivered by the parent."""
        self._box.begin_again()


class _Threaded(_Buffered):
    """Its function is called in a thread of its own, so that its slowness is its own affair."""

    def __init__(
        self,
        function: Callable[[StreamEvent], object],
        wanted: Filter,
        where: Callable[[StreamEvent], bool] | None,
        on_error: OnError,
        mailbox: Mailbox,
    ) -> None:
        if on_error == "raise":
            raise SubscriptionError(
                "on_error='raise' needs policy=None: with a policy it runs in its own thread"
            )
        super().__init__(function, wanted, where, on_error, mailbox)
        self._begin()

    def _begin(self) -> None:
        name = f"eventflow-{getattr(self._function, '__name__', 'subscriber')}"
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def begin_again(self) -> None:
        """In a child process: with a thread, which does not come along."""
        super().begin_again()
        if not self._closed:
            self._begin()

    def _work(self) -> None:
        box = self._box
        try:
            box.read_here()
            while not box.ended:
                while box.items:
                    event = box.take()
                    try:
                        self._tell(event)
                    except Exception as error:
                        self.failed(event, error)
                box.wait_arrival()
        finally:  # also when it was ended by a SystemExit, say: nobody may wait for it any more
            super().close()
        if box.lost is not None:
            logger.error("%s", box.lost)

    def close(self) -> None:
        """Stop being told, and return when the function has been called with all that was in the buffer."""
        super().close()
        if self._thread is not threading.current_thread():
            self._thread.join()


class Listener(_Buffered):
    """Events to iterate over, with `for` in a thread or `async for` in a task; see `listen`."""

    def __iter__(self) -> Iterator[StreamEvent]:
        """Yield events in order until the listener is closed and empty.

        Raises BufferOverflowError at the end if the policy is `error` and the buffer was full.
        """
        box = self._box
        box.read_here()
        while not box.ended:
            while box.items:
                yield from self._take()
            box.wait_arrival()
        self._check()

    async def __aiter__(self) -> AsyncIterator[StreamEvent]:
        """The same in a task."""
        box = self._box
        box.read_here()
        while not box.ended:
            while box.items:
                for event in self._take():
                    yield event
            await box.arrival()
        self._check()

    def _take(self) -> tuple[StreamEvent, ...]:
        public = self._box.take().as_dict()
        if self._where is not None and not self._where(public):
            return ()
        self._delivered += 1
        return (public,)

    def _check(self) -> None:
        if self._box.lost is not None:
            raise self._box.lost

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _connect(subscription: Subscription) -> None:
    for phase in sorted(subscription.phases):
        signals[phase].connect(subscription)


@overload
def subscribe(
    function: Callable[[E], object],
    *,
    where: Callable[[StreamEvent], TypeGuard[E]],
    policy: Policy | None = ...,
    buffer: int = ...,
    on_error: OnError = ...,
    **filters: Unpack[FilterOptions],
) -> Subscription: ...
@overload
def subscribe(
    function: Callable[[StreamEvent], object],
    *,
    where: Callable[[StreamEvent], bool] | None = ...,
    policy: Policy | None = ...,
    buffer: int = ...,
    on_error: OnError = ...,
    **filters: Unpack[FilterOptions],
) -> Subscription: ...
def subscribe(
    function: Callable[..., object],
    *,
    where: Callable[[StreamEvent], bool] | None = None,
    policy: Policy | None = None,
    buffer: int = DEFAULT_BUFFER,
    on_error: OnError = "log",
    **filters: Unpack[FilterOptions],
) -> Subscription:
    """Call `function` with every event of the application that passes the filters.

    Without `policy` it is called where the event happens, before the run goes on: be quick. With a policy
    the events wait in a buffer of `buffer` events, and `function` is called in a thread of its own.

    Arguments:
        function: called with one event, a dictionary (see `StreamEvent`); must not be a coroutine function.
        where: a predicate on the event; a `TypeGuard` narrows what `function` is typed to receive.
        filters: include_names, include_types, include_tags, exclude_names, exclude_types, exclude_tags,
            phases, run, max_depth; see `Filter`.
        policy: what happens when the buffer is full, see `Policy`.
        buffer: how many events wait at most.
        on_error: "log" (the run goes on), "raise" (into the run: for tests), or a function of (event, error).

    Returns:
        A handle whose `close()` ends it; also a context manager. Runs under way tell it, too.

    Raises SubscriptionError if `function` is a coroutine function, or an argument makes no sense.

    >>> from eventflow import RunnableLambda
    >>> names = []
    >>> with subscribe(lambda event: names.append(event["event"])):
    ...     RunnableLambda(lambda x: x + 1).invoke(1)
    2
    >>> names
    ['on_chain_start', 'on_chain_end']
    """
    wanted = Filter(**filters)
    subscription = (
        Subscription(function, wanted, where, on_error)
        if policy is None
        else _Threaded(function, wanted, where, on_error, Mailbox(buffer, policy))
    )
    _connect(subscription)
    return subscription


def listen(
    *,
    where: Callable[[StreamEvent], bool] | None = None,
    policy: Policy = "drop_oldest",
    buffer: int = 8 * DEFAULT_BUFFER,
    **filters: Unpack[FilterOptions],
) -> Listener:
    """Events of the whole application to iterate over, with `for` in a thread or `async for` in a task.

    The iteration ends when the listener is closed, which a `with` or `async with` block does. The arguments
    are those of `subscribe`; an observer that falls behind loses the oldest events unless it says otherwise,
    and `listener.statistics.dropped` tells how many.

    >>> from eventflow import RunnableLambda
    >>> with listen(phases=["end"]) as events:
    ...     RunnableLambda(str.upper).invoke("hi")
    'HI'
    >>> [event["data"]["output"] for event in events]
    ['HI']
    """
    listener = Listener(_nobody, Filter(**filters), where, "log", Mailbox(buffer, policy))
    _connect(listener)
    return listener


def _nobody(event: StreamEvent) -> None:
    """A listener's events are fetched, not told."""


def active_subscriptions() -> int:
    """How many subscriptions are open; a test can check that it leaves none."""
    return len(_live)


def _begin_again() -> None:
    """In a child process: subscriptions stay, and their buffers begin again."""
    for subscription in tuple(_live):
        if isinstance(subscription, _Buffered):
            subscription.begin_again()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_again)
