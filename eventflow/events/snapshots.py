"""`Snapshot`: the data of an event that stands for those before it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

__all__ = ("Snapshot",)


class Snapshot(dict[str, Any]):
    """The `data` of a custom event that replaces the one before with the same key, of the same run.

    A buffer with the policy `coalesce` keeps the newest of them when it is full.

    Arguments:
        items: what the data says.
        key: what it is about, where a run tells of several things.

    >>> Snapshot({"done": 2}, key="rows").after(Snapshot({"done": 1}, key="rows"))
    {'done': 2}
    """

    __slots__ = ("key",)

    def __init__(self, items: Mapping[str, Any], *, key: Hashable = None) -> None:
        super().__init__(items)
        self.key = key

    def after(self, older: Snapshot) -> Snapshot:
        """What stands for this one and for the one before it; here this one does."""
        return self
