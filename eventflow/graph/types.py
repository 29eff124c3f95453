"""What nodes give beside plain state: where to go on, what to write, what to ask a person."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar, cast

from eventflow.tools import ToolOutputMixin

__all__ = ("Command", "Overwrite", "Send", "StreamWriter", "commands_in")

N = TypeVar("N", bound=Hashable)


class StreamWriter(Protocol):
    """What `get_stream_writer` gives: takes anything, which shows in the `custom` mode."""

    def __call__(self, value: Any, /) -> None:
        """Show a value. In a thread, this waits while the reader is behind."""
        ...

    async def drain(self) -> None:
        """Wait while the reader is behind: for coroutines that write much, after each value or now and then."""
        ...


class Send:
    """Run `node` once more in the next step, on `arg` in place of the state. Returned by conditional edges.

    >>> Send("joke", {"subject": "cats"})
    Send(node='joke', arg={'subject': 'cats'})
    """

    __slots__ = ("arg", "node")

    def __init__(self, /, node: str, arg: Any) -> None:
        self.node = node
        self.arg = arg

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Send) and (self.node, self.arg) == (other.node, other.arg)

    def __hash__(self) -> int:
        return hash(self.node)

    def __repr__(self) -> str:
        return f"Send(node={self.node!r}, arg={self.arg!r})"


@dataclass(frozen=True, slots=True)
class Overwrite:
    """A value that replaces the one in the state, whatever reducer the key has."""

    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(ToolOutputMixin, Generic[N]):
    """What a node or a tool writes and where the graph goes on; or what an interrupted graph goes on with.

    Arguments:
        graph: None for the graph that the node is in, `Command.PARENT` for the one around it.
        update: what to write into the state: a dict, pairs, or an object with the state's fields.
        resume: the answer to `interrupt`, or answers by the id of the interrupt.
        goto: the next node, a `Send`, or several of them.

    >>> Command(update={"x": 1}, goto="b")
    Command(graph=None, update={'x': 1}, resume=None, goto='b')
    """

    PARENT: ClassVar[Literal["__parent__"]] = "__parent__"

    graph: str | None = None
    update: Any = None
    resume: Mapping[str, Any] | Any | None = None
    goto: Send | Sequence[Send | N] | N = field(default=())

    def targets(self) -> tuple[Send | str, ...]:
        """Where to go on, as a tuple."""
        goto: Any = self.goto
        return tuple(cast("Sequence[Any]", goto)) if isinstance(goto, (list, tuple)) else (goto,)


def commands_in(output: Any) -> list[Command[Any]]:
    """The commands in what a node gave: it, or those of the list that it is.

    >>> commands_in([Command(goto="a"), {"x": 1}])
    [Command(graph=None, update=None, resume=None, goto='a')]
    """
    if isinstance(output, Command):
        return [output]
    if isinstance(output, (list, tuple)):
        return [part for part in cast("Sequence[Any]", output) if isinstance(part, Command)]
    return []
