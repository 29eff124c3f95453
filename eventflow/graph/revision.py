"""A change of a thread's state from outside the graph, as if one of its nodes had made it."""

from __future__ import annotations

from typing import Any

from eventflow.checkpoints import CheckpointTuple
from eventflow.errors import InvalidUpdateError
from eventflow.graph.constants import START
from eventflow.graph.keeper import DONE, Keeper
from eventflow.graph.loop import Entry, Loop
from eventflow.graph.nodes import Branch
from eventflow.graph.plan import PULL, Next, existing
from eventflow.graph.state import combine, writes_of
from eventflow.graph.task import Task
from eventflow.graph.types import Command

__all__ = ("Revision",)


class Revision(Loop):
    """An execution that runs nothing: `update`, the conditional edges behind it, and `revised`."""

    __slots__ = ("_planned_last", "_written")

    def update(self, values: Any, as_node: str | None, saved: CheckpointTuple | None) -> Task | Entry:
        """Take in an update from outside, as if `as_node` had written it; `revised` is to follow.

        Raises InvalidUpdateError if there is no such node, or it cannot be told which is meant.
        """
        self._planned_last = set[str]()
        if saved is not None:
            self.restore(saved)
            self._planned_last |= {
                t["name"] for t in saved.checkpoint["tasks"]
            } & self.blueprint.plan.deferred
        else:
            self.step = 0
        ended = [START] if saved is None else [*dict.fromkeys(saved.checkpoint["ended"])] or [START]
        if as_node is None and len(ended) > 1:
            raise InvalidUpdateError(
                f"Ambiguous update, specify as_node: the last step ran {', '.join(ended)}"
            )
        name = as_node or ended[0]
        if name != START and name not in self.nodes:
            raise InvalidUpdateError(f"Node {name} does not exist: there are {', '.join(self.nodes)}")
        if name == START:
            gotos = existing(values.targets(), START, self.nodes) if isinstance(values, Command) else []
            entry = Entry(START, gotos)
            self._written = combine(self.keys, self.values, writes_of(self.keys, values, "the update"))
            return entry
        task = Task(self, Next(name, (PULL, name)))
        task.take(values)
        self._written = combine(self.keys, self.values, [task.writes])
        if saved is not None and self.keeper is not None and not self.keeper.past:
            self._ends_planned(task, saved, self.keeper)
        return task

    def _ends_planned(self, by: Task, saved: CheckpointTuple, keeper: Keeper) -> None:
        """If a task of the node was to come next, note that it has ended so: the update stands for it."""
        planned = next((one for one in saved.checkpoint["tasks"] if one["name"] == by.node), None)
        if planned is not None and (planned["id"], DONE, None) not in saved.pending_writes:
            keeper.task_ended(planned["id"], by.kept(None), planned["path"])

    def revised(self, by: Task | Entry) -> None:
        """Plan what comes after an update, and note a checkpoint of it."""
        self.progress.deferred |= self._planned_last
        self.progress.deferred.discard(by.node)
        self.next(self.blueprint.plan.after((by,), self.progress))
        self.keep("update", self._written, self.planned(), (by.node,))

    def branches_of(self, node: str) -> tuple[Branch, ...]:
        """The conditional edges behind a node."""
        return self.blueprint.entry if node == START else self.nodes[node].branches
