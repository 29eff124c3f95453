"""A graph as it was compiled: what all its executions share, and none of them changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from eventflow.graph.nodes import Branch, Node
from eventflow.graph.plan import Plan
from eventflow.graph.state import Key, StateSchema

__all__ = ("Blueprint",)


class Blueprint(NamedTuple):
    """Its nodes, its edges and its state.

    Arguments:
        nodes: its nodes by name.
        plan: its edges.
        state: the schema of its state.
        keys: the keys of that, and those that its input, its output and its nodes have beside.
        input: what it may be called with.
        output: what it gives.
        entry: the conditional edges from START.
        before, after: before and after which nodes it stops.
        finish: what goes to END; for pictures.
        leads: where commands of a node may lead, each with its label; for pictures.
    """

    nodes: Mapping[str, Node]
    plan: Plan
    state: StateSchema
    keys: Mapping[str, Key]
    input: StateSchema
    output: StateSchema
    entry: tuple[Branch, ...]
    before: Collection[str]
    after: Collection[str]
    finish: Collection[str] = ()
    leads: Mapping[str, Mapping[str, str | None]] = {}  # never changed
