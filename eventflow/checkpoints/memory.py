"""`InMemorySaver`: checkpoints for as long as the process lives."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, ClassVar, TypeVar

from eventflow.checkpoints.base import (
    BaseCheckpointSaver,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    Strategy,
    keeps_latest,
)
from eventflow.checkpoints.pieces import (
    Link,
    Place,
    Row,
    checkpoint_of,
    chosen_by,
    config_of,
    encoded,
    matches,
    place_of,
    sources_of,
    tuple_of,
    writes_of,
)
from eventflow.runs import RunnableConfig

__all__ = ("InMemorySaver", "MemorySaver")

T = TypeVar("T")


class _Value:
    """A value, or what was added to another."""

    __slots__ = ("base", "link")

    def __init__(self, base: _Value | None, link: Link) -> None:
        self.base = base
        self.link = link

    def links(self) -> list[Link]:
        """What it is made of, from the first to the last."""
        found: list[Link] = []
        value: _Value | None = self
        while value is not None:
            found.append(value.link)
            value = value.base
        return found[::-1]


class _Kept:
    """A checkpoint. Nothing in it changes."""

    __slots__ = ("row", "values")

    def __init__(self, row: Row, values: Mapping[str, _Value]) -> None:
        self.row = row
        self.values = values

    def told(self, writes: list[tuple[str, bytes]]) -> CheckpointTuple:
        """It, made anew."""
        return tuple_of(self.row, {name: value.links() for name, value in self.values.items()}, writes)


class _Namespace:
    """The checkpoints of one graph in one thread, and by their id what tasks wrote behind them."""

    __slots__ = ("checkpoints", "writes")

    def __init__(self) -> None:
        self.checkpoints: dict[str, _Kept] = {}
        self.writes: dict[str, dict[str, bytes]] = {}

    def writes_behind(self, id: str) -> list[tuple[str, bytes]]:
        """What tasks wrote behind a checkpoint, by task."""
        return [*self.writes.get(id, {}).items()]

    def keep_latest(self) -> None:
        """Forget all but the newest."""
        newest = max(self.checkpoints, default="")
        for id in self.checkpoints.keys() - {newest}:
            del self.checkpoints[id]
        for id in self.writes.keys() - {newest}:
            del self.writes[id]
        for id, kept in self.checkpoints.items():
            self.checkpoints[id] = _Kept(kept.row._replace(parent=None), kept.values)


_Found = list[tuple[_Kept, list[tuple[str, bytes]]]]


class InMemorySaver(BaseCheckpointSaver):
    """Keeps checkpoints in this process, as the bytes that a database would have. Safe to use from several threads.

    What was kept does not change when the program changes a value afterwards, and what is not data is refused, as
    it is with a database.

    >>> saver = InMemorySaver()
    >>> saver.get_tuple({"configurable": {"thread_id": "1"}}) is None
    True
    """

    blocking: ClassVar[bool] = False

    def __init__(self) -> None:
        self._threads: dict[str, dict[str, _Namespace]] = {}
        self._lock = threading.Lock()

    async def _aside(self, function: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
        return function(*args, **kwargs)  # it never waits

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        with self._lock:
            place, known = self._known(config)
            id = place.id or max(known.checkpoints, default="")
            kept = known.checkpoints.get(id)
            writes = known.writes_behind(id)
        return None if kept is None else kept.told(writes)

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: Mapping[str, Any] | None = None,
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        found = self._chosen(config, None if before is None else place_of(before).id)
        wanted = (one for one in found if matches(one[0].row.metadata, filter))
        for kept, writes in islice(wanted, limit):
            yield kept.told(writes)

    def _chosen(self, config: RunnableConfig | None, end: str | None) -> _Found:
        """The checkpoints that a config names, newest first, up to this one."""
        thread, ns, id = (None, None, None) if config is None else chosen_by(config)
        with self._lock:
            found = [
                (kept, known.writes_behind(kept.row.id))
                for known_thread, namespaces in self._threads.items()
                for known_ns, known in namespaces.items()
                for kept in known.checkpoints.values()
                if thread in (None, known_thread) and ns in (None, known_ns) and id in (None, kept.row.id)
            ]
        if end is not None:
            found = [one for one in found if one[0].row.id < end]
        return sorted(found, key=lambda one: one[0].row.id, reverse=True)

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: Mapping[str, int],
        kept: Mapping[str, int] | None = None,
    ) -> RunnableConfig:
        one = encoded(config, checkpoint, metadata, new_versions, kept)
        with self._lock:
            parent = self._known(config)[1].checkpoints.get(one.row.parent or "")
        values = sources_of(one, {} if parent is None else parent.values, _Value)
        row = one.row
        with self._lock:
            self._namespace(row.thread, row.ns).checkpoints[row.id] = _Kept(row, values)
        return config_of(row.thread, row.ns, row.id)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        thread, ns, id = checkpoint_of(config)
        data = writes_of(writes)
        with self._lock:
            self._namespace(thread, ns).writes.setdefault(id, {})[task_id] = data

    def delete_thread(self, thread_id: str) -> None:
        with self._lock:
            self._threads.pop(str(thread_id), None)

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        target = str(target_thread_id)
        with self._lock:
            for ns, known in [*self._threads.get(str(source_thread_id), {}).items()]:
                copy = self._namespace(target, ns)
                for id, kept in [*known.checkpoints.items()]:
                    copy.checkpoints[id] = _Kept(kept.row._replace(thread=target), kept.values)
                for id, writes in [*known.writes.items()]:
                    copy.writes[id] = {**writes}

    def prune(self, thread_ids: Sequence[str], *, strategy: Strategy = "keep_latest") -> None:
        for thread_id in thread_ids:
            if not keeps_latest(strategy):
                self.delete_thread(thread_id)
                continue
            with self._lock:
                for known in self._threads.get(str(thread_id), {}).values():
                    known.keep_latest()

    def _known(self, config: RunnableConfig) -> tuple[Place, _Namespace]:
        """What the config names; an empty namespace if nothing is there."""
        place = place_of(config)
        return place, self._threads.get(place.thread, {}).get(place.ns, _Namespace())

    def _namespace(self, thread: str, ns: str) -> _Namespace:
        return self._threads.setdefault(thread, {}).setdefault(ns, _Namespace())


MemorySaver = InMemorySaver
"""The name that LangGraph had for it first."""
