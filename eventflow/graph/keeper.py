"""What a run of a graph reads from its checkpointer, and what is to be written there.

What is to be written is collected first, and then done by `keep` or `akeep`: so that everything that decides
is written once, for sync and async.
"""

from __future__ import annotations

import asyncio
import operator
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from threading import RLock
from typing import Any, Final, cast

from eventflow.checkpoints import (
    BaseCheckpointSaver,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    PendingWrite,
    PlannedTask,
)
from eventflow.checkpoints.base import Todo
from eventflow.graph.behind import WriteBehind
from eventflow.graph.grown import Kept, is_list
from eventflow.graph.messages import add_messages
from eventflow.graph.options import Durability
from eventflow.graph.plan import Join, Progress
from eventflow.graph.records import Namespace
from eventflow.graph.state import Key
from eventflow.graph.types import Overwrite
from eventflow.ids import new_id
from eventflow.runs import RunnableConfig

__all__ = ("DONE", "ERROR", "GOTO", "INTERRUPT", "RESERVED", "RESUME", "Keeper")

ERROR: Final = "__error__"
DONE: Final = "__done__"
GOTO: Final = "__goto__"
INTERRUPT: Final = "__interrupt__"
RESUME: Final = "__resume__"
RESERVED: Final = frozenset({DONE, ERROR, GOTO, INTERRUPT, RESUME})
_LASTING: Final = frozenset({ERROR, INTERRUPT})
"""What is still told of a task when it has gone on."""

_ADDS: Final[tuple[object, ...]] = (operator.add, operator.concat, add_messages)
"""The reducers that leave the items of a list as they are, unless they are given them again."""


