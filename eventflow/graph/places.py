"""Where in a tree of graphs a run is: the task around it, and the graph that this task is of."""

from __future__ import annotations

from eventflow.bus import Emitter
from eventflow.graph.records import Namespace
from eventflow.graph.task import Task
from eventflow.runs import Node as Place
from eventflow.runs import Run

__all__ = ("namespace_of", "task_around", "told_of")


def task_around(place: Place | None) -> Task | None:
    """The task that this place of the tree of runs is in."""
    while place is not None:
        if isinstance(place, Run) and isinstance(place.source, Task):
            return place.source
        place = place.parent
    return None


def namespace_of(place: Place | None) -> Namespace:
    """Which graph runs at this place of the tree of runs."""
    around = task_around(place)
    return () if around is None else around.ns


def told_of(run: Emitter) -> Namespace:
    """Which graph the records are about that this run, of a graph or of a task, tells."""
    if not isinstance(run, Run):
        return ()
    return run.source.place.ns if isinstance(run.source, Task) else namespace_of(run)
