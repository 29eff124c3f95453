"""Tool calls that are still being written: what is there of them. Each character is read once."""

from __future__ import annotations

from typing import Any

from eventflow.errors import JsonStreamError
from eventflow.jsonstream import JsonStream, Update
from eventflow.messages.tool_calls import ToolCall, ToolCallChunk

__all__ = ("GrowingCall", "GrowingCalls")


class GrowingCall:
    """A call as far as it has come: the pieces of its name and of its arguments."""

    __slots__ = ("args", "error", "id", "index", "name", "stream", "update")

    def __init__(self, index: int | str | None) -> None:
        self.index = index
        self.name = ""
        self.id: str | None = None
        self.args: Any = {}
        self.error: str | None = None
        """Why the arguments cannot become a JSON object, if so."""
        self.update: Update | None = None
        """What the last piece has brought of the arguments."""
        self.stream = JsonStream()

    @property
    def is_readable(self) -> bool:
        """Whether the arguments are a JSON object so far."""
        return self.error is None

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
        self.update = None
        text = piece["args"]
        if text and self.is_readable:
            return self._read(text) or is_new
        return is_new

    def _read(self, text: str) -> bool:
        try:
            update = self.update = self.stream.feed(text)
        except JsonStreamError as error:
            self.error = str(error)
            return True
        if update is None or not update.changed:
            return False
        args = self.args = update.value
        if not isinstance(args, dict):
            self.error = "the arguments are not a JSON object"
        return bool(args != {})  # no arguments are none from the beginning

    @property
    def call(self) -> ToolCall:
        """The call, with the arguments that are there."""
        return {"name": self.name, "args": self.args, "id": self.id, "type": "tool_call"}


class GrowingCalls:
    """The calls of one answer, in the order in which they begin."""

    def __init__(self) -> None:
        self.calls: list[GrowingCall] = []

    def add(self, piece: ToolCallChunk) -> tuple[GrowingCall, bool]:
        """Take in a piece; return the call that it is of, and whether anything can be seen of it.

        >>> from eventflow.messages import tool_call_chunk
        >>> call, is_new = GrowingCalls().add(tool_call_chunk(name="add", args='{"a": 1', id="1", index=0))
        >>> call.call["args"], is_new
        ({'a': 1}, True)
        """
        call = next((call for call in self.calls if call.takes(piece)), None)
        if call is not None:
            return call, call.add(piece)
        call = GrowingCall(piece["index"])
        self.calls.append(call)
        call.add(piece)
        return call, True
