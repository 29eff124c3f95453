"""The blinker signals: the public registry of what watches the whole application.

There is one signal a phase, in one namespace. blinker's own rules are tightened where they hurt here:
receivers are called in the order in which they were connected (blinker: undefined), are held strongly
(blinker: a lambda is gone at once), and a coroutine function is refused when it is connected (blinker:
when something is sent). `Signal.send` is not used: a run resolves its receivers once and calls them.

>>> from eventflow.bus import signals
>>> sorted(signals)
['custom', 'end', 'error', 'start', 'stream']
"""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NoReturn, TypeVar

from blinker import ANY, NamedSignal, Namespace

from eventflow.errors import SubscriptionError
from eventflow.events import PHASES

__all__ = ("REGISTRY_LOCK", "RunSignal", "is_coroutine_callable", "refuse_coroutine", "signals")

F = TypeVar("F", bound=Callable[..., Any])

REGISTRY_LOCK: Final = threading.RLock()
"""Held while subscriptions come and go (blinker's tables are not thread-safe), never while one is called."""

if hasattr(os, "register_at_fork"):
    # Held across a fork: a child that inherited it from a thread which it has not would wait for ever.
    os.register_at_fork(
        before=REGISTRY_LOCK.acquire,
        after_in_parent=REGISTRY_LOCK.release,
        after_in_child=REGISTRY_LOCK.release,
    )


class OrderedSet(set[Any]):
    """The part of `set` that blinker uses, in insertion order."""

    def __init__(self, items: Iterable[Any] = ()) -> None:
        super().__init__()
        self._items: dict[Any, None] = dict.fromkeys(items)

    def add(self, element: Any, /) -> None:
        self._items[element] = None

    def discard(self, element: Any, /) -> None:
        self._items.pop(element, None)

    def copy(self) -> OrderedSet:
        return OrderedSet(self._items)

    def clear(self) -> None:
        self._items.clear()

    def __or__(self, other: Iterable[Any]) -> OrderedSet:
        return OrderedSet((*self._items, *other))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, element: object, /) -> bool:
        return element in self._items


def is_coroutine_callable(receiver: object) -> bool:
    """Whether calling `receiver` gives something to await: a coroutine function, or an object whose call is one."""
    return any(inspect.iscoroutinefunction(function) for function in _called(receiver))


def _called(receiver: object) -> tuple[object, object]:
    """What is called when `receiver` is: itself, or the method of its class."""
    return receiver, getattr(receiver, "__call__", None)  # noqa: B004  # the method itself, not whether it is there


def refuse_coroutine(receiver: object) -> None:
    """Raises SubscriptionError if `receiver` cannot be called, or calling it would only make something to await."""
    if not callable(receiver):
        raise SubscriptionError(f"a subscriber must be callable, and {receiver!r} is not")
    name = getattr(receiver, "__qualname__", repr(receiver))
    if is_coroutine_callable(receiver) or any(map(inspect.isasyncgenfunction, _called(receiver))):
        raise SubscriptionError(
            f"{name} is a coroutine function, and events are told without awaiting anyone. Take them in your own "
            "task instead:\n    async with listen() as events:\n        async for event in events: ..."
        )
    if any(map(inspect.isgeneratorfunction, _called(receiver))):
        raise SubscriptionError(
            f"{name} is a generator function, and calling one runs nothing of it: do not yield"
        )


class RunSignal(NamedSignal):
    """A signal whose receivers get `(run, event=Event)`: ordered, strong, and checked when connected."""

    set_class = OrderedSet

    def connect(self, receiver: F, sender: Any = ANY, weak: bool = False) -> F:
        """Connect `receiver` for the whole application, until it is disconnected.

        Raises SubscriptionError if `receiver` is a coroutine function, if `weak` is asked for (receivers are
        resolved ahead of time and therefore held), or if `sender` is given: what happens in one run only is
        watched with `subscribe(..., run=...)`, which costs the other runs nothing per event.
        """
        refuse_coroutine(receiver)
        if weak:
            raise SubscriptionError(
                f"signal {self.name!r} holds its receivers: connect(weak=False), disconnect() when done"
            )
        if sender is not ANY:
            raise SubscriptionError(
                f"signal {self.name!r} has no senders: use subscribe(fn, run=...) to watch one run"
            )
        with REGISTRY_LOCK:
            return super().connect(receiver, sender, weak=False)

    def disconnect(self, receiver: Callable[..., Any], sender: Any = ANY) -> None:
        """Disconnect `receiver`; one that is not connected is ignored."""
        with REGISTRY_LOCK:
            super().disconnect(receiver, sender)

    def muted(self) -> NoReturn:
        """Raises SubscriptionError: runs have resolved who is to be told."""
        raise SubscriptionError(
            f"signal {self.name!r} cannot be muted: close the subscriptions that it holds"
        )


class _RunNamespace(Namespace):
    def signal(self, name: str, doc: str | None = None) -> RunSignal:
        if name not in self:
            self[name] = RunSignal(name, doc)
        found = self[name]
        assert isinstance(found, RunSignal)  # noqa: S101  # for the type checker: only this method adds
        return found


signals: Final = _RunNamespace()
"""One signal a phase: `signals["start"]`, `["stream"]`, `["end"]`, `["error"]`, `["custom"]`."""

for _phase in PHASES:
    signals.signal(_phase, f"A run of any kind tells of its {_phase}.")
