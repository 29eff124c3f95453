"""Prints our time, the peer's, and the ratio of the two, for every row of the speed budget.

    python -m benchmarks [--rows TEXT] [--no-growth]

Both libraries run in one process, alternately, and the best of a few rounds counts: a machine that is busy
slows both. The peer is the version pinned in the `bench` extra; without it only our times are printed.
Nothing here is a test: times depend on the machine, ratios hardly.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from benchmarks import graph_rows
from benchmarks.graph_rows import GRAPH_GROWTH, GRAPH_ROWS
from benchmarks.json_rows import JSON_GROWTH, JSON_ROWS
from benchmarks.rows import GROWTH, ROWS, Call, Library, Row


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


PEER_IMPORT = (
    "from langchain_core.runnables import RunnableLambda; "
    "from langchain_core.prompts import ChatPromptTemplate; "
    "from langchain_core.output_parsers import StrOutputParser"
)
_FIELDS = tuple(field for field in Library.__dataclass_fields__ if field != "name")


def seconds(call: Call) -> float:
    """How long one call takes, with what came before collected first."""
    gc.collect()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def alternately(row: Row, libraries: Sequence[Any]) -> list[float]:
    """The best time a unit of each library, in microseconds."""
    calls = [row.prepare(library) for library in libraries]
    for call in calls:
        call()
    best = [float("inf")] * len(calls)
    for _ in range(row.rounds):
        for n, call in enumerate(calls):
            best[n] = min(best[n], seconds(call))
    return [b / row.units * 1e6 for b in best]


def event_bytes(library: Library) -> float:
    """Bytes that one event takes while it waits to be read.

    A generator is watched by a subscriber that does not read. Ours holds what its mailbox holds; the peer's
    queue holds the dictionaries that its consumer will get, which is what a list of them holds, too.
    """
    count = 20_000
    numbers = library.RunnableLambda(_count_up if library.name == "eventflow" else _acount_up)
    held: Any

    async def collect() -> list[Any]:
        return [event async for event in numbers.astream_events(count, version="v2")]

    tracemalloc.start()
    if library.name == "eventflow":
        from eventflow import listen

        with listen(policy="drop_newest", buffer=count, phases=["stream"]) as held:
            for _ in numbers.stream(count):
                pass
            size, _ = tracemalloc.get_traced_memory()
    else:
        held = asyncio.run(collect())
        size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del held
    return size / count


def _count_up(count: int) -> Iterator[int]:
    for i in range(count):
        yield i % 100


async def _acount_up(count: int) -> AsyncIterator[int]:
    for i in range(count):
        yield i % 100


def import_seconds(statement: str) -> float:
    """How long an import takes in a new interpreter that finds compiled code, as after an installation."""
    script = f"import time; t = time.perf_counter(); {statement}; print(time.perf_counter() - t)"
    with tempfile.TemporaryDirectory() as compiled:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-c", script]
        runs = [
            subprocess.run(command, capture_output=True, text=True, check=True, env=environment)  # noqa: S603
            for _ in range(11)
        ]
    return min(float(run.stdout) for run in runs)


def line(title: str, unit: str, mine: float, theirs: float | None, budget: str, reached: bool | None) -> None:
    """Print one row."""
    ratio = "" if theirs is None else f"{theirs / mine:,.1f}x"
    other = "" if theirs is None else f"{theirs:,.2f}"
    mark = {None: "", True: "yes", False: "NO"}[reached]
    print(f"{title:<50} {unit:<12} {mine:>10,.2f} {other:>12} {ratio:>9} {budget:>9} {mark:>8}")


def main() -> int:
    """Print the tables; 0 whatever they say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", default="", help="only rows whose title contains this")
    parser.add_argument("--no-growth", action="store_true", help="leave out n, 10n, 100n")
    options = parser.parse_args()
    has_peer = importlib.util.find_spec("langchain_core") is not None
    libraries = [ours(), *([peer()] if has_peer else [])]
    if not has_peer:
        print("langchain-core is not installed (pip install -e '.[bench]'): only our times\n")
    print(f"{'work':<50} {'per':<12} {'ours':>10} {'peer':>12} {'ratio':>9} {'budget':>9} {'reached':>8}")
    table((*ROWS, *JSON_ROWS), options.rows, libraries)
    has_graphs = importlib.util.find_spec("langgraph") is not None
    table(GRAPH_ROWS, options.rows, [graph_rows.ours(), *([graph_rows.peer()] if has_graphs else [])])
    small(options.rows, libraries)
    if not options.no_growth:
        growth(options.rows)
    return 0


def table(rows: Sequence[Row], only: str, libraries: Sequence[Any]) -> None:
    """Measure and print the rows whose title contains `only`."""
    for row in rows:
        if only in row.title:
            mine, *others = alternately(row, libraries)
            theirs = others[0] if others else None
            reached = None if theirs is None else theirs / mine >= row.budget
            line(row.title, f"us/{row.unit}", mine, theirs, f"{row.budget:g}x", reached)


def small(only: str, libraries: list[Library]) -> None:
    """The rows that are not times of a workload."""
    if only in "memory of an event in a buffer":
        mine, *others = [event_bytes(library) for library in libraries]
        theirs = others[0] if others else None
        line("memory of an event in a buffer", "bytes", mine, theirs, "4x", theirs and theirs / mine >= 4)  # type: ignore[arg-type]
    if only in "import":
        mine = import_seconds("import eventflow") * 1000
        theirs = None
        if len(libraries) > 1:
            theirs = 1000 * import_seconds(PEER_IMPORT)
        line("import", "ms", mine, theirs, "<150 ms", mine < 150)


def growth(only: str) -> None:
    """Our own time a unit for n, 10n, 100n."""
    library: Any = ours()
    print(f"\n{'our cost as the work grows':<50} {'per':<12} {'n':>10} {'10n':>12} {'100n':>9}")
    rows = [(library, row) for row in (*GROWTH, *JSON_GROWTH)]
    rows += [(graph_rows.ours(), row) for row in GRAPH_GROWTH]
    for library, (title, unit, sizes, prepare) in rows:
        if only in title:
            times = [_per_unit(prepare(size), library, size) for size in sizes]
            print(f"{title:<50} {'us/' + unit:<12} {times[0]:>10.2f} {times[1]:>12.2f} {times[2]:>9.2f}")


def _per_unit(prepare: Callable[[Library], Call], library: Any, size: int) -> float:
    call = prepare(library)
    return min(seconds(call) for _ in range(3)) / size * 1e6


if __name__ == "__main__":
    raise SystemExit(main())
