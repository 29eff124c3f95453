"""The grammar of JSON as a generator: its state is where it stands in its own code."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias, cast

from eventflow.jsonstream.rules import EndOfText, Expected, Fault, Rules
from eventflow.jsonstream.scalars import (
    CHANGED,
    NEWS,
    number_at,
    read_literal,
    read_number,
    read_string,
    skip_space,
    string_at,
)
from eventflow.jsonstream.tree import NOTHING, Frame, Position

__all__ = ("Reader", "read_comment", "read_value")

Reader: TypeAlias = Generator[Position | None, str, tuple[str, int, int]]
"""Is sent chunks and gives positions; returns the chunk, the index behind what it read, and what the chunk has
brought (`NEWS`, `CHANGED` or 0)."""

_SPACE = frozenset(" \t\n\r")
_OPENING = frozenset("{[")
_NUMBERS = frozenset("-0123456789")

COMMA, COLON, KEY, VALUE = Expected.COMMA, Expected.COLON, Expected.KEY, Expected.VALUE
ITEM, FIRST_KEY, FIRST_ITEM = Expected.ITEM, Expected.FIRST_KEY, Expected.FIRST_ITEM

_KEYS = frozenset({KEY, FIRST_KEY})
_VALUES = frozenset({VALUE, ITEM, FIRST_ITEM})
_WANTED = {
    COMMA: "',' or the end of the array or object",
    COLON: "':'",
    KEY: "a key in double quotes",
    VALUE: "a value",
    ITEM: "a value",
    FIRST_KEY: "a key in double quotes or '}'",
    FIRST_ITEM: "a value or ']'",
}


def read_value(text: str, i: int, root: Frame, rules: Rules, seen: int) -> Reader:
    """Read one value, from `i` on, into the members of `root`. `seen` is what this chunk has brought before.

    Raises Fault at the first character that no JSON text can have there.
    """
    quotes, words, closable = rules.quotes, rules.words, rules.closable
    strict = rules.strict
    strings_shown = rules.strings == "prefix"
    frame, members, closer = root, root.members, root.closer
    count = len(members)
    key: str | None = None  # of the value that is read, if it is in an object
    expected = VALUE
    value: Any
    try:
        while True:
            if i >= len(text):
                text = yield (frame, count, None, NOTHING, 0, seen > NEWS) if seen else None
                i = seen = 0
                continue
            char = text[i]
            if char in _SPACE:
                i += 1
                if text.startswith("  ", i):
                    i = skip_space(text, i).end()
                continue

            if char in quotes and expected != COMMA and expected != COLON:
                root.quoted = True
                is_key = expected in _KEYS
                value = string_at(text, i + 1, strict) if char == '"' else None
                whole = value is not None
                if whole:
                    i += len(value) + 2
                else:
                    value, text, i, seen = yield from read_string(
                        text, i + 1, char, rules, (frame, count, key), seen, strings_shown and not is_key
                    )
                if is_key:
                    key = value
                    expected = COLON
                    continue
                seen |= CHANGED if whole or not strings_shown else NEWS
            elif char == closer and expected in closable:
                i += 1
                value, key, count = members, frame.key, frame.place
                frame = cast("Frame", frame.parent)
                members, closer = frame.members, frame.closer
                seen |= NEWS
            elif char == "," and expected == COMMA:
                i += 2 if text.startswith(" ", i + 1) else 1
                expected = KEY if closer == "}" else ITEM
                continue
            elif char == ":" and expected == COLON:
                i += 2 if text.startswith(" ", i + 1) else 1
                expected = VALUE
                continue
            elif char in _OPENING and expected in _VALUES:
                if frame.depth == rules.max_depth:
                    raise Fault(f"arrays and objects nest deeper than {rules.max_depth}", text, i, "limit")
                i += 1
                is_object = char == "{"
                frame = Frame("}" if is_object else "]", {} if is_object else [], frame, key, count)
                members, closer = frame.members, frame.closer
                count = 0
                key = None
                expected = FIRST_KEY if is_object else FIRST_ITEM
                seen = CHANGED
                continue
            elif char in _NUMBERS and expected in _VALUES:
                number = number_at(text, i, rules)
                if number is not None:
                    value, i = number
                    seen = CHANGED
                else:
                    value, text, i, seen = yield from read_number(text, i, rules, (frame, count, key), seen)
            elif char in words and expected in _VALUES:
                word, value = words[char]
                if text.startswith(word, i):
                    i += len(word)
                    seen = CHANGED
                else:
                    value, text, i, seen = yield from read_literal(text, i, rules, (frame, count, key), seen)
            elif char in "/#" and rules.repair:
                position = (frame, count, None, NOTHING, 0, seen > NEWS)
                text, i, seen = yield from read_comment(text, i, position, seen)
                continue
            else:
                raise Fault(f"expected {_WANTED[expected]}, not {char!r}", text, i)

            # A value is finished.
            if key is None:
                members.append(value)
            else:
                frame.pairs.append((key, value))  # before the members: see value_at
                members[key] = value
                key = None
            count += 1
            expected = COMMA
            if frame is root:
                return text, i, seen
    except EndOfText:
        raise Fault("the text ends before the value does", text, len(text), "truncated") from None
    except Fault as fault:
        fault.position = fault.position or (frame, count, None, NOTHING, 0, False)
        raise


def read_comment(text: str, i: int, position: Position, seen: int) -> Reader:
    """Read a comment: `/* to here */`, or from `//` or `#` to the end of the line."""
    opening = text[i]
    i += 1
    while opening == "/":
        if i == len(text):
            text = yield position if seen else None
            i = seen = 0
        elif text[i] in "/*":
            opening += text[i]
            i += 1
        else:
            raise Fault(f"{text[i]!r} cannot follow '/'", text, i)
    end = "*/" if opening == "/*" else "\n"
    while (found := text.find(end, i)) < 0:
        held = "*" if end == "*/" and text.endswith("*", i) else ""
        text = held + (yield position if seen else None)
        i = seen = 0
    return text, found + len(end), seen
