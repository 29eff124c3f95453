"""`CachePolicy` and where nodes and tasks keep what they wrote: `BaseNodeCache`, and the one in memory."""

from __future__ import annotations

import copy
import dataclasses
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, TypeAlias, cast

from pydantic import BaseModel

from eventflow.codec import dumps
from eventflow.errors import CodecError
from eventflow.runnables.narrow import is_mapping
from eventflow.runnables.seam import in_thread

__all__ = (
    "BaseNodeCache",
    "CacheKey",
    "CachePolicy",
    "InMemoryNodeCache",
    "default_cache_key",
    "is_cache",
    "is_policy",
)

CacheKey: TypeAlias = tuple[tuple[str, ...], str]
"""Which node (its function, its name), and what its input is known by."""


def default_cache_key(*args: Any, **kwargs: Any) -> str:
    """What an input is known by: a digest of it as data. Equal inputs have equal keys, whatever their order.

    Raises CodecError if there is something in it that is no data.

    >>> default_cache_key({"a": 1, "b": [2]}) == default_cache_key({"b": [2], "a": 1})
    True
    """
    return blake2b(dumps(_ordered([args, kwargs])), digest_size=16).hexdigest()


def _ordered(value: Any) -> Any:
    """The same data, in one order: dicts as sorted pairs, instances as their class and their fields."""
    if isinstance(value, (list, tuple)):
        several = cast("Sequence[Any]", value)
        return ["tuple" if isinstance(value, tuple) else "list", *map(_ordered, several)]
    if isinstance(value, (set, frozenset)):
        return ["set", *sorted(dumps(_ordered(one)) for one in cast("set[Any]", value))]
    if is_mapping(value):
        pairs = [(dumps(_ordered(key)), _ordered(one)) for key, one in value.items()]
        return ["dict", *([key, one] for key, one in sorted(pairs, key=lambda pair: pair[0]))]
    fields = _fields(value)
    return value if fields is None else [type(value).__qualname__, _ordered(fields)]


def _fields(value: Any) -> dict[str, Any] | None:
    if isinstance(value, BaseModel):
        return {**value.__dict__, **(value.__pydantic_extra__ or {})}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy:
    """That a node or a task is not run again on an input that it was run on before.

    Arguments:
        key_func: what makes text (or bytes) of the input, of a task: of its arguments; equal for inputs that
            lead to the same.
        ttl: for how many seconds what it wrote is good; None for ever.
    """

    key_func: Callable[..., str | bytes] = default_cache_key
    ttl: float | None = None

    def key(self, where: str, *args: Any, **kwargs: Any) -> str:
        """What this input is known by. Raises CodecError if no key can be made of it."""
        try:
            key = self.key_func(*args, **kwargs)
        except CodecError as error:
            raise CodecError(
                f"{where} has a cache policy, and no key can be made of its input: {error}; give it "
                "CachePolicy(key_func=...), which makes one"
            ) from error
        return key.hex() if isinstance(key, bytes) else key


def is_policy(given: object) -> bool:
    """Whether it is a cache policy."""
    return isinstance(given, CachePolicy)


class BaseNodeCache(ABC):
    """Keeps what nodes and tasks wrote: override `get`, `set` and `clear`.

    Values are data that the cache need not understand: lists of pairs (name, value). In async code the three
    are called in a worker thread, unless `aget`, `aset` and `aclear` are overridden, too.
    """

    @abstractmethod
    def get(self, keys: Sequence[CacheKey]) -> dict[CacheKey, Any]:
        """What is kept under those of the keys that there is something for."""

    @abstractmethod
    def set(self, pairs: Mapping[CacheKey, tuple[Any, float | None]]) -> None:
        """Keep values, each for so many seconds, or for ever."""

    @abstractmethod
    def clear(self, namespaces: Sequence[tuple[str, ...]] | None = None) -> None:
        """Forget what was kept for these nodes; of all unless given."""

    async def aget(self, keys: Sequence[CacheKey]) -> dict[CacheKey, Any]:
        """The same as `get`, awaited."""
        return await in_thread(self.get, keys)

    async def aset(self, pairs: Mapping[CacheKey, tuple[Any, float | None]]) -> None:
        """The same as `set`, awaited."""
        await in_thread(self.set, pairs)

    async def aclear(self, namespaces: Sequence[tuple[str, ...]] | None = None) -> None:
        """The same as `clear`, awaited."""
        await in_thread(self.clear, namespaces)


class InMemoryNodeCache(BaseNodeCache):
    """Keeps what nodes and tasks wrote as long as the program runs.

    LangGraph calls it `InMemoryCache`, which is the name of a model's cache here, as in LangChain. What is kept
    is a copy, so that nobody changes it. May be used by several threads.

    >>> from eventflow.graph import END, START, CachePolicy, StateGraph
    >>> graph = StateGraph(int).add_node("slow", lambda x: print("works") or x * 2, cache_policy=CachePolicy())
    >>> graph = graph.add_edge(START, "slow").add_edge("slow", END).compile(cache=InMemoryNodeCache())
    >>> graph.invoke(1), graph.invoke(1)
    works
    (2, 2)
    """

    def __init__(self) -> None:
        self._kept: dict[CacheKey, tuple[Any, float | None]] = {}
        self._changing = threading.Lock()

    def get(self, keys: Sequence[CacheKey]) -> dict[CacheKey, Any]:
        now = time.monotonic()
        found: dict[CacheKey, Any] = {}
        for key in keys:
            value, until = self._kept.get(key, (None, now))
            if until is None or until > now:
                found[key] = copy.deepcopy(value)
            elif key in self._kept:
                with self._changing:
                    self._kept.pop(key, None)
        return found

    def set(self, pairs: Mapping[CacheKey, tuple[Any, float | None]]) -> None:
        now = time.monotonic()
        kept = {k: (copy.deepcopy(v), None if ttl is None else now + ttl) for k, (v, ttl) in pairs.items()}
        with self._changing:
            self._kept |= kept

    def clear(self, namespaces: Sequence[tuple[str, ...]] | None = None) -> None:
        with self._changing:
            if namespaces is None:
                self._kept.clear()
            else:
                self._kept = {k: v for k, v in self._kept.items() if k[0] not in namespaces}

    async def aget(self, keys: Sequence[CacheKey]) -> dict[CacheKey, Any]:
        return self.get(keys)

    async def aset(self, pairs: Mapping[CacheKey, tuple[Any, float | None]]) -> None:
        self.set(pairs)

    async def aclear(self, namespaces: Sequence[tuple[str, ...]] | None = None) -> None:
        self.clear(namespaces)


def is_cache(given: object) -> bool:
    """Whether it is a cache of nodes."""
    return isinstance(given, BaseNodeCache)
