"""Which tasks come next: a pure function of the graph and of the tasks that have ended.

A step runs all its tasks, then their writes are applied, then the next step is planned. Only nodes that
something points to are looked at: the cost of a step is that of its tasks, however large the graph is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from eventflow.graph.constants import END
from eventflow.graph.types import Send

__all__ = ("Ended", "Join", "Next", "Plan", "Progress")

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
    _alone: dict[str, list[Next]] = field(default_factory=dict[str, list[Next]])

    def after_one(self, ended: Ended, progress: Progress) -> list[Next]:
        """The same as `after` for a single task; known beforehand if only plain edges lead on from its node."""
        name = ended.node
        if ended.gotos or self.deferred or name in self.joins_from:
            return self.after((ended,), progress)
        known = self._alone.get(name)
        if known is None:
            known = self._alone[name] = self.after((ended,), progress)
        return known

    def after(self, ended: Iterable[Ended], progress: Progress, *, idle: bool = True) -> list[Next]:
        """The tasks of the next step: those that were sent in the order of sending, then nodes by name.

        Arguments:
            ended: the tasks of the last step, in the order of their places.
            progress: changed in place.
            idle: whether no other task is under way: only then those that were put off may begin.
        """
        sent: list[Send] = []
        triggered: set[str] = set()
        for task in ended:
            name = task.node
            triggered.update(self.edges.get(name, ()))
            for goto in task.gotos:
                if isinstance(goto, Send):
                    sent.append(goto)
                elif goto != END:
                    triggered.add(goto)
            for index in self.joins_from.get(name, ()):
                arrived = progress.arrived.setdefault(index, set())
                arrived.add(name)
                join = self.joins[index]
                if len(arrived) == len(join.sources):
                    del progress.arrived[index]
                    triggered.add(join.target)
        if self.deferred:
            put_off = self.deferred & triggered
            progress.deferred |= put_off
            triggered -= put_off
            if idle and not triggered and not sent:
                triggered, progress.deferred = progress.deferred, set()
        tasks = [Next(s.node, (PUSH, n), s) for n, s in enumerate(sent)]
        tasks += [Next(name, (PULL, name)) for name in sorted(triggered)]
        return tasks
