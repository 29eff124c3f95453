"""`InMemorySaver`: checkpoints for as long as the process lives."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from eventflow.checkpoints.base import (
    BaseCheckpointSaver,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    PendingWrite,
)
from eventflow.runs import RunnableConfig

__all__ = ("InMemorySaver",)


class _Kept:
    __slots__ = ("checkpoint", "metadata", "parent", "writes")

    def __init__(self, checkpoint: Checkpoint, metadata: CheckpointMetadata, parent: str | None) -> None:
        self.checkpoint = checkpoint
        self.metadata = metadata
        self.parent = parent
        self.writes: dict[str, list[PendingWrite]] = {}


class InMemorySaver(BaseCheckpointSaver):
    """Keeps checkpoints in a dictionary. Safe to use from several threads."""

    def __init__(self) -> None:
        self._threads: dict[str, dict[str, dict[str, _Kept]]] = {}
        self._lock = threading.Lock()

    def _of(self, config: RunnableConfig) -> tuple[str, str, str | None]:
        said = config.get("configurable", {})
        return said["thread_id"], said.get("checkpoint_ns", ""), said.get("checkpoint_id")

    def _tuple(self, thread: str, ns: str, kept: _Kept) -> CheckpointTuple:
        values = {**kept.checkpoint, "channel_values": {**kept.checkpoint["channel_values"]}}
        parent = None if kept.parent is None else _config(thread, ns, kept.parent)
        writes = [write for some in kept.writes.values() for write in some]
        return CheckpointTuple(
            _config(thread, ns, kept.checkpoint["id"]),
            cast(Checkpoint, values),
            kept.metadata,
            parent,
            writes,
        )

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        thread, ns, id = self._of(config)
        with self._lock:
            known = self._threads.get(thread, {}).get(ns, {})
            if not known or (id is not None and id not in known):
                return None
            return self._tuple(thread, ns, known[max(known) if id is None else id])

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: Mapping[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        end = None if before is None else self._of(before)[2]
        with self._lock:
            if config is None:
                places = [(t, ns) for t, known in self._threads.items() for ns in known]
            else:
                places = [self._of(config)[:2]]
            found = [
                self._tuple(thread, ns, kept)
                for thread, ns in places
                for id, kept in sorted(self._threads.get(thread, {}).get(ns, {}).items(), reverse=True)
                if end is None or id < end
            ]
        wanted = (f for f in found if all(f.metadata.get(k) == v for k, v in (filter or {}).items()))
        for number, one in enumerate(wanted):
            if limit is not None and number >= limit:
                return
            yield one

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: Mapping[str, int],
        kept: Mapping[str, int] | None = None,
    ) -> RunnableConfig:
        thread, ns, parent = self._of(config)
        with self._lock:
            known = self._threads.setdefault(thread, {}).setdefault(ns, {})
            known[checkpoint["id"]] = _Kept(checkpoint, metadata, parent)
        return _config(thread, ns, checkpoint["id"])

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        thread, ns, id = self._of(config)
        with self._lock:
            kept = self._threads[thread][ns][id or ""]
            kept.writes[task_id] = [(task_id, key, value) for key, value in writes]

    def delete_thread(self, thread_id: str) -> None:
        with self._lock:
            self._threads.pop(thread_id, None)


def _config(thread: str, ns: str, id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread, "checkpoint_ns": ns, "checkpoint_id": id}}
