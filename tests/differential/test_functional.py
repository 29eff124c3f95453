"""Workflows do what LangGraph's do: the same results, and the same parts in every mode, in the same order."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import eventflow.checkpoints
import eventflow.graph
from differential.functional_programs import AWAITED, WORKFLOWS, Transcript
from differential.test_graphs import shown

pytest.importorskip("langgraph")

from langchain_core import runnables
from langgraph import config as langgraph_config
from langgraph import func
from langgraph import graph as langgraph_graph
from langgraph import types as langgraph_types
from langgraph.cache.memory import InMemoryCache
from langgraph.checkpoint import memory


def side(*modules: Any) -> Any:
    """The names of several modules, also those imported when asked for: of the first that has one."""
    names = [(module, {*vars(module), *getattr(module, "__all__", ())}) for module in reversed(modules)]
    return SimpleNamespace(**{name: getattr(module, name) for module, said in names for name in said})


OURS = side(
    SimpleNamespace(NodeCache=eventflow.graph.InMemoryNodeCache),
    eventflow.graph,
    eventflow.checkpoints,
    eventflow,
)
PEER = side(
    SimpleNamespace(NodeCache=InMemoryCache),
    func,
    langgraph_graph,
    langgraph_types,
    langgraph_config,
    memory,
    runnables,
)


@pytest.mark.parametrize("program", WORKFLOWS, ids=lambda program: program.__name__)
def test_workflows(program: Transcript):
    assert [shown(seen) for seen in program(OURS)] == [shown(seen) for seen in program(PEER)]


@pytest.mark.parametrize("program", AWAITED, ids=lambda program: program.__name__)
async def test_awaited_workflows(program: Callable[[Any], Any]):
    assert [shown(seen) for seen in await program(OURS)] == [shown(seen) for seen in await program(PEER)]
