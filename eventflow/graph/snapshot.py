"""What a graph has kept of a thread, to look at and to change: `StateSnapshot`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from eventflow.checkpoints import CheckpointMetadata, CheckpointTuple, PlannedTask
from eventflow.graph.interrupts import Interrupt
from eventflow.graph.keeper import DONE, ERROR, INTERRUPT, RESERVED
from eventflow.graph.nodes import Node
from eventflow.graph.state import ROOT, Key, Writes, combine
from eventflow.graph.updates import folded
from eventflow.runs import RunnableConfig

__all__ = ("PregelTask", "StateSnapshot", "empty_snapshot", "snapshot_of", "task_of")


class PregelTask(NamedTuple):
    """A task that comes next, or was under way: what it wrote, what it asked, or how it failed.

    `state` names the state of the graph that it runs, if it runs one; `get_state(subgraphs=True)` has the state.
    """

    id: str
    name: str
    path: tuple[str | int, ...]
    error: str | None = None
    interrupts: tuple[Interrupt, ...] = ()
    state: RunnableConfig | StateSnapshot | None = None
    result: Any = None


class StateSnapshot(NamedTuple):
    """The state of a thread after one step.

    `values` is the state, `next` the nodes that come next, `config` names this snapshot, `metadata` says where
    it comes from, `created_at` when it was made (ISO 8601), `parent_config` names the one before, `tasks` are
    those of `next`, and `interrupts` what they have asked.
    """

    values: Any
    next: tuple[str, ...]
    config: RunnableConfig
    metadata: CheckpointMetadata | None
    created_at: str | None
    parent_config: RunnableConfig | None
    tasks: tuple[PregelTask, ...]
    interrupts: tuple[Interrupt, ...]

    @property
    def inside(self) -> list[RunnableConfig]:
        """What names the states of the graphs that its tasks run."""
        return [task.state for task in self.tasks if isinstance(task.state, dict)]

    def opened(self, inside: Sequence[StateSnapshot]) -> StateSnapshot:
        """It, with the states of the graphs that its tasks run in place of what names them."""
        states = iter(inside)
        opened = (t._replace(state=next(states)) if isinstance(t.state, dict) else t for t in self.tasks)
        return self._replace(tasks=tuple(opened))


def empty_snapshot(config: RunnableConfig) -> StateSnapshot:
    """The snapshot of a thread in which nothing has happened."""
    said = config.get("configurable", {})
    place = {"thread_id": said.get("thread_id")}
    return StateSnapshot({}, (), {"configurable": place}, None, None, None, (), ())


def snapshot_of(
    found: CheckpointTuple, keys: Mapping[str, Key], nodes: Mapping[str, Node], *, newest: bool
) -> StateSnapshot:
    """A checkpoint, as it is shown; the newest of its thread with what tasks that have ended wrote since."""
    checkpoint = found.checkpoint
    values: dict[str, Any] = {name: key.empty() for name, key in keys.items() if key.empty is not None}
    values |= {name: value for name, value in checkpoint["channel_values"].items() if name in keys}
    places = {name: place for place, name in enumerate(nodes)}  # tasks are listed as nodes were added
    planned = sorted(checkpoint["tasks"], key=lambda task: _place(task, places))
    tasks = tuple(task_of(one, found, nodes) for one in planned)
    left = tasks
    if newest:
        tasks = tuple(task if task.result is None else task._replace(interrupts=()) for task in tasks)
        done = {id for id, key, _ in found.pending_writes if key == DONE}
        left = tuple(task for task in tasks if task.id not in done)
        ended = [task for task in sorted(tasks, key=lambda task: task.path) if task.id in done]
        combine(keys, values, [_writes(task.id, found) for task in ended])
    return StateSnapshot(
        values.get(ROOT) if ROOT in keys else {name: values[name] for name in keys if name in values},
        tuple(task.name for task in left),
        found.config,
        found.metadata,
        checkpoint["ts"],
        found.parent_config,
        tasks,
        tuple(interrupt for task in tasks for interrupt in task.interrupts),
    )


def _place(task: PlannedTask, places: Mapping[str, int]) -> tuple[int, int]:
    at = task["path"][1]
    return (0, at) if isinstance(at, int) else (1, places.get(task["name"], 0))


def _writes(task_id: str, found: CheckpointTuple) -> Writes:
    """What a task wrote into the state."""
    return [(key, value) for id, key, value in found.pending_writes if id == task_id and key not in RESERVED]


def task_of(planned: PlannedTask, found: CheckpointTuple, nodes: Mapping[str, Node]) -> PregelTask:
    """One of the tasks of a checkpoint, with what is kept of it behind that."""
    node = nodes.get(planned["name"])
    mine = {key: value for id, key, value in found.pending_writes if id == planned["id"]}
    result: Any = folded(_writes(planned["id"], found)) if DONE in mine else None
    return PregelTask(
        planned["id"],
        planned["name"],
        tuple(planned["path"]),
        mine.get(ERROR),
        tuple(mine.get(INTERRUPT, ())),
        None if node is None or not node.keeps else _inside(planned, found.config),
        result.get(ROOT) if result and ROOT in result else result,
    )


def _inside(task: PlannedTask, config: RunnableConfig) -> RunnableConfig:
    """What names the state of the graph that a task runs."""
    place = config.get("configurable", {})
    above = place["checkpoint_ns"]
    ns = f"{task['name']}:{task['id']}"
    return {
        "configurable": {
            "thread_id": place["thread_id"],
            "checkpoint_ns": f"{above}|{ns}" if above else ns,
        }
    }
