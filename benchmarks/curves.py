"""What is plotted: the cost of one unit of work as the work around it grows. A flat line is what we want."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.graph_rows import chain_invoke, conversation, custom_among, fan_out
from benchmarks.measure import only_new_garbage
from benchmarks.rows import Call

__all__ = ("CURVES", "Curve", "Measured", "measure")

SECONDS = 1.0
ROUNDS = 20
"""A point is the best of so many calls, or of those that fit into so many seconds; at least of two."""

Timed = Callable[[Any], Callable[[], float]]
"""Prepares a workload for a library; a call of what it gives returns the seconds that a unit took."""


@dataclass(frozen=True)
class Curve:
    """One picture: what a unit costs against what grows; with several workloads, a label for each."""

    file: str
    title: str
    unit: str
    grows: str
    sizes: tuple[int, ...]
    workloads: dict[str, Callable[[int], Timed]]


@dataclass(frozen=True)
class Measured:
    """The line of one library, in microseconds a unit."""

    library: str
    label: str
    sizes: tuple[int, ...]
    times: tuple[float, ...]


def measure(curve: Curve, libraries: Sequence[Any]) -> list[Measured]:
    """All libraries, alternately, at every size."""
    lines: list[Measured] = []
    for label, prepare in curve.workloads.items():
        with only_new_garbage():
            rows = [_best(prepare(size), libraries) for size in curve.sizes]
        for library, times in zip(libraries, zip(*rows, strict=True), strict=True):
            lines.append(Measured(library.name, label, curve.sizes, times))
    return lines


def _best(prepare: Timed, libraries: Sequence[Any]) -> list[float]:
    calls = [prepare(library) for library in libraries]
    best, spent = [float("inf")] * len(calls), [0.0] * len(calls)
    for number in range(ROUNDS):
        for n, call in enumerate(calls):
            if number < 2 or spent[n] < SECONDS:
                gc.collect()
                began = time.perf_counter()
                best[n] = min(best[n], call() * 1e6)
                spent[n] += time.perf_counter() - began
    return best


def timed(prepare: Callable[[int], Callable[[Any], Call]]) -> Callable[[int], Timed]:
    """A workload that does not say how long it took, and does as many units as its size."""

    def of(size: int) -> Timed:
        def ready(library: Any) -> Callable[[], float]:
            call = prepare(size)(library)

            def seconds() -> float:
                began = time.perf_counter()
                call()
                return (time.perf_counter() - began) / size

            return seconds

        return ready

    return of


def a_unit(prepare: Callable[[int], Timed], units: Callable[[int], int]) -> Callable[[int], Timed]:
    """A workload that says how long all its units took; `units` is how many they are at a size."""

    def of(size: int) -> Timed:
        def ready(library: Any) -> Callable[[], float]:
            call = prepare(size)(library)
            return lambda: call() / units(size)

        return ready

    return of


EVENTS = 200
STEPS = 50

CURVES = (
    Curve(
        "nodes",
        "A chain of nodes, invoked",
        "step",
        "nodes in the graph",
        (10, 30, 100, 300, 1_000, 3_000),
        {"": timed(chain_invoke)},
    ),
    Curve(
        "width",
        "A fan-out, async",
        "task",
        "tasks at once",
        (10, 30, 100, 300, 1_000, 3_000, 10_000),
        {"": a_unit(fan_out, lambda width: width)},
    ),
    Curve(
        "in-flight",
        "A task writes while others wait",
        "event",
        "tasks in flight",
        (1, 10, 100, 1_000, 3_000),
        {"": a_unit(lambda tasks: custom_among(tasks, EVENTS), lambda _: EVENTS - 1)},
    ),
    Curve(
        "messages",
        "A node adds a message to a talk",
        "step",
        "messages in the state",
        (10, 100, 1_000, 10_000),
        {
            "plain": a_unit(lambda size: conversation(size, STEPS, kept=False), lambda _: STEPS - 1),
            "checkpoints": a_unit(lambda size: conversation(size, STEPS, kept=True), lambda _: STEPS - 1),
        },
    ),
)
