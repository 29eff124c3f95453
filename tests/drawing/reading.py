"""Reads a picture back: follows its lines as a person would, to prove that they say what the graph says."""

import re
from collections.abc import Iterable, Iterator

Read = tuple[str, str, str, bool]
"""Source, target, label, dotted."""


class Picture:
    """The characters of a picture, with its boxes found and its labels turned into pieces of line."""

    def __init__(self, text: str, names: Iterable[str], labels: Iterable[str]) -> None:
        rows = text.split("\n")
        self.cells = {
            (row, column): cell for row, line in enumerate(rows) for column, cell in enumerate(line)
        }
        self.boxes = {name: self._find(rf"\| +{name} +\|", rows) for name in names}
        self.labels: dict[tuple[int, int], str] = {}
        for label in labels:
            row, start, end = self._find(rf"(?<!\w){label}(?!\w)", rows)
            middle = start + len(label) // 2
            self.cells |= {(row, column): " " for column in range(start, end)}
            self.cells[row, middle] = self.at(row - 1, middle)
            self.labels[row, middle] = label

    def at(self, row: int, column: int) -> str:
        return self.cells.get((row, column), " ")

    def edges(self) -> set[Read]:
        """Every way from a box along its lines to a head."""
        return {
            (name, target, label, dotted)
            for name, (row, start, end) in self.boxes.items()
            for down in (1, -1)
            for column in range(start + 1, end - 1)
            if (line := self.at(row + 2 * down, column)) in ("|", ":")
            for target, label, dotted in self._follow(row + 2 * down, column, down, line)
        }

    def loops(self) -> dict[str, tuple[str, bool]]:
        """What stands right of each box that has an edge to itself."""
        found: dict[str, tuple[str, bool]] = {}
        for name, (row, _, end) in self.boxes.items():
            if self.at(row, end) == "*":
                tail = "".join(self.at(row, column) for column in range(end, end + 99))
                mark, label = re.fullmatch(r"\*([-.])\+(?: (\w+(?:, \w+)*))?(?:  .*| *)", tail).groups()
                assert [self.at(row + 1, end + column) for column in range(3)] == [mark, mark, "+"]
                found[name] = label or "", mark == "."
        return found

    def _find(self, pattern: str, rows: list[str]) -> tuple[int, int, int]:
        """The row, the first column and the one after the last, of what is there exactly once."""
        [found] = [(row, match) for row, line in enumerate(rows) for match in re.finditer(pattern, line)]
        return found[0], found[1].start(), found[1].end()

    def _follow(self, row: int, column: int, down: int, line: str) -> Iterator[tuple[str, str, bool]]:
        """Go with the line, downwards or upwards and never back; at a fork go every way."""
        level = {"|": "-", ":": "."}[line]
        ways = [(row, column, "")]
        while ways:
            row, column, label = ways.pop()
            label = self.labels.get((row, column), label)
            cell = self.at(row, column)
            if cell == "*":
                yield self._box_at(row + down, column), label, line == ":"
            elif cell == line:
                ways.append((row + down, column, label))
            elif cell == "+":
                corners = [(row + down, end, label) for end in self._along(row, column, level)]
                ways += [way for way in corners if self.at(*way[:2]) in (line, "+", "*")]
            else:
                raise AssertionError(f"the line ends at {row}, {column}, in {cell!r}")

    def _along(self, row: int, column: int, level: str) -> Iterator[int]:
        """The corners and forks of the level line through a corner; what crosses it, crosses it."""
        yield column
        for step in (1, -1):
            end = column + step
            while self.at(row, end) in (level, "|", ":", "+"):
                if self.at(row, end) == "+":
                    yield end
                end += step

    def _box_at(self, row: int, column: int) -> str:
        [name] = [
            name
            for name, (middle, start, end) in self.boxes.items()
            if abs(middle - row) == 1 and start < column < end - 1
        ]
        return name
