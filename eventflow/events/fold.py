"""Adding chunks up to the whole, in time that grows with the chunks and not with their square."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeGuard

from eventflow.messages.chunks import AIMessageChunk, ChunkSum

__all__ = ("AddableDict", "Fold", "fold")

_NOTHING: Final[Any] = object()
_BLOCK: Final = 1024


class AddableDict(dict[str, Any]):
    """A chunk with several keys: adding two adds up what they have under the same key.

    Values that cannot be added are replaced by the later one, and so are those under a key in `snapshots`,
    whose chunks replace one another (a JSON parser's, for example).

    >>> AddableDict(a="Hel", b=[1]) + AddableDict(a="lo")
    {'a': 'Hello', 'b': [1]}
    """

    __slots__ = ("snapshots",)

    def __init__(
        self,
        items: Mapping[str, Any] | Iterable[tuple[str, Any]] = (),
        /,
        *,
        snapshots: frozenset[str] = frozenset(),
        **more: Any,
    ) -> None:
        super().__init__(items, **more)
        self.snapshots = snapshots

    def __add__(self, other: Mapping[str, Any]) -> AddableDict:
        return _add_keys(self, other)

    def __radd__(self, other: Mapping[str, Any]) -> AddableDict:
        return _add_keys(AddableDict(other), self)


class Fold:
    """Takes in chunks and gives what they add up to.

    Text is joined, lists are extended, mappings of chunks are folded key by key, anything else is added with
    `+`; where that is not possible the last chunk is the whole, as in LangChain. With `snapshots` the last
    chunk always is. Falsy chunks are chunks like any other.

    >>> whole = Fold()
    >>> for chunk in ("Why", " not", "?"):
    ...     whole.add(chunk)
    >>> whole.value()
    'Why not?'
    """

    __slots__ = ("_blocks", "_grow", "_last_wins", "_parts", "_whole")

    def __init__(self, *, snapshots: bool = False) -> None:
        self._whole: Any = _NOTHING
        self._grow: Callable[[Any], None] | None = None
        self._last_wins = snapshots
        self._parts: list[str] = []
        self._blocks: list[str] = []

    def add(self, chunk: Any) -> None:
        """Take in the next chunk."""
        grow = self._grow
        if grow is not None:
            try:
                grow(chunk)
            except TypeError:
                self._replace(chunk)
            return
        if type(chunk) is str and self._parts:
            self._parts.append(chunk)
            if len(self._parts) >= _BLOCK:
                self._blocks.append("".join(self._parts))
                self._parts = [""]
            return
        if self._parts:
            self._leave_text()
        whole = self._whole
        if self._last_wins or whole is _NOTHING:
            self._start(chunk)
            return
        try:
            self._whole = whole + chunk
        except TypeError:
            self._replace(chunk)

    def _start(self, chunk: Any) -> None:
        if self._last_wins:
            self._whole = chunk
        elif type(chunk) is str:
            self._parts.append(chunk)
        elif _is_list(chunk):
            self._begin(_List(chunk))
        elif isinstance(chunk, AddableDict):
            self._begin(_Keys(chunk))
        elif isinstance(chunk, AIMessageChunk):
            self._begin(ChunkSum(chunk))
        else:
            self._whole = chunk

    def _begin(self, whole: _List | _Keys | ChunkSum) -> None:
        """What grows in place takes in the chunks from now on."""
        self._whole, self._grow = whole, whole.add

    def _replace(self, chunk: Any) -> None:
        """It cannot be added: from now on the last chunk is the whole."""
        self._whole, self._grow, self._last_wins = chunk, None, True

    def _leave_text(self) -> None:
        """Something that is not text follows text: go on with `+`."""
        self._whole = "".join((*self._blocks, *self._parts))
        self._parts, self._blocks = [], []

    @property
    def empty(self) -> bool:
        """Whether no chunk has come."""
        return self._whole is _NOTHING and not self._parts

    @property
    def is_none(self) -> bool:
        """Whether what has come adds up to None."""
        return self._whole is None

    def value(self) -> Any:
        """What the chunks so far add up to; None if there were none."""
        if self._parts:
            return "".join((*self._blocks, *self._parts))
        if self._whole is _NOTHING:
            return None
        return self._whole if self._grow is None else self._whole.value()


def _add_keys(first: AddableDict, second: Mapping[str, Any]) -> AddableDict:
    keys = _Keys(first)
    keys.add(second)
    return keys.value()


class _List:
    """A list that grows in place; the chunks are left as they are."""

    __slots__ = ("_items",)

    def __init__(self, chunk: list[Any]) -> None:
        self._items = [*chunk]

    def add(self, chunk: Any) -> None:
        if not isinstance(chunk, list):
            raise TypeError
        self._items += chunk

    def value(self) -> list[Any]:
        return [*self._items]


def _is_list(chunk: object) -> TypeGuard[list[Any]]:
    return type(chunk) is list


def _is_mapping(chunk: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(chunk, Mapping)


class _Keys:
    """A fold for each key."""

    __slots__ = ("_folds", "_snapshots")

    def __init__(self, chunk: AddableDict) -> None:
        self._folds: dict[str, Fold] = {}
        self._snapshots = chunk.snapshots
        self.add(chunk)

    def add(self, chunk: Any) -> None:
        if not _is_mapping(chunk):
            raise TypeError
        if isinstance(chunk, AddableDict):
            self._snapshots |= chunk.snapshots
        for key, value in chunk.items():
            held = self._folds.get(key)
            if held is None or held.is_none:
                held = self._folds[key] = Fold(snapshots=key in self._snapshots)
            elif value is None:  # as in LangChain: None says nothing about a key that has a value
                continue
            held.add(value)

    def value(self) -> AddableDict:
        return AddableDict({k: f.value() for k, f in self._folds.items()}, snapshots=self._snapshots)


def fold(chunks: Iterable[Any], *, snapshots: bool = False) -> Any:
    """What `chunks` add up to; None if there are none.

    >>> fold([[1], [2, 3]])
    [1, 2, 3]
    """
    whole = Fold(snapshots=snapshots)
    for chunk in chunks:
        whole.add(chunk)
    return whole.value()
