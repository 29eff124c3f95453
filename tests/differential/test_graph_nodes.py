"""Nodes with caches, error handlers, metadata and timeouts do what LangGraph's do."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

import eventflow.checkpoints
import eventflow.graph
from differential.graph_nodes import INPUT, NODES, State, Transcript
from differential.test_functional import side
from differential.test_graphs import shown

pytest.importorskip("langgraph")

from langchain_core import messages, runnables
from langgraph import config as langgraph_config
from langgraph import errors
from langgraph import graph as langgraph_graph
from langgraph import types as langgraph_types
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint import memory
from langgraph.graph import message

OURS = side(
    SimpleNamespace(NodeCache=eventflow.graph.InMemoryNodeCache),
    eventflow.graph,
    eventflow.checkpoints,
    eventflow.errors,
    eventflow,
)
PEER = side(
    SimpleNamespace(NodeCache=InMemoryCache),
    langgraph_graph,
    langgraph_types,
    langgraph_config,
    errors,
    memory,
    runnables,
    messages,
    message,
)


@pytest.mark.parametrize("program", NODES, ids=lambda program: program.__name__)
def test_nodes(program: Transcript):
    assert [shown(seen) for seen in program(OURS)] == [shown(seen) for seen in program(PEER)]


async def too_slow(state: State) -> Any:
    await asyncio.Event().wait()


async def beats(state: State, runtime: Any) -> Any:
    for _ in range(4):
        await asyncio.sleep(0.03)
        runtime.heartbeat()
    return {"x": 9}


async def writes(state: State, runtime: Any) -> Any:
    for n in range(4):
        await asyncio.sleep(0.03)
        runtime.stream_writer(n)
    return {"x": 9}


async def timed(lib: Any, node: Any, **policy: Any) -> str:
    graph = lib.StateGraph(State).add_node("n", node, timeout=lib.TimeoutPolicy(**policy))
    try:
        return str(await graph.add_edge(lib.START, "n").compile().ainvoke(INPUT))
    except lib.NodeTimeoutError as error:
        return f"{error.node} {error.kind} {error.timeout} {error.run_timeout} {error.idle_timeout}"


@pytest.mark.parametrize(
    ("node", "policy"),
    [
        (too_slow, {"run_timeout": 0.01}),
        (too_slow, {"idle_timeout": 0.01}),
        (too_slow, {"idle_timeout": 0.01, "run_timeout": 5}),
        (beats, {"idle_timeout": 0.09, "refresh_on": "heartbeat"}),
        (writes, {"idle_timeout": 0.09}),
        (writes, {"idle_timeout": 0.05, "refresh_on": "heartbeat"}),
    ],
)
async def test_timeouts(node: Any, policy: dict[str, Any]):
    assert await timed(OURS, node, **policy) == await timed(PEER, node, **policy)
