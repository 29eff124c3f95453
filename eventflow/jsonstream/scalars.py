"""Strings, numbers and literals, wherever the chunks cut them.

Each reader is a generator that is sent chunks and gives positions, None where there is nothing to tell. It is
started in the middle of a chunk, and returns what it read, with the chunk and the index at which it stopped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from typing import Any, TypeAlias, cast

from eventflow.jsonstream.rules import EndOfText, Fault, Kind, Rules
from eventflow.jsonstream.tree import NOTHING, Frame, Position, Text

__all__ = (
    "CHANGED",
    "NEWS",
    "Place",
    "Scalar",
    "number_at",
    "read_literal",
    "read_number",
    "read_string",
    "skip_space",
    "string_at",
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

_SIMPLE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HEX = "[0-9a-fA-F]"
_HIGH = rf"\\u[dD][89abAB]{_HEX}{{2}}"
_LOW = rf"\\u[dD][c-fC-F]{_HEX}{{2}}"
# The first half of a surrogate pair is certain to stand alone when what follows cannot be a second half.
_ALONE = r"(?=[^\\]|\\[^u]|\\u[^dD]|\\u[dD][^c-fC-F])"
# The longest beginning of an escape that can still become one.
_BEGUN = _longest(
    rf"\\(?:u(?:[dD][89abAB]{_HEX}{{2}}(?:\\(?:u(?:[dD](?:[c-fC-F]{_HEX}{{0,2}})?)?)?)?|{_HEX}{{0,4}}))?"
)
_SIMPLE_ESCAPE = {'"': r'["\\/bfnrt]', "'": r"[\"\\/bfnrt']"}
_ESCAPE = {
    quote: re.compile(rf"\\{simple}|{_HIGH}{_LOW}|{_HIGH}{_ALONE}|(?!{_HIGH})\\u{_HEX}{{4}}").match
    for quote, simple in _SIMPLE_ESCAPE.items()
}
_STOP = {
    (quote, strict): re.compile(rf"[{quote}\\{control}]").search
    for quote in _SIMPLE_ESCAPE
    for strict, control in {False: "", True: r"\x00-\x1f"}.items()
}


def string_at(text: str, i: int, strict: bool) -> str | None:
    """The string that begins behind the quote at `i - 1`, if it has no escapes and this chunk has all of it."""
    end = text.find('"', i)
    if end < 0:
        return None
    string = text[i:end]
    if "\\" in string or (strict and _STOP['"', True](string)):
        return None
    return string


def read_string(text: str, i: int, quote: str, rules: Rules, place: Place, seen: int, shown: bool) -> Scalar:
    """Read a string from behind its quote."""
    stop = _STOP[quote, rules.strict]
    frame, count, key = place
    leaf: Any = Text() if shown else NOTHING
    parts: list[str] = leaf.parts if shown else []
    append = parts.append
    grown = CHANGED if shown else 0
    seen |= grown
    while True:
        match = stop(text, i)
        if match is None:
            if i < len(text):
                append(text[i:] if i else text)
                seen |= grown
            text = yield (frame, count, key, leaf, len(parts), seen > NEWS) if seen else None
            i = seen = 0
            continue
        end = match.start()
        if end > i:
            append(text[i:end])
            seen |= grown
        if text[end] == quote:
            return "".join(parts), text, end + 1, seen
        if text[end] != "\\":
            position = (frame, count, key, leaf, len(parts), True)
            raise Fault(f"{text[end]!r} must be escaped in a string", text, end, position=position)
        match = _ESCAPE[quote](text, end)
        if match is not None:
            append(_meaning(match[0]))
            seen |= grown
            i = match.end()
        else:
            begun = _BEGUN(text, end).end()
            if begun < len(text):
                position = (frame, count, key, leaf, len(parts), True)
                raise Fault(f"{text[end : begun + 1]!r} is no escape", text, begun, position=position)
            text = text[end:] + (yield (frame, count, key, leaf, len(parts), seen > NEWS) if seen else None)
            i = seen = 0


def _meaning(escape: str) -> str:
    """The character that an escape stands for."""
    if len(escape) == 2:
        return _SIMPLE.get(escape[1], escape[1])
    first = int(escape[2:6], 16)
    if len(escape) == 6:
        return chr(first)
    return chr(0x10000 + (first - 0xD800) * 0x400 + int(escape[8:], 16) - 0xDC00)


# ------------------------------------------------------------------------------------------------- numbers

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?").match
_BEGUN_NUMBER = _longest(r"-?(?:(?:0|[1-9][0-9]*)(?:\.(?:[0-9]+(?:[eE][+-]?[0-9]*)?)?|[eE][+-]?[0-9]*)?)?")
_IN_NUMBER = frozenset("0123456789+-.eE")


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
    leaf: Any = NOTHING
    token = ""
    while True:
        done = len(token)
        token += text[i:]
        match = _NUMBER(token)
        end = match.end() if match else 0
        if end < len(token):
            end = _BEGUN_NUMBER(token, 0).end()
        if end > rules.max_digits and end > (most := rules.max_digits + token.startswith("-")):
            reason = f"a number has more than {rules.max_digits} digits"
            raise _refused(reason, token, most, place, shown, "limit")
        value: Any = NOTHING if match is None else float(match[0]) if match.lastindex else int(match[0])
        if end < len(token):
            break
        if shown and (value != leaf or value.__class__ is not leaf.__class__):
            leaf = value
            seen = CHANGED
        try:
            text = yield (frame, count, key, leaf, 0, seen > NEWS) if seen else None
        except EndOfText:
            if frame.closer or match is None or match.end() < end:
                raise
            text, i, done, seen = "", 0, end, 0
            break
        i = seen = 0
    if match is None or match.end() < end or token[end : end + 1] in _IN_NUMBER:
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
        for char in piece:
            if char != word[done]:
                position = (*place, leaf, 0, True)
                raise Fault(f"{char!r} cannot follow {word[:done]!r}", text, i, position=position)
            done += 1
            i += 1
        if done == len(word):
            return value, text, i, seen | (CHANGED if leaf is NOTHING else NEWS)
        text = yield (*place, leaf, 0, seen > NEWS) if seen else None
        i = seen = 0
