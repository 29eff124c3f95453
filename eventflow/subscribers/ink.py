"""Colours of a terminal, and whether to use them."""

from __future__ import annotations

import os
from typing import Final, Literal, NamedTuple, TextIO, TypeAlias

__all__ = ("Shade", "Span", "is_terminal", "painted", "wants_color")

Shade: TypeAlias = Literal["plain", "bold", "dim", "red", "green", "yellow", "blue", "magenta", "cyan"]

_CODES: Final[dict[Shade, str]] = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}


class Span(NamedTuple):
    """A piece of a line, and how it is painted."""

    text: str
    shade: Shade = "plain"


def painted(span: Span, color: bool) -> str:
    r"""The text of a span, with its colour if `color`.

    >>> painted(Span("no", "red"), True), painted(Span("no", "red"), False)
    ('\x1b[31mno\x1b[0m', 'no')
    """
    code = _CODES.get(span.shade) if color and span.text else None
    return span.text if code is None else f"\x1b[{code}m{span.text}\x1b[0m"


def wants_color(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that shows colours, and the user has not set NO_COLOR."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream)


def is_terminal(stream: TextIO) -> bool:
    """Whether somebody looks at what is written to `stream` as it comes."""
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # not quite a file, or closed
        return False
