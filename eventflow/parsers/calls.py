"""Tool calls that are still being written: what is there of them. Each character is read once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from eventflow.errors import JsonStreamError
from eventflow.jsonstream import JsonStream
from eventflow.messages import ToolCall, ToolCallChunk

__all__ = ("GrowingCall", "GrowingCalls")


class GrowingCall:
    """A call as far as it has come: the pieces of its name and of its arguments."""

    __slots__ = ("args", "id", "index", "is_readable", "name", "stream")

    def __init__(self, index: int | str | None) -> None:
        self.index = index
        self.name = ""
        self.id: str | None = None
        self.args: Any = {}
        self.is_readable = True
        """Whether the arguments are a JSON object so far."""
        self.stream = JsonStream()

    def takes(self, piece: ToolCallChunk) -> bool:
        """Whether a piece is more of this call: the same index, and not another id."""
        index = piece["index"]
        if index != self.index or not (isinstance(index, int) or str(index).startswith("lc_")):
            return False
        return not (self.id and piece["id"] and self.id != piece["id"])

    def add(self, piece: ToolCallChunk) -> bool:
        """Take in a piece; return whether anything can be seen of it."""
        is_new = bool(piece["name"] or (piece["id"] and not self.id))
        self.name += piece["name"] or ""
        self.id = self.id or piece["id"]
        try:
            update = self.stream.feed(piece["args"]) if piece["args"] and self.is_readable else None
        except JsonStreamError:
            self.is_readable = False
            return True
        if update is not None and update.changed:
            self.args = update.value
            self.is_readable = isinstance(self.args, dict)
            is_new = is_new or self.args != {}  # no arguments are none from the beginning
        return is_new

    @property
    def call(self) -> ToolCall:
        """The call, with the arguments that are there."""
        return {"name": self.name, "args": self.args, "id": self.id, "type": "tool_call"}


class GrowingCalls:
    """The calls of one answer, in the order in which they begin."""

    def __init__(self) -> None:
        self.calls: list[GrowingCall] = []

    def add(self, pieces: Iterable[ToolCallChunk]) -> list[GrowingCall]:
        """Take in the pieces of a chunk; return the calls of which more can be seen.

        >>> from eventflow.messages import tool_call_chunk
        >>> calls = GrowingCalls()
        >>> calls.add([tool_call_chunk(name="add", args='{"a": 1', id="1", index=0)])[0].call["args"]
        {'a': 1}
        """
        seen: dict[int, GrowingCall] = {}
        for piece in pieces:
            call = next((call for call in self.calls if call.takes(piece)), None)
            is_begun = call is None
            if call is None:
                call = GrowingCall(piece["index"])
                self.calls.append(call)
            if call.add(piece) or is_begun:
                seen[id(call)] = call
        return [*seen.values()]
