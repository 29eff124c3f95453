"""Parsers of one value: yes or no, one of several, a date and time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Final, Generic, TypeVar

from pydantic import field_validator

from eventflow.errors import OutputParserException
from eventflow.parsers.base import BaseOutputParser

__all__ = ("BooleanOutputParser", "DatetimeOutputParser", "EnumOutputParser")

E = TypeVar("E", bound=Enum)

_EXAMPLES: Final = (timedelta(0), timedelta(days=-400, hours=-5), timedelta(days=1234, minutes=99))
"""How far from the first of the dates that are shown as examples."""


class BooleanOutputParser(BaseOutputParser[bool]):
    """Gives True or False, by the one of two words that is in an answer.

    Arguments:
        true_val: the word for True; small letters or capitals are the same.
        false_val: the word for False.

    Raises OutputParserException if both are there, or neither.

    >>> BooleanOutputParser().invoke("Yes, I think so.")
    True
    """

    true_val: str = "YES"
    false_val: str = "NO"

    @property
    def _type(self) -> str:
        return "boolean_output_parser"

    def parse(self, text: str) -> bool:
        """Make a bool of a text."""
        words = {word.upper() for word in re.findall(r"\w+", text)}
        true, false = (_is_in(value, words, text) for value in (self.true_val, self.false_val))
        if true == false:
            raise OutputParserException(
                f"the answer says {'both' if true else 'neither'} {self.true_val!r} {'and' if true else 'nor'} "
                f"{self.false_val!r}: {text!r}",
                llm_output=text,
            )
        return true

    def get_format_instructions(self) -> str:
        """Ask for one of the two words."""
        return f"Answer with {self.true_val} or {self.false_val}, and with nothing else."


def _is_in(value: str, words: set[str], text: str) -> bool:
    value = value.upper()
    return value in words or (re.fullmatch(r"\w+", value) is None and value in text.upper())


class EnumOutputParser(BaseOutputParser[E], Generic[E]):
    """Gives the member of an enum whose value an answer is.

    Arguments:
        enum: the enum; its values are texts.

    Raises OutputParserException if the answer is none of them.

    >>> class Colour(Enum):
    ...     RED = "red"
    ...     GREEN = "green"
    >>> EnumOutputParser(enum=Colour).invoke(" green ")
    <Colour.GREEN: 'green'>
    """

    enum: type[E]

    @field_validator("enum")
    @classmethod
    def _has_texts(cls, enum: type[E]) -> type[E]:
        for member in enum:
            if not isinstance(member.value, str):
                raise ValueError(f"{member} has {member.value!r}: give an enum whose values are texts")
        return enum

    @property
    def _type(self) -> str:
        return "enum"

    @property
    def OutputType(self) -> Any:
        return self.enum

    @property
    def _values(self) -> str:
        return ", ".join(member.value for member in self.enum)

    def parse(self, text: str) -> E:
        """Find the member that a text is the value of."""
        try:
            return self.enum(text.strip())
        except ValueError as error:
            raise OutputParserException(
                f"the answer {text!r} is not one of these: {self._values}", llm_output=text
            ) from error

    def get_format_instructions(self) -> str:
        """Ask for one of the values."""
        return f"Answer with one of these, and with nothing else: {self._values}"


class DatetimeOutputParser(BaseOutputParser[datetime]):
    """Gives the date and time that an answer is.

    Arguments:
        format: how it is written, as for `datetime.strptime`.

    Raises OutputParserException if the answer is not written so.

    >>> DatetimeOutputParser(format="%Y-%m-%d").invoke("1969-07-21")
    datetime.datetime(1969, 7, 21, 0, 0)
    """

    format: str = "%Y-%m-%dT%H:%M:%S.%fZ"

    @property
    def _type(self) -> str:
        return "datetime"

    def parse(self, text: str) -> datetime:
        """Read a text as date and time."""
        try:
            return datetime.strptime(text.strip(), self.format)
        except ValueError as error:
            raise OutputParserException(
                f"the answer {text!r} is not written as {self.format!r}: {error}", llm_output=text
            ) from error

    def get_format_instructions(self) -> str:
        """Ask for the format, and show dates that are written in it."""
        first = datetime(2024, 2, 29, 13, 37, 42, 123456, tzinfo=UTC)
        examples = ", ".join((first + distance).strftime(self.format) for distance in _EXAMPLES)
        return (
            f'Answer with a date and time in the format "{self.format}", and with nothing else.\n\n'
            f"For example: {examples}"
        )
