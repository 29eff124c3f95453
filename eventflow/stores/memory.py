"""`InMemoryStore`: items for as long as the process lives."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

from eventflow.codec import dumps, loads
from eventflow.stores.base import BaseStore
from eventflow.stores.items import (
    GetOp,
    Item,
    ListNamespacesOp,
    Namespace,
    Op,
    PutOp,
    SearchItem,
    SearchOp,
    checked,
)
from eventflow.stores.matching import fits, is_like

__all__ = ("InMemoryStore",)


class _Kept(NamedTuple):
    """An item: a value of the store's own to look at, and the same as bytes to hand out."""

    value: dict[str, Any]
    data: bytes
    created_at: datetime
    updated_at: datetime


class InMemoryStore(BaseStore):
    """Keeps items in this process. Safe to use from several threads.

    What was put does not change when the program changes the value afterwards. It cannot search by meaning: a
    query changes nothing, as in LangGraph without an index.

    >>> store = InMemoryStore()
    >>> store.put(("users", "ann"), "likes", {"food": "pizza"})
    >>> [item.value for item in store.search(("users",), filter={"food": "pizza"})]
    [{'food': 'pizza'}]
    """

    def __init__(self) -> None:
        self._items: dict[Namespace, dict[str, _Kept]] = {}
        self._lock = threading.Lock()

    def batch(self, ops: Iterable[Op]) -> list[Any]:
        asked = [*ops]
        writes = {(op.namespace, op.key): _written(op) for op in asked if isinstance(op, PutOp)}
        with self._lock:
            given = [self._read(op) for op in asked]
            for (namespace, key), written in writes.items():
                self._write(namespace, key, written)
        return given

    async def abatch(self, ops: Iterable[Op]) -> list[Any]:
        return self.batch(ops)  # it never waits

    def _read(self, op: Op) -> Any:
        if isinstance(op, GetOp):
            kept = self._items.get(op.namespace, {}).get(op.key)
            return None if kept is None else Item(op.namespace, op.key, *_given(kept))
        if isinstance(op, SearchOp):
            return self._search(op)
        return self._namespaces(op) if isinstance(op, ListNamespacesOp) else None

    def _search(self, op: SearchOp) -> list[SearchItem]:
        prefix = op.namespace_prefix
        found = (
            (namespace, key, kept)
            for namespace, items in self._items.items()
            if namespace[: len(prefix)] == prefix
            for key, kept in items.items()
            if op.filter is None or fits(kept.value, op.filter)
        )
        chosen = islice(found, op.offset, op.offset + op.limit)
        return [SearchItem(namespace, key, *_given(kept)) for namespace, key, kept in chosen]

    def _namespaces(self, op: ListNamespacesOp) -> list[Namespace]:
        conditions = op.match_conditions or ()
        found = {
            namespace[: op.max_depth]
            for namespace in self._items
            if all(is_like(namespace, condition) for condition in conditions)
        }
        return sorted(found)[op.offset : op.offset + op.limit]

    def _write(self, namespace: Namespace, key: str, written: _Kept | None) -> None:
        items = self._items.setdefault(namespace, {})
        if written is None:
            items.pop(key, None)
        else:
            before = items.get(key)
            items[key] = written if before is None else written._replace(created_at=before.created_at)
        if not items:
            del self._items[namespace]


def _written(op: PutOp) -> _Kept | None:
    """What is to be kept; None if an item is to be taken out."""
    if op.value is None:
        return None
    if op.ttl is not None:
        raise NotImplementedError("InMemoryStore forgets nothing by itself: leave out ttl")
    checked(op.namespace)
    data = dumps(dict(op.value))
    now = datetime.now(UTC)
    return _Kept(loads(data), data, now, now)


def _given(kept: _Kept) -> tuple[dict[str, Any], datetime, datetime]:
    return loads(kept.data), kept.created_at, kept.updated_at
