"""Which pieces of tool calls belong together, whatever a server says of their place and id.

OpenAI numbers calls, and names one by its id in its first piece. Other servers leave out the number, number all calls
0, repeat id and name with each piece, or give no id at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventflow import ToolCallChunk, tool_call_chunk

__all__ = ("NOTHING_YET", "CallNumbers", "made_up_id")

NOTHING_YET = " "
"""Arguments of a call that was cut off before they came: white space is no JSON object, so it is an invalid call."""


def made_up_id(reply_id: str | None, number: int) -> str:
    """The id of a call that has none: a result needs something to refer to.

    >>> made_up_id("chatcmpl-1", 0)
    'call_chatcmpl-1_0'
    """
    return "_".join(["call", *([reply_id] if reply_id else []), str(number)])


class CallNumbers:
    """Numbers the calls of one reply in the order in which they begin."""

    def __init__(self) -> None:
        self._at: dict[int | None, int] = {}  # the call that a server's number stands for now
        self._ids: list[str | None] = []  # as the server gave them
        self._names: list[str] = []
        self._empty: set[int] = set()
        self._latest: int | None = None

    def pieces(self, reply_id: str | None, calls: Sequence[Any]) -> list[ToolCallChunk]:
        """What the SDK's `ChoiceDeltaToolCall`s of one chunk say, one piece a call."""
        made: dict[int, ToolCallChunk] = {}
        for call in calls:
            number, piece = self._piece(reply_id, call)
            if number in made:
                made[number]["args"] = (made[number]["args"] or "") + (piece["args"] or "")
            else:
                made[number] = piece
        return [*made.values()]

    def without_arguments(self) -> list[int]:
        """The calls whose arguments have not begun."""
        return sorted(self._empty)

    def _piece(self, reply_id: str | None, call: Any) -> tuple[int, ToolCallChunk]:
        function = call.function
        name, args = (function.name or "", function.arguments) if function else ("", None)
        number = self._number(call.index, call.id or None, name)
        begins = number == len(self._ids)
        if begins:
            self._ids.append(call.id or None)
            self._names.append("")
            self._empty.add(number)
        if args:
            self._empty.discard(number)
        if name == self._names[number]:
            name = ""
        self._names[number] += name
        call_id = (call.id or made_up_id(reply_id, number)) if begins else None
        return number, tool_call_chunk(name=name or None, args=args, id=call_id, index=number)

    def _number(self, index: int | None, call_id: str | None, name: str) -> int:
        """The number of the call that a piece belongs to; the next one if it begins a call."""
        number = self._latest if index is None else self._at.get(index)
        if number is None or self._begins(number, index, call_id, name):
            number = self._ids.index(call_id) if call_id and call_id in self._ids else len(self._ids)
        self._at[index] = self._latest = number
        return number

    def _begins(self, number: int, index: int | None, call_id: str | None, name: str) -> bool:
        """Whether a piece belongs to another call than the one that has its place."""
        if call_id is not None and self._ids[number] is not None:
            return call_id != self._ids[number]
        again = index is not None and name == self._names[number]
        return bool(name) and not again and number not in self._empty
