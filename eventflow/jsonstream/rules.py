"""What is accepted and what is shown: the options of a stream, in the form in which the reading uses them."""

from __future__ import annotations

import sys
from typing import Any, Literal, TypeAlias, TypeVar, get_args

from eventflow.jsonstream.tree import Position

__all__ = (
    "MAX_DEPTH",
    "EndOfText",
    "Expected",
    "Fault",
    "Find",
    "Kind",
    "Literals",
    "Rules",
    "Whole",
    "at_least_one",
)

T = TypeVar("T")

MAX_DEPTH = 512
"""How deep arrays and objects may nest, unless it is said otherwise."""

Whole: TypeAlias = Literal["prefix", "closed"]
Literals: TypeAlias = Literal["closed", "completed"]
Find: TypeAlias = Literal["document", "fenced", "anywhere"]
Kind: TypeAlias = Literal["invalid", "limit", "truncated"]

_FIND: tuple[Find, ...] = get_args(Find)
_WHOLE: tuple[Whole, ...] = get_args(Whole)
_LITERALS: tuple[Literals, ...] = get_args(Literals)

Words: TypeAlias = dict[str, tuple[str, Any]]
"""By their first letter: the literals, and what they mean."""

_JSON: Words = {"t": ("true", True), "f": ("false", False), "n": ("null", None)}
_PYTHON_AND_JSON: Words = {**_JSON, "T": ("True", True), "F": ("False", False), "N": ("None", None)}


class Expected:
    """What may come next."""

    COMMA = 0  # or the end of the array or object
    COLON = 1
    KEY = 2
    FIRST_KEY = 3
    VALUE = 4
    ITEM = 5  # after a comma in an array
    FIRST_ITEM = 6


_CLOSABLE = frozenset({Expected.COMMA, Expected.FIRST_KEY, Expected.FIRST_ITEM})
"""What is expected where an array or object may end instead."""

_CLOSABLE_AFTER_COMMA = _CLOSABLE | {Expected.KEY, Expected.ITEM}


class EndOfText(Exception):
    """Thrown into a reader instead of a next chunk."""


class Fault(Exception):
    """The text cannot go on like this.

    Arguments:
        reason: in words.
        text: the chunk; what was held back of the chunk before may stand in front of it.
        index: of the first character that cannot be.
        kind: what is wrong.

    `position` is where the reading stood.
    """

    def __init__(
        self, reason: str, text: str, index: int, kind: Kind = "invalid", position: Position | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = text
        self.index = index
        self.kind: Kind = kind
        self.position = position


class Rules:
    """The options of `JsonStream`, which explains them."""

    __slots__ = (
        "closable",
        "find",
        "literals",
        "many",
        "max_depth",
        "max_digits",
        "numbers",
        "quotes",
        "repair",
        "strict",
        "strings",
        "words",
    )

    def __init__(
        self,
        *,
        find: Find,
        many: bool,
        strings: Whole,
        numbers: Whole,
        literals: Literals,
        strict: bool,
        repair: bool,
        max_depth: int,
        max_digits: int,
    ) -> None:
        self.find = _one_of("find", find, _FIND)
        self.many = many
        self.strings = _one_of("strings", strings, _WHOLE)
        self.numbers = _one_of("numbers", numbers, _WHOLE)
        self.literals = _one_of("literals", literals, _LITERALS)
        self.strict = strict
        self.repair = repair
        self.max_depth = at_least_one("max_depth", max_depth)
        # The interpreter has a limit of its own for the digits of an int; 0 is none.
        self.max_digits = min(
            at_least_one("max_digits", max_digits), sys.get_int_max_str_digits() or max_digits
        )
        self.quotes = "\"'" if repair else '"'
        self.words = _PYTHON_AND_JSON if repair else _JSON
        self.closable = _CLOSABLE_AFTER_COMMA if repair else _CLOSABLE


def _one_of(name: str, value: T, allowed: tuple[T, ...]) -> T:
    if value not in allowed:
        raise ValueError(f"{name}={value!r}: use one of {', '.join(map(repr, allowed))}")
    return value


def at_least_one(name: str, value: object) -> int:
    """A limit. Raises ValueError if it is none."""
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"{name}={value!r}: give a whole number from 1 on")
    return value
