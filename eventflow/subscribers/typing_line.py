"""`TypingLine`: text that comes in pieces, wrapped at words, with a margin to its left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from eventflow.subscribers.text import columns, escaped

__all__ = ("TypingLine",)

_UNITS: Final = re.compile(r"\n| *[^ \n]+")
_NARROWEST: Final = 20
_SLACK: Final = 6
"""A word that begins this near to the edge goes to the next line, for the rest of it may still be coming."""


class TypingLine:
    r"""Says what to write for each piece, so that the text stays inside its columns.

    Arguments:
        margin: what stands to the left of every line but the first.
        room: how many columns the text has.

    >>> line = TypingLine("| ", 20)
    >>> line.type("Streams come") + line.type(" in pie") + line.type("ces.\nNext")
    'Streams come\n| in pieces.\n| Next'
    """

    def __init__(self, margin: str, room: int) -> None:
        self._new_line = "\n" + margin
        self._room = max(room, _NARROWEST)
        self._column = 0
        self._begun = False
        self._spaces = ""
        """Those at the end of the last piece: they are written when a word follows on the same line."""

    def type(self, text: str) -> str:
        """What to write for the next piece."""
        text = self._spaces + text.replace("\r\n", "\n").replace("\t", "    ")
        if not self._begun:
            text = text.lstrip(" ")
            self._begun = bool(text)
        said = text.rstrip(" ")
        self._spaces = text[len(said) :]
        return "".join(part for unit in _UNITS.findall(said) for part in self._placed(unit))

    def _placed(self, unit: str) -> Iterator[str]:
        if unit == "\n":
            yield self._wrap()
            return
        word = unit.lstrip(" ")
        if word != unit and self._column + columns(unit) > self._room - _SLACK:
            yield self._wrap()
            unit = word
        for character in escaped(unit):
            if self._column + columns(character) > self._room:
                yield self._wrap()
            self._column += columns(character)
            yield character

    def _wrap(self) -> str:
        self._column = 0
        return self._new_line
