"""Lists that grow: how many of their first items are those that were kept last, so that only the rest is kept anew.

What a node gives back is kept, even where it is an item that was there before and was changed. So only three kinds
of items count as kept already: those in front of what `add_messages` or `operator.add` has added, since nobody gave
them back; and, whatever the reducer is, those that cannot change, such as texts and numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from itertools import islice
from operator import is_
from typing import Any, Final, NamedTuple, TypeGuard, TypeVar

__all__ = ("Grown", "Kept", "is_list")

T = TypeVar("T")

_UNCHANGING: Final = frozenset({str, int, float, bool, bytes, type(None)})
_CHANGES: Final = (
    "__delitem__",
    "__iadd__",
    "__imul__",
    "__setitem__",
    "append",
    "clear",
    "extend",
    "insert",
)
_MORE: Final = ("pop", "remove", "reverse", "sort")


class Grown(list[T]):
    """A list that is made anew whenever something is added, and knows since when its first items are the same.

    `mark` is what was put there when the list, or one that it grew from, was kept; None if neither was. `same` is
    how many of the first items are those of then; -1 if the list was changed in place, and no longer knows.
    """

    __slots__ = ("mark", "same")

    mark: object
    same: int


def _forgetting(name: str) -> Callable[..., Any]:
    change = getattr(list, name)

    def method(self: Grown[Any], *args: Any, **kwargs: Any) -> Any:
        self.same = -1
        return change(self, *args, **kwargs)

    return method


for _name in (*_CHANGES, *_MORE):
    setattr(Grown, _name, _forgetting(_name))


class Kept(NamedTuple):
    """A list as it was when it was kept: the mark that it got, or its items."""

    mark: object | None
    items: list[Any]

    @classmethod
    def of(cls, value: list[Any], adding: bool) -> Kept:
        """What is to be remembered of a list that is kept now; `adding` as for `same`."""
        if adding and isinstance(value, Grown) and value.same >= 0:
            mark = value.mark = object()
            value.same = len(value)
            return cls(mark, [])
        return cls(None, [*value])

    def same(self, now: list[Any], adding: bool) -> int:
        """How many of the first items of `now` need not be kept again.

        Arguments:
            adding: whether the key's reducer only adds, and nothing else has written it.
        """
        grown: Grown[Any] | None = now if isinstance(now, Grown) else None
        if self.mark is not None:
            return max(grown.same, 0) if adding and grown is not None and grown.mark is self.mark else 0
        try:
            count = operator.indexOf(map(is_, self.items, now), False)
        except ValueError:
            count = min(len(self.items), len(now))
        if adding:
            return count if grown is None else max(min(count, grown.same), 0)
        return count if _UNCHANGING.issuperset(map(type, islice(now, count))) else 0


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether it is a list."""
    return isinstance(value, list)
