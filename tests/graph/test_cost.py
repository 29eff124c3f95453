"""What a step and a task cost: the same however many there are, and nothing is left for the collector."""

from __future__ import annotations

import asyncio
import gc
import operator
import sys
from collections.abc import Callable
from typing import Annotated, Any
from weakref import WeakSet

import pytest
from typing_extensions import TypedDict

from eventflow.graph import START, Send, StateGraph


class Thing:
    """Something that a state holds."""


class State(TypedDict):
    thing: Any


class Results(TypedDict):
    n: int
    out: Annotated[list[Any], operator.add]


def chain_of(nodes: int, node: Callable[..., Any]) -> Any:
    graph = StateGraph(State)
    for n in range(nodes):
        graph.add_node(f"n{n}", node).add_edge(START if n == 0 else f"n{n - 1}", f"n{n}")
    return graph.compile()


def fan() -> Any:
    async def src(state: Results) -> Any:
        return {}

    async def work(arg: int) -> Any:
        return {"out": [arg]}

    async def spread(state: Results) -> list[Send]:
        return [Send("work", n) for n in range(state["n"])]

    graph = StateGraph(Results).add_node(src).add_node(work)
    return graph.add_edge(START, "src").add_conditional_edges("src", spread, ["work"]).compile()


def calls(work: Callable[[], Any]) -> int:
    """How many functions are called in it."""
    count = 0

    def counted(frame: Any, event: str, called: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    work()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_a_step_costs_the_same_in_a_large_graph():
    def run(nodes: int) -> Callable[[], Any]:
        graph = chain_of(nodes, lambda state: state)
        return lambda: graph.invoke({"thing": 1})

    few, some, many = (calls(run(nodes)) for nodes in (50, 100, 200))
    assert (many - some) / 100 == pytest.approx((some - few) / 50, abs=0.1)
    assert (many - some) / 100 < 60


def test_a_task_costs_the_same_among_many():
    graph = fan()

    def run(width: int) -> Callable[[], Any]:
        return lambda: asyncio.run(graph.ainvoke({"n": width, "out": []}))

    few, some, many = (calls(run(width)) for width in (200, 400, 800))
    assert (many - some) / 400 == pytest.approx((some - few) / 200, rel=0.05)
    assert (many - some) / 400 < 100


@pytest.fixture
def _uncollected():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_uncollected")
def test_what_a_step_has_read_is_freed_when_the_next_has_begun():
    things: WeakSet[Thing] = WeakSet()

    def node(state: State) -> State:
        assert len(things) <= 3
        thing = Thing()
        things.add(thing)
        return {"thing": thing}

    chain_of(20, node).invoke({"thing": None})
    assert not things


@pytest.mark.usefixtures("_uncollected")
def test_what_tasks_were_sent_is_freed_with_them():
    things: WeakSet[Thing] = WeakSet()

    async def work(arg: Thing) -> Any:
        return {"out": [1]}

    async def src(state: Results) -> Any:
        return {}

    async def spread(state: Results) -> list[Send]:
        made = [Thing() for _ in range(20)]
        things.update(made)
        return [Send("work", thing) for thing in made]

    graph = StateGraph(Results).add_node(src).add_node(work)
    compiled = graph.add_edge(START, "src").add_conditional_edges("src", spread, ["work"]).compile()
    assert asyncio.run(compiled.ainvoke({"n": 0, "out": []}))["out"] == [1] * 20
    assert not things
