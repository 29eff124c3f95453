"""What is refused when a graph is compiled: edges that lead nowhere, and things that it cannot work with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel

from eventflow.checkpoints import BaseCheckpointSaver
from eventflow.graph.cache import is_cache
from eventflow.graph.constants import END, START
from eventflow.graph.nodes import Branch
from eventflow.graph.plan import Join

__all__ = ("check_edges", "check_parts", "check_schema")


def check_edges(
    nodes: Collection[str],
    edges: Collection[tuple[str, str]],
    joins: Collection[Join],
    branches: Mapping[str, Mapping[str, Branch]],
    commanding: Collection[str],
) -> None:
    """Raises ValueError if an edge leads from or to nothing, or none leads in.

    Arguments:
        nodes: the names that there are.
        edges, joins, branches: what leads from one to the next, as `StateGraph` keeps it.
        commanding: nodes of which it is known that their commands lead on.
    """
    known = ", ".join(map(repr, nodes)) or "none"
    sources = {s for s, _ in edges} | {s for join in joins for s in join.sources} | {*branches, *commanding}
    for source in sorted(sources - {START}):
        if source not in nodes:
            raise ValueError(f"Found edge starting at unknown node '{source}': there are {known}")
    if START not in sources:
        raise ValueError(
            "Graph must have an entrypoint: add at least one edge from START to another node, as "
            "add_edge(START, ...)"
        )
    targets = {target for _, target in edges} | {join.target for join in joins}
    for target in sorted(targets - {END}):
        if target not in nodes:
            raise ValueError(f"Found edge ending at unknown node `{target}`: there are {known}")
    for source, mine in branches.items():
        for branch in mine.values():
            for target in (branch.ends or {}).values():
                if target != END and target not in nodes:
                    raise ValueError(
                        f"At '{source}' node, '{branch.name}' branch found unknown target '{target}': "
                        f"there are {known}"
                    )


def check_schema(schema: Any) -> None:
    """Raises TypeError if it is a value, and no type."""
    if schema is None or isinstance(schema, (str, int, dict, list, tuple, set, BaseModel)):
        raise TypeError(
            f"state_schema={schema!r}: give a TypedDict, a dataclass, a pydantic model, or another type; the class, "
            "not an instance"
        )


def check_parts(checkpointer: Any, cache: Any, *, barrier: bool, stops: bool) -> None:
    """Raises TypeError if one of these is something else, ValueError if they do not go together."""
    if checkpointer is not None and not isinstance(checkpointer, BaseCheckpointSaver | bool):
        raise TypeError(
            f"compile(checkpointer={checkpointer!r}): give a checkpointer, as InMemorySaver(), or saver after "
            "`with SqliteSaver.from_conn_string('threads.sqlite') as saver`; or True or False"
        )
    if cache is not None and not is_cache(cache):
        raise TypeError(
            f"compile(cache={cache!r}): give a cache of nodes, as InMemoryNodeCache(); InMemoryCache is one of "
            "models"
        )
    if not barrier and (checkpointer or stops):
        raise ValueError(
            "compile(barrier=False) runs the graph without steps: there is nothing between them to keep or to stop "
            "at, so it takes no checkpointer, interrupt_before or interrupt_after; use it for a graph inside a "
            "graph that has them"
        )
