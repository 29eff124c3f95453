"""What has been read: arrays and objects that are open, and positions, from which any moment can be rebuilt.

Finished values never change, open arrays and objects only grow at their end, and so does an open string.
A position therefore needs counts only, no copies, and stays true however far the reading goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, TypeAlias

__all__ = (
    "NOTHING",
    "Frame",
    "Path",
    "Position",
    "Text",
    "counts_in",
    "path_of",
    "path_to",
    "value_at",
    "value_within",
)

NOTHING: Final[Any] = object()
"""No value, where None would be the value null."""

Path: TypeAlias = tuple[str | int, ...]


class Frame:
    """An array or object that is open.

    `members` holds its finished values and is, once it is closed, the value itself. The outermost frame is no
    part of the document: its one member is the document. It has no `closer`, nor has the frame in it that
    collects values if there are several.
    """

    __slots__ = (
        "closer",
        "depth",
        "is_closed",
        "key",
        "members",
        "order",
        "parent",
        "path",
        "place",
        "quoted",
    )

    def __init__(
        self, closer: str, members: Any, parent: Frame | None = None, key: str | None = None, place: int = 0
    ) -> None:
        self.closer = closer  # the bracket that ends it
        self.members: Any = members
        # What came, in that order: members, or the pairs of an object, those of keys that came twice as well.
        self.order: list[Any] = [] if closer == "}" else members
        self.is_closed = False  # or given up; what it is in may have gone on
        self.parent = parent
        self.key = key  # in the parent, if that is an object
        self.place = place  # how many members of the parent came before
        self.depth: int = parent.depth + 1 if parent and closer else 0
        self.path: Path | None = None  # once somebody has asked
        self.quoted = False  # whether there was a string in it; said of outermost frames only

    def items(self, start: int, stop: int | None = None) -> Iterable[tuple[str | int, Any]]:
        """The keys and values of the finished members from `start` to `stop`, in the order of the text."""
        if self.closer == "}":
            return self.order[start:stop]
        return enumerate(self.order[start:stop], start)


_FEW = 8
"""So many parts are joined sooner than what was joined before is looked up."""


class Text(list[str]):
    """A string that is open, in pieces; they are joined when somebody looks."""

    _joined = (0, "")  # so many parts, and their text: replaced as one, for readers in other threads

    def read(self, count: int) -> str:
        """The first `count` parts as one text."""
        if count == len(self) and count < _FEW:
            return "".join(self)
        done, text = self._joined
        if count < done:
            return "".join(self[:count])
        if count > done:
            text += self[done] if count == done + 1 else "".join(self[done:count])
            self._joined = (count, text)
        return text


Position: TypeAlias = tuple[Frame, int, str | None, Any, int, bool]
"""Where the text stands after a chunk.

1. the innermost frame that is open
2. how many members of it are finished
3. the key of the value that is open in it, if it is an object and one is open
4. that value: a `Text`, a number, a literal, or NOTHING
5. how many parts of the `Text` there are
6. whether the value of the document is another than at the position before
"""


def value_at(position: Position) -> Any:
    """The value of the document, or NOTHING. Frames that are open are copied, what is finished is shared.

    Most positions are read before the reading goes on. Then nothing has to be counted.
    """
    frame, count, key, value, extent, _ = position
    if value.__class__ is Text:
        value = value.read(extent)
    members: Any
    if frame.closer == "}":
        members = frame.members.copy()
        if value is not NOTHING:
            members[key] = value
        value = members
    elif frame.parent is not None:
        value = frame.members.copy() if value is NOTHING else [*frame.members, value]
    elif value is NOTHING and count:
        return frame.members[0]
    else:
        return value
    key, outer = frame.key, frame.parent
    while outer is not None:
        if key is None:
            if outer.parent is not None:
                value = [*outer.members, value]
        else:
            members = outer.members.copy()
            members[key] = value
            value = members
        key, outer = outer.key, outer.parent
    if frame.is_closed or len(frame.order) != count:  # it has gone on, perhaps just now, in another thread
        return value_within(position, None)
    return value


def value_within(position: Position, outer: Frame | None) -> Any:
    """The value of what is open in `outer`, None for the document, however far the reading has gone on."""
    frame, count, key, value, extent, _ = position
    if value.__class__ is Text:
        value = value.read(extent)
    while frame is not outer and frame.parent is not None:
        members: Any
        if frame.closer == "}":
            members = dict(frame.order[:count])
            if value is not NOTHING:
                members[key] = value
        else:
            members = frame.order[:count]
            if value is not NOTHING:
                members.append(value)
        value, key, count, frame = members, frame.key, frame.place, frame.parent
    return value


def counts_in(position: Position) -> dict[Frame, int]:
    """How many members of each open frame are finished, innermost frame first."""
    frame: Frame | None = position[0]
    count = position[1]
    counts: dict[Frame, int] = {}
    while frame is not None:
        counts[frame] = count
        count, frame = frame.place, frame.parent
    return counts


def outermost_of(frame: Frame) -> Frame:
    """The frame that an array or object is in, at last, and that is no part of the document."""
    while frame.parent is not None:
        frame = frame.parent
    return frame


def path_of(frame: Frame) -> Path:
    """The keys and indexes that lead to an array or object. That of the document is ()."""
    if frame.path is None:
        keys: list[str | int] = []
        one = frame
        while one.parent is not None and one.parent.parent is not None:
            keys.append(one.place if one.key is None else one.key)
            one = one.parent
        frame.path = tuple(reversed(keys))
    return frame.path


def path_to(frame: Frame, key: str | int) -> Path:
    """The keys and indexes that lead to a member of an array or object."""
    return () if frame.parent is None else (*path_of(frame), key)
