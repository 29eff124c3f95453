"""`Recorder`: keeps what it is told, and draws the tree of the runs it heard of."""

from __future__ import annotations

from eventflow.errors import SubscriptionError
from eventflow.events import EventName, StreamEvent
from eventflow.subscribers.outline import outline

__all__ = ("Recorder",)


class Recorder:
    """A subscriber that collects events in a list, for tests, documentation and a look afterwards.

    Arguments:
        limit: how many events to keep, the first ones; those that come after are counted in `dropped`.

    Raises SubscriptionError if `limit` is less than 1.

    >>> from eventflow import RunnableLambda, subscribe
    >>> recorder = Recorder()
    >>> with subscribe(recorder):
    ...     (RunnableLambda(str.strip, name="strip") | RunnableLambda(len, name="count")).invoke(" hi ")
    2
    >>> recorder.names()[:2]
    ['on_chain_start', 'on_chain_start']
    >>> print(recorder.tree())
    chain RunnableSequence
    ├── chain strip
    └── chain count
    """

    def __init__(self, limit: int = 100_000) -> None:
        if limit < 1:
            raise SubscriptionError(f"limit={limit}: a recorder keeps at least one event")
        self.limit = limit
        self.events: list[StreamEvent] = []
        """What it was told, in order."""
        self.dropped = 0
        """How many events came when `limit` was reached."""

    def __call__(self, event: StreamEvent) -> None:
        if len(self.events) < self.limit:
            self.events.append(event)
        else:
            self.dropped += 1

    def names(self) -> list[EventName]:
        """The names of the events, such as `on_chain_start`, in order."""
        return [event["event"] for event in self.events]

    def tree(self) -> str:
        """The runs as drawn text: a line each with kind and name, chunks and errors, children below.

        Nothing in it differs from one time to the next: it has no ids and no times.
        """
        return outline(self.events)

    def clear(self) -> None:
        """Forget everything."""
        self.events.clear()
        self.dropped = 0
