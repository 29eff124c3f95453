"""`BaseCheckpointSaver`: what keeps checkpoints, and what a checkpoint is.

A checkpoint is the state after one step of one graph in one thread, and which tasks come next. While these
run, what each of them wrote is put beside it (`put_writes`), so that after a crash only what had not ended is
run again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, NotRequired

from typing_extensions import TypedDict

from eventflow.runnables.seam import in_thread
from eventflow.runs import RunnableConfig

__all__ = (
    "BaseCheckpointSaver",
    "Checkpoint",
    "CheckpointMetadata",
    "CheckpointTuple",
    "PendingWrite",
    "PlannedTask",
)


class PlannedTask(TypedDict):
    """A task that comes next; `sent` is its argument if it has one of its own."""

    id: str
    name: str
    path: list[str | int]
    sent: NotRequired[Any]


class Checkpoint(TypedDict):
    """The state of one graph after one step.

    `v` is the format, `id` grows with time, `ts` is that time (ISO 8601, UTC). `channel_values` has the keys of
    the state that have a value; `channel_versions` counts how often each was written. `tasks` come next;
    `ended` are the nodes of the step; `arrived` says which sources of which join have ended, by its trigger;
    `deferred` are the nodes that wait until nothing else is left.
    """

    v: int
    id: str
    ts: str
    channel_values: dict[str, Any]
    channel_versions: dict[str, int]
    tasks: list[PlannedTask]
    ended: list[str]
    arrived: dict[str, list[str]]
    deferred: list[str]


class CheckpointMetadata(TypedDict, total=False):
    """Where a checkpoint comes from: the input, a step (`loop`), `update_state`, or a copy (`fork`).

    `step` is -1 for the first input, then 0, 1, …; `parents` are the checkpoints of the graphs around, by
    namespace.
    """

    source: Literal["input", "loop", "update", "fork"]
    step: int
    parents: dict[str, str]


PendingWrite = tuple[str, str, Any]
"""What a task wrote before its step ended: the id of the task, the key (or a reserved name), and the value."""


class CheckpointTuple(NamedTuple):
    """A checkpoint with all that is kept beside it."""

    config: RunnableConfig
    checkpoint: Checkpoint
    metadata: CheckpointMetadata
    parent_config: RunnableConfig | None = None
    pending_writes: Sequence[PendingWrite] = ()


class BaseCheckpointSaver(ABC):
    """Keeps checkpoints by thread (`configurable.thread_id`), namespace (`checkpoint_ns`) and id (`checkpoint_id`).

    Subclasses say how; the async methods are the sync ones in a worker thread unless they are overridden.
    """

    @abstractmethod
    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that `config` names, or the newest of its thread and namespace; None if there is none."""

    @abstractmethod
    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: Mapping[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """The checkpoints of a thread and namespace (of all, without a config), newest first.

        Arguments:
            filter: only those whose metadata has these values.
            before: only those that are older than the one that this names.
            limit: at most so many.
        """

    @abstractmethod
    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: Mapping[str, int],
        kept: Mapping[str, int] | None = None,
    ) -> RunnableConfig:
        """Keep a checkpoint; `config` names its thread, its namespace, and its parent as `checkpoint_id`.

        Arguments:
            new_versions: the keys that were written since the parent, with their version.
            kept: for keys whose value is a list, how many of its first items are those of the parent's value,
                so that only the others need be stored.

        Returns the config that names it.
        """

    @abstractmethod
    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Keep what a task wrote beside the checkpoint that `config` names; of equal ids the last counts."""

    @abstractmethod
    def delete_thread(self, thread_id: str) -> None:
        """Forget a thread."""

    # ---- the same, awaited

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The same as `get_tuple`."""
        return await in_thread(self.get_tuple, config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: Mapping[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """The same as `list`."""
        found = await in_thread(lambda: [*self.list(config, filter=filter, before=before, limit=limit)])
        for one in found:
            yield one

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: Mapping[str, int],
        kept: Mapping[str, int] | None = None,
    ) -> RunnableConfig:
        """The same as `put`."""
        return await in_thread(self.put, config, checkpoint, metadata, new_versions, kept)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """The same as `put_writes`."""
        await in_thread(self.put_writes, config, writes, task_id, task_path)

    async def adelete_thread(self, thread_id: str) -> None:
        """The same as `delete_thread`."""
        await in_thread(self.delete_thread, thread_id)
