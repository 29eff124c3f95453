"""`BaseStore`: what a store can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

from eventflow.runnables.seam import in_thread
from eventflow.stores.items import (
    GetOp,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Namespace,
    Op,
    PutOp,
    SearchItem,
    SearchOp,
    checked,
)

__all__ = ("BaseStore",)


class BaseStore(ABC):
    """Keeps items, which are dicts, by namespace and key: what is known of users, say, whatever the thread.

    Subclasses do operations (`batch`); everything else is made of these. The async methods call the sync one in
    a worker thread unless `abatch` is overridden.
    """

    @abstractmethod
    def batch(self, ops: Iterable[Op]) -> list[Any]:
        """Do several operations. What reads sees the store as it was before what writes; of two writes to one
        place the last counts.

        Returns what each gives, in their order.

        Raises InvalidNamespaceError if an item is to be put where none can be.
        """

    async def abatch(self, ops: Iterable[Op]) -> list[Any]:
        """The same as `batch`."""
        return await in_thread(self.batch, ops)

    # ---- one operation each

    def get(self, namespace: Namespace, key: str, *, refresh_ttl: bool | None = None) -> Item | None:
        """The item at this place; None if there is none."""
        return cast("Item | None", self.batch([_get(namespace, key, refresh_ttl)])[0])

    def search(
        self,
        namespace_prefix: Namespace,
        /,
        *,
        query: str | None = None,
        filter: Mapping[str, Any] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool | None = None,
    ) -> list[SearchItem]:
        """The items in this namespace and those below it, in the order in which they were put.

        Arguments:
            query: what they should be about, for stores that can tell.
            filter: values that they have; instead of a value, `{"$gt": 3}` and the like: $eq $ne $gt $gte $lt
                $lte.
            limit: at most so many.
            offset: leave out so many first.

        Raises ValueError if an operator of the filter is unknown.
        """
        op = _search(namespace_prefix, query, filter, limit, offset, refresh_ttl)
        return cast("list[SearchItem]", self.batch([op])[0])

    def put(
        self,
        namespace: Namespace,
        key: str,
        value: Mapping[str, Any],
        index: Literal[False] | Sequence[str] | None = None,
        *,
        ttl: float | None = None,
    ) -> None:
        """Put an item, which replaces the one before.

        Arguments:
            value: what is kept: a dict of data.
            index: which fields to search by meaning, for stores that can.
            ttl: minutes after which it is forgotten, for stores that can.

        Raises InvalidNamespaceError if the namespace is empty, or a label in it is no name; CodecError if
        something in the value is no data.
        """
        self.batch([PutOp(checked(namespace), str(key), value, index, ttl)])

    def delete(self, namespace: Namespace, key: str) -> None:
        """Take out an item, if it is there."""
        self.batch([PutOp(namespace, str(key), None)])

    def list_namespaces(
        self,
        *,
        prefix: Namespace | None = None,
        suffix: Namespace | None = None,
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Namespace]:
        """The namespaces that have items, sorted.

        Arguments:
            prefix: how they begin; "*" stands for any label.
            suffix: how they end.
            max_depth: cut them to so many labels.
            limit: at most so many.
            offset: leave out so many first.
        """
        op = _namespaces(prefix, suffix, max_depth, limit, offset)
        return cast("list[Namespace]", self.batch([op])[0])

    # ---- the same, awaited

    async def aget(self, namespace: Namespace, key: str, *, refresh_ttl: bool | None = None) -> Item | None:
        """The same as `get`."""
        return cast("Item | None", (await self.abatch([_get(namespace, key, refresh_ttl)]))[0])

    async def asearch(
        self,
        namespace_prefix: Namespace,
        /,
        *,
        query: str | None = None,
        filter: Mapping[str, Any] | None = None,
        limit: int = 10,
        offset: int = 0,
        refresh_ttl: bool | None = None,
    ) -> list[SearchItem]:
        """The same as `search`."""
        op = _search(namespace_prefix, query, filter, limit, offset, refresh_ttl)
        return cast("list[SearchItem]", (await self.abatch([op]))[0])

    async def aput(
        self,
        namespace: Namespace,
        key: str,
        value: Mapping[str, Any],
        index: Literal[False] | Sequence[str] | None = None,
        *,
        ttl: float | None = None,
    ) -> None:
        """The same as `put`."""
        await self.abatch([PutOp(checked(namespace), str(key), value, index, ttl)])

    async def adelete(self, namespace: Namespace, key: str) -> None:
        """The same as `delete`."""
        await self.abatch([PutOp(namespace, str(key), None)])

    async def alist_namespaces(
        self,
        *,
        prefix: Namespace | None = None,
        suffix: Namespace | None = None,
        max_depth: int | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Namespace]:
        """The same as `list_namespaces`."""
        op = _namespaces(prefix, suffix, max_depth, limit, offset)
        return cast("list[Namespace]", (await self.abatch([op]))[0])


def _get(namespace: Namespace, key: str, refresh_ttl: bool | None) -> GetOp:
    return GetOp(tuple(namespace), str(key), refresh_ttl is not False)


def _search(
    prefix: Namespace,
    query: str | None,
    filter: Mapping[str, Any] | None,
    limit: int,
    offset: int,
    refresh_ttl: bool | None,
) -> SearchOp:
    return SearchOp(tuple(prefix), filter, limit, offset, query, refresh_ttl is not False)


def _namespaces(
    prefix: Namespace | None, suffix: Namespace | None, max_depth: int | None, limit: int, offset: int
) -> ListNamespacesOp:
    conditions: list[MatchCondition] = []
    if prefix:
        conditions.append(MatchCondition("prefix", tuple(prefix)))
    if suffix:
        conditions.append(MatchCondition("suffix", tuple(suffix)))
    return ListNamespacesOp(conditions, max_depth, limit, offset)
