"""The grammar of JSON as a generator: its state is where it stands in its own code."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeAlias, cast

from eventflow.jsonstream.rules import EndOfText, Expected, Fault, Rules
from eventflow.jsonstream.scalars import (
    CHANGED,
    CONTROL,
    NEWS,
    number_at,
    read_escapes,
    read_literal,
    read_number,
    skip_space,
)
from eventflow.jsonstream.tree import NOTHING, Frame, Position, Text

__all__ = ("Reader", "read_comment", "read_value", "too_deep")

Reader: TypeAlias = Generator[Position | None, str, tuple[str, int, int]]
"""Is sent chunks and gives positions; returns the chunk, the index behind what it read, and what the chunk has
brought (`NEWS`, `CHANGED` or 0)."""

_SPACE = frozenset(" \t\n\r")
_OPENING = frozenset("{[")
_NUMBERS = frozenset("-0123456789")

COMMA, COLON, KEY, FIRST_KEY = Expected.COMMA, Expected.COLON, Expected.KEY, Expected.FIRST_KEY
VALUE, ITEM, FIRST_ITEM = Expected.VALUE, Expected.ITEM, Expected.FIRST_ITEM

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
    words, closable, strict = rules.words, rules.closable, rules.strict
    quotes = rules.quotes
    strings_shown = rules.strings == "prefix"
    frame, members, closer = root, root.members, root.closer
    count = len(members)
    key: str | None = None  # of the value that is read, if it is in an object
    expected = VALUE
    value: Any
    leaf: Any
    parts: list[str]
    try:
        while True:
            if i >= len(text):
                text = yield (frame, count, None, NOTHING, 0, seen > NEWS) if seen else None
                i = seen = 0
                continue
            char = text[i]
            if char in quotes and expected >= KEY:
                root.quoted = True
                i += 1
                end = text.find(char, i)
                piece = text[i:end] if end >= 0 else text[i:]
                if end >= 0 and "\\" not in piece and not (strict and CONTROL(piece)):
                    i = end + 1
                    value = piece
                    if expected >= VALUE:
                        seen = CHANGED
                else:
                    # It is cut, or has escapes. Most chunks end here, and most are plain.
                    if strings_shown and expected >= VALUE:
                        leaf = parts = Text()
                        seen = grown = CHANGED
                    else:
                        leaf, parts = NOTHING, []
                        grown = 0
                    while True:
                        held = ""
                        if "\\" in piece or (strict and CONTROL(piece)):
                            before = len(parts)
                            try:
                                i, is_over = read_escapes(text, i, char, strict, parts)
                            except Fault as fault:
                                fault.position = (frame, count, key, leaf, len(parts), True)
                                raise
                            if len(parts) > before:
                                seen |= grown
                            if is_over:
                                break
                            held = text[i:]
                        else:
                            if piece:
                                parts.append(piece)
                                seen |= grown
                            if end >= 0:
                                i = end + 1
                                break
                        text = yield (frame, count, key, leaf, len(parts), seen > NEWS) if seen else None
                        if held:
                            text = held + text
                        i = seen = 0
                        end = text.find(char) if char in text else -1
                        piece = text[:end] if end >= 0 else text
                    value = "".join(parts)
                    if expected >= VALUE:
                        seen |= NEWS if strings_shown else CHANGED
                if expected < VALUE:
                    key = value
                    expected = COLON
                    continue
            elif char in _SPACE:
                i = skip_space(text, i).end() if char == "\n" else i + 1
                continue
            elif char == "," and expected == COMMA:
                i += 1
                expected = KEY if closer == "}" else ITEM
                continue
            elif char == ":" and expected == COLON:
                i += 1
                expected = VALUE
                continue
            elif char == closer and expected in closable:
                i += 1
                frame.is_closed = True
                value, key, count = members, frame.key, frame.place
                frame = cast("Frame", frame.parent)
                members, closer = frame.members, frame.closer
                seen |= NEWS
            elif char in _OPENING and expected >= VALUE:
                if frame.depth == rules.max_depth:
                    raise too_deep(rules.max_depth, text, i)
                i += 1
                is_object = char == "{"
                frame = Frame("}" if is_object else "]", {} if is_object else [], frame, key, count)
                members, closer = frame.members, frame.closer
                count = 0
                key = None
                expected = FIRST_KEY if is_object else FIRST_ITEM
                seen = CHANGED
                continue
            elif char in _NUMBERS and expected >= VALUE:
                number = number_at(text, i, rules)
                if number is not None:
                    value, i = number
                    seen = CHANGED
                else:
                    value, text, i, seen = yield from read_number(text, i, rules, (frame, count, key), seen)
            elif char in words and expected >= VALUE:
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
                frame.order.append((key, value))  # before the members: see value_at
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


def too_deep(max_depth: int, text: str, i: int) -> Fault:
    return Fault(f"arrays and objects nest deeper than {max_depth}", text, i, "limit")


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
            raise Fault(f"{text[i]!r} cannot follow '/'", text, i, position=position)
    end = "*/" if opening == "/*" else "\n"
    while (found := text.find(end, i)) < 0:
        held = "*" if end == "*/" and text.endswith("*", i) else ""
        text = held + (yield position if seen else None)
        i = seen = 0
    return text, found + len(end), seen
