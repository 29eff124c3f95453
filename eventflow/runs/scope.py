"""A part of the tree of runs that has subscribers of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeGuard

from eventflow.bus import APPLICATION, Hub, ScopedReceiver
from eventflow.callbacks import handler_receiver
from eventflow.events import RunInfo
from eventflow.runs.inherited import DEFAULTS
from eventflow.runs.node import Node

__all__ = ("Scope", "scope_of")


class Scope(Node):
    """A part of the tree with subscribers of its own: what runs below it is told to them, too."""

    __slots__ = ("first", "handlers", "receivers")

    def __init__(
        self,
        receivers: tuple[ScopedReceiver, ...],
        parent: Node | None,
        handlers: tuple[object, ...] = (),
    ) -> None:
        self.parent = parent
        self.receivers = receivers
        self.handlers = handlers
        self.hub = Hub(APPLICATION if parent is None else parent.hub, receivers)
        self.inherited = DEFAULTS if parent is None else parent.inherited
        self.delivery = None if parent is None else parent.delivery
        self.first: RunInfo | None = None
        """Who the first run is that was started below; not the run itself, which holds its scope."""
        self.join_delivery()

    def settle(self) -> None:
        """Return when the subscribers have handled what they were told. Raises the first error of theirs."""
        raised: BaseException | None = None
        for receiver in self.receivers:
            try:
                receiver.settle()
            except BaseException as error:
                raised = raised or error
        if raised is not None:
            raise raised

    async def asettle(self) -> None:
        """The same from a coroutine."""
        raised: BaseException | None = None
        for receiver in self.receivers:
            try:
                await receiver.asettle()
            except BaseException as error:
                raised = raised or error
        if raised is not None:
            raise raised


def scope_of(handlers: object, parent: Node | None) -> Scope | None:
    """A scope for the callback handlers of a config; None if all of them hear what runs at `parent` anyway.

    Raises TypeError if `handlers` is not a list of handlers.
    """
    if not _is_several(handlers):
        raise TypeError(f"config has callbacks={handlers!r}: give a list of handlers, [handler]")
    unheard = _unheard(handlers, parent)
    return Scope(tuple(handler_receiver(h) for h in unheard), parent, unheard) if unheard else None


def _unheard(handlers: Iterable[object], node: Node | None) -> tuple[object, ...]:
    """Those of `handlers` that are not told of what runs at `node` anyway, each once."""
    heard: list[object] = []
    while node is not None:
        if type(node) is Scope:
            heard += node.handlers
        node = node.parent
    return tuple({id(h): h for h in handlers if not any(h is other for other in heard)}.values())


def _is_several(handlers: object) -> TypeGuard[Iterable[object]]:
    return isinstance(handlers, Iterable) and not isinstance(handlers, str)
