"""Parsers of lists: separated by commas, numbered, or with bullets.

Each item is given as soon as it is complete, and the work is linear in the text, however it is cut.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterator
from typing import Final

from eventflow.parsers.transform import Machine, MachineOutputParser

__all__ = (
    "CommaSeparatedListOutputParser",
    "ListOutputParser",
    "MarkdownListOutputParser",
    "NumberedListOutputParser",
)

Lists = list[list[str]]
"""Items, each in a list of its own: such lists add up to the whole."""


class ListOutputParser(MachineOutputParser[list[str]]):
    """Base of parsers that make a list of text: override `parse`.

    Streamed, it gives lists of one item each; one that overrides nothing but `parse` gives them at the end,
    when it has the whole.

    >>> class Words(ListOutputParser):
    ...     def parse(self, text: str) -> list[str]:
    ...         return text.split()
    >>> list(Words().transform(iter(["a b", "c d"])))
    [['a'], ['bc'], ['d']]
    """

    @abstractmethod
    def parse(self, text: str) -> list[str]:
        """Make a list of a text."""

    def _machine(self) -> Machine:
        return _Whole(self)


class CommaSeparatedListOutputParser(ListOutputParser):
    """Makes a list of text that is separated by commas, or line breaks; an item in double quotes may have both.

    >>> CommaSeparatedListOutputParser().invoke('red, "green, or so", blue')
    ['red', 'green, or so', 'blue']
    >>> list(CommaSeparatedListOutputParser().transform(iter(["red, gr", "een, blue"])))
    [['red'], ['green'], ['blue']]
    """

    @property
    def _type(self) -> str:
        return "comma-separated-list"

    def parse(self, text: str) -> list[str]:
        """Make a list of a text."""
        return _items(self._machine(), text)

    def _machine(self) -> Machine:
        return _BetweenCommas()

    def get_format_instructions(self) -> str:
        """Ask for items with commas between them."""
        return "Answer with a list of values that are separated by commas, like this: `foo, bar, baz`"


class NumberedListOutputParser(ListOutputParser):
    r"""Makes a list of the lines that begin with a number and a dot; what else there is does not matter.

    Arguments:
        pattern: what an item is in a line; its first group is what is given.

    >>> NumberedListOutputParser().invoke("Colours:\n1. red\n2. green")
    ['red', 'green']
    >>> list(NumberedListOutputParser().transform(iter(["1. re", "d\n2", ". green"])))
    [['red'], ['green']]
    """

    pattern: str = r"\d+\.\s([^\n]+)"

    @property
    def _type(self) -> str:
        return "numbered-list"

    def parse(self, text: str) -> list[str]:
        """Make a list of a text."""
        return _items(self._machine(), text)

    def parse_iter(self, text: str) -> Iterator[re.Match[str]]:
        """The items in a line."""
        return re.finditer(self.pattern, text)

    def _machine(self) -> Machine:
        return _InLines(self)

    def get_format_instructions(self) -> str:
        """Ask for a numbered list."""
        return "Answer with a numbered list, each item on a line of its own, like this:\n\n1. foo\n2. bar\n3. baz"


class MarkdownListOutputParser(NumberedListOutputParser):
    r"""Makes a list of the lines that begin with a bullet, `-` or `*`; what else there is does not matter.

    Arguments:
        pattern: what an item is in a line; its first group is what is given.

    >>> MarkdownListOutputParser().invoke("Colours:\n- red\n- green")
    ['red', 'green']
    """

    pattern: str = r"^\s*[-*]\s([^\n]+)$"

    @property
    def _type(self) -> str:
        return "markdown-list"

    def get_format_instructions(self) -> str:
        """Ask for a list with bullets."""
        return "Answer with a Markdown list, like this:\n\n- foo\n- bar\n- baz"


def _items(machine: Machine, text: str) -> list[str]:
    return [item for found in (machine.feed(text), machine.close()) for items in found for item in items]


class _Whole:
    """Waits for the whole text."""

    def __init__(self, parser: ListOutputParser) -> None:
        self._parser = parser
        self._pieces: list[str] = []

    def feed(self, text: str) -> Lists:
        self._pieces.append(text)
        return []

    def close(self) -> Lists:
        return [[item] for item in self._parser.parse("".join(self._pieces))]


class _InLines:
    """Finds items in lines as they are completed."""

    def __init__(self, parser: NumberedListOutputParser) -> None:
        self._parser = parser
        self._pieces: list[str] = []

    def feed(self, text: str) -> Lists:
        first, *others = text.split("\n")
        self._pieces.append(first)
        found: Lists = []
        for other in others:
            found += self.close()
            self._pieces = [other]
        return found

    def close(self) -> Lists:
        line = "".join(self._pieces).removesuffix("\r")
        return [[match.group(1)] for match in self._parser.parse_iter(line)]


_PART: Final = re.compile(r'[^",\r\n ]+|.', re.DOTALL)


class _BetweenCommas:
    """Reads what spreadsheets write, as `csv` does, but gives each item when it is complete."""

    def __init__(self) -> None:
        self._item: list[str] = []
        self._in_row = False
        self._place: str = "start"  # of an item, or "bare", "quoted", or at the "end" of a quotation

    def feed(self, text: str) -> Lists:
        found: Lists = []
        for part in _PART.findall(text):
            if self._place == "quoted":
                self._quoted(part)
            elif part in "\r\n":
                found += self.close()
            elif part == ",":
                self._in_row = True
                found += self.close()
                self._in_row = True
            else:
                self._unquoted(part)
        return found

    def close(self) -> Lists:
        found = [["".join(self._item)]] if self._in_row else []
        self._item, self._in_row, self._place = [], False, "start"
        return found

    def _quoted(self, part: str) -> None:
        if part == '"':
            self._place = "end"
        else:
            self._item.append(part)

    def _unquoted(self, part: str) -> None:
        self._in_row = True
        if part == '"' and self._place in ("start", "end"):
            if self._place == "end":  # two quotes are one
                self._item.append(part)
            self._place = "quoted"
        elif part != " " or self._place != "start":
            self._item.append(part)
            self._place = "bare"
