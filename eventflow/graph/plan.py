"""Which tasks come next: a pure function of the graph and of the tasks that have ended.

A step runs all its tasks, then their writes are applied, then the next step is planned. Only nodes that
something points to are looked at: the cost of a step is that of its tasks, however large the graph is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from eventflow.checkpoints import PlannedTask
from eventflow.errors import InvalidUpdateError
from eventflow.graph.constants import END
from eventflow.graph.types import Send

__all__ = ("Ended", "Join", "Next", "Plan", "Progress", "added", "again", "existing")

PULL = "__pregel_pull"
PUSH = "__pregel_push"


class Join(NamedTuple):
    """An edge from several nodes: its target runs once all of them have ended."""

    sources: tuple[str, ...]
    target: str

    @property
    def trigger(self) -> str:
        """What tasks that it starts say has started them."""
        return f"join:{'+'.join(self.sources)}:{self.target}"


class Ended(Protocol):
    """A task that has ended: which node it was of, and where it said to go on."""

    @property
    def node(self) -> str: ...

    @property
    def gotos(self) -> Sequence[str | Send]: ...


class Next(NamedTuple):
    """A task to run: its node, its place in the step, and its argument if it was sent."""

    node: str
    path: tuple[Any, ...]
    sent: Send | None = None


def existing(targets: Iterable[str | Send], source: str, nodes: Collection[str]) -> list[str | Send]:
    """Where `source` goes on, without END. Raises InvalidUpdateError if there is no such node."""
    found: list[str | Send] = []
    for target in targets:
        name = target.node if isinstance(target, Send) else target
        if name == END and not isinstance(target, Send):
            continue
        if name not in nodes:
            raise InvalidUpdateError(
                f"{source!r} goes on to {name!r}, which is no node of this graph: there are {', '.join(nodes)}"
            )
        found.append(target)
    return found


def again(task: PlannedTask) -> Next:
    """A task that a checkpoint has planned."""
    sent = Send(task["name"], task["sent"]) if "sent" in task else None
    return Next(task["name"], tuple(task["path"]), sent)


def added(targets: Sequence[str | Send], planned: Sequence[Next]) -> list[Next]:
    """The tasks that come to a step that is planned already; a node that is to run in it is not run twice."""
    names = {one.node for one in planned if one.sent is None}
    count = sum(one.path[0] == PUSH for one in planned)
    sent = [target for target in targets if isinstance(target, Send)]
    named = sorted({target for target in targets if isinstance(target, str)} - names)
    tasks = [Next(s.node, (PUSH, n, False), s) for n, s in enumerate(sent, count)]
    return tasks + [Next(name, (PULL, name)) for name in named]


@dataclass(slots=True)
class Progress:
    """What is between two steps: which sources of which join have ended, and which nodes are put off."""

    arrived: dict[int, set[str]] = field(default_factory=dict[int, set[str]])
    deferred: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class Plan:
    """The edges of a graph.

    Arguments:
        edges: for each node, where its edges lead, without END.
        joins: the edges from several nodes.
        joins_from: for each node, which of `joins` it is a source of.
        deferred: the nodes that run when nothing else is left.
    """

    edges: Mapping[str, tuple[str, ...]]
    joins: tuple[Join, ...]
    joins_from: Mapping[str, tuple[int, ...]]
    deferred: frozenset[str]
    _alone: dict[str, list[Next]] = field(init=False, default_factory=dict[str, list[Next]])
    """What follows a node that has ended alone, where only plain edges lead on from it."""

    def __post_init__(self) -> None:
        if not self.deferred:
            for name, ends in self.edges.items():
                if name not in self.joins_from:
                    self._alone[name] = [Next(end, (PULL, end)) for end in sorted(ends)]

    def after(self, ended: Sequence[Ended], progress: Progress, *, idle: bool = True) -> Sequence[Next]:
        """The tasks of the next step: those that were sent in the order of sending, then nodes by name.

        Arguments:
            ended: the tasks of the last step, in the order of their places.
            progress: changed in place.
            idle: whether no other task is under way: only then those that were put off may begin.
        """
        if len(ended) == 1 and not ended[0].gotos and (known := self._alone.get(ended[0].node)) is not None:
            return known
        sent: list[Send] = []
        triggered: set[str] = set()
        reached: set[int] = set()
        for task in ended:
            name = task.node
            triggered.update(self.edges.get(name, ()))
            for goto in task.gotos:
                if isinstance(goto, Send):
                    sent.append(goto)
                elif goto != END:
                    triggered.add(goto)
            for index in self.joins_from.get(name, ()):
                progress.arrived.setdefault(index, set()).add(name)
                reached.add(index)
        for index in reached:  # now only: a source that has ended twice in one step has arrived once
            if len(progress.arrived[index]) == len(self.joins[index].sources):
                del progress.arrived[index]
                triggered.add(self.joins[index].target)
        if self.deferred:
            put_off = self.deferred & triggered
            progress.deferred |= put_off
            triggered -= put_off
            if idle and not triggered and not sent:
                triggered, progress.deferred = progress.deferred, set()
        tasks = [Next(s.node, (PUSH, n, False), s) for n, s in enumerate(sent)]
        tasks += [Next(name, (PULL, name)) for name in sorted(triggered)]
        return tasks
