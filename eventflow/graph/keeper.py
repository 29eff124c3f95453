"""What a run of a graph reads from its checkpointer, and what is to be written there.

What is to be written is collected first, and then done by `keep` or `akeep`: so that everything that decides
is written once, for sync and async.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from operator import is_
from typing import Any, Final, TypeGuard, cast

from eventflow.checkpoints import (
    BaseCheckpointSaver,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    PlannedTask,
)
from eventflow.graph.plan import Join, Progress
from eventflow.graph.records import Namespace
from eventflow.ids import new_id
from eventflow.runs import RunnableConfig

__all__ = ("DONE", "ERROR", "GOTO", "INTERRUPT", "RESERVED", "RESUME", "Keeper")

ERROR: Final = "__error__"
DONE: Final = "__done__"
GOTO: Final = "__goto__"
INTERRUPT: Final = "__interrupt__"
RESUME: Final = "__resume__"
RESERVED: Final = frozenset({DONE, ERROR, GOTO, INTERRUPT, RESUME})


class Keeper:
    """The checkpoints of one graph in one thread.

    Raises ValueError if the config has no `thread_id`.
    """

    __slots__ = ("_todo", "at_exit", "config", "metadata", "replays", "saver", "values", "versions")

    def __init__(self, saver: BaseCheckpointSaver, configurable: Mapping[str, Any], ns: Namespace) -> None:
        thread = configurable.get("thread_id")
        if thread is None:
            raise ValueError(
                "Checkpointer requires one or more of the following 'configurable' keys: thread_id, checkpoint_ns, "
                "checkpoint_id: call the graph with config={'configurable': {'thread_id': ...}}"
            )
        self.saver = saver
        place = {"thread_id": str(thread), "checkpoint_ns": "|".join(ns)}
        id = configurable.get("checkpoint_id")
        if id is not None and not ns:
            place["checkpoint_id"] = id
        self.config: RunnableConfig = {"configurable": place}
        self.metadata: dict[str, Any] = {}
        self.versions: dict[str, int] = {}
        self.values: Mapping[str, Any] = {}
        self.replays = "checkpoint_id" in place
        self.at_exit = False
        self._todo: deque[tuple[str, tuple[Any, ...]]] = deque()

    # ---- reading

    def load(self) -> CheckpointTuple | None:
        """The checkpoint to go on from."""
        return self._loaded(self.saver.get_tuple(self.config))

    async def aload(self) -> CheckpointTuple | None:
        """The checkpoint to go on from."""
        return self._loaded(await self.saver.aget_tuple(self.config))

    def _loaded(self, found: CheckpointTuple | None) -> CheckpointTuple | None:
        if found is not None:
            self.config = found.config
            self.versions = {**found.checkpoint["channel_versions"]}
            self.values = found.checkpoint["channel_values"]
        return found

    # ---- writing

    def step_ended(
        self,
        source: str,
        step: int,
        values: Mapping[str, Any],
        written: set[str],
        tasks: Sequence[PlannedTask],
        ended: Sequence[str],
        progress: Progress,
        joins: Sequence[Join],
    ) -> CheckpointTuple:
        """Note a checkpoint that is to be written, and return it."""
        versions = {name: self.versions.get(name, 0) + 1 for name in written}
        self.versions |= versions
        kept = {name: n for name in written if (n := _kept(self.values.get(name), values.get(name)))}
        checkpoint: Checkpoint = {
            "v": 1,
            "id": new_id(),
            "ts": datetime.now(UTC).isoformat(),
            "channel_values": {**values},
            "channel_versions": {**self.versions},
            "tasks": [*tasks],
            "ended": [*ended],
            "arrived": {joins[n].trigger: sorted(names) for n, names in progress.arrived.items()},
            "deferred": sorted(progress.deferred),
        }
        metadata = cast(CheckpointMetadata, {**self.metadata, "source": source, "step": step, "parents": {}})
        self.values = checkpoint["channel_values"]
        before = self.config
        self._todo.append(("put", (before, checkpoint, metadata, versions, kept)))
        place = before.get("configurable", {})
        self.config = {"configurable": {**place, "checkpoint_id": checkpoint["id"]}}
        return CheckpointTuple(
            self.config, checkpoint, metadata, before if "checkpoint_id" in place else None
        )

    def task_ended(self, task_id: str, writes: Sequence[tuple[str, Any]], path: Sequence[Any]) -> None:
        """Note what a task wrote, or asked, that is to be written."""
        self._todo.append(("put_writes", (self.config, [*writes], task_id, "/".join(map(str, path)))))

    def _due(self, ending: bool) -> list[tuple[str, tuple[Any, ...]]]:
        """What is to be written now: with `at_exit`, nothing until the run ends, and then the last of it."""
        if not self.at_exit:
            return self._all()
        puts = [n for n, (name, _) in enumerate(self._todo) if name == "put"]
        if len(puts) > 1:
            first, last = self._todo[puts[0]], self._todo[puts[-1]]
            versions = {key: v for n in puts for key, v in self._todo[n][1][3].items()}
            merged: tuple[str, tuple[Any, ...]] = ("put", (first[1][0], last[1][1], last[1][2], versions, {}))
            self._todo = deque((merged, *[*self._todo][puts[-1] + 1 :]))
        return self._all() if ending else []

    def _all(self) -> list[tuple[str, tuple[Any, ...]]]:
        """Take what there is, one by one: tasks that end meanwhile in other threads may add to it."""
        todo: list[tuple[str, tuple[Any, ...]]] = []
        while self._todo:
            todo.append(self._todo.popleft())
        return todo

    def keep(self, *, ending: bool = False) -> None:
        """Write what was noted; `ending` tells that the run ends."""
        if todo := self._due(ending):
            self.saver.put_all(todo)

    async def akeep(self, *, ending: bool = False) -> None:
        """Write what was noted; `ending` tells that the run ends."""
        if todo := self._due(ending):
            await self.saver.aput_all(todo)


def _kept(before: Any, now: Any) -> int:
    """How many of the first items of a list are those that it had before."""
    if _is_list(before) and _is_list(now) and 0 < len(before) <= len(now) and all(map(is_, before, now)):
        return len(before)
    return 0


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)
