"""How runnables are made of each other, as graphs: one node, one after the other, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from pydantic import BaseModel

from eventflow.drawing import Graph, Named, Node
from eventflow.runs import RunnableConfig

__all__ = ("Drawable", "parallel_graph", "sequence_graph", "single_graph")


class Drawable(Named, Protocol):
    """A runnable, as far as a graph needs to know it."""

    def get_input_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]: ...
    def get_output_schema(self, config: RunnableConfig | None = None) -> type[BaseModel]: ...
    def get_graph(self, config: RunnableConfig | None = None) -> Graph: ...


def single_graph(runnable: Drawable, config: RunnableConfig | None) -> Graph:
    """The runnable between its input and its output; its node has the metadata of `config`."""
    graph = Graph()
    start = graph.add_node(runnable.get_input_schema(config))
    node = graph.add_node(runnable, metadata=(config or {}).get("metadata"))
    end = graph.add_node(runnable.get_output_schema(config))
    graph.add_edge(start, node)
    graph.add_edge(node, end)
    return graph


def sequence_graph(steps: Sequence[Drawable], config: RunnableConfig | None) -> Graph:
    """The steps one after the other; their inputs and outputs are left out but for the first and the last.

    Raises ValueError if a step has no single place to go in, or out.
    """
    graph = Graph()
    before: Node | None = None
    for at, step in enumerate(steps):
        part = step.get_graph(config)
        if at > 0:
            part.trim_first_node()
        if at < len(steps) - 1:
            part.trim_last_node()
        first, last = graph.extend(part)
        if at > 0:
            graph.add_edge(_there(before, steps[at - 1]), _there(first, step))
        before = last
    return graph


def parallel_graph(runnable: Drawable, branches: Iterable[Drawable], config: RunnableConfig | None) -> Graph:
    """The branches side by side, between the input and the output of `runnable`, which has them.

    Raises ValueError if a branch has no single place to go in, or out.
    """
    graph = Graph()
    start = graph.add_node(runnable.get_input_schema(config))
    end = graph.add_node(runnable.get_output_schema(config))
    for branch in branches:
        part = branch.get_graph(config)
        part.trim_first_node()
        part.trim_last_node()
        first, last = graph.extend(part)
        graph.add_edge(start, _there(first, branch))
        graph.add_edge(_there(last, branch), end)
    return graph


def _there(node: Node | None, runnable: Drawable) -> Node:
    if node is None:
        raise ValueError(
            f"cannot draw {runnable.get_name()!r} inside another graph: its own graph has to have one node "
            "where it begins, and one where it ends"
        )
    return node
