"""Prints what JSON costs while it is written: long and short texts, in chunks of all sizes, read in three ways.

    python -m benchmarks.json_table [--quick]
    python -m benchmarks.json_table --markdown docs/performance-json.md      # into the page, too

Beside it stand LangChain and jiter, which parse all that has come so far after each chunk. The whole would take
them hours, so their cost is that of a few beginnings of the text, and marked with ~. "times" is the time for all
values, divided by that of one `json.loads` of the finished text.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import tables
from benchmarks.json_rows import SIZE, document, not_read, operations, pieces, with_values

KINDS = ("records", "prose", "one string")
LENGTHS = (10_000, 100_000, 1_000_000)
CHUNKS = (1, SIZE, 64, 1_024)
BEGINNINGS = 6
"""So many of a text are parsed to know what all of them cost."""


@dataclass(frozen=True)
class Cost:
    """What a chunk costs, in seconds."""

    kind: str
    length: int
    size: int
    unread: float
    value: float
    changes: float
    once: float
    """One `json.loads` of the whole, for each chunk."""
    jiter: float | None
    langchain: float | None

    @property
    def cells(self) -> tuple[str, ...]:
        """A row of the table."""
        return (
            self.kind,
            f"{self.length // 1000:,}",
            f"{self.size:,}",
            *(f"{seconds * 1e6:.2f}" for seconds in (self.unread, self.value, self.changes)),
            f"{self.value / self.once:,.1f}x",
            _about(self.jiter),
            _about(self.langchain),
            "" if self.langchain is None else f"{self.langchain / self.value:,.0f}x",
        )


HEADS = ("text", "kB", "chunk", "unread", "a value", "its changes", "times", "jiter", "LangChain", "faster")
_WIDTHS = (10, 6, 6, 8, 8, 12, 9, 10, 10, 11)


def best(call: Callable[[], object], rounds: int) -> float:
    """The shortest of a few times, in seconds."""
    times: list[float] = []
    for _ in range(rounds):
        gc.collect()
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def beginnings(text: str) -> Iterator[str]:
    """Texts cut off in the middle of each of a few equal parts: their mean stands for all beginnings."""
    for n in range(BEGINNINGS):
        yield text[: len(text) * (2 * n + 1) // (2 * BEGINNINGS)]


def langchain(text: str) -> float | None:
    """About what LangChain's parser takes after a chunk."""
    if importlib.util.find_spec("langchain_core") is None:
        return None
    from langchain_core.output_parsers import JsonOutputParser
    from langchain_core.outputs import Generation

    parser = JsonOutputParser()
    return _mean(text, lambda part: parser.parse_result([Generation(text=part)], partial=True))


def jiter(text: str) -> float | None:
    """About what jiter takes after a chunk."""
    if importlib.util.find_spec("jiter") is None:
        return None
    from jiter import from_json

    return _mean(text, lambda part: from_json(part.encode(), partial_mode="trailing-strings"))


def _mean(text: str, parse: Callable[[str], object]) -> float:
    parts = [*beginnings(text)]
    return sum(best(partial(parse, part), 2) for part in parts) / len(parts)


def costs(kind: str, length: int) -> Iterator[Cost]:
    """What one text costs, in chunks of all sizes."""
    text = document(kind, length)
    rounds = 1 if length == LENGTHS[-1] else 5
    once = best(lambda: json.loads(text), 20)
    theirs, rust = langchain(text), jiter(text)
    for size in CHUNKS:
        chunks = pieces(text, size)
        once = min(once, best(lambda: json.loads(text), 5))
        silent, values, done = (
            best(partial(read, chunks), rounds) / len(chunks) for read in (not_read, with_values, operations)
        )
        yield Cost(kind, length, size, silent, values, done, once / len(chunks), rust, theirs)


def measured(lengths: tuple[int, ...] = LENGTHS) -> Iterator[Cost]:
    """Measure and print the table."""
    print("\nJSON that is being written: microseconds a chunk")
    print(" ".join(head.rjust(width) for head, width in zip(HEADS, _WIDTHS, strict=True)))
    for kind in KINDS:
        for length in lengths:
            for cost in costs(kind, length):
                row = zip(cost.cells, _WIDTHS, strict=True)
                print(" ".join(cell.rjust(width) for cell, width in row), flush=True)
                yield cost


def write(page: Path) -> None:
    """Measure all of it, and write the table into a page that has a place for it."""
    rows = [f"| {' | '.join(cost.cells)} |" for cost in measured()]
    tables.write_lines(page, [f"| {' | '.join(HEADS)} |", f"|---|{'--:|' * (len(HEADS) - 1)}", *rows])


def _about(seconds: float | None) -> str:
    return "" if seconds is None else f"~{seconds * 1e6:,.0f}"


def main() -> None:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.json_table",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="without the longest texts")
    parser.add_argument("--markdown", type=Path, metavar="PAGE", help="write the table into this page, too")
    options = parser.parse_args()
    page: Path | None = options.markdown
    if page is None:
        for _ in measured(LENGTHS[:2] if options.quick else LENGTHS):
            pass
    elif tables.has_place(page):
        write(page)
    else:
        parser.error(
            f"there is no place for the table in {page}: it takes lines such as docs/performance.md has"
        )


if __name__ == "__main__":
    main()
