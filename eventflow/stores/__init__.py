"""Stores: what programs remember beyond one thread, as items in namespaces."""

from eventflow.stores.base import BaseStore
from eventflow.stores.items import (
    GetOp,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    PutOp,
    SearchItem,
    SearchOp,
)
from eventflow.stores.memory import InMemoryStore

__all__ = (
    "BaseStore",
    "GetOp",
    "InMemoryStore",
    "Item",
    "ListNamespacesOp",
    "MatchCondition",
    "Op",
    "PutOp",
    "SearchItem",
    "SearchOp",
)
