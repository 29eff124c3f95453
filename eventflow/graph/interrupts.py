"""`interrupt`: a node stops and asks, and goes on with the answer when the graph is called again."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Protocol

from eventflow.errors import GraphInterrupt, NoRunError
from eventflow.runs import current_run

__all__ = ("Asking", "Interrupt", "interrupt")


@dataclass(frozen=True, slots=True)
class Interrupt:
    """What a node asks; `id` names it in `Command(resume={id: answer})`."""

    value: Any
    id: str

    @classmethod
    def of(cls, value: Any, place: str, number: int) -> Interrupt:
        """The interrupt with this number of the task at `place`: its id is the same whenever it is asked."""
        text = place if number == 0 else f"{place}:{number}"
        return cls(value, blake2b(text.encode(), digest_size=16).hexdigest())


class Asking(Protocol):
    """A task, as far as `interrupt` needs it."""

    def ask(self, value: Any) -> Any: ...


def interrupt(value: Any) -> Any:
    """Stop the graph and ask for an answer; return that when the graph is resumed with `Command(resume=answer)`.

    The node runs again from its beginning then. Several interrupts of one node are answered in the order in
    which they are called. The graph needs a checkpointer.

    Arguments:
        value: what is asked, for whoever answers.

    Raises GraphInterrupt until there is an answer; NoRunError outside a node; RuntimeError if the graph has no
    checkpointer.
    """
    run = current_run()
    while run is not None:
        ask = getattr(run.source, "ask", None)
        if ask is not None:
            return ask(value)
        run = run.parent_run
    raise NoRunError("interrupt() was called outside a node of a graph")


def refused(interrupts: Any) -> GraphInterrupt:
    """What stops the node."""
    return GraphInterrupt(interrupts)
