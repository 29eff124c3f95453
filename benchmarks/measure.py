"""How it is measured: both libraries in one process, alternately; the best of a few rounds counts."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.rows import Call, Library, Row

__all__ = (
    "Result",
    "alternately",
    "event_bytes",
    "import_seconds",
    "measured",
    "only_new_garbage",
    "seconds",
)


@dataclass(frozen=True)
class Result:
    """One line of the table, measured; `theirs` is None where the peer is not installed."""

    title: str
    unit: str
    mine: float
    theirs: float | None
    budget: str
    reached: bool | None

    @property
    def ratio(self) -> float | None:
        """How many times faster, or smaller, ours is."""
        return None if self.theirs is None else self.theirs / self.mine


def measured(title: str, unit: str, numbers: Sequence[float], budget: float) -> Result:
    """The result of a row from our number and, if there is one, the peer's."""
    mine, theirs = numbers[0], numbers[1] if len(numbers) > 1 else None
    return Result(
        title, unit, mine, theirs, f"{budget:g}x", None if theirs is None else theirs / mine >= budget
    )


@contextmanager
def only_new_garbage() -> Generator[None]:
    """While the body runs, the garbage collector does not look through what was there before.

    The process holds two libraries and what the rows before have made; to look through all of it takes tens of
    milliseconds, which would be found in whatever is measured then.
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def seconds(call: Call, *, spans: bool = False) -> float:
    """How long one call takes, or with `spans` says that it took, with what came before collected first."""
    gc.collect()
    start = time.perf_counter()
    said = call()
    took = time.perf_counter() - start
    return said if spans and isinstance(said, float) else took


def alternately(row: Row, libraries: Sequence[Any]) -> list[float]:
    """The best time a unit of each library, in microseconds."""
    with only_new_garbage():
        calls = [row.prepare(library) for library in libraries]
        for call in calls:
            call()
        best = [float("inf")] * len(calls)
        for _ in range(row.rounds):
            for n, call in enumerate(calls):
                best[n] = min(best[n], seconds(call, spans=row.spans))
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
