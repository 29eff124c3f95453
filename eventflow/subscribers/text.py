"""Any value as one short line of text that cannot disturb a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Final, cast

from eventflow.messages import BaseMessage, PromptValue

__all__ = ("columns", "escaped", "repr_of", "shortened", "shown", "text_of")

_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls (also those that begin escape sequences), invisible formats and line ends, by Unicode category."""

_JOINERS: Final = frozenset("\u200c\u200d")
"""Formats that Persian, Indian scripts and emoji are written with."""

_MOST_ITEMS: Final = 8
_MOST_LEVELS: Final = 4


def escaped(text: str) -> str:
    r"""`text` with all that could move the cursor, change colours or hide something written out.

    >>> print(escaped("a\x1b[31mb\n"))
    a\x1b[31mb\n
    """
    if text.isprintable():
        return text
    return "".join(_escaped(c) if unicodedata.category(c) in _UNSAFE else c for c in text)


def _escaped(character: str) -> str:
    if character in _JOINERS:
        return character
    return character.encode("unicode_escape").decode("ascii")


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes; Chinese, Japanese and Korean letters and emoji take two.

    >>> columns("ab"), columns("語")
    (2, 2)
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character) or character in _JOINERS:
        return 0
    return 1 + (unicodedata.east_asian_width(character) in "WF")


def shortened(text: str, most: int) -> str:
    """The first `most` characters of `text`, the last of them … if there were more.

    >>> shortened("streaming", 6)
    'strea…'
    """
    return text if len(text) <= most else text[: max(most - 1, 0)] + "…"


def text_of(value: object) -> str:
    """`str(value)`, also when that raises."""
    try:
        return str.__str__(value) if isinstance(value, str) else str(value)
    except Exception as error:
        return _unshowable(value, error)


def repr_of(value: object, most: int) -> str:
    """The first `most` characters of `repr(value)`, also when that raises."""
    try:
        return shortened(repr(value[:most] if isinstance(value, (bytes, bytearray)) else value), most)
    except Exception as error:
        return _unshowable(value, error)


def _unshowable(value: object, error: Exception) -> str:
    return f"<{type(value).__name__}, whose text raises {type(error).__name__}>"


def shown(value: object, most: int) -> str:
    """A value on one line of at most `most` characters; only what is shown of it is looked at.

    >>> from eventflow import HumanMessage
    >>> shown({"question": "Why?", "history": [HumanMessage("Hi")]}, 60)
    '{question: "Why?", history: human: Hi}'
    >>> shown("a" * 100, 10)
    '"aaaaaaaa…'
    """
    try:
        text = _shown(value, most, _MOST_LEVELS)
    except Exception as error:  # of a container or message of the user's own
        text = _unshowable(value, error)
    return shortened(escaped(text), most)


def _shown(value: object, most: int, levels: int) -> str:
    if isinstance(value, str):
        return f'"{shortened(text_of(value), most)}"'
    if isinstance(value, BaseMessage):
        return _said([value], most)
    if isinstance(value, PromptValue):
        return _said(value.to_messages()[:_MOST_ITEMS], most)
    if isinstance(value, Mapping):
        return _mapping(cast("Mapping[object, Any]", value), most, levels)
    if isinstance(value, (list, tuple)):
        return _items(cast("Sequence[Any]", value), most, levels)
    return repr_of(value, most)


def _said(messages: Sequence[BaseMessage], most: int) -> str:
    """Messages as a conversation is written down."""
    return " · ".join(
        f"{_speaker(message)}: {shortened(_words(message, most), most)}" for message in messages
    )


def _speaker(message: BaseMessage) -> str:
    return message.type.removesuffix("MessageChunk").lower()


def _words(message: BaseMessage, most: int) -> str:
    """What a message says; if it says nothing, the tools that it calls."""
    calls = getattr(message, "tool_calls", ())
    return message.text or ", ".join(
        f"{call['name']}({_shown(call['args'], most, _MOST_LEVELS)})" for call in calls
    )


def _mapping(value: Mapping[Any, Any], most: int, levels: int) -> str:
    if not levels:
        return "{…}"
    shown_items = [
        f"{shortened(text_of(key), most)}: {_shown(item, most, levels - 1)}"
        for key, item in islice(value.items(), _MOST_ITEMS)
    ]
    return "{" + ", ".join(shown_items + ["…"] * (len(value) > _MOST_ITEMS)) + "}"


def _items(value: Sequence[Any], most: int, levels: int) -> str:
    if value and all(isinstance(item, BaseMessage) for item in value[:_MOST_ITEMS]):
        return _said(value[:_MOST_ITEMS], most)
    if not levels:
        return "[…]"
    shown_items = [_shown(item, most, levels - 1) for item in value[:_MOST_ITEMS]]
    return "[" + ", ".join(shown_items + ["…"] * (len(value) > _MOST_ITEMS)) + "]"
