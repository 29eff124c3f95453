"""A change of a thread's state from outside the graph, as if one of its nodes had made it."""

from __future__ import annotations

from typing import Any

from eventflow.checkpoints import CheckpointTuple
from eventflow.errors import InvalidUpdateError
from eventflow.graph.constants import START
from eventflow.graph.loop import Entry, Loop
from eventflow.graph.nodes import Branch
from eventflow.graph.plan import PULL, Next
from eventflow.graph.state import combine, writes_of
from eventflow.graph.task import Task
from eventflow.graph.types import Command

__all__ = ("Revision",)


class Revision(Loop):
    """An execution that runs nothing: `update`, the conditional edges behind it, and `revised`."""

    __slots__ = ("_written",)

    def update(self, values: Any, as_node: str | None, saved: CheckpointTuple | None) -> Task | Entry:
        """Take in an update from outside, as if `as_node` had written it; `revised` is to follow.

        Raises InvalidUpdateError if there is no such node, or it cannot be told which is meant.
        """
        if saved is not None:
            self.restore(saved)
        else:
            self.step = 0
        ended = [START] if saved is None else saved.checkpoint["ended"] or [START]
        if as_node is None and len(ended) > 1:
            raise InvalidUpdateError(
                f"Ambiguous update, specify as_node: the last step ran {', '.join(ended)}"
            )
        name = as_node or ended[0]
        if name != START and name not in self.nodes:
            raise InvalidUpdateError(f"Node {name} does not exist: there are {', '.join(self.nodes)}")
        if name == START:
            entry = Entry(START, list(values.targets()) if isinstance(values, Command) else [])
            self._written = combine(self.keys, self.values, writes_of(self.keys, values, "the update"))
            return entry
        task = Task(self, Next(name, (PULL, name)))
        task.take(values)
        self._written = combine(self.keys, self.values, [task.writes])
        return task

    def revised(self, by: Task | Entry) -> None:
        """Plan what comes after an update, and note a checkpoint of it."""
        self.progress.deferred.clear()
        self.next(self.blueprint.plan.after((by,), self.progress))
        self.keep("update", self._written, self.planned(), (by.node,))

    def branches_of(self, node: str) -> tuple[Branch, ...]:
        """The conditional edges behind a node."""
        return self.blueprint.entry if node == START else self.nodes[node].branches
