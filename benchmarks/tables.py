"""The tables: as they are printed line by line, and as markdown for a page."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from benchmarks.measure import Result
from benchmarks.stopping import LIMIT, Stops

__all__ = (
    "Growth",
    "has_place",
    "print_growth",
    "print_heads",
    "print_result",
    "print_stops",
    "write_lines",
    "write_page",
)

PLACE = re.compile(r"(<!-- measured: begin -->\n).*(<!-- measured: end -->)", re.DOTALL)
PEERS = ("langchain-core", "langgraph")


@dataclass(frozen=True)
class Growth:
    """Our cost of a unit at n, 10n and 100n."""

    title: str
    unit: str
    sizes: Sequence[int]
    times: Sequence[float]


# ---- printed


def print_heads(*heads: str) -> None:
    """The first line of a table of results."""
    work, unit, mine, theirs, ratio, budget, reached = heads
    print(f"{work:<50} {unit:<12} {mine:>10} {theirs:>12} {ratio:>9} {budget:>9} {reached:>8}")


def print_result(result: Result) -> None:
    """One row."""
    ratio = "" if result.ratio is None else f"{result.ratio:,.1f}x"
    theirs = "" if result.theirs is None else f"{result.theirs:,.2f}"
    print_heads(
        result.title, result.unit, f"{result.mine:,.2f}", theirs, ratio, result.budget, _mark(result.reached)
    )


def print_growth(growth: Growth) -> None:
    """One row of costs."""
    costs = " ".join(f"{time:>10.2f}" for time in growth.times)
    print(f"{growth.title:<50} {'us/' + growth.unit:<12} {costs}")


def print_stops(stops: Stops) -> None:
    """One row of stops."""
    print(
        f"{stops.place:<50} {'ms':<12} {stops.median:>10.2f} {stops.worst:>10.2f} {_mark(stops.worst < LIMIT):>8}"
    )


def _mark(reached: bool | None) -> str:
    return {None: "", True: "yes", False: "NO"}[reached]


# ---- written


def has_place(page: Path) -> bool:
    """Whether `page` is there, and has a place for the tables."""
    return page.is_file() and PLACE.search(page.read_text(encoding="utf-8")) is not None


def write_page(
    page: Path, results: Iterable[Result], growths: Iterable[Growth], stops: Sequence[Stops]
) -> None:
    """Write the tables between the marks in `page`."""
    write_lines(page, [*_results(results), "", *_growths(growths), "", *_stops(stops)])


def write_lines(page: Path, lines: Iterable[str]) -> None:
    """Replace what stands between the marks in `page`, by the versions and these lines."""
    text = page.read_text(encoding="utf-8")
    made = "\n".join(["", _versions(), "", *lines, "", ""])
    page.write_text(PLACE.sub(lambda found: found[1] + made + found[2], text), encoding="utf-8")


def _versions() -> str:
    peers = ", ".join(f"{name} {metadata.version(name)}" for name in PEERS)
    return f"Python {platform.python_version()}, {peers}."


def _results(results: Iterable[Result]) -> list[str]:
    rows = [
        f"| {_cell(one.title)} | {one.unit} | {one.mine:,.1f} | {_number(one.theirs)} | {_times(one.ratio)} "
        f"| {one.budget} | {_mark(one.reached)} |"
        for one in results
    ]
    return [
        "| work | | eventflow | peer | ratio | at least | reached |",
        "|---|---|--:|--:|--:|--:|---|",
        *rows,
    ]


def _growths(growths: Iterable[Growth]) -> list[str]:
    rows = [
        f"| {_cell(one.title)} | {one.sizes[0]:,} | "
        + " | ".join(f"{time:,.1f} us" for time in one.times)
        + " |"
        for one in growths
    ]
    return ["| cost of one, as there are more | n | n | 10 n | 100 n |", "|---|--:|--:|--:|--:|", *rows]


def _stops(stops: Sequence[Stops]) -> list[str]:
    tries = len(stops[0].times) if stops else 0
    rows = [f"| {one.place} | {one.median:.2f} ms | {one.worst:.2f} ms |" for one in stops]
    return [f"| stopped while it waits in, how | median of {tries} | longest |", "|---|--:|--:|", *rows]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:,.0f}x"
