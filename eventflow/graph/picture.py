"""A compiled graph as a picture: its nodes and edges, for `get_graph`.

Plain edges are solid; those that a run may or may not take, which are conditional edges, and where a `Command`
may lead, are dotted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

from eventflow.drawing import Graph, Named
from eventflow.drawing import Node as Box
from eventflow.graph.blueprint import Blueprint
from eventflow.graph.constants import END, START
from eventflow.graph.nodes import Branch, Node
from eventflow.runnables.narrow import is_runnable
from eventflow.runs import RunnableConfig

__all__ = ("picture_of",)


@runtime_checkable
class _Inside(Protocol):
    """A graph that is a node, and may be drawn open."""

    @property
    def nodes(self) -> Mapping[str, Any]: ...

    def get_graph(self, config: RunnableConfig | None = None, *, xray: int | bool = False) -> Graph: ...


class _Line(NamedTuple):
    source: str
    target: str
    dotted: bool
    label: str | None


def picture_of(blueprint: Blueprint, xray: int | bool = False) -> Graph:
    """The graph between START and END; graphs inside it as one box each, or open.

    Arguments:
        blueprint: the graph.
        xray: whether graphs inside it are drawn open, or how many levels of them.
    """
    graph = Graph()
    boxes: dict[str, tuple[Box, Box]] = {}
    start = graph.add_node(None, START)
    boxes[START] = start, start
    inner: dict[str, Graph] = {}
    for name, node in blueprint.nodes.items():
        opened = _opened(node, xray) if xray else None
        if opened is None:
            box = graph.add_node(_data(node), name, metadata=_notes(blueprint, node))
            boxes[name] = box, box
        else:
            inner[name] = opened
    lines = sorted(set(_lines(blueprint)), key=lambda line: (line.source, line.target, line.label or ""))
    lines += _to_the_end(lines)
    if any(line.target == END for line in lines):
        end = graph.add_node(None, END)
        boxes[END] = end, end
    for name, opened in inner.items():
        first, last = graph.extend(opened, prefix=name)
        if first is None or last is None:  # no one place to go in, or out: it stays closed
            for box in [box for box in graph.nodes.values() if box.id.startswith(f"{name}:")]:
                graph.remove_node(box)
            first = last = graph.add_node(_data(blueprint.nodes[name]), name)
        boxes[name] = first, last
    inside, graph.edges = graph.edges, []
    for line in lines:
        graph.add_edge(boxes[line.source][1], boxes[line.target][0], line.label, line.dotted)
    graph.edges += inside
    return graph


def _lines(blueprint: Blueprint) -> Iterator[_Line]:
    plan = blueprint.plan
    for source, targets in plan.edges.items():
        for target in targets:
            yield _Line(source, target, False, None)
    for source in blueprint.finish:
        yield _Line(source, END, False, None)
    for join in plan.joins:
        for source in join.sources:
            yield _Line(source, join.target, False, None)
    for source, branches in (
        (START, blueprint.entry),
        *((n.name, n.branches) for n in blueprint.nodes.values()),
    ):
        yield from _choices(source, branches)
    for source, ends in blueprint.leads.items():
        for target, label in ends.items():
            yield _Line(source, target, True, label)


def _choices(source: str, branches: Iterable[Branch]) -> Iterator[_Line]:
    for branch in branches:
        for answer, target in (branch.ends or {}).items():
            yield _Line(source, target, True, None if answer == target else str(answer))


def _to_the_end(lines: list[_Line]) -> list[_Line]:
    """Lines to END from where nothing leads on; if there is no way to END, from the nodes that are reached last."""
    sources = {line.source for line in lines}
    found = [_Line(name, END, False, None) for name in _reached(lines) if name not in sources and name != END]
    if found or any(line.target == END for line in lines):
        return found
    return [_Line(name, END, True, None) for name in _last_reached(lines)]


def _reached(lines: list[_Line]) -> list[str]:
    """The targets, each once."""
    return [*dict.fromkeys(line.target for line in lines)]


def _last_reached(lines: list[_Line]) -> list[str]:
    """The nodes that are the most steps away from START."""
    seen, now = {START}, [START]
    while True:
        following = [*dict.fromkeys(t for s, t, *_ in lines if s in now and t not in seen)]
        if not following:
            return [name for name in now if name != START]
        seen.update(following)
        now = following


def _opened(node: Node, xray: int | bool) -> Graph | None:
    """The graph inside a node, without its START and its END; None if there is none."""
    action = node.action
    if not isinstance(action, _Inside):
        return None
    graph = action.get_graph(xray=xray if isinstance(xray, bool) else max(xray - 1, 0))
    graph.trim_first_node()
    graph.trim_last_node()
    return graph


def _data(node: Node) -> Named | None:
    return node.action if is_runnable(node.action) else None


def _notes(blueprint: Blueprint, node: Node) -> dict[str, Any] | None:
    """What is written below the name of a node."""
    notes = {**node.metadata}
    if node.name in blueprint.plan.deferred:
        notes["defer"] = True
    before, after = (
        any(n in names for n in ("*", node.name)) for names in (blueprint.before, blueprint.after)
    )
    if before or after:
        notes["__interrupt"] = "before,after" if before and after else "before" if before else "after"
    return notes or None
