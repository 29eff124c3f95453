"""Strings, numbers and literals, wherever the chunks cut them.

A reader is a generator that is sent chunks and gives positions, None where there is nothing to tell. It is
started in the middle of a chunk, and returns what it read, with the chunk and the index at which it stopped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from typing import Any, TypeAlias, cast

from eventflow.jsonstream.rules import EndOfText, Fault, Kind, Rules
from eventflow.jsonstream.tree import NOTHING, Frame, Position

__all__ = (
    "CHANGED",
    "CONTROL",
    "NEWS",
    "Place",
    "Scalar",
    "number_at",
    "read_escapes",
    "read_literal",
    "read_number",
    "skip_space",
)

NEWS, CHANGED = 1, 3
"""What a chunk has brought so far: something was begun or finished; what is shown is another than before."""

Place: TypeAlias = tuple[Frame, int, str | None]
"""Where a value goes: into which frame, behind how many members, under which key."""

Scalar: TypeAlias = Generator[Position | None, str, tuple[Any, str, int, int]]
"""Returns the value, the chunk, the index in it, and what this chunk has brought."""

Longest: TypeAlias = Callable[[str, int], re.Match[str]]
"""Matches as much as it can, be it nothing."""


def _longest(pattern: str) -> Longest:
    return cast("Longest", re.compile(pattern).match)


skip_space = _longest(r"[ \t\n\r]*")

# ------------------------------------------------------------------------------------------------- strings

_SIMPLE = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SIMPLE_ESCAPES = {'"': _SIMPLE, "'": {**_SIMPLE, "'": "'"}}
"""What may follow a backslash, and what it means, in strings with these quotes."""
_HEX = "[0-9a-fA-F]"
_HIGH = rf"\\u[dD][89abAB]{_HEX}{{2}}"
_LOW = rf"\\u[dD][c-fC-F]{_HEX}{{2}}"
# The first half of a surrogate pair is certain to stand alone when what follows cannot be a second half.
_ALONE = r"(?=[^\\]|\\[^u]|\\u[^dD]|\\u[dD][^c-fC-F])"
# The longest beginning of an escape that can still become one.
_BEGUN = _longest(
    rf"\\(?:u(?:[dD][89abAB]{_HEX}{{2}}(?:\\(?:u(?:[dD](?:[c-fC-F]{_HEX}{{0,2}})?)?)?)?|{_HEX}{{0,4}}))?"
)
_ESCAPE = re.compile(rf"{_HIGH}{_LOW}|{_HIGH}{_ALONE}|(?!{_HIGH})\\u{_HEX}{{4}}").match
_STOP = {
    (quote, strict): re.compile(rf"[{quote}\\{control}]").search
    for quote in _SIMPLE_ESCAPES
    for strict, control in {False: "", True: r"\x00-\x1f"}.items()
}


CONTROL = re.compile(r"[\x00-\x1f]").search


def read_escapes(text: str, i: int, quote: str, strict: bool, parts: list[str]) -> tuple[int, bool]:
    """Read on in a string that has escapes.

    Returns where it ends, or where the rest of the chunk begins that can only be told with the next one; and
    whether the string is over.
    """
    stop = _STOP[quote, strict]
    append = parts.append
    simple = _SIMPLE_ESCAPES[quote]
    while True:
        match = stop(text, i)
        if match is None:
            if i < len(text):
                append(text[i:])
            return len(text), False
        end = match.start()
        if end > i:
            append(text[i:end])
        char = text[end]
        if char == quote:
            return end + 1, True
        if char != "\\":
            raise Fault(f"{char!r} must be escaped in a string", text, end)
        meaning = simple.get(text[end + 1 : end + 2])
        if meaning is not None:
            append(meaning)
            i = end + 2
            continue
        match = _ESCAPE(text, end)
        if match is None:
            begun = _BEGUN(text, end).end()
            if begun < len(text):
                raise Fault(f"{text[end : begun + 1]!r} is no escape", text, begun)
            return end, False
        append(_meaning(match[0]))
        i = match.end()


def _meaning(escape: str) -> str:
    """The character that a unicode escape, or two of them, stands for."""
    first = int(escape[2:6], 16)
    if len(escape) == 6:
        return chr(first)
    return chr(0x10000 + (first - 0xD800) * 0x400 + int(escape[8:], 16) - 0xDC00)


# ------------------------------------------------------------------------------------------------- numbers

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?").match
_BEGUN_NUMBER = _longest(r"-?(?:(?:0|[1-9][0-9]*)(?:\.(?:[0-9]+(?:[eE][+-]?[0-9]*)?)?|[eE][+-]?[0-9]*)?)?")
_DIGITS = "0123456789"
_IN_NUMBER = frozenset(_DIGITS + "+-.eE")
_GOES_ON = frozenset(".eE+-")


def number_at(text: str, i: int, rules: Rules) -> tuple[int | float, int] | None:
    """The number that begins at `i`, and where it ends, if this chunk has all of it and what comes after."""
    match = _NUMBER(text, i)
    if match is None:
        return None
    end = match.end()
    if end == len(text) or text[end] in _IN_NUMBER or end - i > rules.max_digits:
        return None
    return _number(match), end


def read_number(text: str, i: int, rules: Rules, place: Place, seen: int) -> Scalar:
    """Read a number from its first character."""
    frame, count, key = place
    shown = rules.numbers == "prefix"
    is_plain = text[i] in "123456789"  # and nothing but digits came so far, as in most numbers
    leaf: Any = NOTHING
    value: Any
    token = ""
    while True:
        done = len(token)
        piece = text[i:]
        token += piece
        rest = piece.lstrip(_DIGITS)
        end = len(token) - len(rest)
        is_plain = is_plain and rest[:1] not in _GOES_ON and end <= rules.max_digits
        if is_plain:
            value, is_whole = int(token[:end]), True
        else:
            match = _NUMBER(token)
            end = match.end() if match else 0
            if end < len(token):
                end = _BEGUN_NUMBER(token, 0).end()
            if end > rules.max_digits and end > (most := rules.max_digits + token.startswith("-")):
                reason = f"a number has more than {rules.max_digits} digits"
                raise _refused(reason, token, most, place, shown, "limit")
            value = _number(match) if match else NOTHING
            is_whole = match is not None and match.end() == end
        if end < len(token):
            break
        if shown and (value != leaf or value.__class__ is not leaf.__class__):
            leaf = value
            seen = CHANGED
        try:
            text = yield (frame, count, key, leaf, 0, seen > NEWS) if seen else None
        except EndOfText:
            if frame.closer or not is_whole:
                raise
            text, i, done, seen = "", 0, end, 0
            break
        i = seen = 0
    if not is_whole or token[end : end + 1] in _IN_NUMBER:
        raise _refused(f"{token[: end + 1]!r} is no number", token, end, place, shown)
    return value, text, i + end - done, seen | (NEWS if _is_same(value, leaf) else CHANGED)


def _refused(reason: str, token: str, index: int, place: Place, shown: bool, kind: Kind = "invalid") -> Fault:
    match = _NUMBER(token[:index]) if shown else None
    leaf = NOTHING if match is None else _number(match)
    return Fault(reason, token, index, kind, (*place, leaf, 0, True))


def _number(match: re.Match[str]) -> int | float:
    return float(match[0]) if match.lastindex else int(match[0])


def _is_same(one: object, other: object) -> bool:
    return type(one) is type(other) and one == other


# ------------------------------------------------------------------------------------------------ literals


def read_literal(text: str, i: int, rules: Rules, place: Place, seen: int) -> Scalar:
    """Read a literal from its first character."""
    word, value = rules.words[text[i]]
    leaf = value if rules.literals == "completed" else NOTHING
    if leaf is not NOTHING:
        seen = CHANGED
    done = 0
    while True:
        piece = text[i : i + len(word) - done]
        if not word.startswith(piece, done):
            same = next(n for n, char in enumerate(piece) if char != word[done + n])
            position = (*place, leaf, 0, True)
            reason = f"{piece[same]!r} cannot follow {word[: done + same]!r}"
            raise Fault(reason, text, i + same, position=position)
        done += len(piece)
        if done == len(word):
            return value, text, i + len(piece), seen | (CHANGED if leaf is NOTHING else NEWS)
        text = yield (*place, leaf, 0, seen > NEWS) if seen else None
        i = seen = 0
