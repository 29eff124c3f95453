"""What is in a store, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from eventflow.errors import InvalidNamespaceError

__all__ = (
    "GetOp",
    "Item",
    "ListNamespacesOp",
    "MatchCondition",
    "Namespace",
    "Op",
    "PutOp",
    "SearchItem",
    "SearchOp",
    "checked",
)

Namespace = tuple[str, ...]
"""Where an item is: `("users", "ann", "notes")`."""


@dataclass(slots=True)
class Item:
    """Something in a store: its place, its value, and when it was put there first and last (UTC)."""

    namespace: Namespace
    key: str
    value: dict[str, Any]
    created_at: datetime
    updated_at: datetime

    def __hash__(self) -> int:
        return hash((self.namespace, self.key))

    def dict(self) -> dict[str, Any]:
        """The same as plain data, ready for JSON if the value is."""
        return {
            "namespace": [*self.namespace],
            "key": self.key,
            "value": self.value,
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }


@dataclass(slots=True)
class SearchItem(Item):
    """An item that was searched for; `score` says how well it fits the query, if the store can tell."""

    score: float | None = None

    __hash__ = Item.__hash__

    def dict(self) -> dict[str, Any]:
        """The same as plain data, ready for JSON if the value is."""
        return {**Item.dict(self), "score": self.score}


class GetOp(NamedTuple):
    """Ask for one item. Gives it, or None."""

    namespace: Namespace
    key: str
    refresh_ttl: bool = True


class PutOp(NamedTuple):
    """Put an item where it replaces the one before; without a value, take it out. Gives None."""

    namespace: Namespace
    key: str
    value: Mapping[str, Any] | None
    index: Literal[False] | Sequence[str] | None = None  # type: ignore[assignment] # pyright: ignore[reportIncompatibleMethodOverride]
    ttl: float | None = None


class SearchOp(NamedTuple):
    """Ask for items below a namespace. Gives a list of `SearchItem`."""

    namespace_prefix: Namespace
    filter: Mapping[str, Any] | None = None
    limit: int = 10
    offset: int = 0
    query: str | None = None
    refresh_ttl: bool = True


class MatchCondition(NamedTuple):
    """How a namespace has to begin or end; "*" stands for any label."""

    match_type: Literal["prefix", "suffix"]
    path: Namespace


class ListNamespacesOp(NamedTuple):
    """Ask which namespaces there are. Gives a sorted list of them."""

    match_conditions: Sequence[MatchCondition] | None = None
    max_depth: int | None = None
    limit: int = 100
    offset: int = 0


Op = GetOp | PutOp | SearchOp | ListNamespacesOp
"""What `batch` takes."""


def checked(namespace: Sequence[str]) -> Namespace:
    """The namespace of an item. Raises InvalidNamespaceError if it is none."""
    if not namespace:
        raise InvalidNamespaceError("Namespace cannot be empty.")
    for label in namespace:
        wrong = _wrong(label)
        if wrong:
            raise InvalidNamespaceError(
                f"Invalid namespace label {label!r} found in {namespace!r}: labels {wrong}"
            )
    return tuple(namespace)


def _wrong(label: object) -> str | None:
    if not isinstance(label, str):
        return f"must be strings, but got {type(label).__name__}"
    if not label:
        return "cannot be empty"
    return "cannot contain periods ('.')" if "." in label else None
