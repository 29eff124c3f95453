"""What a chunk has brought: the value as it is now, and the operations that lead there."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from eventflow.jsonstream.changes import Operation, changes_between, patch_of
from eventflow.jsonstream.tree import NOTHING, Path, Position, value_at

__all__ = ("Update",)


class Update:
    """What a chunk has brought. It never changes, however late it is read.

    What is read is made then, and kept. Finished arrays and objects are the same objects in the values of all
    updates, so leave them as they are.

    >>> from eventflow.jsonstream import JsonStream
    >>> stream = JsonStream()
    >>> update = stream.feed('{"name": "Fr')
    >>> update.value
    {'name': 'Fr'}
    >>> for operation in stream.feed('ance", "area": 6').operations:
    ...     print(*operation)
    append ('name',) ance
    close ('name',) None
    add ('area',) 6
    >>> update.value
    {'name': 'Fr'}
    """

    __slots__ = ("_after", "_before", "_operations", "_value", "changed")

    changed: bool
    """Whether the value is another than before. If not, something in it has been finished."""

    def __init__(self, before: Position, after: Position) -> None:
        self.changed = after[5]
        self._before = before
        self._after = after
        self._value: Any = NOTHING
        self._operations: tuple[Operation, ...] | None = None

    def __repr__(self) -> str:
        return f"<Update {self.value!r}>"

    @property
    def value(self) -> Any:
        """The value of the document so far."""
        if self._value is NOTHING:
            self._value = value_at(self._after)
        return self._value

    @property
    def complete(self) -> bool:
        """Whether the document is finished."""
        frame, count = self._after[:2]
        return frame.parent is None and count > 0

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What leads from the value of the update before to this one, in the order of the text."""
        if self._operations is None:
            self._operations = changes_between(self._before, self._after)
        return self._operations

    @property
    def path(self) -> Path:
        """Where all that has changed is: the path of the one value, or of the innermost that holds them all."""
        paths = [operation.path for operation in self.operations]
        shared = takewhile(lambda keys: keys.count(keys[0]) == len(keys), zip(*paths, strict=False))
        return tuple(keys[0] for keys in shared)

    @property
    def completed(self) -> tuple[Path, ...]:
        """The paths of what has been finished, inner before outer."""
        return tuple(operation.path for operation in self.operations if operation.kind == "close")

    @property
    def patch(self) -> list[dict[str, Any]]:
        """The operations as JSON Patch (RFC 6902), for others; strings that have grown are replaced whole.

        >>> from eventflow.jsonstream import JsonStream
        >>> stream = JsonStream()
        >>> stream.feed('{"a": "b').patch
        [{'op': 'replace', 'path': '', 'value': {'a': 'b'}}]
        >>> stream.feed('c", "d": [').patch
        [{'op': 'replace', 'path': '/a', 'value': 'bc'}, {'op': 'add', 'path': '/d', 'value': []}]
        """
        return patch_of(self.operations, self.value)
