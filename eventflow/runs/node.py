"""The tree that runs form, the current place in it, and the handle that stands for a place in a config."""

from __future__ import annotations

import os
import threading
from contextvars import ContextVar, Token
from typing import Final, final

from eventflow.bus import Delivery, Hub
from eventflow.runs.inherited import Inherited

__all__ = ("Node", "RunHandle", "current", "leave")

_creating: Final = threading.Lock()

if hasattr(os, "register_at_fork"):
    # Held across a fork: a child that inherited it from a thread which it has not would wait for ever.
    os.register_at_fork(
        before=_creating.acquire, after_in_parent=_creating.release, after_in_child=_creating.release
    )


class Node:
    """A place in the tree: a run, or a scope, which tells nothing itself but has subscribers of its own."""

    __slots__ = ("__weakref__", "delivery", "hub", "inherited", "parent")

    parent: Node | None
    hub: Hub
    inherited: Inherited
    delivery: Delivery | None
    """The queue that keeps the order for the whole tree; None as long as nobody listens."""

    def join_delivery(self) -> Delivery:
        """The queue of the tree this node is in; made at its top when the first listener comes."""
        if self.delivery is not None:
            return self.delivery
        if self.parent is not None:
            self.delivery = self.parent.join_delivery()
            return self.delivery
        with _creating:
            if self.delivery is None:
                self.delivery = Delivery()
            return self.delivery


current: Final[ContextVar[Node | None]] = ContextVar("eventflow_current", default=None)
"""Where in the tree this code runs. Set while a run's own code runs, never across a yield."""


def leave(token: Token[Node | None]) -> None:
    """Make the node before current again.

    A generator that a collector or another task closes is in a foreign context, where there is nothing to
    restore: then nothing is done.
    """
    try:
        current.reset(token)
    except ValueError:
        return


@final
class RunHandle:
    """A place in the tree, as it stands in `config["callbacks"]`: what is called with it becomes a child.

    `node` None means "whatever is current"; `tag` is for the next run only (`seq:step:2`); `handlers` are
    callback handlers that the caller gave beside it. LangChain has its callback managers in this place.
    """

    __slots__ = ("handlers", "node", "tag")

    def __init__(
        self, node: Node | None = None, tag: str | None = None, handlers: tuple[object, ...] = ()
    ) -> None:
        self.node = node
        self.tag = tag
        self.handlers = handlers

    def get_child(self, tag: str | None = None) -> RunHandle:
        """A handle for a child of the same run; LangChain's `run_manager.get_child()`."""
        return RunHandle(self.node, tag)

    def __repr__(self) -> str:
        return f"RunHandle({self.node!r}, tag={self.tag!r})"
