"""`BaseCheckpointSaver`: what keeps checkpoints, and what a checkpoint is.

A checkpoint is the state after one step of one graph in one thread, and which tasks come next. While these
run, what each of them wrote is put beside it (`put_writes`), so that after a crash only what had not ended is
run again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple, NotRequired, TypeVar

from typing_extensions import TypedDict

from eventflow.runnables.seam import END, in_thread
from eventflow.runs import RunnableConfig

__all__ = (
    "BaseCheckpointSaver",
    "Checkpoint",
    "CheckpointMetadata",
    "CheckpointTuple",
    "PendingWrite",
    "PlannedTask",
    "Strategy",
    "Todo",
)

T = TypeVar("T")

Strategy = Literal["keep_latest", "delete"]
"""What `prune` leaves: the newest checkpoint of each namespace, or nothing."""


Todo = tuple[str, tuple[Any, ...]]
"""`put` or `put_writes`, or what `prepared` has made of it, and its arguments."""


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

    Subclasses say how. The async methods are the sync ones, called by `_aside`: in a worker thread, unless a
    subclass has a better place.

    `blocking` says that there is something to wait for, a disk or a network; async graphs then go on while what
    they have done is written (see `Durability`).
    """

    blocking: ClassVar[bool] = True

    def get(self, config: RunnableConfig) -> Checkpoint | None:
        """The checkpoint that `get_tuple` finds, without what is kept beside it."""
        found = self.get_tuple(config)
        return None if found is None else found.checkpoint

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
        """The checkpoints of a thread (of all, without a config), newest first.

        Arguments:
            config: names the thread; and maybe the namespace, and the checkpoint, if only these are wanted.
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

        Raises CodecError if something in it is no data.
        """

    @abstractmethod
    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Keep what a task wrote beside the checkpoint that `config` names, in place of what it wrote before.

        Raises CodecError if something in it is no data.
        """

    def prepared(self, todo: Sequence[Todo]) -> Sequence[Todo]:
        """The same things to do, as `put_all` and `aput_all` take them, with values made bytes.

        A graph that goes on while they are done calls this before it does: what its nodes then change in place is
        not in what was to be kept before. Savers that do not override it keep values as they are found later.

        Raises CodecError if something is no data.
        """
        return todo

    def put_all(self, todo: Sequence[Todo]) -> None:
        """Do several `put` and `put_writes`, in this order; as one, if the saver can.

        Arguments:
            todo: the name of the method and its arguments, for each.
        """
        for name, arguments in todo:
            getattr(self, name)(*arguments)

    @abstractmethod
    def delete_thread(self, thread_id: str) -> None:
        """Forget a thread."""

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Add all checkpoints of one thread, with what is kept beside them, to another."""
        for found in reversed([*self.list({"configurable": {"thread_id": source_thread_id}})]):
            self._put_again(found, target_thread_id, found.parent_config)

    def prune(self, thread_ids: Sequence[str], *, strategy: Strategy = "keep_latest") -> None:
        """Forget the checkpoints of threads but the newest of each namespace, or all ("delete").

        Those that are left have no parent.
        """
        for thread_id in thread_ids:
            newest: dict[str, CheckpointTuple] = {}
            if keeps_latest(strategy):
                for found in self.list({"configurable": {"thread_id": thread_id}}):
                    newest.setdefault(found.config.get("configurable", {}).get("checkpoint_ns", ""), found)
            self.delete_thread(thread_id)
            for found in newest.values():
                self._put_again(found, thread_id, None)

    def _put_again(self, found: CheckpointTuple, thread_id: str, parent: RunnableConfig | None) -> None:
        """Keep a checkpoint in a thread, with what is kept beside it."""
        place = {**found.config.get("configurable", {}), "thread_id": thread_id}
        place.pop("checkpoint_id", None)
        if parent is not None:
            place["checkpoint_id"] = parent.get("configurable", {})["checkpoint_id"]
        versions = found.checkpoint["channel_versions"]
        config = self.put({"configurable": place}, found.checkpoint, found.metadata, versions)
        writes: dict[str, list[tuple[str, Any]]] = {}
        for task, key, value in found.pending_writes:
            writes.setdefault(task, []).append((key, value))
        for task, some in writes.items():
            self.put_writes(config, some, task)

    # ---- the same, awaited

    async def _aside(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        """Call one of the sync methods where it does not hold up the loop."""
        return await in_thread(function, *args, **kwargs)

    async def aget(self, config: RunnableConfig) -> Checkpoint | None:
        """The same as `get`."""
        return await self._aside(self.get, config)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The same as `get_tuple`."""
        return await self._aside(self.get_tuple, config)

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: Mapping[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """The same as `list`."""
        found = self.list(config, filter=filter, before=before, limit=limit)
        while True:
            one: Any = await self._aside(next, found, END)
            if one is END:
                return
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
        return await self._aside(self.put, config, checkpoint, metadata, new_versions, kept)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """The same as `put_writes`."""
        await self._aside(self.put_writes, config, writes, task_id, task_path)

    async def aput_all(self, todo: Sequence[Todo]) -> None:
        """The same as `put_all`."""
        for name, arguments in todo:
            await getattr(self, f"a{name}")(*arguments)

    async def adelete_thread(self, thread_id: str) -> None:
        """The same as `delete_thread`."""
        await self._aside(self.delete_thread, thread_id)

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """The same as `copy_thread`."""
        await self._aside(self.copy_thread, source_thread_id, target_thread_id)

    async def aprune(self, thread_ids: Sequence[str], *, strategy: Strategy = "keep_latest") -> None:
        """The same as `prune`."""
        await self._aside(self.prune, thread_ids, strategy=strategy)


def keeps_latest(strategy: Strategy) -> bool:
    """Whether `prune` leaves something. Raises ValueError if there is no such strategy."""
    if strategy not in ("keep_latest", "delete"):
        raise ValueError(f"there is no strategy {strategy!r} of prune: use 'keep_latest' or 'delete'")
    return strategy == "keep_latest"