class Keeper:
    """The checkpoints of one graph in one thread.

    Raises ValueError if the config has no `thread_id`.
    """

    __slots__ = (
        "_again",
        "_before",
        "_behind",
        "_lists",
        "_lock",
        "_puts",
        "_shares",
        "_step",
        "_todo",
        "around",
        "branches",
        "config",
        "durability",
        "metadata",
        "past",
        "replays",
        "saver",
        "versions",
    )

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
        self.replays = "checkpoint_id" in place
        self.branches = False
        """Whether what goes on from the checkpoint is a branch of its own: not if that was made for it."""
        self.past = False
        """Whether the thread has moved past the checkpoint."""
        self._before: Sequence[PendingWrite] = ()
        self.durability: Durability = "sync"
        self.around: Keeper | None = None
        self._lists: dict[str, Kept] = {}
        self._again: set[str] = set()
        self._todo: deque[Todo] = deque()
        self._puts = 0
        self._lock = RLock()
        self._behind: WriteBehind | None = None
        self._shares = False
        self._step = 0  # what had been noted when the last step had ended

    @property
    def at_exit(self) -> bool:
        """Whether nothing is written before the run ends."""
        return self.durability == "exit"

    @property
    def ns(self) -> Namespace:
        """Which graph's they are."""
        return tuple(filter(None, self.config.get("configurable", {})["checkpoint_ns"].split("|")))

    def go_to(self, checkpoint_id: str) -> None:
        """Go on from this checkpoint, not from the newest."""
        self.config.get("configurable", {})["checkpoint_id"] = checkpoint_id
        self.replays = True

    # ---- reading

    def load(self) -> CheckpointTuple | None:
        """The checkpoint to go on from."""
        found = self._loaded(self.saver.get_tuple(self.config))
        if found is not None and self.replays:
            self._note_newest(found, self.saver.get_tuple(self._newest))
        return found

    async def aload(self) -> CheckpointTuple | None:
        """The checkpoint to go on from."""
        found = self._loaded(await self.saver.aget_tuple(self.config))
        if found is not None and self.replays:
            self._note_newest(found, await self.saver.aget_tuple(self._newest))
        return found

    def _loaded(self, found: CheckpointTuple | None) -> CheckpointTuple | None:
        if found is not None:
            self._before = found.pending_writes
            self.config = found.config
            self.versions = {**found.checkpoint["channel_versions"]}
            self._lists = {
                name: Kept(None, [*value])
                for name, value in found.checkpoint["channel_values"].items()
                if is_list(value)
            }
        return found

    @property
    def _newest(self) -> RunnableConfig:
        """What names the newest checkpoint of the thread."""
        place = self.config.get("configurable", {})
        return {"configurable": {key: place[key] for key in ("thread_id", "checkpoint_ns")}}

    def _note_newest(self, found: CheckpointTuple, newest: CheckpointTuple | None) -> None:
        self.past = newest is not None and newest.checkpoint["id"] != found.checkpoint["id"]
        self.branches = self.past or found.metadata.get("source") not in ("update", "fork")

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
        keys: Mapping[str, Key],
    ) -> CheckpointTuple:
        """Note a checkpoint that is to be written, and return it."""
        versions = {name: self.versions.get(name, 0) + 1 for name in written}
        self.versions |= versions
        kept = {name: n for name in written if (n := self._same(name, values.get(name), keys))}
        self._again.clear()
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
        before = self.config
        self._todo.append(("put", (before, checkpoint, metadata, versions, kept)))
        self._puts += 1
        place = before.get("configurable", {})
        self.config = {"configurable": {**place, "checkpoint_id": checkpoint["id"]}}
        return CheckpointTuple(
            self.config, checkpoint, metadata, before if "checkpoint_id" in place else None
        )

    def _same(self, name: str, now: Any, keys: Mapping[str, Key]) -> int:
        """How many of the first items of a value, if it is a list, were kept and are the same."""
        before = self._lists.pop(name, None)
        if not is_list(now):
            return 0
        reducer = keys[name].reducer if name in keys else None
        adding = any(reducer is one for one in _ADDS)
        same = 0 if before is None else before.same(now, adding and name not in self._again)
        self._lists[name] = Kept.of(now, adding)
        return same

    def task_ended(self, task_id: str, writes: Sequence[tuple[str, Any]], path: Sequence[Any]) -> None:
        """Note what a task wrote, or asked, that is to be written."""
        self._again.update(name for name, value in writes if type(value) is Overwrite)
        said = {key for key, _ in writes}
        before = [(k, v) for id, k, v in self._before if id == task_id and k in _LASTING and k not in said]
        self._todo.append(
            ("put_writes", (self.config, [*writes, *before], task_id, "/".join(map(str, path))))
        )

    def carry(self, paths: Mapping[str, Sequence[Any]]) -> None:
        """Note behind the checkpoint what is pending behind the one that was loaded; `paths` are those of its tasks."""
        pending: dict[str, list[tuple[str, Any]]] = {}
        for id, key, value in self._before:
            pending.setdefault(id, []).append((key, value))
        for id, writes in pending.items():
            self.task_ended(id, writes, paths.get(id, ()))

    def _due(self, ending: bool) -> list[Todo]:
        """What is to be written now: with `at_exit`, nothing until the run ends, and then the last of it."""
        if ending or not self.at_exit:
            return self._all()
        if self._puts > 1:  # one has just been noted, between two steps: nobody adds anything now
            todo = [*self._todo]
            puts = [n for n, (name, _) in enumerate(todo) if name == "put"]
            self._todo = deque((_merged([todo[n][1] for n in puts]), *todo[puts[-1] + 1 :]))
            self._puts = 1
        return []

    def _all(self) -> list[Todo]:
        """Take what there is, one by one: tasks that end meanwhile in other threads may add to it."""
        todo: list[Todo] = []
        self._puts = 0
        while self._todo:
            todo.append(self._todo.popleft())
        return todo

    def keep(self, *, ending: bool = False) -> None:
        """Write what was noted; `ending` tells that the run ends."""
        with self._lock:  # what another thread has taken is written, too, when this returns
            if todo := self._due(ending):
                self.saver.put_all(todo)

    async def akeep(self, *, ending: bool = False, shown: bool = False) -> None:
        """Write what was noted; `ending` tells that the run ends, `shown` that something is shown which is then there.

        With the durability "async" and a saver that has to wait, this does not, but goes on at most one step ahead.
        """
        todo = self._due(ending)
        if not self.saver.blocking:
            if todo:
                await self.saver.aput_all(todo)
            return
        behind = self._behind
        if behind is None:
            if not todo:
                return
            behind = self._behind = self._begun()
        wait = shown or self.durability == "sync" or (ending and not self._shares)
        behind.add(todo if wait else self.saver.prepared(todo))
        until = behind.added if wait else 0
        if any(name == "put" for name, _ in todo):
            until, self._step = max(until, self._step), behind.added
        await behind.reached(until)

    def _begun(self) -> WriteBehind:
        """What writes for it: what does so for the graph around it, whose checkpoints come first."""
        loop = asyncio.get_running_loop()
        around = None if self.around is None else self.around._behind
        self._shares = around is not None and around.saver is self.saver and around.loop is loop
        return around if around is not None and self._shares else WriteBehind(self.saver, loop)


def _merged(puts: Sequence[tuple[Any, ...]]) -> Todo:
    """One checkpoint instead of several: the last, as if nothing had been between it and what was before the first."""
    first, last = puts[0], puts[-1]
    versions: dict[str, int] = {}
    kept: dict[str, int] = {}
    for _, _, _, written, same in puts:
        for name in written:
            kept[name] = min(same.get(name, 0), kept.get(name, same.get(name, 0)))
        versions |= written
    return "put", (first[0], *last[1:3], versions, kept)
