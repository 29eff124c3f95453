"""What a task asks with `interrupt()`, and the answers that it has been given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from eventflow.errors import GraphInterrupt
from eventflow.graph.interrupts import Interrupt
from eventflow.graph.place import Place
from eventflow.graph.records import Namespace

__all__ = ("Asking",)


class Asking(ABC):
    """The part of a task that is about what it asks."""

    node: str
    place: Place[Any]
    caller: Asking | None = None
    answers: tuple[Any, ...] = ()
    """The answers to its questions, in their order."""
    given: Any = None
    """The answer that this call of the graph has brought, until a task that it calls takes it."""
    by_id: Mapping[str, Any] = {}  # never changed
    """The answers that this call of the graph has brought, by what they answer."""
    _asked = 0

    @property
    @abstractmethod
    def ns(self) -> Namespace:
        """The namespace of a graph that runs inside it."""

    def ask(self, value: Any) -> Any:
        """The answer to the next question. Raises GraphInterrupt if there is none yet."""
        number, self._asked = self._asked, self._asked + 1
        if number < len(self.answers):
            return self.answers[number]
        interrupt = Interrupt.of(value, "|".join(self.ns), number)
        if interrupt.id in self.by_id:
            self.answers += (self.by_id[interrupt.id],)
            return self.answers[number]
        if self.caller is not None and (lent := self.caller.lends(interrupt.id)):
            self.answers += lent
            return lent[0]
        if self.place.saver is None:
            raise RuntimeError(
                f"node {self.node!r} called interrupt(), and its graph has no checkpointer to go on from: "
                "compile(checkpointer=InMemorySaver())"
            )
        raise GraphInterrupt((interrupt,))

    def passed_on(self) -> Any:
        """The answers for a graph inside it: by id, or the one that came last."""
        if self.by_id:
            return self.by_id
        return self._last_answer() if self.given is not None and self.answers else None

    def lends(self, interrupt_id: str) -> tuple[Any, ...]:
        """The answer for what a call of it asks, as the one item; empty if there is none."""
        if interrupt_id in self.by_id:
            return (self.by_id[interrupt_id],)
        if self.given is not None and self.answers:
            self.given = None
            return (self._last_answer(),)
        return () if self.caller is None else self.caller.lends(interrupt_id)

    def _last_answer(self) -> Any:
        """The answer that came last, which it does not have any more then."""
        *before, last = self.answers
        self.answers = tuple(before)
        return last
