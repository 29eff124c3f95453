"""Prints our time, the peer's, and the ratio of the two, for every row of the speed budget.

    python -m benchmarks [--rows TEXT] [--no-growth]
    python -m benchmarks --stopping                 # how soon a graph that is stopped is left
    python -m benchmarks --plot docs/images         # what one of many costs, drawn
    python -m benchmarks --plot docs/images --markdown docs/performance.md      # all of it, into the pages

Both libraries run in one process, alternately, and the best of a few rounds counts: a machine that is busy
slows both. The peer is the version pinned in the `bench` extra; without it only our times are printed.
Nothing here is a test: times depend on the machine, ratios hardly.
"""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import graph_rows, json_table, plots, tables
from benchmarks.curves import CURVES, measure
from benchmarks.graph_rows import GRAPH_GROWTH, GRAPH_ROWS
from benchmarks.json_rows import JSON_GROWTH, JSON_ROWS
from benchmarks.measure import (
    Result,
    alternately,
    event_bytes,
    import_seconds,
    measured,
    only_new_garbage,
    seconds,
)
from benchmarks.rows import GROWTH, ROWS, Call, Library, Row
from benchmarks.stopping import Stops, stops
from benchmarks.tables import Growth

TRIES = 200


def ours() -> Library:
    """The names of eventflow."""
    import eventflow as e

    return Library("eventflow", **{field: getattr(e, field) for field in _FIELDS})


def peer() -> Library:
    """The names of langchain-core."""
    from langchain_core import language_models, messages, output_parsers, outputs, prompts, runnables

    rooms = (runnables, prompts, language_models, output_parsers, messages, outputs)
    return Library(
        "langchain-core",
        **{field: next(getattr(r, field) for r in rooms if hasattr(r, field)) for field in _FIELDS},
    )


PEER_CHAIN = (
    "from langchain_core.runnables import RunnableLambda; "
    "from langchain_core.prompts import ChatPromptTemplate; "
    "from langchain_core.output_parsers import StrOutputParser"
)
IMPORTS = {
    "import eventflow": ("import eventflow", PEER_CHAIN),
    "import what a chain needs": (
        "from eventflow import ChatPromptTemplate, RunnableLambda, StrOutputParser",
        PEER_CHAIN,
    ),
    "import StateGraph": ("from eventflow import StateGraph", "from langgraph.graph import StateGraph"),
}
"""What is imported: ours, and the peer's. Rooms of eventflow are imported when a name of theirs is."""
_FIELDS = tuple(field for field in Library.__dataclass_fields__ if field != "name")


def main() -> int:
    """Do what is asked for; 0 whatever the numbers say."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", default="", metavar="TEXT", help="only rows whose title contains this")
    parser.add_argument("--no-growth", action="store_true", help="leave out n, 10n, 100n")
    parser.add_argument("--stopping", action="store_true", help="only how soon a graph is left")
    parser.add_argument("--plot", type=Path, metavar="FOLDER", help="draw the curves into this folder")
    parser.add_argument("--markdown", type=Path, metavar="PAGE", help="write the tables into this page, too")
    options = parser.parse_args()
    page: Path | None = options.markdown
    needed = ["langchain_core", "langgraph"] if page else []
    needed += ["langgraph", "matplotlib"] if options.plot else []
    if missing := sorted({name for name in needed if not _installed(name)}):
        parser.error(f"this needs {' and '.join(missing)}: pip install -e '.[bench]'")
    if page and not tables.has_place(page):
        parser.error(
            f"there is no place for the tables in {page}: it takes a line `<!-- measured: begin -->`, and one "
            "with `end`"
        )
    found: tuple[list[Result], list[Growth], list[Stops]] = ([], [], [])
    if page or not (options.plot or options.stopping):
        found[0].extend(table(options.rows))
        if not options.no_growth:
            found[1].extend(growth(options.rows))
    if page or options.stopping:
        found[2].extend(stopping())
    if page:
        tables.write_page(page, *found)
        if tables.has_place(other := page.with_name("performance-json.md")):
            json_table.write(other)
    if options.plot:
        draw(options.plot)
    return 0


def table(only: str) -> Iterator[Result]:
    """Measure and print the rows whose title contains `only`."""
    libraries = [ours(), *([peer()] if _installed("langchain_core") else [])]
    graphs = [graph_rows.ours(), *([graph_rows.peer()] if _installed("langgraph") else [])]
    if len(libraries) < 2 or len(graphs) < 2:
        print("no langchain-core and langgraph here (pip install -e '.[bench]'): only our times\n")
    tables.print_heads("work", "per", "ours", "peer", "ratio", "budget", "reached")
    yield from _rows((*ROWS, *JSON_ROWS), libraries, only)
    yield from _rows(GRAPH_ROWS, graphs, only)
    for result in small(libraries, only):
        tables.print_result(result)
        yield result


def _rows(rows: Sequence[Row], libraries: Sequence[Any], only: str) -> Iterator[Result]:
    for row in rows:
        if only in row.title:
            result = measured(row.title, f"us/{row.unit}", alternately(row, libraries), row.budget)
            tables.print_result(result)
            yield result


def small(libraries: Sequence[Library], only: str) -> Iterator[Result]:
    """The rows that are not times of a workload."""
    if only in "memory of an event in a buffer":
        yield measured("memory of an event in a buffer", "bytes", [*map(event_bytes, libraries)], 4)
    for title, (ours, peers) in IMPORTS.items():
        if only in title:
            mine = import_seconds(ours) * 1000
            theirs = 1000 * import_seconds(peers) if len(libraries) > 1 else None
            yield Result(title, "ms", mine, theirs, "<150 ms", mine < 150)


def growth(only: str) -> Iterator[Growth]:
    """Our own time a unit for n, 10n, 100n."""
    library: Any = ours()
    print(f"\n{'our cost as the work grows':<50} {'per':<12} {'n':>10} {'10n':>10} {'100n':>10}")
    rows: list[tuple[Any, Any]] = [(library, row) for row in (*GROWTH, *JSON_GROWTH)]
    rows += [(graph_rows.ours(), row) for row in GRAPH_GROWTH]
    for library, (title, unit, sizes, prepare) in rows:
        if only in title:
            grown = Growth(title, unit, sizes, [_per_unit(prepare(size), library, size) for size in sizes])
            tables.print_growth(grown)
            yield grown


def _per_unit(prepare: Callable[[Library], Call], library: Any, size: int) -> float:
    with only_new_garbage():
        call = prepare(library)
        return min(seconds(call) for _ in range(3)) / size * 1e6


def stopping() -> list[Stops]:
    """How long it takes from a stop to the last `finally` of the nodes."""
    print(
        f"\n{'a graph that waits in, and is stopped by':<50} {'':<12} {'median':>10} {'longest':>10} {'<50 ms':>8}"
    )
    found = stops(TRIES)
    for one in found:
        tables.print_stops(one)
    return found


def draw(folder: Path) -> None:
    """Measure the curves, and draw them."""
    folder.mkdir(parents=True, exist_ok=True)
    print()
    for curve in CURVES:
        lines = measure(curve, [graph_rows.ours(), graph_rows.peer()])
        print(
            plots.draw(curve, lines, folder), *(_said(line.label, line.library, line.times) for line in lines)
        )


def _said(label: str, library: str, times: Sequence[float]) -> str:
    return f"\n  {library:<10} {label:<12} " + " ".join(f"{time:>10.1f}" for time in times)


def _installed(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


if __name__ == "__main__":
    raise SystemExit(main())
