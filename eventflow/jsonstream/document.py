"""A text that is JSON and nothing else: one value, or several one after the other."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import suppress
from typing import TypeAlias, cast

from eventflow.jsonstream.machine import Reader, read_comment, read_value
from eventflow.jsonstream.rules import EndOfText, Fault, Rules
from eventflow.jsonstream.scalars import CHANGED, NEWS, skip_space
from eventflow.jsonstream.tree import NOTHING, Frame, Position

__all__ = ("Document", "close_values", "nothing_found", "read_document", "values_in")

Document: TypeAlias = Generator[Position | None, str, None]
"""Is sent chunks and gives positions. EndOfText is thrown in at the end, until it returns."""


def values_in(root: Frame, rules: Rules) -> Frame:
    """The frame that takes the values: `root`, or an array in it if there may be several."""
    return Frame("", [], root) if rules.many else root


def read_document(root: Frame, rules: Rules) -> Document:
    """Read values with nothing but white space between them.

    Raises Fault at the first character that cannot be.
    """
    values = values_in(root, rules)
    text, i, seen = "", 0, 0
    while True:
        try:
            text, i, seen = yield from _skip(text, i, values, seen, rules)
        except EndOfText:
            break
        if values.members and not rules.many:
            position = (root, 1, None, NOTHING, 0, False)
            raise Fault("the text goes on after the value", text, i, position=position)
        text, i, seen = yield from read_value(text, i, values, rules, seen)
    if rules.many:
        yield from close_values(values)
    elif not values.members:
        raise nothing_found()


def close_values(values: Frame) -> Document:
    """End the array of several values."""
    root = cast("Frame", values.parent)
    seen = NEWS if values.members else CHANGED
    root.members.append(values.members)
    with suppress(EndOfText):
        yield (root, 1, None, NOTHING, 0, seen > NEWS)


def nothing_found() -> Fault:
    """What a text without a value ends with; what looked like one and was shown is shown no more."""
    position = (Frame("", []), 0, None, NOTHING, 0, False)
    return Fault("there is no JSON value", "", 0, "truncated", position)


def _skip(text: str, i: int, values: Frame, seen: int, rules: Rules) -> Reader:
    """Go to the first character that is no white space, and in no comment."""
    while True:
        position = (values, len(values.members), None, NOTHING, 0, seen > NEWS)
        i = skip_space(text, i).end()
        if i == len(text):
            text = yield position if seen else None
            i = seen = 0
        elif rules.repair and text[i] in "/#":
            text, i, seen = yield from read_comment(text, i, position, seen)
        else:
            return text, i, seen
